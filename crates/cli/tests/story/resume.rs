//! `exchequer ingest` that is interrupted, and goes on.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::proxy::Proxy;
use crate::run::{ACME, Run, World, login, run};
use crate::stub::Stub;

const DAY: &str = "2025-10-01T08:00:00Z";
/// With a millisecond after each it is a minute.
const LOOKS: u32 = 60_000;

/// A file in which every kind of line comes again and again.
struct Usage {
    text: String,
    rejected: String,
    /// Line numbers of conflicts and rejected lines.
    faults: Vec<u64>,
    good: u64,
    duplicates: u64,
    conflicts: u64,
}

impl Usage {
    fn new(lines: u64) -> Self {
        let mut usage = Self {
            text: String::new(),
            rejected: String::new(),
            faults: Vec::new(),
            good: 0,
            duplicates: 0,
            conflicts: 0,
        };
        for n in 1..=lines {
            let who = format!("user-{}", n % 701);
            let line = match n % 50 {
                7 => login(&format!("e-{n}"), &who, "yesterday"),
                23 => format!("nonsense {n}\n"),
                // Far enough behind never to be in flight with its twin.
                31 if n > 5_000 => login(&format!("e-{}", n % 5_000), "somebody else", DAY),
                41 if n > 5_000 => {
                    let twin = n % 5_000;
                    login(&format!("e-{twin}"), &format!("user-{}", twin % 701), DAY)
                }
                _ => login(&format!("e-{n}"), &who, DAY),
            };
            match n % 50 {
                7 | 23 => {
                    usage.rejected += &line;
                    usage.faults.push(n);
                }
                31 if n > 5_000 => {
                    usage.conflicts += 1;
                    usage.faults.push(n);
                }
                41 if n > 5_000 => usage.duplicates += 1,
                _ => usage.good += 1,
            }
            usage.text += &line;
        }
        usage
    }

    /// That counts, report and files are what one uninterrupted run gives.
    fn check(&self, world: &World, counts: &Value, file: &Path) {
        let number = |name: &str| counts[name].as_u64().unwrap_or(0);
        assert_eq!(number("conflicts"), self.conflicts, "{counts}");
        let rejected = self.rejected.lines().count() as u64;
        assert_eq!(number("rejected"), rejected, "{counts}");
        let rest = number("accepted") + number("duplicates");
        assert_eq!(rest, self.good + self.duplicates, "{counts}");
        // What was sent twice is said to be, perhaps.
        let own = number("duplicates") - number("resent");
        assert!(own <= self.duplicates, "{counts}");
        assert!(self.duplicates <= number("duplicates"), "{counts}");

        let text = |suffix| std::fs::read_to_string(file.with_extension(suffix)).unwrap();
        assert!(text("rejected.ndjson") == self.rejected);
        let why = text("rejected.ndjson.why");
        let lines: Vec<u64> = why
            .lines()
            .map(|line| {
                line["line ".len()..]
                    .split_once(':')
                    .unwrap()
                    .0
                    .parse()
                    .unwrap()
            })
            .collect();
        assert_eq!(lines, self.faults);
        assert!(!progress(file).exists());

        let october = ["report", "--from", "2025-10-01", "--to", "2025-11-01"];
        let mut report = world.operator(&october);
        let report = run(report.args(["--organization", ACME, "--format", "json"])).json();
        assert_eq!(report["usages"][0]["totalUsage"], "701");
        // All of it again: everything that was good is there.
        let mut again = world.operator(&["ingest", "--no-resume", "--format", "json"]);
        let again: Value = serde_json::from_str(&run(again.arg(file)).out).unwrap();
        assert_eq!(again["accepted"], 0);
        assert_eq!(again["duplicates"], self.good + self.duplicates);
    }
}

fn progress(file: &Path) -> PathBuf {
    file.with_extension("ndjson.progress")
}

fn ingest(world: &World, proxy: &Proxy, file: &Path) -> Command {
    let mut ingest = world.ledger.operator(&proxy.url);
    ingest.args(["ingest", "--batch", "20", "--parallel", "3"]);
    ingest.args(["--format", "json"]).arg(file);
    ingest.stdout(Stdio::piped()).stderr(Stdio::piped());
    ingest
}

/// The part of the input that is noted to be acknowledged.
fn noted(file: &Path) -> u64 {
    let text = std::fs::read_to_string(progress(file)).unwrap_or_default();
    let note = text.lines().next().unwrap_or("{}");
    let note: Value = serde_json::from_str(note).unwrap();
    note["done"]["bytes"].as_u64().unwrap_or(0)
}

/// Waits until more is noted.
fn wait_for_note(file: &Path, before: u64) {
    for _ in 0..LOOKS {
        if noted(file) > before {
            return;
        }
        thread::sleep(Duration::from_millis(1));
    }
    panic!("nothing is noted");
}

/// `EXCHEQUER_KILLS` asks for so many; a longer file allows more.
#[test]
fn kills_at_any_moment_change_neither_counts_nor_rejected_lines() {
    let world = World::start();
    let proxy = Proxy::start(&world.server.url);
    let kills = std::env::var("EXCHEQUER_KILLS").map_or(6, |text| text.parse().unwrap());
    // Two hundred requests a kill, so many that none finishes before.
    let usage = Usage::new(4_000 * kills);
    let file = world.ledger.write("usage.ndjson", &usage.text);
    for kill in 0..kills {
        // Sometimes before anything is acknowledged, mostly after.
        let answers = usize::try_from(kill * 23 % 60).unwrap();
        let before = noted(&file);
        proxy.open(answers);
        let mut child = ingest(&world, &proxy, &file).spawn().unwrap();
        proxy.wait_for(answers);
        // More than can be answered out of order, or are for a dead one: some
        // are noted. Else it dies while it makes something of the last answer.
        if answers > 40 {
            wait_for_note(&file, before);
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    proxy.open(usize::MAX);
    let output = ingest(&world, &proxy, &file).output().unwrap();
    assert_eq!(output.status.code(), Some(6), "{output:?}");
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(err.contains("continuing after line"), "{err}");
    let counts = serde_json::from_slice(&output.stdout).unwrap();
    usage.check(&world, &counts, &file);
}

#[test]
fn after_an_interrupt_nothing_is_sent_twice() {
    let world = World::start();
    let proxy = Proxy::start(&world.server.url);
    let usage = Usage::new(12_000);
    let file = world.ledger.write("usage.ndjson", &usage.text);
    proxy.open(40);
    let child = ingest(&world, &proxy, &file).spawn().unwrap();
    proxy.wait_for(40);
    let signal = format!("kill -INT {}", child.id());
    assert!(
        Command::new("sh")
            .args(["-c", &signal])
            .status()
            .unwrap()
            .success()
    );
    // What is under way is still answered.
    proxy.open(usize::MAX);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(err.contains("run the same command again"), "{err}");
    let first: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(first["accepted"].as_u64().unwrap() > 0, "{first}");

    let second = run(&mut ingest(&world, &proxy, &file));
    assert_eq!(second.code, 6, "{second:?}");
    let counts: Value = serde_json::from_str(&second.out).unwrap();
    assert_eq!(counts["accepted"], usage.good, "{counts}");
    assert_eq!(counts["duplicates"], usage.duplicates, "{counts}");
    assert!(counts.get("resent").is_none(), "{counts}");
    usage.check(&world, &counts, &file);
}

/// A server that takes every event, up to the one that must not come.
fn until(bad: &'static str) -> Stub {
    Stub::start(move |request| {
        if !bad.is_empty() && request.body.contains(bad) {
            return (400, r#"{"code":"bad.request","message":"no"}"#.to_owned());
        }
        let accepted = request.body.lines().count();
        (
            200,
            json!({"accepted": accepted, "duplicates": 0, "unmetered": 0}).to_string(),
        )
    })
}

#[test]
fn a_failed_run_goes_on_behind_what_was_acknowledged() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("usage.csv");
    let mut text = "id,source,type,subject,time\n".to_owned();
    for n in 0..100 {
        // Writing into a string cannot fail.
        let _ = writeln!(text, "{n},/pbx,user.login,\"a\nb\",{DAY}");
    }
    std::fs::write(&file, &text).unwrap();
    let stub = until("\"id\":\"47\"");
    let go = |stub: &Stub, flags: &[&str]| -> Run {
        let mut command = stub.command(&["ingest", "--batch", "10", "--parallel", "1"]);
        run(command.args(["--format", "json"]).args(flags).arg(&file))
    };
    let failed = go(&stub, &[]);
    assert_eq!(failed.code, 1, "{failed:?}");
    assert!(failed.out.contains("\"accepted\":40"), "{failed:?}");

    // Another server has another ledger.
    let other = until("");
    go(&other, &[]).failed(2, "--restart");
    assert!(other.asked().is_empty());
    let elsewhere = directory.path().join("elsewhere");
    let flags = ["--progress", elsewhere.to_str().unwrap()];
    assert!(go(&other, &flags).ok().contains("\"accepted\":100"));
    assert!(!elsewhere.exists());

    // With its mistake fixed, a file goes on.
    stub.asked();
    std::fs::write(&file, text.replace("\n47,", "\n470,")).unwrap();
    let went_on = go(&stub, &[]);
    assert!(
        went_on.err.contains("continuing after line 8"),
        "{went_on:?}"
    );
    assert!(went_on.ok().contains("\"accepted\":100"));
    let asked = stub.asked();
    let sent: usize = asked
        .iter()
        .map(|request| request.body.lines().count())
        .sum();
    assert_eq!(sent, 60);
    let files = std::fs::read_dir(&directory).unwrap().count();
    assert_eq!(files, 1, "only the input is left");
}

/// The same command tells them once more.
#[test]
fn counts_that_could_not_be_printed_are_not_lost() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("usage.ndjson");
    std::fs::write(&file, login("e-1", "ada", DAY)).unwrap();
    let stub = until("");
    let ingest = || {
        let mut command = stub.command(&["ingest", "--format", "json"]);
        command.arg(&file);
        command
    };
    let full = std::fs::File::create("/dev/full").unwrap();
    let output = ingest().stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(progress(&file).exists());
    assert!(run(&mut ingest()).ok().contains("\"accepted\":1"));
    assert!(!progress(&file).exists());
    assert_eq!(stub.asked().len(), 1, "nothing is sent twice");
}

#[test]
fn a_progress_file_that_is_something_else_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("usage.ndjson");
    std::fs::write(&file, login("e-1", "ada", DAY)).unwrap();
    let mine = directory.path().join("mine");
    std::fs::write(&mine, "mine\n").unwrap();
    let stub = until("");
    for flags in [&[][..], &["--restart"]] {
        let mut command = stub.command(&["ingest", "--progress"]);
        run(command.arg(&mine).args(flags).arg(&file)).failed(2, "no saved progress");
        assert_eq!(std::fs::read_to_string(&mine).unwrap(), "mine\n");
    }
    assert!(stub.asked().is_empty());
}

#[test]
fn what_cannot_be_read_again_cannot_be_gone_on_with() {
    let world = World::start();
    let stdin = ["ingest", "-", "--progress", "p"];
    run(&mut world.operator(&stdin)).failed(2, "--progress");
    let file = world.ledger.write("usage.ndjson", "");
    for flag in ["--rejects", "--progress"] {
        let mut nowhere = world.operator(&["ingest", flag, "absent/file"]);
        run(nowhere.arg(&file)).failed(2, "absent/file");
        let mut same = world.operator(&["ingest", flag]);
        run(same.args([&file, &file])).failed(2, "must not name the input");
    }
}
