//! `exchequer demo`: what it prints, pasted into a shell, works.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::run::{Run, run};
use exchequer_support::program::{program, terminate};

const ACME: &str = "22222222-2222-4222-8222-222222222222";

/// A demo whose scratch directory is in one of ours.
fn demo(scratch: &Path, flags: &[&str]) -> Command {
    let mut demo = program();
    demo.arg("demo").args(flags).env("TMPDIR", scratch);
    // Settings of whoever runs it are of no concern to it.
    demo.current_dir(scratch).env("EXCHEQUER_LISTEN", "nowhere");
    demo
}

/// The number of files and directories.
fn left(scratch: &Path) -> usize {
    std::fs::read_dir(scratch).unwrap().count()
}

/// A demo that serves; killed without warning when it is dropped.
struct Demo {
    child: Option<Child>,
    told: String,
}

impl Demo {
    /// Reads what it prints until it says that it serves.
    fn start(command: &mut Command) -> Self {
        let mut demo = Self {
            child: Some(command.stdout(Stdio::piped()).spawn().unwrap()),
            told: String::new(),
        };
        let out = demo.child.as_mut().and_then(|child| child.stdout.take());
        for line in BufReader::new(out.unwrap()).lines().map_while(Result::ok) {
            demo.told.push_str(&line);
            demo.told.push('\n');
            if line.starts_with("Serving on ") {
                return demo;
            }
        }
        panic!("it does not serve: {}", demo.told);
    }

    /// Runs a block as it is printed; `-e` finds out whether all of it works.
    fn paste(&self, title: &str) -> String {
        let (_, after) = self.told.split_once(&format!("\n== {title}")).unwrap();
        let (_, block) = after.split_once('\n').unwrap();
        let block = block.split("\n== ").next().unwrap();
        let mut shell = Command::new("sh");
        // What stands on this machine is behind no proxy.
        shell.env("no_proxy", "127.0.0.1");
        run(shell.args(["-e", "-c", block])).ok()
    }

    fn terminate(mut self) {
        let status = terminate(self.child.take().unwrap());
        assert!(status.success(), "{status}");
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

#[test]
fn what_the_demo_says_works() {
    let scratch = tempfile::tempdir().unwrap();
    let demo = Demo::start(&mut demo(scratch.path(), &["--listen", "127.0.0.1:0"]));
    assert_eq!(left(scratch.path()), 1, "the ledger");
    for told in [
        "Acme Insurance",
        "PREPAY ",
        "JPY",
        "(ramp)",
        "\ntotal ",
        "follows from",
    ] {
        assert!(demo.told.contains(told), "{told}: {}", demo.told);
    }

    let partner = demo.paste("The command line, as the partner");
    assert_eq!(partner.matches("\nsubscription ").count(), 7, "{partner}");
    let customer = demo.paste("The command line, as the customer");
    let report = customer.split_once("METER").unwrap().1;
    assert!(report.contains("\nvoice-minutes "), "{customer}");
    assert!(report.contains("\ntotal "), "{customer}");
    assert!(customer.contains("\nENTRY  KIND "), "{customer}");
    let operator = demo.paste("The command line, as the operator");
    assert!(operator.contains("correction"), "{operator}");
    assert!(
        operator.contains("\nnothing to close; 6 contracts"),
        "{operator}"
    );
    let body = demo.paste("curl");
    let overview: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(overview["organization"]["id"], ACME);
    assert!(overview["charges"]["total"].is_string(), "{body}");

    demo.terminate();
    assert_eq!(left(scratch.path()), 0, "the ledger is gone");
}

/// Runs a command as one of the clients that the demo has told of.
fn as_client(logins: &Value, who: &str, arguments: &[&str]) -> Run {
    let login = |key: &str| logins[who][key].as_str().unwrap();
    let mut command = program();
    command
        .args(arguments)
        .env("EXCHEQUER_URL", logins["url"].as_str().unwrap())
        .env("EXCHEQUER_CLIENT_ID", login("clientId"))
        .env("EXCHEQUER_CLIENT_SECRET", login("clientSecret"));
    run(&mut command)
}

#[test]
fn scripts_are_told_only_where_it_serves_and_how_to_log_in() {
    let scratch = tempfile::tempdir().unwrap();
    let mut command = demo(scratch.path(), &["--json", "--listen", "127.0.0.1:0"]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let demo = Demo {
        child: Some(child),
        told: String::new(),
    };
    let mut told = String::new();
    out.read_line(&mut told).unwrap();
    let logins: Value = serde_json::from_str(&told).unwrap();

    for who in ["operator", "partner", "customer"] {
        let own = as_client(&logins, who, &["whoami", "--format", "json"]).json();
        let organization = &logins[who]["organization"];
        assert_eq!(own["organization"]["id"], *organization, "{who}");
        let keys: Vec<_> = logins[who].as_object().unwrap().keys().collect();
        assert_eq!(keys, ["clientId", "clientSecret", "organization"]);
    }
    // Everything is loaded when it says so.
    let all = ["close", "--all", "--dry-run"];
    let closed = as_client(&logins, "operator", &all).ok();
    assert_eq!(closed, "nothing to close; 6 contracts\n");
    let shown = as_client(&logins, "partner", &["overview", ACME]).ok();
    assert!(shown.contains("Acme Insurance"), "{shown}");
    let charged = as_client(&logins, "customer", &["entries", "C-1001"]).ok();
    assert!(charged.contains("\ntotal "), "{charged}");

    demo.terminate();
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "");
    assert_eq!(left(scratch.path()), 0, "the ledger is gone");
}

#[test]
fn what_is_not_served_has_no_address_to_tell_of() {
    let scratch = tempfile::tempdir().unwrap();
    let refused = run(&mut demo(scratch.path(), &["--json", "--no-serve"]));
    refused.failed(2, "with --no-serve there is none to reach");
    assert_eq!(left(scratch.path()), 0);
}

#[test]
fn the_demo_can_only_show_and_reads_no_settings() {
    let scratch = tempfile::tempdir().unwrap();
    let mut command = demo(scratch.path(), &["--no-serve"]);
    let shown = run(command.env("EXCHEQUER_CONFIG", "no-such-file.toml")).ok();
    assert!(
        shown.contains("\ntotal ") && !shown.contains("Serving"),
        "{shown}"
    );
    assert_eq!(left(scratch.path()), 0, "the ledger is gone");
}

#[test]
fn an_address_that_is_taken_is_not_replaced() {
    let scratch = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let refused = run(&mut demo(scratch.path(), &["--listen", &address]));
    refused.failed(1, &format!("listening on {address}"));
    assert_eq!(left(scratch.path()), 0);
}

#[test]
fn a_reader_who_goes_away_ends_the_demo() {
    let scratch = tempfile::tempdir().unwrap();
    let mut demo = demo(scratch.path(), &["--no-serve"]);
    let mut child = demo
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut said = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    assert!(child.wait().unwrap().success(), "{said}");
    assert_eq!(left(scratch.path()), 0, "the ledger is gone");
}
