//! The index of a partition's identities: the tail by hash, and the runs.
//!
//! It learns from stored rows only, whoever stored them: before each commit the
//! writer reads the extent of the partition and catches up. So nothing is in the
//! index before it is durable, and a commit of unknown outcome needs no care.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::batch::Batch;
use crate::directory::Directories;
use crate::identity::admission::{Candidate, Index, Lookup, Unfolded, Verdict, maybe};
use crate::identity::days::Days;
use crate::identity::key::IdentityKey;
use crate::identity::run::RunMeta;
use crate::identity::targets::{self, ForeignVoids, Found, Sought, Target};
use crate::limits::{DAY_IDENTITY_BYTES, FILTER_BYTES};
use crate::rows::Rows;
use crate::tail::{Extent, Seq, TailBatch};

/// The identities of a partition, for the writer that admits events.
pub struct PartitionIndex {
    key: IdentityKey,
    /// Events up to this seq are in the runs, later ones in the tail.
    folded: Seq,
    /// The partition's count of changes of its runs ([`Extent::runs`]) when these
    /// runs were read; `None` before the first time.
    run_changes: Option<u64>,
    /// The last event that is in the tail or in the runs.
    known: Seq,
    tail: Unfolded,
    runs: Vec<RunMeta>,
}

/// Folded identities in memory, of all partitions, within a budget.
pub struct IdentityCache {
    days: Days,
    filters: usize,
}

impl Default for IdentityCache {
    fn default() -> Self {
        Self {
            days: Days::new(DAY_IDENTITY_BYTES),
            filters: 0,
        }
    }
}

/// What is stored, in the tail or in segments, of what some batches hold and mean.
pub struct IdentityMatches(Vec<Matches>);

/// What is stored of one batch.
struct Matches {
    /// For each event how it compares with the one of its identity, if there is one.
    verdicts: Vec<Option<Verdict>>,
    /// The events that its voids mean.
    targets: Vec<Target>,
}

/// A group of batches, decided on but not yet durable.
pub struct Commit {
    /// Journal rows to insert, in this order.
    pub rows: Vec<JournalRow>,
    /// Per batch, the place of each event in its request, and its verdict.
    pub verdicts: Vec<Vec<(u32, Verdict)>>,
    /// Per batch, the number of voids, new or repeated, that meet no event.
    pub unmatched: Vec<u64>,
    /// Events of other clients that are voided.
    pub foreign_voids: Vec<ForeignVoids>,
    /// The batches as the tail will hold them.
    pub batches: Vec<Arc<TailBatch>>,
}

/// A journal row to insert.
pub struct JournalRow {
    /// Seq of its first event.
    pub seq: Seq,
    /// The number of its events.
    pub events: u32,
    /// The encoded batch.
    pub blob: Vec<u8>,
}

impl JournalRow {
    /// Returns the seq of its last event.
    #[must_use]
    pub fn last(&self) -> Seq {
        Seq::new(self.seq.number() + u64::from(self.events) - 1)
    }
}

impl PartitionIndex {
    /// Returns an empty index, which has read nothing of its partition yet.
    #[must_use]
    pub fn new(key: IdentityKey) -> Self {
        Self {
            key,
            folded: Seq::default(),
            run_changes: None,
            known: Seq::default(),
            tail: Unfolded::default(),
            runs: Vec::new(),
        }
    }

    /// Returns whether its runs are those of that extent.
    #[must_use]
    pub fn knows_runs(&self, extent: &Extent) -> bool {
        self.run_changes == Some(extent.runs)
    }

    /// Returns whether it has this run.
    #[must_use]
    pub fn knows_run(&self, run: u64) -> bool {
        self.runs.iter().any(|known| known.run == run)
    }

    /// Replaces its runs by the `current` ones, of which it has some and gets the
    /// `new` ones, and drops the part of the tail that is folded.
    pub fn refresh(
        &mut self,
        extent: &Extent,
        current: &BTreeSet<u64>,
        new: Vec<RunMeta>,
        cache: &mut IdentityCache,
    ) {
        let (kept, gone): (Vec<_>, Vec<_>) = std::mem::take(&mut self.runs)
            .into_iter()
            .partition(|run| current.contains(&run.run));
        cache.filters -= gone.iter().map(RunMeta::loaded).sum::<usize>();
        self.runs = kept;
        // A filter that was made here stays, whatever the budget: the newest
        // runs are asked most.
        cache.filters += new.iter().map(RunMeta::loaded).sum::<usize>();
        self.runs.extend(new);
        self.run_changes = Some(extent.runs);
        self.fold(extent.folded, cache);
    }

    /// Takes over a run with its filter, if it has the run with less of the filter.
    pub fn adopt(&mut self, made: RunMeta, cache: &mut IdentityCache) {
        let known = self.runs.iter_mut().find(|known| known.run == made.run);
        if let Some(known) = known.filter(|known| known.loaded() < made.loaded()) {
            cache.filters += made.loaded() - known.loaded();
            *known = made;
        }
    }

    /// Drops the events up to this seq from the tail: they are in segments now.
    fn fold(&mut self, folded: Seq, cache: &mut IdentityCache) {
        if folded <= self.folded {
            return;
        }
        self.folded = folded;
        if folded > self.known {
            // Another node committed and folded some of them, so they were never
            // seen here, and may be of any day.
            cache.days.clear();
            self.known = folded;
        }
        for batch in self.tail.prune(folded) {
            cache.days.forget(&batch.batch);
        }
    }

    /// Returns the last event in it.
    #[must_use]
    pub fn known(&self) -> Seq {
        self.known
    }

    /// Adds the next durable batch.
    ///
    /// # Panics
    /// If a batch before it is missing.
    pub fn learn(&mut self, batch: Arc<TailBatch>) {
        assert_eq!(batch.first, self.known.plus(1), "a batch is missing");
        self.known = batch.last();
        self.tail.push(batch);
    }

    /// Finds the stored event of each event's identity, in the tail and in segments.
    ///
    /// # Errors
    /// Stored rows cannot be read or are damaged.
    pub fn look_up<R: Rows>(
        &mut self,
        batches: &[(Batch, Vec<u8>)],
        cache: &mut IdentityCache,
        directories: &Directories,
        rows: &R,
    ) -> Result<IdentityMatches, R::Error> {
        self.load_filters(batches, cache, rows)?;
        let mut matches = Vec::with_capacity(batches.len());
        let mut candidates = Vec::new();
        let mut events = 0;
        for (at, (batch, _)) in batches.iter().enumerate() {
            let mut known = vec![None; batch.len()];
            for (organization, range) in batch.organizations() {
                for row in range {
                    let hash = batch.hashes[row];
                    let content = batch.content(row);
                    known[row] = self.tail.verdict(hash, organization, &content);
                    if known[row].is_none() && self.runs.iter().any(|run| maybe(run, hash)) {
                        let candidate = Candidate {
                            organization,
                            hash,
                            content,
                        };
                        candidates.push((at, row, candidate));
                    }
                }
            }
            events += batch.len();
            matches.push(Matches {
                verdicts: known,
                targets: Vec::new(),
            });
        }
        // The filters answer "maybe" for about one new event in 500 and run. More
        // than an eighth cannot be their errors: old events are sent again. Their
        // own days are then read first, since a byte-equal repeat has the same
        // instant, and one day answers for all repeats of it. Otherwise the page
        // of the run decides: mostly it does not have the hash, and no day is read.
        let replaying = candidates.len() * 8 > events;
        let lookup = Lookup {
            key: &self.key,
            directories,
            rows,
        };
        for (at, row, candidate) in candidates {
            matches[at].verdicts[row] =
                lookup.resolve(&candidate, replaying, &mut cache.days, &self.runs)?;
        }
        for ((batch, _), matches) in batches.iter().zip(&mut matches) {
            matches.targets = self.targets(batch, &mut cache.days, &lookup)?;
        }
        Ok(IdentityMatches(matches))
    }

    /// Finds the stored events that the voids of a batch mean.
    fn targets<R: Rows>(
        &self,
        batch: &Batch,
        days: &mut Days,
        lookup: &Lookup<'_, R>,
    ) -> Result<Vec<Target>, R::Error> {
        let mut targets = Vec::new();
        // Few batches have a void; the others cost one comparison.
        if batch.columns.voids.is_empty() {
            return Ok(targets);
        }
        for (organization, range) in batch.organizations() {
            for row in range {
                let void = batch.content(row);
                if void.voids.is_empty() {
                    continue;
                }
                let (source, id) = (void.source, void.voids);
                let identity = self.key.identity(organization, source, id);
                let event = match self.tail.find(identity.hash, organization, (source, id)) {
                    Some(event) => Some((event.time, event.client)),
                    // An event that the void reaches is of its day.
                    None => lookup
                        .find_on(organization, identity, void.time.day(), days, &self.runs)?
                        .map(|event| (event.time, event.client)),
                };
                targets.push(Target {
                    organization,
                    row,
                    hash: identity.hash,
                    stored: Sought::of(batch, row, event),
                });
            }
        }
        Ok(targets)
    }

    /// Loads the filter chunks that the batches need and memory allows.
    fn load_filters<R: Rows>(
        &mut self,
        batches: &[(Batch, Vec<u8>)],
        cache: &mut IdentityCache,
        rows: &R,
    ) -> Result<(), R::Error> {
        for run in &mut self.runs {
            if run.chunks.iter().all(Option::is_some) {
                continue;
            }
            for hash in batches.iter().flat_map(|(batch, _)| &batch.hashes) {
                let chunk = run.shape.place(*hash).chunk;
                if run.chunks[chunk as usize].is_some() || cache.filters >= FILTER_BYTES {
                    continue;
                }
                // A filter is loaded chunk by chunk: after a start the first requests need
                // few of them. Beyond the budget `maybe` says yes, and pages decide.
                let blob = rows.filter_chunk(run.run, chunk)?;
                let bits = run.shape.decode(chunk, &blob).map_err(|damage| {
                    rows.damaged(format!("identity_filter {}/{chunk}", run.run), damage)
                })?;
                cache.filters += bits.len();
                run.chunks[chunk as usize] = Some(bits);
            }
        }
        Ok(())
    }

    /// Decides on batches with their encoded form, in order. It does not add them:
    /// that is [`PartitionIndex::learn`], once they are durable.
    #[must_use]
    pub fn decide(&self, batches: Vec<(Batch, Vec<u8>)>, known: IdentityMatches) -> Commit {
        assert_eq!(known.0.len(), batches.len(), "matches of other batches");
        let decided = decide(&batches, known.0);
        let mut commit = Commit {
            rows: Vec::with_capacity(batches.len()),
            verdicts: Vec::with_capacity(batches.len()),
            unmatched: Vec::with_capacity(batches.len()),
            foreign_voids: Vec::new(),
            batches: Vec::with_capacity(batches.len()),
        };
        let mut next = self.known.plus(1);
        for ((mut batch, mut blob), (verdicts, found)) in batches.into_iter().zip(decided) {
            commit.unmatched.push(found.unmatched);
            commit.foreign_voids.extend(found.foreign);
            commit.verdicts.push(batch.with_places(&verdicts));
            let accepted = |row: usize| verdicts[row] == Verdict::Accepted;
            let kept = (0..batch.len()).filter(|row| accepted(*row)).count();
            if kept == 0 {
                continue;
            }
            if kept < batch.len() {
                // Only accepted events are numbered, so seqs stay gapless.
                batch = batch.retain(accepted);
                blob = batch.encode();
            }
            batch.forget_places();
            // A request's batch is one row, in the order in which requests came.
            let row = JournalRow {
                seq: next,
                events: kept as u32,
                blob,
            };
            commit.rows.push(row);
            let batch = TailBatch { first: next, batch };
            commit.batches.push(Arc::new(batch));
            next = next.plus(kept as u64);
        }
        commit
    }
}

/// Adds the matches among the batches themselves: of one identity the first event
/// counts, in the order of the batches and of the events in each.
fn decide(batches: &[(Batch, Vec<u8>)], stored: Vec<Matches>) -> Vec<(Vec<Verdict>, Found)> {
    // The tail has nothing of this group yet, so a repeat within the group, or
    // within one request, is found in a table of its own.
    let mut index = Index::default();
    let batch_at = |at: u32| &batches[at as usize].0;
    let mut decided = Vec::with_capacity(batches.len());
    for (at, ((batch, _), known)) in batches.iter().zip(&stored).enumerate() {
        let mut verdicts = vec![Verdict::Accepted; batch.len()];
        for (organization, range) in batch.organizations() {
            for row in range {
                let hash = batch.hashes[row];
                let earlier = known.verdicts[row]
                    .or_else(|| index.verdict(hash, organization, &batch.content(row), batch_at));
                match earlier {
                    Some(verdict) => verdicts[row] = verdict,
                    None if batch.is_compared() => verdicts[row] = Verdict::Unknown,
                    None => index.insert(hash, at as u32, row as u32),
                }
            }
        }
        decided.push(verdicts);
    }
    // Only now: an event that a void means may come behind it.
    let both = decided.into_iter().zip(stored).zip(batches);
    both.map(|((verdicts, known), (batch, _))| {
        let found = targets::settle(batch, &verdicts, &known.targets, &index, batch_at);
        (verdicts, found)
    })
    .collect()
}
