//! `docs/getting-started.md`, followed word by word in an empty directory.

use std::path::Path;
use std::process::Command;

use crate::run::run;
use exchequer_support::program::program;

/// The server in a terminal of its own, on a port that is free.
const SERVE: &str = "\
exchequer serve --listen 127.0.0.1:0 2>serve.log &
server=$!
trap 'kill $server' EXIT
until grep -q '^listening on ' serve.log; do kill -0 $server; sleep 0.1; done
export EXCHEQUER_URL=$(sed -n 's/^listening on //p' serve.log)
";

#[test]
fn a_newcomer_gets_to_a_bill() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/getting-started.md");
    let page = std::fs::read_to_string(page).unwrap();
    let mut blocks = page
        .split("\n```sh\n")
        .skip(1)
        .map(|rest| rest.split_once("```\n").unwrap().0);
    // This has built what runs here.
    assert!(blocks.next().unwrap().starts_with("cargo install"));
    let script: String = blocks
        .map(|block| match block {
            "exchequer serve\n" => SERVE,
            block => block,
        })
        .collect();
    assert!(script.contains(SERVE));

    let directory = tempfile::tempdir().unwrap();
    let binary = program();
    let binaries = Path::new(binary.get_program()).parent().unwrap();
    let path = std::env::var("PATH").unwrap();
    let mut shell = Command::new("sh");
    shell
        .args(["-e", "-u", "-c", &script])
        .current_dir(&directory)
        .env_clear()
        .env("PATH", format!("{}:{path}", binaries.display()))
        .env("HOME", directory.path());
    let out = run(&mut shell).ok();
    for wanted in [
        "created  contract      T-1\n",
        "accepted    6\n",
        "duplicates  6\n",
        "{\"accepted\":1,",
        "\nusers              3 ",
        "\nvoice-minutes     20 ",
    ] {
        assert!(out.contains(wanted), "{wanted} is not in {out}");
    }
    assert_eq!(out.matches("\ntotal 98.50 EUR\n").count(), 2, "{out}");
}
