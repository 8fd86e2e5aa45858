//! Exit codes: the promise that scripts rely on.

use std::net::TcpListener;
use std::thread;

use crate::run::{World, run};
use exchequer_support::program::program;

const OCTOBER: [&str; 5] = ["report", "--from", "2025-10-01", "--to", "2025-11-01"];

#[test]
fn a_mistake_of_the_callers_is_2() {
    let world = World::start();
    for bad in [
        &["report", "--from", "2025-10-01"][..],
        &["ingest", "events.txt"],
        &["ingest", "absent.csv"],
        &["ingest", "-", "--batch", "10001"],
        &["apply", "absent.toml"],
        &["whoami", "--url", "localhost"],
        &["whoami", "--environment", "example.com"],
        &[
            "whoami",
            "--environment",
            "mypurecloud.ie",
            "--url",
            "http://127.0.0.1",
        ],
        &["whoami", "--client-secret-file", "absent"],
        &["frobnicate"],
    ] {
        run(&mut world.operator(bad)).failed(2, "");
    }
    run(program().arg("whoami")).failed(2, "EXCHEQUER_CLIENT_ID");
    let variable = run(world
        .operator(&["ingest", "-"])
        .env("EXCHEQUER_BATCH", "many"));
    variable.failed(2, "EXCHEQUER_BATCH");
}

#[test]
fn refused_credentials_and_missing_permissions_are_3() {
    let world = World::start();
    let secret = (
        "EXCHEQUER_CLIENT_SECRET",
        "not-the-secret-of-this-client-at-all",
    );
    let stranger = run(world.operator(&["whoami"]).env(secret.0, secret.1));
    stranger.failed(3, "");
    assert!(!stranger.err.contains(secret.1), "{stranger:?}");
    let file = world.ledger.write(
        "usage.csv",
        "id,source,type,subject,time\n1,a,b,c,2025-10-01T00:00:00Z\n",
    );
    let ingest = run(world.acme(&["ingest"]).arg(file));
    assert_eq!(ingest.code, 3, "{ingest:?}");
    assert!(ingest.err.contains("billing:usage:add"), "{ingest:?}");
}

#[test]
fn what_is_not_there_is_4() {
    let world = World::start();
    let absent = ["--organization", "99999999-9999-4999-8999-999999999999"];
    run(world.operator(&OCTOBER).args(absent)).failed(4, "");
}

#[test]
fn what_the_server_refuses_otherwise_is_1() {
    let world = World::start();
    let backwards = ["report", "--from", "2025-10-02", "--to", "2025-10-01"];
    run(&mut world.operator(&backwards)).failed(1, "invalid.date");
}

/// The program tries again for some time before it gives up.
#[test]
fn no_connection_is_5() {
    // It hangs up on everybody; a free port could be taken by another test.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || listener.incoming().for_each(drop));
    let mut whoami = program();
    let whoami = whoami.args(["whoami", "--url", &url, "--client-id", "somebody"]);
    run(whoami.env("EXCHEQUER_CLIENT_SECRET", "whatever")).failed(5, "trying again");
}

#[test]
fn the_version_names_the_rules_of_time_zones() {
    let long = run(program().arg("--version")).ok();
    let zones = exchequer_core::zone_data_version();
    assert!(zones.starts_with("20"), "{zones}");
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(long, format!("exchequer {version} (time zones {zones})\n"));
    assert_eq!(
        run(program().arg("-V")).ok(),
        format!("exchequer {version}\n")
    );
}
