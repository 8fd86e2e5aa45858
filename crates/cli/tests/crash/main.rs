//! Death without warning: a server under load is killed at random moments and
//! started again. Whatever it acknowledged counts once, nothing counts twice
//! when all of it is sent again, and of each request the events of one
//! organisation are there together or not at all.
//!
//! `EXCHEQUER_KILLS` asks for more kills, `EXCHEQUER_SEED` for other moments.

mod client;
mod load;
mod requests;
mod round;
#[path = "../support/mod.rs"]
mod support;

use requests::Random;
use round::World;

fn number(variable: &str, default: u64) -> u64 {
    match std::env::var(variable) {
        Ok(text) => text.parse().unwrap(),
        Err(_) => default,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_outlives_every_kill() {
    let seed = number("EXCHEQUER_SEED", 20_261_001);
    let mut random = Random::new(seed);
    let mut world = World::start().await;
    for kill in 0..number("EXCHEQUER_KILLS", 6) {
        // Every third round lets a fold begin, and the others meet its rest.
        let large = kill % 3 == 0;
        println!("seed {seed}, kill {kill}");
        world.round(&mut random, large).await;
    }
    world.end().await;
}
