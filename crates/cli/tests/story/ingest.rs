//! `exchequer ingest`: files, stdin, counts, rejects, and a server that dies
//! half-way.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Child, Stdio};

use serde_json::{Value, json};

use crate::proxy::Proxy;
use crate::run::{ACME, World, login, run, run_with};

/// The counts of a run, which must account for every event that was read.
#[track_caller]
fn counts(text: &str, events: u64) -> Value {
    let counts: Value = serde_json::from_str(text).unwrap();
    let parts = ["accepted", "duplicates", "conflicts", "rejected"];
    let total: u64 = parts
        .iter()
        .map(|part| counts[part].as_u64().unwrap())
        .sum();
    assert_eq!(total, events, "{counts}");
    assert!(counts["unmetered"].as_u64() <= counts["accepted"].as_u64());
    counts
}

#[test]
fn files_and_stdin_are_sent_and_counted() {
    let world = World::start();
    let lines: String = (0..250)
        .map(|n| {
            login(
                &format!("e-{n}"),
                &format!("user-{}", n % 40),
                "2025-10-01T08:00:00Z",
            )
        })
        .collect();
    let file = world.ledger.write("usage.ndjson", &lines);
    // Batches do not show in the counts.
    let ingest = [
        "ingest",
        "--format",
        "json",
        "--batch",
        "100",
        "--parallel",
        "3",
    ];
    let first = run(world.operator(&ingest).arg(&file)).ok();
    assert_eq!(
        counts(&first, 250),
        json!({"accepted": 250, "duplicates": 0, "unmetered": 0, "conflicts": 0, "rejected": 0})
    );
    let again = run_with(world.operator(&ingest).arg("-"), &lines).ok();
    assert_eq!(counts(&again, 250)["duplicates"], 250);

    let csv = format!(
        "id,source,type,subject,time,organization,minutes,division\n\
         c-1,/pbx,call.ended,ada,2025-10-02T10:00:00Z,{ACME},1.23,\"Sales, EU\"\n\
         c-2,/pbx,call.ended,ada,2025-10-02T11:00:00Z,{ACME},0.3,\n\
         e-1,/pbx,user.login,user-1,2025-10-01T08:00:00Z,{ACME},,\n\
         c-3,/pbx,call.endde,ada,2025-10-02T11:00:00Z,{ACME},0.3,\n"
    );
    let file = world.ledger.write("usage.csv", &csv);
    let sent = run(world.operator(&ingest).arg(&file)).ok();
    let counted = counts(&sent, 4);
    assert_eq!(
        (&counted["accepted"], &counted["duplicates"]),
        (&json!(3), &json!(1))
    );
    assert_eq!(counted["unmetered"], 1);
    let from_stdin = ["--input-format", "csv", "-"];
    let again = run_with(world.operator(&ingest).args(from_stdin), &csv).ok();
    assert_eq!(counts(&again, 4)["duplicates"], 4);

    let report = [
        "report",
        "--from",
        "2025-10-01",
        "--to",
        "2025-11-01",
        "--format",
        "json",
    ];
    let report = run(&mut world.acme(&report)).json();
    let totals: Vec<_> = report["usages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|of| &of["totalUsage"])
        .collect();
    assert_eq!(totals, ["40", "1.6"]);
}

#[test]
fn what_is_not_taken_is_told_counted_and_written_down() {
    let world = World::start();
    let good = login("e-1", "ada", "2025-10-01T08:00:00Z");
    let twin = login("e-1", "bob", "2025-10-01T08:00:00Z");
    let bad = login("e-2", "ada", "yesterday");
    let lines = format!("{good}{twin}{bad}nonsense\n{good}");
    let file = world.ledger.write("usage.ndjson", &lines);
    let rejects = world.ledger.write("rejects.ndjson", "");
    let mut ingest = world.operator(&["ingest", "--format", "json", "--rejects"]);
    let ran = run(ingest.args([&rejects, &file]));
    assert_eq!(ran.code, 6, "{ran:?}");
    assert_eq!(
        counts(&ran.out, 5),
        json!({"accepted": 1, "duplicates": 1, "unmetered": 0, "conflicts": 1, "rejected": 2})
    );
    for told in [
        "line 2: conflict: id e-1",
        "line 3: rejected: time",
        "line 4: rejected",
    ] {
        assert!(ran.err.contains(told), "{told}: {}", ran.err);
    }
    let written = std::fs::read_to_string(&rejects).unwrap();
    assert_eq!(written, format!("{bad}nonsense\n"));
    let why = std::fs::read_to_string(rejects.with_extension("ndjson.why")).unwrap();
    assert_eq!(why.lines().count(), 3);
    assert!(why.starts_with("line 2: conflict: id e-1"), "{why}");
    // Lines that were not fixed yet are not written over.
    let mut again = world.operator(&["ingest", "--rejects"]);
    run(again.args([&rejects, &file])).failed(2, "holds lines");
    let fixed = login("e-2", "ada", "2025-10-01T08:00:00Z");
    std::fs::write(&rejects, fixed).unwrap();
    run(world.operator(&["ingest"]).arg(&rejects)).ok();
    let table = run(world.operator(&["ingest"]).arg(&file));
    assert_eq!(table.code, 6);
    let counted: Vec<&str> = table.out.split_whitespace().collect();
    assert_eq!(
        counted,
        [
            "accepted",
            "0",
            "duplicates",
            "2",
            "conflicts",
            "1",
            "rejected",
            "2"
        ]
    );
    // Nobody named a file this time, and yet nothing is lost.
    let written = std::fs::read_to_string(file.with_extension("rejected.ndjson")).unwrap();
    assert_eq!(written, format!("{bad}nonsense\n"));
    assert!(table.err.contains("usage.rejected.ndjson"), "{table:?}");
}

#[test]
fn corrections_come_in_either_format() {
    let world = World::start();
    let time = "2025-10-01T08:00:00Z";
    let lines: String = ["ada", "bob", "cyd"]
        .map(|who| login(who, who, time))
        .concat();
    let correction = login("fix-1", "dee", time).replace("\"id\"", "\"voids\":\"ada\",\"id\"");
    let file = world.ledger.write("usage.ndjson", &(lines + &correction));
    run(world.operator(&["ingest"]).arg(file)).ok();
    let csv = format!(
        "id,source,type,subject,time,organization,voids\nfix-2,/pbx,user.login,eve,{time},{ACME},bob\n"
    );
    let file = world.ledger.write("usage.csv", &csv);
    run(world.operator(&["ingest"]).arg(file)).ok();
    let october = ["report", "--from", "2025-10-01", "--to", "2025-11-01"];
    let mut report = world.operator(&october);
    let report = run(report.args(["--organization", ACME, "--format", "json"])).json();
    let resources = report["usages"][0]["resources"].as_array().unwrap();
    let names: Vec<&Value> = resources.iter().map(|of| &of["name"]).collect();
    assert_eq!(names, ["cyd", "dee", "eve"]);
}

/// Feeds a running `exchequer ingest -`.
fn feed(child: &mut Child, events: std::ops::Range<u32>) {
    let mut lines = String::new();
    for n in events {
        // Writing into a string cannot fail.
        let _ = write!(
            lines,
            "{}",
            login(
                &format!("e-{n}"),
                &format!("user-{n}"),
                "2025-10-01T08:00:00Z"
            )
        );
    }
    child
        .stdin
        .as_mut()
        .unwrap()
        .write_all(lines.as_bytes())
        .unwrap();
}

#[test]
fn a_transfer_outlasts_a_kill_and_a_restart() {
    let World { ledger, server } = World::start();
    let proxy = Proxy::start(&server.url);
    let mut ingest = ledger.operator(&proxy.url);
    let mut ingest = ingest
        .args(["ingest", "-", "--batch", "50", "--format", "json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    feed(&mut ingest, 0..500);
    proxy.wait_for(4);
    drop(server);
    let server = ledger.serve(&[]);
    proxy.lead_to(&server.url);
    feed(&mut ingest, 500..1000);
    proxy.wait_for(4);
    assert!(server.terminate().0.success());
    let server = ledger.serve(&[]);
    proxy.lead_to(&server.url);
    feed(&mut ingest, 1000..1500);
    drop(ingest.stdin.take());
    let output = ingest.wait_with_output().unwrap();
    assert!(output.status.success());
    let counted = counts(&String::from_utf8(output.stdout).unwrap(), 1500);
    let faults = (&counted["conflicts"], &counted["rejected"]);
    assert_eq!(faults, (&json!(0), &json!(0)));
    let october = ["report", "--from", "2025-10-01", "--to", "2025-11-01"];
    let mut report = ledger.operator(&server.url);
    let report = report.args(october).args(["--organization", ACME]);
    let report = run(report.args(["--format", "json"])).json();
    assert_eq!(report["usages"][0]["totalUsage"], "1500");
}
