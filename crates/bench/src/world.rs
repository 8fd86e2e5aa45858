//! A deterministic world: one platform, many organisations, one month.
//!
//! Events come in order of time and mixed over the organisations, as a
//! platform sends them. Sizes follow a power law whose exponent is solved so
//! that the largest organisation causes exactly 5 % of the events.

use exchequer_core::{Day, MICROS_PER_DAY, OrganizationId, TimeRange};
use exchequer_support::{Random, customers};

use crate::input::Event;
use crate::kinds::{KINDS, kind_of_resource};

pub(crate) const SOURCES: [&str; 8] = [
    "/pbx/eu-1",
    "/pbx/eu-2",
    "/pbx/us-1",
    "/pbx/us-2",
    "/storage/eu",
    "/storage/us",
    "/identity",
    "/workforce",
];

/// One event in this many is the largest organisation's.
const LARGEST: u64 = 20;
/// Resources of an organisation of the largest's size.
const RESOURCES: f64 = 20_000.0;

/// The parameters of a world; the same values make the same events.
#[derive(Debug, Clone, Copy)]
pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) events: u64,
    pub(crate) organizations: u32,
    pub(crate) month: Month,
    /// Every resource causes events of every kind, instead of one.
    pub(crate) overlap: bool,
}

/// A calendar month.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Month {
    first: Day,
    days: i32,
}

impl Month {
    /// The month that fresh events fall into.
    pub(crate) fn fresh() -> Self {
        Self::new(2025, 10, 31)
    }

    /// One of the months from January 2023 on, cut to 28 days.
    pub(crate) fn number(number: u32) -> Self {
        Self::new(2023 + (number / 12) as i32, 1 + number % 12, 28)
    }

    fn new(year: i32, month: u32, days: i32) -> Self {
        let first = Day::from_ymd(year, month, 1).unwrap_or(Day::from_number(0));
        Self { first, days }
    }

    pub(crate) fn first(self) -> Day {
        self.first
    }

    /// The whole month.
    pub(crate) fn range(self) -> TimeRange {
        let after = Day::from_number(self.first.number() + self.days);
        TimeRange::new(self.first.start(), after.start()).unwrap_or_else(|| self.first.range())
    }
}

/// One event before it is written down.
#[derive(Default)]
pub(crate) struct Draft {
    pub(crate) organization: u16,
    pub(crate) kind: u8,
    pub(crate) source: u8,
    pub(crate) micros: i64,
    pub(crate) id: String,
    pub(crate) subject: String,
    pub(crate) data: String,
}

impl Draft {
    /// The event as it is read from a file.
    pub(crate) fn event(&self) -> Event<'_> {
        Event {
            organization: self.organization,
            kind: self.kind,
            source: self.source,
            micros: self.micros,
            id: &self.id,
            subject: &self.subject,
            data: &self.data,
        }
    }

    /// Writes the name of a resource.
    pub(crate) fn name(&mut self, class: &str, resource: u64) {
        use std::fmt::Write;
        let organization = self.organization;
        self.subject.clear();
        let written = write!(
            self.subject,
            "{class}-{resource:05}@c{organization:04}.example"
        );
        debug_assert!(written.is_ok(), "a string takes whatever is written");
    }
}

impl World {
    /// The id of the organisation with this number; 0 is the largest. It is
    /// the same in every world.
    pub(crate) fn organization(number: u32) -> OrganizationId {
        customers::organization(number)
    }

    /// The ids of all organisations.
    pub(crate) fn ids(&self) -> Vec<OrganizationId> {
        (0..self.organizations).map(Self::organization).collect()
    }

    /// The number of an organisation of median size.
    pub(crate) fn median(&self) -> u32 {
        self.organizations / 2
    }

    /// Weights of the organisations, the largest first, adding up to 1.
    fn weights(&self) -> Vec<f64> {
        let powers = |exponent: f64| -> Vec<f64> {
            (1..=self.organizations)
                .map(|rank| f64::from(rank).powf(-exponent))
                .collect()
        };
        let largest = |exponent| 1.0 / powers(exponent).iter().sum::<f64>();
        let (mut low, mut high) = (0.0, 4.0);
        for _ in 0..60 {
            let middle = (low + high) / 2.0;
            if largest(middle) < 1.0 / LARGEST as f64 {
                low = middle;
            } else {
                high = middle;
            }
        }
        let weights = powers(low);
        let sum: f64 = weights.iter().sum();
        weights.iter().map(|weight| weight / sum).collect()
    }

    /// Returns the number of resources of an organisation of this weight: few enough
    /// that each of them is used.
    fn resources(&self, weight: f64) -> u64 {
        let by_size = weight * LARGEST as f64 * RESOURCES;
        let by_events = weight * self.events as f64 / 2.5;
        (by_size.min(by_events) as u64).max(1)
    }

    /// All events, in order of time.
    pub(crate) fn generate(&self) -> Generator {
        let weights = self.weights();
        let others: f64 = weights[1..].iter().sum();
        let mut sum = 0.0;
        let cumulative = weights[1..]
            .iter()
            .map(|weight| {
                sum += weight / others;
                (sum * (1u64 << 32) as f64) as u64
            })
            .collect();
        Generator {
            world: *self,
            random: Random::new(self.seed),
            cumulative,
            resources: weights
                .iter()
                .map(|weight| self.resources(*weight))
                .collect(),
            seen: vec![0; weights.len()],
            made: 0,
        }
    }
}

/// Makes one event after the other.
pub(crate) struct Generator {
    world: World,
    random: Random,
    /// The cumulative weights of all organisations but the largest.
    cumulative: Vec<u64>,
    resources: Vec<u64>,
    seen: Vec<u64>,
    made: u64,
}

impl Generator {
    /// The next event, or `false` behind the last one.
    pub(crate) fn next(&mut self, draft: &mut Draft) -> bool {
        if self.made == self.world.events {
            return false;
        }
        let organization = self.pick_organization();
        let resource = self.pick_resource(organization);
        let kind = if self.world.overlap {
            kind_of_resource(self.random.draw() >> 32)
        } else {
            kind_of_resource(resource)
        };
        draft.organization = organization as u16;
        draft.kind = kind as u8;
        draft.source = self.random.below(SOURCES.len() as u64) as u8;
        draft.micros = self.time();
        write_uuid(&self.random.uuid(), &mut draft.id);
        let class = if self.world.overlap {
            "user"
        } else {
            KINDS[kind].resource
        };
        draft.name(class, resource);
        KINDS[kind].write_data(&mut self.random, &mut draft.data);
        self.made += 1;
        true
    }

    fn pick_organization(&mut self) -> usize {
        if self.made % LARGEST == LARGEST / 2 || self.cumulative.is_empty() {
            return 0;
        }
        let point = self.random.below(1 << 32);
        let place = self.cumulative.partition_point(|upto| *upto <= point);
        1 + place.min(self.cumulative.len() - 1)
    }

    /// Every second event goes round all resources, so that each is used; the
    /// others prefer the busy ones.
    fn pick_resource(&mut self, organization: usize) -> u64 {
        let (all, seen) = (self.resources[organization], self.seen[organization]);
        self.seen[organization] += 1;
        if seen % 2 == 0 {
            return (seen / 2) % all;
        }
        self.random.below(all).min(self.random.below(all))
    }

    fn time(&mut self) -> i64 {
        let month = i64::from(self.world.month.days) * MICROS_PER_DAY;
        let events = self.world.events.max(1) as i64;
        let step = month / events;
        let place = i128::from(month) * i128::from(self.made) / i128::from(events);
        let jitter = self.random.below(step.max(1) as u64) as i64;
        self.world.month.first.start().micros() + place as i64 + jitter
    }
}

pub(crate) fn write_uuid(bytes: &[u8; 16], out: &mut String) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.clear();
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            out.push('-');
        }
        out.push(char::from(HEX[usize::from(byte >> 4)]));
        out.push(char::from(HEX[usize::from(byte & 15)]));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_largest_has_its_share_and_uses_every_resource() {
        let world = World {
            seed: 1,
            events: 20_000,
            organizations: 100,
            month: Month::fresh(),
            overlap: false,
        };
        let mut generator = world.generate();
        let (mut draft, mut counts) = (Draft::default(), vec![0u64; 100]);
        let (mut ids, mut subjects, mut last) = (HashSet::new(), HashSet::new(), 0);
        while generator.next(&mut draft) {
            counts[usize::from(draft.organization)] += 1;
            assert!(draft.micros > last);
            last = draft.micros;
            assert!(ids.insert(draft.id.clone()));
            if draft.organization == 0 {
                subjects.insert(draft.subject.clone());
            }
        }
        assert_eq!(counts.iter().sum::<u64>(), 20_000);
        assert_eq!(counts[0], 1_000);
        assert!(counts[1..].iter().all(|count| *count > 0 && *count < 1_000));
        assert_eq!(subjects.len() as u64, generator.resources[0]);
        assert!(
            world
                .month
                .range()
                .contains(exchequer_core::Instant::from_micros(last))
        );
    }
}
