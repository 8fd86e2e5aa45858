//! The official SDKs of Genesys Cloud and of CloudEvents, unmodified, against a running
//! server.
//!
//! The scripts are in `python` and `javascript`; each checks by itself and
//! fails by its exit code. Those of the guides are in `docs/guides`. Without
//! Python or Node they are skipped, except where `CI` is `true`.
//!
//! Beside them: clients and requests that programs make from the OpenAPI document, and
//! linters that read it.

mod generated;
mod guides;
mod install;
mod lint;
mod remote;
mod schema;
mod script;

use std::time::Duration;

use exchequer_server::{Config, Origins};
use exchequer_support::{World, stage};

use install::{Sdk, javascript, python};

async fn play(sdk: Option<Sdk>, name: &str, settings: impl FnOnce(&mut Config)) {
    let Some(sdk) = sdk else { return };
    let mut world = World::start().await;
    stage::set(&world).await;
    world.restart(settings).await;
    script::run(&world, &sdk, name).await;
}

/// Plays a script in a world with a closed period.
async fn play_closed(sdk: Option<Sdk>, name: &str) {
    let Some(sdk) = sdk else { return };
    let world = World::start().await;
    stage::set(&world).await;
    stage::close(&world).await;
    script::run(&world, &sdk, name).await;
}

fn usual(_: &mut Config) {}

/// Pages of all origins may call.
fn open_to_pages(config: &mut Config) {
    config.cors_origins = Origins::Any;
}

/// Every report is made in the background.
fn background(config: &mut Config) {
    config.report_wait = Duration::ZERO;
    config.rate_limit = u32::MAX;
}

/// A minute that is soon used up.
fn limited(config: &mut Config) {
    config.rate_limit = 10;
}

#[tokio::test]
async fn python_reads_reports() {
    play(python(), "reports", usual).await;
}

#[tokio::test]
async fn python_reads_overviews() {
    play(python(), "overviews", usual).await;
}

#[tokio::test]
async fn python_reads_contracts() {
    play_closed(python(), "contracts").await;
}

#[tokio::test]
async fn python_waits_for_a_report() {
    play(python(), "waits", background).await;
}

#[tokio::test]
async fn python_is_refused() {
    play(python(), "refusals", limited).await;
}

#[tokio::test]
async fn python_sends_cloudevents() {
    play(python(), "cloudevents_sdk", usual).await;
}

#[tokio::test]
async fn javascript_sends_cloudevents() {
    play(javascript(), "cloudevents", usual).await;
}

#[tokio::test]
async fn javascript_reads_reports() {
    play(javascript(), "reports", usual).await;
}

#[tokio::test]
async fn javascript_reads_overviews() {
    play(javascript(), "overviews", usual).await;
}

#[tokio::test]
async fn javascript_reads_contracts() {
    play_closed(javascript(), "contracts").await;
}

#[tokio::test]
async fn javascript_waits_for_a_report() {
    play(javascript(), "waits", background).await;
}

#[tokio::test]
async fn javascript_is_refused() {
    play(javascript(), "refusals", limited).await;
}

#[tokio::test]
async fn javascript_reads_reports_in_a_browser() {
    play(javascript(), "browser", open_to_pages).await;
}

#[tokio::test]
async fn an_oauth_library_of_javascript_logs_in() {
    play(javascript(), "login", usual).await;
}
