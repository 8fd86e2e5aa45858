//! docs/operations.md lists exactly the metrics that there are, and they are as Prometheus
//! wants them.

use std::collections::BTreeSet;
use std::io::{ErrorKind, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use reqwest::Method;
use serde_json::json;

use exchequer_support::World;
use exchequer_support::world::login;

const PAGE: &str = include_str!("../../../../docs/operations.md");

/// Names of metrics in a text.
fn names(text: &str) -> BTreeSet<&str> {
    let inner = |character: char| character.is_ascii_lowercase() || character == '_';
    let starts = text.match_indices("exchequer_").map(|(at, _)| &text[at..]);
    let names = starts.map(|rest| {
        let end = rest
            .find(|character| !inner(character))
            .unwrap_or(rest.len());
        &rest[..end]
    });
    names.collect()
}

fn documented() -> BTreeSet<&'static str> {
    let (_, section) = PAGE.split_once("\n## Metrics").unwrap();
    names(section.split("\n## ").next().unwrap())
}

/// Every name that the server's source gives to a metric.
fn in_source(directory: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            in_source(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            for macro_name in ["counter!(", "gauge!(", "histogram!("] {
                for call in text.split(macro_name).skip(1) {
                    let quoted = call.trim_start().strip_prefix('"');
                    let name = quoted.and_then(|rest| rest.split('"').next());
                    let name =
                        name.unwrap_or_else(|| panic!("a metric without a plain name: {path:?}"));
                    found.insert(name.to_owned());
                }
            }
        }
    }
}

#[test]
fn every_metric_of_the_source_is_documented() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates");
    let mut found = BTreeSet::new();
    // All crates, so that none is forgotten when logic moves to a new one.
    for name in std::fs::read_dir(&root).unwrap() {
        in_source(&name.unwrap().path().join("src"), &mut found);
    }
    let found: BTreeSet<&str> = found.iter().map(String::as_str).collect();
    assert_eq!(found, documented());
}

/// The text of `/metrics` of a server that has done something.
async fn exposed() -> String {
    let world = World::start().await;
    let [_, acme, _] = world.populate().await;
    let events = json!([login("e-1", "ada", "2026-10-01T00:00:00Z")]);
    world.ingest(&acme, &events).await;
    world.report(&acme, "2026-10-01", "2026-11-01").await;
    let answer = world.send(world.request(Method::GET, "/metrics")).await;
    answer.text
}

/// Every metric says what it counts, and `promtool` finds nothing to mend.
#[tokio::test]
async fn metrics_are_as_prometheus_wants_them() {
    let text = exposed().await;
    let of = |kind: &str| -> BTreeSet<String> {
        let lines = text.lines().filter_map(|line| line.strip_prefix(kind));
        lines
            .map(|line| line.split(' ').next().unwrap().to_owned())
            .collect()
    };
    assert_eq!(of("# HELP "), of("# TYPE "), "{text}");

    let mut command = Command::new("promtool");
    command.args(["check", "metrics"]).stdin(Stdio::piped());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut promtool = match command.spawn() {
        Ok(promtool) => promtool,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let must = std::env::var("CI").is_ok_and(|value| value == "true");
            assert!(!must, "promtool is not installed");
            println!("skipped: promtool is not installed");
            return;
        }
        Err(error) => panic!("{error}"),
    };
    // Dropped at the end of the statement, which tells that this is all.
    promtool
        .stdin
        .take()
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
    let output = promtool.wait_with_output().unwrap();
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8_lossy(&told);
    assert!(output.status.success() && told.is_empty(), "{told}\n{text}");
}

#[tokio::test]
async fn what_the_server_exposes_is_documented() {
    let text = exposed().await;
    let exposed = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let exposed: BTreeSet<&str> = exposed
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    assert!(exposed.len() >= 3, "{exposed:?}");
    let documented = documented();
    assert!(exposed.is_subset(&documented), "{exposed:?} {documented:?}");
}
