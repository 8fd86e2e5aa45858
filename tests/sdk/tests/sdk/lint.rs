//! The OpenAPI document, as the linters that others use see it: all default rules, and
//! warnings are errors.

use std::path::Path;
use std::process::{Command, Stdio};

use reqwest::Method;

use exchequer_support::World;

use crate::install::linters;

#[tokio::test]
async fn linters_find_nothing_in_the_document() {
    let Some(programs) = linters() else { return };
    let world = World::start().await;
    let document = world
        .send(world.request(Method::GET, "/openapi.json"))
        .await;
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("openapi.json");
    std::fs::write(&file, document.text).unwrap();
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("lint");
    let mut redocly = Command::new(programs.join("redocly"));
    redocly
        .args(["lint", "--config"])
        .arg(rules.join("redocly.yaml"))
        .env("REDOCLY_TELEMETRY", "off")
        .env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true");
    let mut spectral = Command::new(programs.join("spectral"));
    spectral
        .args(["lint", "--fail-severity", "hint", "--ruleset"])
        .arg(rules.join("spectral.yaml"));
    for mut linter in [redocly, spectral] {
        linter
            .arg(&file)
            .env("HOME", home.path())
            .stdin(Stdio::null());
        let output = tokio::task::spawn_blocking(move || linter.output());
        let output = output.await.unwrap().unwrap();
        assert!(
            output.status.success(),
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
}
