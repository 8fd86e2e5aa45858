//! A disk that is full, and has space again; one that nobody may write to.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::platform::{FLAGS, Platform, calls};
use exchequer_support::program::{Server, program};

/// A file system of this size is full soon.
const SIZE: &str = "24m";
/// Requests by which it must have been found full.
const MANY: u64 = 400;

/// Returns whether this machine lets a test mount something in a namespace of its own.
fn can_mount() -> bool {
    let mut attempt = Command::new("unshare");
    attempt.args(["-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]);
    attempt.output().is_ok_and(|output| output.status.success())
}

/// Serves a new ledger on a small file system that vanishes with the server.
fn serve(directory: &Path) -> (Server, Value) {
    let exchequer = program().get_program().to_owned();
    let script = format!(
        r#"mount -t tmpfs -o size={SIZE} tmpfs disk && "$0" init --json --data disk/data > client && exec "$0" serve --listen 127.0.0.1:0 --data disk/data {}"#,
        FLAGS.join(" ")
    );
    std::fs::create_dir(directory.join("disk")).unwrap();
    let mut command = Command::new("unshare");
    command.args(["-rm", "sh", "-c", &script]);
    command.arg(exchequer).current_dir(directory);
    let server = Server::start(&mut command);
    let client = std::fs::read(directory.join("client")).unwrap();
    (server, serde_json::from_slice(&client).unwrap())
}

/// Leaves no space on a disk.
fn fill(ballast: &Path) {
    let mut file = std::fs::File::create(ballast).unwrap();
    for size in [1 << 20, 4096, 1] {
        while file.write_all(&vec![1; size]).is_ok() {}
    }
}

#[tokio::test]
async fn a_full_disk_refuses_writes_and_recovers_by_itself() {
    if !can_mount() {
        eprintln!("SKIPPED: this machine lets nobody mount a file system in a namespace");
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let (server, client) = serve(directory.path());
    let field = |name: &str| client[name].as_str().unwrap();
    let (id, secret) = (field("clientId"), field("clientSecret"));
    let platform = Platform::start(&server.url, id, secret).await;
    let disk = PathBuf::from(format!("/proc/{}/root", server.id()));
    let disk = disk.join(directory.path().join("disk").strip_prefix("/").unwrap());
    assert_eq!(platform.keep(calls(0, 100, 100)).await, 100);
    fill(&disk.join("ballast"));

    // The space that the log has left may still be written.
    let (mut kept, mut refused) = (1, None);
    for number in 1..MANY {
        let answer = platform.send(calls(number, 100, 100)).await.unwrap();
        match answer.status {
            200 => kept += 1,
            _ => {
                refused = Some((number, answer));
                break;
            }
        }
    }
    let (number, answer) = refused.expect("the disk is full");
    assert_eq!(answer.status, 503, "{answer:?}");
    assert_eq!(answer.body["code"], "service.unavailable", "{answer:?}");
    // Reading goes on, and so does refusing.
    assert_eq!(platform.calls().await, kept * 100);
    assert_eq!(platform.get("/health/live").await.status, 200);
    let again = platform.send(calls(number, 100, 100)).await.unwrap();
    assert_eq!(again.status, 503, "{again:?}");

    std::fs::remove_file(disk.join("ballast")).unwrap();
    assert_eq!(platform.keep(calls(number, 100, 100)).await, 100);
    for number in 0..=number {
        assert_eq!(platform.keep(calls(number, 100, 100)).await, 0);
    }
    assert_eq!(platform.calls().await, (kept + 1) * 100);
    let (status, logs) = server.terminate();
    assert!(status.success(), "{logs}");
    assert!(logs.contains("not committed"), "loudly: {logs}");
}

/// Then it must not begin: it could not take in what it is sent.
#[test]
fn a_ledger_that_cannot_be_written_to_is_not_served() {
    if !can_mount() {
        eprintln!("SKIPPED: this machine lets nobody mount a file system in a namespace");
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("disk")).unwrap();
    let script = r#"mount -t tmpfs tmpfs disk && "$0" init --json --data disk/data > client && mount -o remount,ro disk && exec "$0" serve --listen 127.0.0.1:0 --data disk/data"#;
    let mut command = Command::new("unshare");
    command.args(["-rm", "sh", "-c", script]);
    command.arg(program().get_program());
    let output = command.current_dir(directory.path()).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(!error.contains("listening"), "{error}");
    assert!(error.contains("disk/data"), "{error}");
    assert!(
        error.to_lowercase().contains("read-only") || error.contains("readonly"),
        "{error}"
    );
}
