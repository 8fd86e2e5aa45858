//! Events that follow from their numbers, so that any of them can be sent
//! again in any order without anybody keeping them.

use exchequer_core::{Day, MICROS_PER_DAY};
use exchequer_support::{Random, mix};

use crate::bodies::Outcome;
use crate::kinds::{KINDS, kind_of_resource};
use crate::world::{Draft, SOURCES, write_uuid};

/// An event to send, by its number, and what becomes of it.
pub(crate) type Item = (u64, Outcome);

/// The events of some organisations: the same values make the same events.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stock {
    pub(crate) seed: u64,
    pub(crate) first: Day,
    /// The days over which `events` events are spread in the order of their
    /// numbers. Events with greater numbers follow on later days.
    pub(crate) days: u32,
    pub(crate) events: u64,
    /// The number of the first organisation, and how many there are.
    pub(crate) organizations: (u16, u16),
    /// Resources of each organisation.
    pub(crate) resources: u64,
}

impl Stock {
    /// Writes an event as it is sent with this outcome: a conflict has the
    /// identity of the event with its number, and other content.
    pub(crate) fn write(&self, (number, outcome): Item, draft: &mut Draft) {
        let mut random = Random::new(mix(self.seed ^ mix(number)));
        write_uuid(&random.uuid(), &mut draft.id);
        let (first, count) = self.organizations;
        draft.organization = first + random.below(u64::from(count)) as u16;
        draft.source = random.below(SOURCES.len() as u64) as u8;
        draft.micros = self.first.start().micros() + self.place(number, &mut random);
        let resource = self.resource(number, &mut random);
        // Without sessions, the last two kinds, a report is counted in one pass.
        let kind = kind_of_resource(resource % 18);
        draft.kind = kind as u8;
        draft.name(KINDS[kind].resource, resource);
        KINDS[kind].write_data(&mut random, &mut draft.data);
        if outcome == Outcome::Conflict {
            // Some differ in what they say, others in their day.
            match number % 2 {
                0 => draft.data.insert_str(1, r#""corrected":"yes","#),
                _ => draft.micros += MICROS_PER_DAY,
            }
        }
    }

    /// Microseconds since the start of the first day.
    fn place(&self, number: u64, random: &mut Random) -> i64 {
        let month = i128::from(self.days) * i128::from(MICROS_PER_DAY);
        let events = i128::from(self.events.max(1));
        let step = (month / events).max(1) as u64;
        (month * i128::from(number) / events) as i64 + random.below(step) as i64
    }

    /// Every second event goes round all resources, so that each is used; the
    /// others prefer the busy ones.
    fn resource(&self, number: u64, random: &mut Random) -> u64 {
        match number % 2 {
            0 => number / 2 % self.resources,
            _ => random
                .below(self.resources)
                .min(random.below(self.resources)),
        }
    }

    /// Draws some of the first events, in any order, none of them twice; each
    /// `draw` is another one.
    pub(crate) fn scattered(&self, draw: u64, upto: u64, many: u64) -> Vec<u64> {
        let mut random = Random::new(mix(self.seed).wrapping_add(draw));
        let mut numbers: Vec<u64> = (0..upto).collect();
        let many = many.min(upto);
        for at in 0..many {
            let with = at + random.below(upto - at);
            numbers.swap(at as usize, with as usize);
        }
        numbers.truncate(many as usize);
        numbers
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::world::Month;

    fn stock() -> Stock {
        Stock {
            seed: 7,
            first: Month::fresh().first(),
            days: 28,
            events: 5_000,
            organizations: (3, 4),
            resources: 100,
        }
    }

    fn drafts(items: impl IntoIterator<Item = Item>) -> Vec<Draft> {
        let write = |item| {
            let mut draft = Draft::default();
            stock().write(item, &mut draft);
            draft
        };
        items.into_iter().map(write).collect()
    }

    #[test]
    fn events_are_in_order_and_use_every_resource() {
        let drafts = drafts((0..5_000).map(|number| (number, Outcome::New)));
        assert!(drafts.is_sorted_by(|a, b| a.micros < b.micros));
        let days = drafts.iter().map(|draft| draft.micros / MICROS_PER_DAY);
        assert_eq!(days.collect::<HashSet<_>>().len(), 28);
        let ids: HashSet<_> = drafts.iter().map(|draft| &draft.id).collect();
        assert_eq!(ids.len(), 5_000);
        let used: HashSet<_> = drafts.iter().map(|draft| &draft.subject).collect();
        assert_eq!(used.len(), 4 * 100);
        let who: HashSet<_> = drafts.iter().map(|draft| draft.organization).collect();
        assert_eq!(who, HashSet::from([3, 4, 5, 6]));
    }

    #[test]
    fn a_repeat_is_the_same_and_a_conflict_differs_in_content_only() {
        for number in 0..50 {
            let of = |outcome| drafts([(number, outcome)]).remove(0);
            let (new, repeat) = (of(Outcome::New), of(Outcome::Repeat));
            let conflict = of(Outcome::Conflict);
            assert_eq!(
                format!("{:?}", new.event()),
                format!("{:?}", repeat.event())
            );
            let identity = |draft: &Draft| (draft.organization, draft.source, draft.id.clone());
            assert_eq!(identity(&new), identity(&conflict));
            assert!((new.micros, &new.data) != (conflict.micros, &conflict.data));
        }
    }

    #[test]
    fn scattered_numbers_are_some_of_all_and_none_twice() {
        let numbers = stock().scattered(1, 5_000, 1_000);
        let distinct: HashSet<_> = numbers.iter().collect();
        assert_eq!((numbers.len(), distinct.len()), (1_000, 1_000));
        assert!(numbers.iter().all(|number| *number < 5_000));
        assert!(!numbers.is_sorted());
        assert_eq!(stock().scattered(2, 10, 20).len(), 10);
    }
}
