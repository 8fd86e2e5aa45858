//! The one thread of this process that commits events.
//!
//! It commits whatever requests are queued as a group. In a data directory it
//! is the only one that writes at all, so it also runs the steps of folds and
//! of catalog changes in between, each in a transaction of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use exchequer_core::{Day, Instant, OrganizationId};
use exchequer_ledger::{
    Batch, Commit, Directories, IdentityKey, Partition, Partitions, RunMeta, Verdict,
};

use crate::apply;
use crate::engine::Transactions;
use crate::error::StoreError;
use crate::fault;
use crate::folder::FoldSignal;
use crate::knowledge::Knowledge;
use crate::locks::lock;
use crate::queue::{Queue, Submission, Work};
use crate::rows::StoredRows;
use crate::sql::Sql;
use crate::tails::SharedTail;

/// Unfolded events beyond which ingestion waits for a fold.
const FULL_TAIL: u64 = 500_000;
/// Unfolded events that are worth a fold.
const FOLD_AT: u64 = 128_000;
/// Unfolded events from which commits are paced, so that ingestion that
/// outruns folding slows down for everybody instead of stopping for some.
const PACED_TAIL: u64 = 250_000;
/// The pause before a commit when the tail is nearly full.
const LONGEST_PAUSE: Duration = Duration::from_millis(30);
/// Bytes committed between two checkpoints.
const CHECKPOINT_AT: u64 = 32 << 20;

/// What the writer shares with readers and the folder.
pub(crate) struct Shared {
    pub(crate) partitions: Partitions,
    tails: Vec<SharedTail>,
    pub(crate) directories: Directories,
    pub(crate) fold: FoldSignal,
    /// Days whose rollups are to be made anew; reads are exact meanwhile.
    pub(crate) stale: Mutex<BTreeSet<(OrganizationId, Day)>>,
    /// Held while rollups are computed and stored, so that a fold and a
    /// re-roll never overwrite one another's.
    pub(crate) rolling: Mutex<()>,
    /// Held while identity runs are merged.
    pub(crate) merging: Mutex<()>,
    /// Unfolded events that are worth a fold.
    pub(crate) fold_at: u64,
}

impl Shared {
    pub(crate) fn new(key: IdentityKey, partitions: Partitions, directories: Directories) -> Self {
        Self {
            partitions,
            tails: partitions.all().map(|_| SharedTail::new(key)).collect(),
            directories,
            fold: FoldSignal::default(),
            stale: Mutex::default(),
            rolling: Mutex::default(),
            merging: Mutex::default(),
            fold_at: fault::or("EXCHEQUER_FAULT_FOLD_AT", FOLD_AT),
        }
    }

    pub(crate) fn tail(&self, partition: Partition) -> &SharedTail {
        &self.tails[partition.number() as usize]
    }

    /// Events that are acknowledged and not folded, of all partitions.
    pub(crate) fn unfolded(&self) -> u64 {
        self.tails.iter().map(|tail| tail.lock().events()).sum()
    }

    pub(crate) fn merging(&self) -> MutexGuard<'_, ()> {
        self.merging.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn stale(&self) -> MutexGuard<'_, BTreeSet<(OrganizationId, Day)>> {
        self.stale.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn rolling(&self) -> MutexGuard<'_, ()> {
        self.rolling.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The writer's state; steps get it whole.
pub(crate) struct Writer {
    pub(crate) transactions: Transactions,
    shared: Arc<Shared>,
    knowledge: Knowledge,
    uncheckpointed: u64,
    checkpoint_at: u64,
}

impl Writer {
    pub(crate) fn new(transactions: Transactions, key: IdentityKey, shared: Arc<Shared>) -> Self {
        Self {
            transactions,
            knowledge: Knowledge::new(key, Arc::clone(&shared)),
            shared,
            uncheckpointed: 0,
            checkpoint_at: fault::or("EXCHEQUER_FAULT_CHECKPOINT_AT", CHECKPOINT_AT),
        }
    }

    /// Works until the queue is closed and empty.
    pub(crate) fn run(mut self, queue: &Queue) {
        let _end = Abandon(queue);
        loop {
            let unfolded = self.shared.unfolded();
            match queue.next(unfolded < FULL_TAIL) {
                Work::Step(step) => step(&mut self),
                Work::Group(group) => {
                    std::thread::sleep(pause(unfolded));
                    self.ingest(group);
                }
                Work::Stop => return,
            }
            if self.uncheckpointed >= self.checkpoint_at {
                self.uncheckpointed = 0;
                self.shared.fold.checkpoint();
            }
        }
    }

    /// Learns what is stored of a partition, of which a run may be made here.
    pub(crate) fn catch_up(
        &mut self,
        partition: Partition,
        made: Option<RunMeta>,
    ) -> Result<(), StoreError> {
        self.transactions.look(|sql| {
            let rows = StoredRows::new(*sql, partition);
            self.knowledge.catch_up(&rows, &rows.extent()?, made)
        })
    }

    fn ingest(&mut self, group: Vec<Submission>) {
        let received = group.iter().map(|submission| submission.received).max();
        let mut answers = Vec::with_capacity(group.len());
        let mut shares: BTreeMap<Partition, Share> = BTreeMap::new();
        for submission in group {
            let verdicts = vec![Verdict::Accepted; submission.request.len()];
            for share in submission.request.into_shares() {
                let of = shares.entry(share.partition).or_default();
                of.batches.push((share.batch, share.blob));
                of.requests.push(answers.len());
            }
            answers.push((submission.answer, verdicts));
        }
        // A caller that went away missed its answer; its events are kept.
        match self.commit(shares, received) {
            Ok(decided) => {
                for (request, verdicts) in decided {
                    for (place, verdict) in verdicts {
                        answers[request].1[place as usize] = verdict;
                    }
                }
                for (answer, verdicts) in answers {
                    let _ = answer.send(Ok(verdicts));
                }
                // Nothing is left that could fail; a test may still end it here.
                let _ = fault::point("commit.answered");
            }
            Err(error) => {
                tracing::error!(error = error.chain(), "a group of events was not committed");
                for (answer, _) in answers {
                    let _ = answer.send(Err(error.clone()));
                }
            }
        }
        if self.shared.unfolded() >= self.shared.fold_at {
            self.shared.fold.fold();
        }
    }

    /// Commits what is new, all of it in one transaction. What became of the
    /// events of each request, by their places.
    fn commit(
        &mut self,
        shares: BTreeMap<Partition, Share>,
        received: Option<Instant>,
    ) -> Result<Vec<(usize, Places)>, StoreError> {
        let received = received.map_or(0, Instant::micros);
        fault::point("commit.begun")?;
        let (decided, commits) = self.transactions.run(|tx| {
            let (decided, commits) = decide(&mut self.knowledge, tx, shares)?;
            // What repeats what is durable already changes nothing.
            if !commits.is_empty() {
                apply::commit(tx, &commits, received)?;
                fault::point("commit.written")?;
            }
            Ok((decided, commits))
        })?;
        fault::point("commit.durable")?;
        for (partition, commit) in commits {
            self.wrote(commit.rows.iter().map(|row| row.blob.len()).sum());
            self.knowledge.learn(partition, commit);
        }
        fault::point("commit.learnt")?;
        Ok(decided)
    }

    /// Counts bytes towards the next checkpoint.
    pub(crate) fn wrote(&mut self, bytes: usize) {
        self.uncheckpointed += bytes as u64;
    }
}

/// What became of the events of each request, and what is new of each partition.
type Decided = (Vec<(usize, Places)>, Vec<(Partition, Commit)>);

/// Looks at a group, while nobody else commits to its partitions.
fn decide(
    knowledge: &mut Knowledge,
    tx: &Sql<'_>,
    shares: BTreeMap<Partition, Share>,
) -> Result<Decided, StoreError> {
    let partitions: Vec<Partition> = shares.keys().copied().collect();
    let locked = lock(tx, &partitions)?;
    let batches = shares.values().flat_map(|share| &share.batches);
    knowledge.check_organizations(tx, &locked, batches.map(|(batch, _)| batch))?;
    let (mut decided, mut commits) = (Vec::new(), Vec::new());
    for (partition, share) in shares {
        let rows = StoredRows::new(*tx, partition);
        let extent = locked.extents.get(&partition.number()).copied();
        let mut commit = knowledge.decide(&rows, extent, share.batches)?;
        let verdicts = std::mem::take(&mut commit.verdicts);
        decided.extend(share.requests.into_iter().zip(verdicts));
        if !commit.rows.is_empty() {
            commits.push((partition, commit));
        }
    }
    Ok((decided, commits))
}

/// How long a commit waits, by how full the tail is.
fn pause(unfolded: u64) -> Duration {
    let over = unfolded.saturating_sub(PACED_TAIL) as u32;
    LONGEST_PAUSE * over / (FULL_TAIL - PACED_TAIL) as u32
}

/// What a group holds of a partition.
#[derive(Default)]
struct Share {
    batches: Vec<(Batch, Vec<u8>)>,
    /// Of which request of the group each is.
    requests: Vec<usize>,
}

/// What became of events, by their places in a request.
type Places = Vec<(u32, Verdict)>;

/// However the writer ends, nobody is left waiting for it.
struct Abandon<'a>(&'a Queue);

impl Drop for Abandon<'_> {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commits_are_paced_only_as_the_tail_fills() {
        assert_eq!(pause(0), Duration::ZERO);
        assert_eq!(pause(PACED_TAIL), Duration::ZERO);
        assert_eq!(pause(PACED_TAIL.midpoint(FULL_TAIL)), LONGEST_PAUSE / 2);
        assert_eq!(pause(FULL_TAIL), LONGEST_PAUSE);
    }
}
