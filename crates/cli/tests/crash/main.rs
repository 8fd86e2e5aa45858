//! Death without warning: a server under load is killed at random moments and
//! at every fault point of its store, and started again. Whatever it
//! acknowledged counts once, nothing counts twice when all of it is sent
//! again, and of each request the events of one organisation are there
//! together or not at all.
//!
//! `EXCHEQUER_KILLS` asks for more kills, `EXCHEQUER_CLOSING_KILLS` for more of a server that
//! closes periods, `EXCHEQUER_SEED` for other moments.
//! Fault points are in builds with debug assertions only, so in others every
//! kill is at a random moment.

mod closing;
mod load;
mod moment;
mod round;

use std::collections::BTreeSet;

use exchequer_support::Random;
use moment::{Moment, POINTS};
use round::World;

/// Kills that one ledger sees; what is counted after each grows with it.
const WORLD: u64 = 20;

fn number(variable: &str, default: u64) -> u64 {
    match std::env::var(variable) {
        Ok(text) => text.parse().unwrap(),
        Err(_) => default,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_outlives_every_kill() {
    let seed = number("EXCHEQUER_SEED", 20_261_001);
    let kills = number("EXCHEQUER_KILLS", 12);
    let mut random = Random::new(seed);
    let mut world = World::start().await;
    let (mut reached, mut requests, mut events) = (BTreeSet::new(), 0, 0);
    for kill in 0..kills {
        if kill > 0 && kill.is_multiple_of(WORLD) {
            let kept = std::mem::replace(&mut world, World::start().await).end();
            let kept = kept.await;
            (requests, events) = (requests + kept.0, events + kept.1);
        }
        // Now and then as much in one request as there may be.
        let large = kill % 8 == 1;
        let mut moment = Moment::of(kill, large, &mut random);
        if cfg!(not(debug_assertions)) {
            moment = Moment::Begun(1 + random.below(60));
        }
        println!("seed {seed}, kill {kill}, large: {large}, {moment:?}");
        if world.round(&mut random, moment, large).await
            && let Moment::Point(point, _) = moment
        {
            reached.insert(point);
        }
    }
    let kept = world.end().await;
    (requests, events) = (requests + kept.0, events + kept.1);
    println!("{kills} kills, {requests} requests, {events} events: none lost, none doubled");
    println!("died at {reached:?}");
    // Every other kill is at a point.
    if cfg!(debug_assertions) && kills >= 2 * POINTS.len() as u64 {
        let missed = POINTS.iter().find(|point| !reached.contains(*point));
        assert_eq!(missed, None, "it never died there");
    }
}
