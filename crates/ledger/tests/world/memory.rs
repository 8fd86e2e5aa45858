//! The ledger's rows in memory: what a database would hold, and nothing else.
//!
//! It keeps what was committed and is all that survives a crash. Inserting a
//! row that exists, or deleting one that does not, panics as a database would
//! refuse it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use exchequer_core::{Day, Instant, OrganizationId, TimeRange};
use exchequer_ledger::{
    Batch, Commit, Damage, Extent, FoldWrites, IdentityKey, PartBounds, PartRow, RollupRow,
    RollupWrite, Rows, RunMeta, RunPage, SegmentRow, Seq, TailBatch, VoidRow, days, window,
};

/// A stored segment part.
#[derive(Clone)]
pub(crate) struct Part {
    pub(crate) events: u32,
    pub(crate) times: (Instant, Instant),
    pub(crate) seqs: (Seq, Seq),
    pub(crate) blob: Vec<u8>,
    pub(crate) data: Vec<u8>,
}

/// All tables of one partition.
#[derive(Clone, Default)]
pub(crate) struct Memory {
    pub(crate) folded: Seq,
    pub(crate) last: Seq,
    pub(crate) next_run: u64,
    run_changes: u64,
    rollup_changes: u64,
    /// Events of each row, and their batch.
    pub(crate) journal: BTreeMap<Seq, (u32, Vec<u8>)>,
    /// The last seq of every commit.
    pub(crate) marks: Vec<Seq>,
    pub(crate) segments: BTreeMap<(OrganizationId, Day, u32), Part>,
    pub(crate) rollups: BTreeMap<(OrganizationId, Day), RollupRow>,
    pub(crate) voids: BTreeMap<(OrganizationId, Day), VoidRow>,
    pub(crate) subjects: BTreeMap<(OrganizationId, u32), (u32, Vec<u8>)>,
    /// Entries of each run, and whether it counts.
    pub(crate) runs: BTreeMap<u64, (u64, bool)>,
    /// Lowest hash and entries of each page.
    pub(crate) pages: BTreeMap<(u64, u32), (u64, Vec<u8>)>,
    pub(crate) filters: BTreeMap<(u64, u32), Vec<u8>>,
}

impl Memory {
    /// One transaction: the journal rows of a commit and its mark.
    pub(crate) fn insert(&mut self, commit: &Commit) {
        for row in &commit.rows {
            assert!(
                self.journal
                    .insert(row.seq, (row.events, row.blob.clone()))
                    .is_none()
            );
        }
        if let Some(batch) = commit.batches.last() {
            self.last = batch.last();
            self.marks.push(self.last);
        }
    }

    pub(crate) fn extent(&self) -> Extent {
        Extent {
            folded: self.folded,
            last: self.last,
            runs: self.run_changes,
            rollups: self.rollup_changes,
        }
    }

    /// The acknowledged batches after a seq.
    pub(crate) fn journal(
        &self,
        after: Seq,
        key: &IdentityKey,
    ) -> Result<Vec<Arc<TailBatch>>, String> {
        let rows = self.journal.iter().filter(|(seq, _)| **seq > after);
        let rows = rows.map(|(first, (_, blob))| {
            let what = || format!("journal {}", first.number());
            let batch = Batch::decode(blob, key).map_err(|it| self.damaged(what(), it))?;
            Ok(Arc::new(TailBatch {
                first: *first,
                batch,
            }))
        });
        rows.collect()
    }

    /// A number for a run.
    pub(crate) fn take_run(&mut self) -> u64 {
        self.next_run += 1;
        self.next_run - 1
    }

    /// One transaction: everything that a fold has computed. The number of its
    /// run.
    pub(crate) fn fold(&mut self, writes: &FoldWrites) -> u64 {
        for (organization, day, part) in &writes.absorbed {
            assert!(
                self.segments
                    .remove(&(*organization, *day, *part))
                    .is_some()
            );
        }
        for write in &writes.segments {
            let part = Part {
                events: write.events,
                times: write.times,
                seqs: write.seqs,
                blob: write.blob.clone(),
                data: write.data.clone(),
            };
            let place = (write.organization, write.day, write.part);
            assert!(self.segments.insert(place, part).is_none());
        }
        for block in &writes.subjects {
            let place = (block.organization, block.block);
            self.subjects
                .insert(place, (block.subjects, block.blob.clone()));
        }
        self.put_rollups(&writes.rollups);
        for (organization, row) in &writes.voids {
            self.voids.insert((*organization, row.day), row.clone());
        }
        let run = self.take_run();
        if let Some(meta) = &writes.run {
            self.add_run(run, meta.entries, true);
            self.pages(run, &writes.pages);
            self.filter(run, &writes.filter);
        }
        self.journal.retain(|seq, _| *seq > writes.upto);
        self.folded = writes.upto;
        self.run_changes += 1;
        run
    }

    /// One transaction: what was rolled up again.
    pub(crate) fn rerolled(&mut self, writes: &[RollupWrite]) {
        self.put_rollups(writes);
        self.rollup_changes += 1;
    }

    fn put_rollups(&mut self, writes: &[RollupWrite]) {
        for write in writes {
            let row = RollupRow {
                day: write.day,
                revision: write.revision,
                last_seq: write.last_seq,
                blob: write.blob.clone(),
            };
            self.rollups.insert((write.organization, write.day), row);
        }
    }

    pub(crate) fn add_run(&mut self, run: u64, entries: u64, live: bool) {
        assert!(
            self.runs.insert(run, (entries, live)).is_none(),
            "run {run} stands twice"
        );
    }

    pub(crate) fn pages(&mut self, run: u64, pages: &[RunPage]) {
        for page in pages {
            let stored = (page.lowest, page.blob.clone());
            assert!(self.pages.insert((run, page.page), stored).is_none());
        }
    }

    pub(crate) fn filter(&mut self, run: u64, chunks: &[Vec<u8>]) {
        for (chunk, blob) in (0..).zip(chunks) {
            assert!(self.filters.insert((run, chunk), blob.clone()).is_none());
        }
    }

    /// One transaction: a merged run counts in place of its sources.
    pub(crate) fn replace_runs(&mut self, old: &[(u64, u32)], new: u64) {
        for (run, entries) in &mut self.runs {
            entries.1 |= *run == new;
            entries.1 &= old.iter().all(|(gone, _)| gone != run);
        }
        self.run_changes += 1;
    }

    /// Deletes runs that do not count.
    pub(crate) fn sweep_runs(&mut self) {
        self.runs.retain(|_, (_, live)| *live);
        let runs = &self.runs;
        self.pages.retain(|(run, _), _| runs.contains_key(run));
        self.filters.retain(|(run, _), _| runs.contains_key(run));
    }

    /// The runs that count, as a start finds them.
    pub(crate) fn live_runs(&self) -> Vec<RunMeta> {
        let live = self.runs.iter().filter(|(_, (_, live))| *live);
        live.map(|(run, (entries, _))| {
            let pages = self.pages.range((*run, 0)..=(*run, u32::MAX));
            let fences = pages.map(|(_, (lowest, _))| *lowest).collect();
            RunMeta::stored(*run, *entries, fences)
        })
        .collect()
    }

    pub(crate) fn found<T>(what: &str, row: Option<T>) -> Result<T, String> {
        row.ok_or_else(|| format!("no such {what}"))
    }
}

fn segment_row(day: Day, part: u32, stored: &Part, with_data: bool) -> SegmentRow {
    SegmentRow {
        day,
        part,
        blob: stored.blob.clone(),
        data: with_data.then(|| stored.data.clone()),
    }
}

impl Memory {
    /// The highest seq that a range's rollups and voids have.
    pub(crate) fn last_seq(&self, organization: OrganizationId, range: TimeRange) -> u64 {
        let place = |days: Range<Day>| (organization, days.start)..(organization, days.end);
        let rollups = self.rollups.range(place(days(range)));
        let voids = self.voids.range(place(window(range)));
        let rollups = rollups.map(|(_, row)| row.last_seq);
        let voids = voids.map(|(_, row)| row.last_seq);
        rollups.chain(voids).max().unwrap_or(0)
    }
}

impl Rows for Memory {
    type Error = String;

    fn damaged(&self, what: String, damage: Damage) -> String {
        format!("{what}: {damage}")
    }

    fn rollups(
        &self,
        organization: OrganizationId,
        days: Range<Day>,
    ) -> Result<Vec<RollupRow>, String> {
        let rows = self
            .rollups
            .range((organization, days.start)..(organization, days.end));
        Ok(rows.map(|(_, row)| row.clone()).collect())
    }

    fn revisions(
        &self,
        organization: OrganizationId,
        days: Range<Day>,
    ) -> Result<Vec<(Day, u64)>, String> {
        let rows = self
            .rollups
            .range((organization, days.start)..(organization, days.end));
        Ok(rows.map(|((_, day), row)| (*day, row.revision)).collect())
    }

    fn segments(
        &self,
        organization: OrganizationId,
        days: Range<Day>,
        with_data: bool,
    ) -> Result<Vec<SegmentRow>, String> {
        let places = (organization, days.start, 0)..(organization, days.end, 0);
        let rows = self.segments.range(places);
        Ok(rows
            .map(|((_, day, part), row)| segment_row(*day, *part, row, with_data))
            .collect())
    }

    fn segment(
        &self,
        organization: OrganizationId,
        day: Day,
        part: u32,
    ) -> Result<SegmentRow, String> {
        let row = Self::found("segment", self.segments.get(&(organization, day, part)))?;
        Ok(segment_row(day, part, row, true))
    }

    fn voids(
        &self,
        organization: OrganizationId,
        days: Range<Day>,
    ) -> Result<Vec<VoidRow>, String> {
        let rows = self
            .voids
            .range((organization, days.start)..(organization, days.end));
        Ok(rows.map(|(_, row)| row.clone()).collect())
    }

    fn bounds(
        &self,
        organization: OrganizationId,
        days: Range<Day>,
    ) -> Result<Vec<PartBounds>, String> {
        let places = (organization, days.start, 0)..(organization, days.end, 0);
        let parts = self.segments.range(places);
        let parts = parts.map(|((_, day, part), row)| PartBounds {
            day: *day,
            part: *part,
            times: row.times,
            min_seq: row.seqs.0,
        });
        Ok(parts.collect())
    }

    fn parts(&self, organization: OrganizationId, day: Day) -> Result<Vec<PartRow>, String> {
        let rows = self
            .segments
            .range((organization, day, 0)..(organization, day.next(), 0));
        let parts = rows.map(|((_, _, part), row)| PartRow {
            part: *part,
            events: row.events,
        });
        Ok(parts.collect())
    }

    fn subjects(&self, organization: OrganizationId) -> Result<u32, String> {
        let blocks = self
            .subjects
            .range((organization, 0)..=(organization, u32::MAX));
        Ok(blocks.map(|(_, (subjects, _))| *subjects).sum())
    }

    fn subject_blocks(
        &self,
        organization: OrganizationId,
        from: u32,
    ) -> Result<Vec<Vec<u8>>, String> {
        let blocks = self
            .subjects
            .range((organization, from)..=(organization, u32::MAX));
        Ok(blocks.map(|(_, (_, blob))| blob.clone()).collect())
    }

    fn run_page(&self, run: u64, page: u32) -> Result<Vec<u8>, String> {
        let page = self.pages.get(&(run, page)).map(|(_, blob)| blob.clone());
        Self::found("identity_page", page)
    }

    fn filter_chunk(&self, run: u64, chunk: u32) -> Result<Vec<u8>, String> {
        Self::found("identity_filter", self.filters.get(&(run, chunk)).cloned())
    }
}
