//! Clients that generators make from the served OpenAPI document: they compile by the
//! strictest rules, log in, send events, read a report and an overview, and understand a
//! refusal.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};

use reqwest::Method;
use tempfile::TempDir;

use crate::install::{python_generator, typescript_generators};
use exchequer_support::World;
use exchequer_support::stage;
use exchequer_support::world::{ACME_CLIENT, SECRET};

/// A folder with the document and the programs that use its clients.
struct Workshop {
    _world: World,
    folder: TempDir,
    base: String,
}

impl Workshop {
    async fn open() -> Self {
        let world = World::start().await;
        stage::set(&world).await;
        let document = world.send(world.request(Method::GET, "/openapi.json"));
        let document = document.await.text;
        let folder = tempfile::tempdir().unwrap();
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("generated");
        for file in fs::read_dir(sources).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
        }
        fs::write(folder.path().join("openapi.json"), document).unwrap();
        let base = world.url("");
        Self {
            _world: world,
            folder,
            base,
        }
    }

    /// Runs a program in the folder; of the environment it gets the path alone.
    async fn run(&self, program: impl AsRef<OsStr>, arguments: &[&str]) {
        let mut command = Command::new(&program);
        command
            .args(arguments)
            .current_dir(&self.folder)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder.path())
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .envs([("BASE_URL", self.base.as_str()), ("SECRET", SECRET)])
            .env("ACME_CLIENT", ACME_CLIENT)
            .stdin(Stdio::null());
        let output = tokio::task::spawn_blocking(move || command.output());
        let output = output.await.unwrap().unwrap();
        assert!(
            output.status.success(),
            "{} {arguments:?}: {}\n{}{}",
            program.as_ref().display(),
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[tokio::test]
async fn typescript_clients_are_made_from_the_document() {
    let Some(modules) = typescript_generators() else {
        return;
    };
    let shop = Workshop::open().await;
    symlink(&modules, shop.folder.path().join("node_modules")).unwrap();
    let program = |name: &str| modules.join(".bin").join(name);
    let (document, client) = ("openapi.json", "client/openapi-typescript.ts");
    shop.run(program("openapi-typescript"), &[document, "-o", client])
        .await;
    shop.run(
        program("openapi-ts"),
        &["-i", document, "-o", "client/hey-api"],
    )
    .await;
    shop.run(program("orval"), &["--config", "orval.config.cjs"])
        .await;
    shop.run(program("tsc"), &[]).await;
    let days = ["2026-10-12", "2026-10-13", "2026-10-14"];
    for (name, day) in ["openapi_fetch", "hey_api", "orval"].into_iter().zip(days) {
        let day = format!("DAY={day}");
        let script = format!("built/{name}.js");
        shop.run("env", &[&day, "node", &script]).await;
    }
}

#[tokio::test]
async fn a_python_client_is_made_from_the_document() {
    let Some(programs) = python_generator() else {
        return;
    };
    let shop = Workshop::open().await;
    let settings = "openapi-python-client.yaml";
    shop.run(
        programs.join("openapi-python-client"),
        &[
            "generate",
            "--path",
            "openapi.json",
            "--config",
            settings,
            "--meta",
            "none",
            "--output-path",
            "client",
        ],
    )
    .await;
    let files = ["--strict", "client", "main.py"];
    shop.run(programs.join("mypy"), &files).await;
    shop.run(programs.join("python"), &["main.py"]).await;
}
