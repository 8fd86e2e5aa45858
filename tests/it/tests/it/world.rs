//! Random worlds over HTTP, on the real server and the real store: every
//! answer to events and every report equals what the brute-force reference of
//! the ledger's own tests makes of the raw events.
//!
//! Few cases, because each makes a ledger and runs a server; the same worlds
//! without either are played by the hundred in the ledger's tests.
//! `PROPTEST_CASES` asks for more.

mod meters;
mod model;
mod plan;
mod play;
mod strategies;
mod wire;

use proptest::prelude::*;
use proptest::test_runner::Config;

fn config() -> Config {
    let cases = match std::env::var_os("PROPTEST_CASES") {
        Some(_) => Config::default().cases,
        None => 60,
    };
    Config {
        cases,
        max_shrink_iters: 500,
        failure_persistence: None,
        ..Config::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_report_equals_the_reference(plan in strategies::plan()) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(play::play(&plan));
    }
}
