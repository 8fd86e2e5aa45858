//! Requests made from the OpenAPI document, sensible ones and others: whatever is
//! answered must be in the document, what it allows is accepted, what it forbids is
//! refused, and nothing may be the server's fault.
//!
//! The requests are those of [schemathesis](https://schemathesis.readthedocs.io),
//! always the same ones for one document, with all of its checks. The exceptions, with
//! their reasons, are in `schema/schemathesis.toml` and `schema/hooks.py`.

use std::path::Path;
use std::process::{Command, Stdio};

use reqwest::Method;

use crate::install::schemathesis;
use exchequer_support::World;
use exchequer_support::stage;
use exchequer_support::world::{ACME_CLIENT, SECRET};

/// The client whose token the requests bear.
enum Who {
    Operator,
    Customer,
    Nobody,
}

/// Makes some requests for each operation and several for each parameter.
async fn explore(who: Who, examples: u32) {
    let Some(program) = schemathesis() else {
        return;
    };
    let mut world = World::start().await;
    stage::set(&world).await;
    world.restart(|config| config.rate_limit = u32::MAX).await;
    let url = world.request(Method::GET, "/openapi.json").build().unwrap();
    let home = tempfile::tempdir().unwrap();
    let settings = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema");
    let mut command = Command::new(program);
    command
        .arg("--config-file")
        .arg(settings.join("schemathesis.toml"))
        .args(["run", url.url().as_str(), "--checks", "all", "--no-color"])
        .args([
            "--phases",
            "examples,coverage,fuzzing,stateful",
            "--seed",
            "1",
        ])
        .args(["--max-examples", &examples.to_string()])
        .args(["--generation-database", "none", "--continue-on-failure"])
        .args(["--suppress-health-check", "all"])
        .current_dir(home.path())
        .env("HOME", home.path())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("SCHEMATHESIS_HOOKS", settings.join("hooks.py"))
        .stdin(Stdio::null());
    let token = match who {
        Who::Operator => {
            command.env("OPERATOR", "yes");
            Some(world.operator().await)
        }
        Who::Customer => Some(world.token(ACME_CLIENT, SECRET).await),
        Who::Nobody => None,
    };
    if let Some(token) = token {
        let header = format!("Authorization: Bearer {token}");
        command.args(["--header", &header]);
        // One of its operations ends the token that all others need.
        command.args(["--exclude-path", "/api/v2/tokens/me"]);
    }
    let run = tokio::task::spawn_blocking(move || command.output()).await;
    let output = run.unwrap().unwrap();
    let out = String::from_utf8_lossy(&output.stdout);
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{out}\n{err}");
    assert!(out.contains("Test cases:"), "{out}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_gets_documented_answers() {
    explore(Who::Operator, 10).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_gets_documented_answers() {
    explore(Who::Customer, 5).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_token_the_answers_are_documented() {
    explore(Who::Nobody, 2).await;
}
