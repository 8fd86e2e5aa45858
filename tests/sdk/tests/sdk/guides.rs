//! The guides in `docs/guides`: every block of a language, one after the other,
//! is a script that works.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use reqwest::Method;

use crate::install::{Sdk, javascript, python};
use exchequer_support::World;
use exchequer_support::stage::{self, PARTNER_CLIENT};
use exchequer_support::world::{ACME, ACME_CLIENT, SECRET};

/// The text between the fences of a language.
fn blocks(guide: &str, language: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guides");
    let text = fs::read_to_string(path.join(guide)).unwrap();
    let fence = format!("\n```{language}\n");
    let found: Vec<&str> = text
        .split(&fence)
        .skip(1)
        .map(|rest| rest.split("\n```\n").next().unwrap())
        .collect();
    assert!(found.len() >= 4, "{guide} has {} blocks", found.len());
    found.join("\n") + "\n"
}

/// Runs the blocks against the world, and returns what they print. Reports are
/// made in the background, so that waiting for them is tried too.
async fn follow(guide: &str, program: PathBuf, modules: Option<&Path>, script: &str) -> String {
    let mut world = World::start().await;
    stage::set(&world).await;
    world
        .restart(|config| config.report_wait = Duration::ZERO)
        .await;
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("script");
    fs::write(&file, script).unwrap();
    let url = world.request(Method::GET, "").build().unwrap();
    let mut command = Command::new(program);
    // As in `script`, nothing else of the environment reaches it.
    command
        .arg(&file)
        .current_dir(&home)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", home.path())
        .env("EXCHEQUER_URL", url.url().as_str().trim_end_matches('/'))
        .env("CUSTOMER_ORGANIZATION", ACME)
        .envs([
            ("CUSTOMER_CLIENT", ACME_CLIENT),
            ("CUSTOMER_SECRET", SECRET),
        ])
        .envs([
            ("PARTNER_CLIENT", PARTNER_CLIENT),
            ("PARTNER_SECRET", SECRET),
        ])
        .stdin(Stdio::null());
    if let Some(modules) = modules {
        command.env("NODE_PATH", modules);
    }
    let run = tokio::task::spawn_blocking(move || command.output()).await;
    let output = run.unwrap().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{guide}: {out}\n{err}");
    out
}

#[track_caller]
fn tells(out: &str, wanted: &[&str]) {
    for wanted in wanted {
        assert!(out.contains(wanted), "{wanted} is not in {out}");
    }
}

#[tokio::test]
async fn curl() {
    let script = format!("set -eu\n{}", blocks("curl.md", "sh"));
    let out = follow("curl.md", "/bin/sh".into(), None, &script).await;
    tells(
        &out,
        &[
            r#""status":"Complete","usages":[{"name":"logins","totalUsage":"2""#,
            "\n3 periods\n",
            r#"{"accepted":2,"duplicates":0,"#,
            r#""code":"bad.credentials","status":401"#,
        ],
    );
}

const TOLD: [&str; 5] = [
    "logins 2",
    "Acme Ltd",
    "\n2 2026-09-01",
    "\n1 new, 0 known\n",
    "400 invalid.date ",
];

#[tokio::test]
async fn python_guide() {
    let Some(Sdk { program, .. }) = python() else {
        return;
    };
    let script = blocks("python.md", "python");
    let out = follow("python.md", program, None, &script).await;
    tells(&out, &TOLD);
}

#[tokio::test]
async fn javascript_guide() {
    let Some(Sdk {
        program, modules, ..
    }) = javascript()
    else {
        return;
    };
    let blocks = blocks("javascript.md", "javascript");
    let script = format!(
        "(async () => {{\n{blocks}\n}})().catch((error) => {{ console.error(error); process.exit(1); }});\n"
    );
    let out = follow("javascript.md", program, Some(&modules), &script).await;
    tells(&out, &TOLD);
}
