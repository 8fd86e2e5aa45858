//! TLS to the database, as its URL asks for it.

use std::process::{Command, Output};

use exchequer_support::Cluster;
use rcgen::{CertifiedKey, generate_simple_self_signed};

use exchequer_support::program::program;

fn run(command: &mut Command) -> (bool, String) {
    let Output { status, stderr, .. } = command.output().expect("the program");
    let stderr = String::from_utf8_lossy(&stderr).into_owned();
    (status.success(), stderr)
}

#[test]
fn the_url_says_how_far_the_database_is_trusted() {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    cluster.require_tls(&cert.pem(), &signing_key.serialize_pem());
    let directory = tempfile::tempdir().expect("a scratch directory");
    std::fs::write(directory.path().join("ca.pem"), cert.pem()).expect("a file");
    let port = cluster.port();
    let with = |command: &str, host: &str, asked: &str| {
        let url = format!("postgres://postgres@{host}:{port}/postgres?{asked}");
        let mut program = program();
        program.current_dir(&directory);
        run(program.args([command, "--database-url", &url]))
    };

    let trusting = "sslmode=verify-full&sslrootcert=ca.pem";
    for (host, asked, why) in [
        ("localhost", "sslmode=disable", "no encryption"),
        ("localhost", "sslmode=verify-full", "certificate"),
        ("127.0.0.1", trusting, "certificate"),
        // libpq would not ask for the name; see docs/operations.md.
        (
            "127.0.0.1",
            "sslmode=verify-ca&sslrootcert=ca.pem",
            "certificate",
        ),
    ] {
        let (done, told) = with("init", host, asked);
        assert!(!done && told.contains(why), "{asked} at {host}: {told}");
    }
    for (command, host, asked) in [
        ("init", "localhost", trusting),
        (
            "verify",
            "localhost",
            "sslmode=verify-ca&sslrootcert=ca.pem",
        ),
        ("verify", "127.0.0.1", "sslmode=require"),
        ("verify", "127.0.0.1", ""),
    ] {
        let (done, told) = with(command, host, asked);
        assert!(done, "{command} with {asked} at {host}: {told}");
    }
}
