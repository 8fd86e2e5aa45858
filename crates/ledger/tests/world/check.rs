//! Every answer of a world against the reference.

use std::collections::{BTreeMap, HashMap};

use exchequer_core::{ContractZones, Day, Instant, MeteredRange, OrganizationId, TimeRange};
use exchequer_ledger::{TailSlice, UsageReport, last_seq, usage_report};

use crate::driver::World;
use exchequer_support::reference::Usage;

/// A range with its last day. Some organisations have contracts in a zone west of UTC.
pub(crate) fn metered(organization: OrganizationId, range: TimeRange) -> MeteredRange {
    let mut zones = ContractZones::default();
    if organization.as_bytes()[0].is_multiple_of(2) {
        let ever = Instant::from_micros(i64::MIN);
        zones.add(ever, None, "America/New_York").unwrap();
    }
    zones.metered(range)
}

/// The usages of a report with the names of their resources.
pub(crate) fn named(report: &UsageReport) -> Vec<Usage> {
    let usages = report.usages.iter().map(|usage| Usage {
        name: usage.name.clone(),
        total: usage.total,
        resources: usage
            .resources
            .iter()
            .map(|resource| (resource.date.micros(), report.name(*resource).to_owned()))
            .collect(),
    });
    usages.collect()
}

/// What a key of a report stands for: organisation, range, revision, version of the
/// aliases, last seq.
type Key = (OrganizationId, TimeRange, u64, u64, u64);

/// What was seen of a range: revision, touching seq, re-rolls; and the last
/// seq that the ledger gave.
type Seen = ((u64, u64, u64), u64);

/// What earlier reports said.
#[derive(Default)]
pub(crate) struct Memo {
    keys: HashMap<Key, Vec<Usage>>,
    seen: HashMap<(OrganizationId, TimeRange), Seen>,
}

impl World {
    /// A report from the rows as they are.
    pub(crate) fn check(&mut self, organization: OrganizationId, range: TimeRange) {
        let last = self.check_with(organization, range);
        let touching = self.touching(organization, range, self.last()).0;
        let state = (self.set.revision(), touching, self.rerolls);
        let seen = self.memo.seen.insert((organization, range), (state, last));
        if let Some((before, then)) = seen {
            if before.0 == state.0 {
                assert!(then <= last, "the last seq of {range:?} went back");
            }
            if before == state {
                assert_eq!(then, last, "nothing new touched {range:?}");
            }
        }
    }

    /// A report from a snapshot that was opened some time ago.
    pub(crate) fn check_late(&mut self, organization: OrganizationId, range: TimeRange) {
        self.late(|world| world.check_with(organization, range));
    }

    fn touching(&self, organization: OrganizationId, range: TimeRange, upto: u64) -> (u64, u64) {
        self.reference
            .last_seq(organization, range, &self.meters, upto)
    }

    fn check_with(&mut self, organization: OrganizationId, range: TimeRange) -> u64 {
        let (tail, upto) = (self.slice(organization).unwrap(), self.last());
        let metered = metered(organization, range);
        let expected = self
            .reference
            .report(organization, metered, &self.meters, upto);
        let report = self.read(organization, range, &tail).unwrap();
        assert_eq!(report.0, expected, "{organization} {range:?}");
        let stored = self.memory.last_seq(organization, range);
        let last = last_seq(range, stored, &self.set, &tail);
        assert_eq!(last, report.1, "two ways to the last seq of {range:?}");
        let (touching, inside) = self.touching(organization, range, upto);
        assert!(inside <= last && last <= upto);
        if self.meter_changes == 0 {
            assert_eq!(last, touching, "the last seq of {range:?}");
        }
        let aliases = self.rules(organization).aliases.version();
        let key = (organization, range, self.set.revision(), aliases, last);
        let before = self
            .memo
            .keys
            .entry(key)
            .or_insert_with(|| expected.clone());
        assert_eq!(*before, expected, "one key, two reports");
        last
    }

    /// What the ledger reports, by name, and the last seq of the report.
    pub(crate) fn read(
        &self,
        organization: OrganizationId,
        range: TimeRange,
        tail: &TailSlice,
    ) -> Result<(Vec<Usage>, u64), String> {
        let directory = self.directories().get(organization, &self.memory)?;
        let range = metered(organization, range);
        let report = usage_report(
            organization,
            range,
            self.rules(organization),
            tail,
            directory,
            &self.memory,
        )?;
        assert_eq!(
            (report.range, report.revision),
            (range, self.set.revision())
        );
        Ok((named(&report), report.last_seq))
    }

    /// Whatever was folded stands in exactly one part of its day.
    pub(crate) fn check_parts(&self) {
        let mut days: BTreeMap<(OrganizationId, Day), u64> = BTreeMap::new();
        for ((organization, day, _), part) in &self.memory.segments {
            assert!(part.events <= 65_536 && part.seqs.1 <= self.memory.folded);
            *days.entry((*organization, *day)).or_default() += u64::from(part.events);
        }
        let mut expected: BTreeMap<(OrganizationId, Day), u64> = BTreeMap::new();
        let folded = self.memory.folded.number() as usize;
        for event in &self.reference.events[..folded] {
            *expected
                .entry((event.organization, event.time.day()))
                .or_default() += 1;
        }
        assert_eq!(days, expected);
    }
}
