//! One large world: more events in a day than a segment part may hold, more
//! identities than fit a page or a filter's chunk, more subjects than a block.

use exchequer_core::{Aggregation, MICROS_PER_DAY, OrganizationId};

use crate::driver::World;
use crate::plan::Outcome;
use crate::stories::{HOUR, commit, event, meter, organization, range};
use exchequer_support::reference::Event;

/// Numbers that are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) % limit
    }
}

/// The next event of the day; now and then one of another day, of another
/// organisation, or a repeat.
fn next(numbers: &mut Numbers, sent: &[Event]) -> Event {
    let number = sent.len() as u64;
    if number > 0 && numbers.below(50) == 0 {
        let mut event = sent[numbers.below(number) as usize].clone();
        if numbers.below(4) == 0 {
            event.subject.push('?');
        }
        return event;
    }
    let kind = match numbers.below(200) {
        0 => "session",
        1..20 => "login",
        _ => "call",
    };
    let subject = format!("subject {}", numbers.below(900));
    // Many events share their instants.
    let mut at = numbers.below(24 * 3_600) as i64 * 1_000_000;
    if numbers.below(40) == 0 {
        at += (numbers.below(5) as i64 - 2) * MICROS_PER_DAY;
    }
    let mut event = event(number, kind, &subject, at, numbers.below(20_000));
    if numbers.below(30) == 0 {
        event.organization = OrganizationId::from_bytes([9; 16]);
    }
    event
}

fn check(world: &mut World) {
    for organization in [organization(), OrganizationId::from_bytes([9; 16])] {
        world.check(organization, range(0, MICROS_PER_DAY));
        world.check(
            organization,
            range(-MICROS_PER_DAY + 7 * HOUR, 13 * HOUR + 1),
        );
    }
}

#[test]
fn a_day_of_more_events_than_a_part_may_hold() {
    let mut world = World::new([5; 16], 1 << 20);
    let meters = [
        ("login", Aggregation::Unique),
        ("call", Aggregation::Sum),
        ("call", Aggregation::Count),
        ("call", Aggregation::Max),
        ("session", Aggregation::Hours),
        ("session", Aggregation::Peak),
    ];
    let mut meters: Vec<_> = (1..)
        .zip(meters)
        .map(|(number, (kind, how))| meter(number, kind, how))
        .collect();
    assert!(world.change_meters(meters.clone()));

    let mut numbers = Numbers(42);
    let mut sent: Vec<Event> = Vec::new();
    // Many small folds, then large ones: the eighth makes one of them all and
    // overflows a part.
    let sizes = [20; 40].into_iter().chain([9_500; 9]).chain([900]);
    for size in sizes {
        let from = sent.len();
        for _ in 0..size {
            let next = next(&mut numbers, &sent);
            sent.push(next);
        }
        commit(&mut world, sent[from..].to_vec());
        if size != 900 {
            world.fold();
            world.merge(None);
        }
    }
    let most = |world: &World| world.memory.segments.values().map(|part| part.events).max();
    assert!(world.reference.events.len() > 80_000);
    assert_eq!(most(&world), Some(65_536), "a part is as full as it may be");
    check(&mut world);
    world.check_parts();

    // A new meter has nothing but the segments to be made from.
    meters.push(meter(7, "session", Aggregation::Count));
    assert!(world.change_meters(meters));
    world.check(organization(), range(0, MICROS_PER_DAY));
    world.reroll(usize::MAX);
    world.crash();
    check(&mut world);

    // All of it again: nothing is new.
    let known = world.reference.events.len();
    world.commit(std::slice::from_ref(&sent), Outcome::Durable);
    assert_eq!(world.reference.events.len(), known);
}
