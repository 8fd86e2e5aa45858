//! Random worlds: everything that a ledger answers equals what a brute-force
//! reference makes of the raw events, whatever is repeated, late, folded,
//! merged, changed, cut off or begun again in between.

mod as_of;
mod check;
mod damage;
mod driver;
mod generate;
mod inventory;
mod large;
mod listings;
mod memory;
mod plan;
mod play;
mod quantities;
mod series;
mod stories;
mod tampering;

use proptest::prelude::*;
use proptest::test_runner::Config;

/// `PROPTEST_CASES` asks for more.
fn config() -> Config {
    let cases = match std::env::var_os("PROPTEST_CASES") {
        Some(_) => Config::default().cases,
        None => 300,
    };
    Config {
        cases,
        max_shrink_iters: 20_000,
        failure_persistence: None,
        ..Config::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_answer_equals_the_reference(plan in generate::plan()) {
        play::play(&plan);
    }
}
