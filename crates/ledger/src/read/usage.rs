//! Usage in a range: the reads that answer reports and overviews.

use std::collections::BTreeMap;
use std::sync::Arc;

use exchequer_core::{MeterSet, MeteredRange, OrganizationId, Quantity, TimeRange};

use super::as_of::Mark;
use super::merged::Merged;
use super::names::Names;
use super::range::{days, window};
use super::reading::{Newcomers, Reading};
use super::report::UsageReport;
use super::rules::CountingRules;
use crate::directory::{Directories, Directory};
use crate::fold::contribute::contribute;
use crate::rows::Rows;
use crate::tail::TailSlice;

/// Computes the usage of an organisation in a range, exact as of the snapshot
/// `rows` and the tail beyond it. `directory` is what [`Directories::get`] returns
/// for the organisation.
///
/// # Errors
/// Stored rows cannot be read or are damaged.
pub fn usage_report<R: Rows>(
    organization: OrganizationId,
    range: MeteredRange,
    rules: CountingRules<'_>,
    tail: &TailSlice,
    directory: Arc<Directory>,
    rows: &R,
) -> Result<UsageReport, R::Error> {
    let end = const { &Mark::END };
    usage_report_as_of(organization, range, rules, end, tail, directory, rows)
}

/// Computes the usage of an organisation in a range as of a mark: of the events and voids
/// up to it, whatever has come since. The meters of `rules` are those of the mark. The
/// last seq of the report is the mark itself: rows do not tell a lower one exactly, and a
/// key made from one that is too low would stand for two reports.
///
/// # Errors
/// As [`usage_report`].
pub fn usage_report_as_of<R: Rows>(
    organization: OrganizationId,
    range: MeteredRange,
    rules: CountingRules<'_>,
    mark: &Mark,
    tail: &TailSlice,
    directory: Arc<Directory>,
    rows: &R,
) -> Result<UsageReport, R::Error> {
    let (reading, newcomers, merged) =
        gather(organization, range, rules, mark, tail, &directory, rows)?;
    reading.report(directory, newcomers.names, &merged, |what, damage| {
        rows.damaged(what, damage)
    })
}

/// Computes the totals of [`usage_report`] by meter name, without naming or sorting
/// resources.
///
/// # Errors
/// As [`usage_report`].
pub fn totals<R: Rows>(
    organization: OrganizationId,
    range: MeteredRange,
    rules: CountingRules<'_>,
    tail: &TailSlice,
    directories: &Directories,
    rows: &R,
) -> Result<BTreeMap<String, Quantity>, R::Error> {
    let end = const { &Mark::END };
    totals_as_of(organization, range, rules, end, tail, directories, rows)
}

/// Computes the totals of [`usage_report_as_of`] by meter name.
///
/// # Errors
/// As [`usage_report`].
pub fn totals_as_of<R: Rows>(
    organization: OrganizationId,
    range: MeteredRange,
    rules: CountingRules<'_>,
    mark: &Mark,
    tail: &TailSlice,
    directories: &Directories,
    rows: &R,
) -> Result<BTreeMap<String, Quantity>, R::Error> {
    let directory = directories.get(organization, rows)?;
    let (reading, newcomers, merged) =
        gather(organization, range, rules, mark, tail, &directory, rows)?;
    let damaged = |damage| rows.damaged(format!("rollup of {organization}"), damage);
    let names = Names::new(&directory, &newcomers.names, &merged);
    reading.totals(names).map_err(damaged)
}

/// Reads everything that counts in the range.
fn gather<'a, R: Rows>(
    organization: OrganizationId,
    range: MeteredRange,
    rules: CountingRules<'a>,
    mark: &'a Mark,
    tail: &TailSlice,
    directory: &Directory,
    rows: &R,
) -> Result<(Reading<'a>, Newcomers, Merged), R::Error> {
    // Cut here once, so that nothing behind it asks for the seq of an unfolded event.
    let tail = mark.cut(tail);
    let tail = tail.as_ref();
    let mut reading = Reading::new(organization, range, rules, mark);
    let mut newcomers = Newcomers::default();
    let merged = reading.merged(directory, &mut newcomers);
    if !range.range.is_empty() {
        // Voids first: what rollups are worth depends on them. The tail comes last,
        // and adds the events that the snapshot has not folded.
        reading.take_voids(tail, rows)?;
        let missing = reading.take_rollups(directory.len(), rows)?;
        reading.take_segments(missing, directory.len(), rows)?;
        reading.take_tail(tail, |name| {
            // Subjects of the tail may have no number yet. They get one after those of
            // the directory, for this read alone.
            let known = directory.number(name);
            known.unwrap_or_else(|| directory.len() + newcomers.number(name))
        });
    }
    Ok((reading, newcomers, merged))
}

/// Returns the highest seq of an event that touches the days of a range: as long
/// as it and the meters' revision stay, so does the report. A void touches every
/// day that a session of its own day can reach. `stored` is the highest seq of the
/// rollups of its [`days`] and of the voids of its [`window`].
#[must_use]
pub fn last_seq(range: TimeRange, stored: u64, meters: &MeterSet, tail: &TailSlice) -> u64 {
    if range.is_empty() {
        return 0;
    }
    let (days, window) = (days(range), window(range));
    let mut last = stored;
    for (event, seq) in tail.voids() {
        if window.contains(&event.time.day()) {
            last = last.max(seq.number());
        }
    }
    for (batch, range) in &tail.parts {
        for row in range.clone() {
            let seq = batch.first.plus(row as u64);
            let event = batch.batch.content(row);
            if seq.number() <= last || event.time >= days.end.start() {
                continue;
            }
            // A void event counts here too: it and its void may be in the tail, and
            // a report in between has counted it.
            let mut touched = BTreeMap::new();
            let event = (event.kind, event.time, event.data);
            contribute(meters, event, false, (0, seq), &mut touched);
            if touched.range(days.clone()).next().is_some() {
                last = seq.number();
            }
        }
    }
    last
}
