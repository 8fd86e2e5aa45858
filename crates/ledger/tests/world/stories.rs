//! Worlds told by hand: what random ones have found, and what they reach too
//! seldom.

use std::collections::BTreeMap;

use exchequer_core::{
    Aggregation, Day, Instant, MICROS_PER_DAY, Meter, MeterVersion, OrganizationId, TimeRange,
};
use exchequer_ledger::Seq;

use crate::driver::World;
use crate::plan::{FoldEnd, Outcome};
use exchequer_support::reference::Event;

pub(crate) const HOUR: i64 = MICROS_PER_DAY / 24;
pub(crate) const PICOS: i128 = 1_000_000_000_000;

pub(crate) fn organization() -> OrganizationId {
    OrganizationId::from_bytes([7; 16])
}

/// A day of the story, from 0.
pub(crate) fn day(number: i32) -> Day {
    Day::from_number(20_000 + number)
}

/// Ranges in microseconds from the first day on.
pub(crate) fn range(start: i64, end: i64) -> TimeRange {
    let at = |micros| Instant::from_micros(day(0).start().micros() + micros);
    TimeRange::new(at(start), at(end)).unwrap()
}

/// An event that takes so many seconds (or minutes, or whatever is counted).
pub(crate) fn event(number: u64, kind: &str, subject: &str, at: i64, amount: u64) -> Event {
    let fields = ["seconds", "minutes"].map(|field| (field.to_owned(), i128::from(amount) * PICOS));
    Event {
        organization: organization(),
        source: "story".to_owned(),
        id: format!("event-{number}"),
        kind: kind.to_owned(),
        subject: subject.to_owned(),
        time: Instant::from_micros(day(0).start().micros() + at),
        data: format!(r#"{{"minutes":"{amount}","seconds":{amount}}}"#),
        fields: BTreeMap::from(fields),
        voids: String::new(),
        client: None,
    }
}

/// A meter that has always been there.
pub(crate) fn meter(number: u32, kind: &str, aggregation: Aggregation) -> Meter {
    let reads = matches!(aggregation, Aggregation::Sum | Aggregation::Max);
    let version = MeterVersion {
        version: 1,
        begins: Day::from_number(0),
        event_type: kind.to_owned(),
        aggregation,
        quantity: reads.then(|| "minutes".to_owned()),
        round_up_each: None,
        peak_minutes: 30,
        family: None,
        shown_as: None,
        unreadable: Default::default(),
        excess_decimals: Default::default(),
        resources: Default::default(),
        revision: u64::from(number),
    };
    Meter {
        number,
        name: format!("{aggregation} {number}"),
        versions: vec![version],
    }
}

pub(crate) fn commit(world: &mut World, events: Vec<Event>) {
    world.commit(&[events], Outcome::Durable);
}

const DAYS: i64 = MICROS_PER_DAY;
const SECONDS_PER_DAY: u64 = 86_400;

#[test]
fn a_session_folded_before_its_meter_existed_reaches_days_without_rollups() {
    let mut world = World::new([1; 16], 1 << 20);
    commit(
        &mut world,
        vec![event(1, "call", "anna", 12 * HOUR, 3 * SECONDS_PER_DAY)],
    );
    world.fold();
    assert!(world.change_meters(vec![meter(1, "call", Aggregation::Hours)]));
    world.check(organization(), range(2 * DAYS, 3 * DAYS));
    // Another event gives a day in the middle a rollup of its own.
    commit(&mut world, vec![event(2, "chat", "anna", 2 * DAYS, 0)]);
    world.fold();
    for most in [0, 1, 9] {
        world.reroll(most);
        world.check(organization(), range(2 * DAYS, 3 * DAYS));
        world.check(organization(), range(DAYS + HOUR, 4 * DAYS));
    }
}

/// Stored, it hid from the last seq of later days what reads of the tail knew.
#[test]
fn a_fold_that_a_new_meter_overtakes_is_made_anew() {
    let mut world = World::new([3; 16], 1 << 20);
    let session = event(1, "call", "anna", 12 * HOUR, 3 * SECONDS_PER_DAY);
    commit(&mut world, vec![session]);
    world.begin_fold();
    world.compute_fold();
    assert!(world.change_meters(vec![meter(1, "call", Aggregation::Hours)]));
    world.check(organization(), range(2 * DAYS, 3 * DAYS));
    world.store_fold(FoldEnd::Stored);
    world.check(organization(), range(2 * DAYS, 3 * DAYS));
    assert_eq!(world.memory.folded, Seq::default());
    world.fold();
    world.check(organization(), range(2 * DAYS, 3 * DAYS));
    assert_eq!(world.memory.folded, Seq::new(1));
}

#[test]
fn a_process_that_finds_all_folded_commits_behind_no_gap() {
    let mut world = World::new([4; 16], 1 << 20);
    commit(&mut world, vec![event(1, "call", "anna", 0, 1)]);
    world.fold();
    world.switch();
    commit(&mut world, vec![event(2, "call", "anna", 0, 1)]);
    world.check(organization(), range(0, DAYS));
}

#[test]
fn a_day_that_another_ones_sessions_reach_stays_stale_itself() {
    let mut world = World::new([2; 16], 1 << 20);
    let calls = meter(1, "call", Aggregation::Hours);
    assert!(world.change_meters(vec![calls.clone()]));
    commit(
        &mut world,
        vec![event(1, "call", "anna", 0, 3 * SECONDS_PER_DAY)],
    );
    commit(
        &mut world,
        vec![event(2, "chat", "bert", 2 * DAYS, 9 * SECONDS_PER_DAY)],
    );
    world.fold();
    assert!(world.change_meters(vec![calls, meter(2, "chat", Aggregation::Hours)]));
    for most in [0, 1, 1, 9] {
        world.reroll(most);
        world.check(organization(), range(2 * DAYS, 20 * DAYS));
        world.check(organization(), range(5 * DAYS, 6 * DAYS));
    }
}

#[test]
fn an_empty_range_is_touched_by_nothing() {
    let mut world = World::new([3; 16], 0);
    assert!(world.change_meters(vec![meter(1, "call", Aggregation::Peak)]));
    commit(
        &mut world,
        vec![event(1, "call", "anna", DAYS - HOUR, SECONDS_PER_DAY)],
    );
    for at in [DAYS, DAYS + HOUR, DAYS - HOUR] {
        world.check(organization(), range(at, at));
    }
    world.fold();
    world.check(organization(), range(DAYS, DAYS));
}

#[test]
fn aliases_hold_in_buckets_after_a_meter_begins_to_fold() {
    let mut world = World::new([8; 16], 1 << 20);
    let mut meters = vec![meter(1, "login", Aggregation::Unique)];
    meters[0].versions[0].begins = day(0);
    meters[0].versions[0].resources = exchequer_core::Spelling::Folded;
    assert!(world.change_meters(meters));
    // A day before the meter begins has a rollup, so its bucket is counted first.
    let events = vec![
        event(1, "login", "anna", -2 * DAYS, 0),
        event(2, "login", "anna", HOUR, 0),
        event(3, "login", "ann", HOUR, 0),
    ];
    commit(&mut world, events);
    world.fold();
    let one = vec![("ann".to_owned(), "anna".to_owned())];
    world.put_aliases(organization(), one, Day::from_number(0));
    world.check_series(organization(), range(-3 * DAYS, 2 * DAYS), DAYS);
}
