//! Runs one script of an SDK.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use reqwest::Method;

use crate::install::Sdk;
use crate::remote;
use exchequer_support::World;
use exchequer_support::stage::CLIENTS;
use exchequer_support::world::SECRET;

/// Runs a script against the world, shows what it prints, and fails if it does.
pub(crate) async fn run(world: &World, sdk: &Sdk, name: &str) {
    let home = tempfile::tempdir().unwrap();
    let mut command = command(sdk, name, home.path());
    let url = world.request(Method::GET, "").build().unwrap();
    command.env("BASE_URL", url.url().as_str().trim_end_matches('/'));
    command.env("CLOCK_URL", remote::control(world.clock.clone()).await);
    let output: Output = tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap()
        .unwrap();
    print!("{}", String::from_utf8_lossy(&output.stdout));
    eprint!("{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{name}: {}", output.status);
}

/// Nothing of the environment reaches a script but the path: no proxy, no
/// module of somebody else's, no settings of an SDK in the home directory.
fn command(sdk: &Sdk, name: &str, home: &Path) -> Command {
    let mut command = Command::new(&sdk.program);
    command
        .arg(sdk.scripts.join(name).with_extension(sdk.ending))
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", home)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("NODE_PATH", &sdk.modules)
        .env("SECRET", SECRET)
        .stdin(Stdio::null());
    for (who, organization, client) in CLIENTS {
        command.env(format!("{who}_ORGANIZATION"), organization);
        command.env(format!("{who}_CLIENT"), client);
    }
    command
}
