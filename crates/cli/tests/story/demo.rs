//! `exchequer demo`: what it prints, pasted into a shell, works.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::run::run;
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
    for told in ["Acme Insurance", "PREPAY ", "JPY", "(ramp)", "\ntotal "] {
        assert!(demo.told.contains(told), "{told}: {}", demo.told);
    }

    let partner = demo.paste("The command line, as the partner");
    assert_eq!(partner.matches("\nsubscription ").count(), 6, "{partner}");
    let customer = demo.paste("The command line, as the customer");
    let report = customer.split_once("METER").unwrap().1;
    assert!(report.contains("\nvoice-minutes "), "{customer}");
    assert!(report.contains("\ntotal "), "{customer}");
    let body = demo.paste("curl");
    let overview: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(overview["organization"]["id"], ACME);
    assert!(overview["charges"]["total"].is_string(), "{body}");

    demo.terminate();
    assert_eq!(left(scratch.path()), 0, "the ledger is gone");
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
