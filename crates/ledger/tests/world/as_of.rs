//! Reads as of earlier points against the reference: whatever was stored since has no
//! part in them.

use std::collections::BTreeMap;

use exchequer_core::{
    Aggregation, Day, MICROS_PER_DAY, Meter, MeterSet, OrganizationId, Quantity, TimeRange,
};
use exchequer_ledger::{
    CountingRules, DaySeq, Mark, Rows, Seq, is_touched, meters_at, totals_as_of,
    usage_report_as_of, window,
};

use crate::check::{metered, named};
use crate::driver::World;
use crate::stories::{HOUR, commit, day, event, meter, organization, range};
use exchequer_support::reference::{Event, Usage, shown_on};

const DAYS: i64 = MICROS_PER_DAY;

/// A point of all that there were, as fractions of 2^16 of what there is by now.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PointPlan {
    pub(crate) seq: u16,
    pub(crate) meters: u16,
    pub(crate) aliases: u16,
}

fn pick(fraction: u16, most: u64) -> u64 {
    (u64::from(fraction) * (most + 1)) >> 16
}

impl World {
    /// A read as of a point that a plan picks.
    pub(crate) fn check_point(
        &mut self,
        organization: OrganizationId,
        range: TimeRange,
        plan: PointPlan,
    ) {
        let aliases = self.rules(organization).aliases.version();
        let point = (
            pick(plan.seq, self.last()),
            pick(plan.meters, self.set.revision()),
            pick(plan.aliases, aliases),
        );
        self.check_as_of(organization, range, point);
    }

    /// Reads as of every mark, and beyond the last one, by the rules of the moment.
    pub(crate) fn check_every_mark(&mut self, organization: OrganizationId, range: TimeRange) {
        let aliases = self.rules(organization).aliases.version();
        let revision = self.set.revision();
        for seq in (0..=self.last()).chain([u64::MAX - 1]) {
            self.check_as_of(organization, range, (seq, revision, aliases));
        }
    }

    /// A read as of a seq, a revision of the meters and a version of the aliases.
    fn check_as_of(
        &mut self,
        organization: OrganizationId,
        range: TimeRange,
        (seq, revision, version): (u64, u64, u64),
    ) {
        let meters = self.meters_of(revision);
        let set = meters_at(&self.set, revision).unwrap();
        assert_eq!(set, MeterSet::new(meters.clone()).unwrap());
        let mark = Mark::new(Seq::new(seq), &set, &self.set);
        let lists = self.reference.aliases.clone();
        let given = self.reference.aliases.entry(organization).or_default();
        given.truncate(version as usize);
        let metered = metered(organization, range);
        let upto = seq.min(self.last());
        let expected = self.reference.report(organization, metered, &meters, upto);
        let live = self
            .reference
            .report(organization, metered, &meters, self.last());
        self.reference.aliases = lists;
        let aliases = self.aliases_of(organization, version);
        let rules = CountingRules {
            meters: &set,
            aliases: &aliases,
        };
        let (report, last) = self.read_as_of(organization, range, rules, &mark).unwrap();
        let what = format!("{organization} {range:?} as of {seq} {revision} {version}");
        assert_eq!(report, expected, "{what}");
        assert_eq!(last, seq, "{what}");
        let totals = self
            .totals_as_of(organization, range, rules, &mark)
            .unwrap();
        assert_eq!(
            totals,
            by_meter(&expected, &meters, metered.last_day),
            "{what}"
        );
        let touched = self.is_touched(organization, range, &set, &mark);
        assert!(touched || expected == live, "{what} is touched");
        let now = self
            .reference
            .last_seq(organization, range, &meters, self.last());
        let stale = self.memory.rollups.values().any(|row| row.revision == 0);
        if self.meter_changes == 0 && !stale && revision == self.set.revision() {
            assert_eq!(touched, now.0 > seq, "{what}");
        }
    }

    fn read_as_of(
        &self,
        organization: OrganizationId,
        range: TimeRange,
        rules: CountingRules<'_>,
        mark: &Mark,
    ) -> Result<(Vec<Usage>, u64), String> {
        let directory = self.directories().get(organization, &self.memory)?;
        let tail = self.slice(organization)?;
        let range = metered(organization, range);
        let rows = &self.memory;
        let report = usage_report_as_of(organization, range, rules, mark, &tail, directory, rows)?;
        Ok((named(&report), report.last_seq))
    }

    pub(crate) fn totals_as_of(
        &self,
        organization: OrganizationId,
        range: TimeRange,
        rules: CountingRules<'_>,
        mark: &Mark,
    ) -> Result<BTreeMap<String, Quantity>, String> {
        let tail = self.slice(organization)?;
        let range = metered(organization, range);
        let (directories, rows) = (self.directories(), &self.memory);
        totals_as_of(organization, range, rules, mark, &tail, directories, rows)
    }

    fn is_touched(
        &self,
        organization: OrganizationId,
        range: TimeRange,
        set: &MeterSet,
        mark: &Mark,
    ) -> bool {
        let rollups = self.memory.rollups(organization, window(range)).unwrap();
        let rollups = rollups.into_iter().map(|row| DaySeq {
            day: row.day,
            revision: row.revision,
            last_seq: row.last_seq,
        });
        let voids = self.memory.voids(organization, window(range)).unwrap();
        let voids = voids.into_iter().map(|row| DaySeq {
            day: row.day,
            revision: 0,
            last_seq: row.last_seq,
        });
        let (rollups, voids) = (rollups.collect::<Vec<_>>(), voids.collect::<Vec<_>>());
        let tail = self.slice(organization).unwrap();
        is_touched(range, &rollups, &voids, set, mark, &tail)
    }
}

/// The totals of a report by the names that the catalog has for the meters.
fn by_meter(usages: &[Usage], meters: &[Meter], last: Day) -> BTreeMap<String, Quantity> {
    let total = |meter: &Meter| {
        let shown = shown_on(meter, last);
        let usage = usages.iter().find(|usage| usage.name == shown)?;
        Some((meter.name.clone(), usage.total))
    };
    meters.iter().filter_map(total).collect()
}

/// Days of a call, a login and a session each, and what has come since: a call, a session
/// that lasts over midnight, and voids of a login and of a session of two days.
fn world_of_forty_days() -> (World, u64) {
    let mut world = World::new([4; 16], 1 << 20);
    let meters = [
        ("call", Aggregation::Sum),
        ("login", Aggregation::Unique),
        ("session", Aggregation::Hours),
    ];
    let meters = (1..).zip(meters);
    let meters = meters.map(|(number, (kind, how))| meter(number, kind, how));
    assert!(world.change_meters(meters.collect()));
    let mut events = Vec::new();
    for day in 0..40 {
        for (place, kind) in (0..).zip(["call", "login", "session"]) {
            let (number, noon) = (3 * day + place, day as i64 * DAYS + 12 * HOUR);
            let subject = format!("user-{day}");
            let seconds = if day == 34 { 100_000 } else { 3_600 };
            events.push(event(number, kind, &subject, noon, seconds));
        }
    }
    commit(&mut world, events.clone());
    world.fold();
    let mark = world.last();
    let void = |number: u64, of: u64| Event {
        voids: format!("event-{of}"),
        ..event(
            number,
            "void",
            "",
            events[of as usize].time.micros() - start(),
            0,
        )
    };
    let since = vec![
        event(1_000, "call", "user-1", 10 * DAYS, 7),
        event(1_001, "session", "user-1", 20 * DAYS + 23 * HOUR, 7_200),
        void(1_002, 30 * 3 + 1),
        void(1_003, 34 * 3 + 2),
    ];
    commit(&mut world, since);
    world.fold();
    world.reroll(usize::MAX);
    (world, mark)
}

fn start() -> i64 {
    range(0, 1).start().micros()
}

#[test]
fn only_what_later_events_have_a_share_in_is_counted_again() {
    let (mut world, seq) = world_of_forty_days();
    let whole = range(0, 40 * DAYS);
    let point = (seq, 3, 0);
    world.check_as_of(organization(), whole, point);
    // The session over midnight is in two days, and before them is none over midnight. So
    // is the one that was voided.
    let needed = [10, 20, 21, 30, 34, 35].map(day);
    let all = world.memory.segments.clone();
    let segments = &mut world.memory.segments;
    segments.retain(|(_, day, _), _| needed.contains(day));
    assert_eq!(segments.len(), needed.len() + 4, "four days have two parts");
    world.check_as_of(organization(), whole, point);
    world.check(organization(), whole);
    for missing in needed {
        world.memory.segments = all.clone();
        let segments = &mut world.memory.segments;
        segments.retain(|(_, day, _), _| *day != missing);
        let set = world.set.clone();
        let mark = Mark::new(Seq::new(seq), &set, &set);
        let rules = CountingRules::without_aliases(&set);
        let totals = world.totals_as_of(organization(), whole, rules, &mark);
        let of_all = world.reference.report(
            organization(),
            metered(organization(), whole),
            &world.meters,
            seq,
        );
        let last = metered(organization(), whole).last_day;
        assert_ne!(
            totals.unwrap(),
            by_meter(&of_all, &world.meters, last),
            "{missing}"
        );
    }
}
