//! A meter's series against the reference: every bucket stands alone.

use exchequer_core::{Instant, MICROS_PER_DAY, MeteredRange, OrganizationId, Quantity, TimeRange};
use exchequer_ledger::series;

use crate::check::metered;
use crate::driver::World;
use exchequer_support::reference::shown_on;

const HOUR: i64 = MICROS_PER_DAY / 24;
/// Lengths of buckets; one of them fits nothing.
pub(crate) const LENGTHS: [i64; 4] = [HOUR, 5 * HOUR + 1, MICROS_PER_DAY, 30 * MICROS_PER_DAY];
/// The reference reads all events for each.
const MOST: usize = 14;

/// A range cut at the multiples of a length: its first buckets.
fn buckets(range: TimeRange, length: i64) -> Vec<TimeRange> {
    let mut buckets = Vec::new();
    let mut start = range.start().micros();
    while start < range.end().micros() && buckets.len() < MOST {
        let end = ((start.div_euclid(length) + 1) * length).min(range.end().micros());
        let bucket = TimeRange::new(Instant::from_micros(start), Instant::from_micros(end));
        buckets.extend(bucket);
        start = end;
    }
    buckets
}

impl World {
    /// The series of every meter, and of one that there is not.
    pub(crate) fn check_series(&self, organization: OrganizationId, range: TimeRange, length: i64) {
        let buckets = buckets(range, length);
        let (meters, upto) = (&self.meters, self.last());
        let buckets = buckets.into_iter();
        let buckets: Vec<_> = buckets
            .map(|bucket| metered(organization, bucket))
            .collect();
        let report =
            |bucket: &MeteredRange| self.reference.report(organization, *bucket, meters, upto);
        let reports: Vec<_> = buckets.iter().map(report).collect();
        let tail = self.slice(organization).unwrap();
        let names = meters.iter().map(|meter| meter.name.as_str());
        for name in names.chain(["nobody"]) {
            let expected = buckets.iter().zip(&reports).map(|(bucket, usages)| {
                let meter = meters.iter().find(|meter| meter.name == name);
                let shown = meter.map(|meter| shown_on(meter, bucket.last_day));
                let usage = usages
                    .iter()
                    .find(|usage| Some(&usage.name) == shown.as_ref());
                usage.map_or(Quantity::ZERO, |usage| usage.total)
            });
            let counted = series(
                organization,
                &buckets,
                name,
                self.rules(organization),
                &tail,
                self.directories(),
                &self.memory,
            );
            let expected: Vec<Quantity> = expected.collect();
            assert_eq!(counted.unwrap(), expected, "{name} in {buckets:?}");
        }
    }
}
