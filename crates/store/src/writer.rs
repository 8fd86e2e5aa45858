//! The one thread of this process that commits events.
//!
//! It commits whatever requests are queued as a group. In a data directory it
//! is the only one that writes at all, so it also runs the steps of folds and
//! of catalog changes in between, each in a transaction of its own.

mod identities;
mod queue;
mod state;

use std::collections::BTreeMap;
use std::time::Duration;

use exchequer_core::Instant;
use exchequer_ledger::{Batch, Commit, Partition, Verdict};

use crate::apply;
use crate::error::StoreError;
use crate::fault;
use crate::limits::{FULL_TAIL, LONGEST_PAUSE, PACED_TAIL};
use crate::locks::lock;
use crate::rows::StoredRows;
use crate::sql::Transaction;

use identities::Identities;
pub use queue::Admission;
use queue::Work;
pub(crate) use queue::{Queue, Submission};
pub(crate) use state::WriterState;

/// Works until the queue is closed and empty.
pub(crate) fn run(mut state: WriterState, queue: &Queue) {
    let _end = Abandon(queue);
    loop {
        let unfolded = state.shared.unfolded();
        match queue.next(unfolded < FULL_TAIL) {
            Work::Step(step) => step(&mut state),
            Work::Group(group) => {
                // Requests that come during the pause join the next group, so
                // all senders slow down together and none is refused yet.
                std::thread::sleep(pause(unfolded));
                ingest(&mut state, group);
            }
            Work::Stop => return,
        }
        state.request_checkpoint();
    }
}

/// Returns the pause before a commit: none below 250,000 unfolded events, and
/// longer the nearer the tail is to its limit, where ingestion stops.
fn pause(unfolded: u64) -> Duration {
    let over = unfolded.clamp(PACED_TAIL, FULL_TAIL) - PACED_TAIL;
    // Both are below 2^32: the clamp bounds them by the limit.
    LONGEST_PAUSE * over as u32 / (FULL_TAIL - PACED_TAIL) as u32
}

/// Commits a group of requests, and answers each of them.
///
/// A group is whatever has queued up during the commit before it. So a single
/// request never waits for others to join it, and under load one sync of the
/// disk serves many.
fn ingest(state: &mut WriterState, group: Vec<Submission>) {
    // All of a group is committed at one instant, that of its newest request.
    let Some(received) = group.iter().map(|submission| submission.received).max() else {
        return;
    };
    let mut answers = Vec::with_capacity(group.len());
    let mut shares: BTreeMap<Partition, Share> = BTreeMap::new();
    for submission in group {
        let admission = Admission {
            verdicts: vec![Verdict::Accepted; submission.request.len()],
            unmatched: 0,
        };
        for share in submission.request.into_shares() {
            let of = shares.entry(share.partition).or_default();
            of.batches.push((share.batch, share.blob));
            of.requests.push(answers.len());
        }
        answers.push((submission.answer, admission));
    }
    match commit(state, shares, received) {
        Ok(decided) => {
            for (request, (verdicts, unmatched)) in decided {
                let admission = &mut answers[request].1;
                for (place, verdict) in verdicts {
                    admission.verdicts[place as usize] = verdict;
                }
                // A request has a share of several partitions.
                admission.unmatched += unmatched;
            }
            // A caller that went away missed its answer; its events are kept.
            for (answer, admission) in answers {
                let _ = answer.send(Ok(admission));
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
    if state.shared.unfolded() >= state.shared.fold_at {
        state.shared.fold.fold();
    }
}

/// Commits the new events, all of them in one transaction. Returns the verdicts
/// on the events of each request.
fn commit(
    state: &mut WriterState,
    shares: BTreeMap<Partition, Share>,
    received: Instant,
) -> Result<Vec<(usize, Outcome)>, StoreError> {
    fault::point("commit.begun")?;
    let WriterState {
        transactions,
        identities,
        ..
    } = state;
    let (decided, commits) = transactions.run(|tx| {
        let (decided, commits) = decide(identities, tx, shares)?;
        // A group of nothing but repeats changes nothing, and needs no sync:
        // the events that it repeats are durable already.
        if !commits.is_empty() {
            apply::commit(tx, &commits, received)?;
            fault::point("commit.written")?;
        }
        Ok((decided, commits))
    })?;
    fault::point("commit.durable")?;
    // Only now: had identities been learnt before the commit, one that fails
    // would make its retry a repeat of events that nobody keeps. If this thread
    // ends here, the next catching up learns the commit from the journal.
    for (partition, commit) in commits {
        state.count_written(commit.rows.iter().map(|row| row.blob.len()).sum());
        state.identities.learn(partition, commit);
    }
    fault::point("commit.learnt")?;
    Ok(decided)
}

/// The decisions on each request, and the new rows of each partition.
type Decided = (Vec<(usize, Outcome)>, Vec<(Partition, Commit)>);

/// Decides on the events of a group, while nobody else commits to its partitions.
fn decide(
    identities: &mut Identities,
    tx: &Transaction<'_>,
    shares: BTreeMap<Partition, Share>,
) -> Result<Decided, StoreError> {
    let partitions: Vec<Partition> = shares.keys().copied().collect();
    let locked = lock(tx, &partitions)?;
    let batches = shares.values().flat_map(|share| &share.batches);
    identities.check_organizations(tx, &locked, batches.map(|(batch, _)| batch))?;
    let (mut decided, mut commits) = (Vec::new(), Vec::new());
    for (partition, share) in shares {
        let rows = StoredRows::new(**tx, partition);
        let extent = locked.extents.get(&partition.number()).copied();
        let mut commit = identities.decide(&rows, extent, share.batches)?;
        let verdicts = std::mem::take(&mut commit.verdicts);
        let unmatched = std::mem::take(&mut commit.unmatched);
        assert_eq!(
            (verdicts.len(), unmatched.len()),
            (share.requests.len(), share.requests.len()),
            "every batch has its verdicts"
        );
        let outcomes = verdicts.into_iter().zip(unmatched);
        decided.extend(share.requests.into_iter().zip(outcomes));
        if !commit.rows.is_empty() {
            commits.push((partition, commit));
        }
    }
    Ok((decided, commits))
}

/// The batches of a group that concern one partition.
#[derive(Default)]
struct Share {
    batches: Vec<(Batch, Vec<u8>)>,
    /// The number within the group of each batch's request.
    requests: Vec<usize>,
}

/// Verdicts on events, by their places in a request, and the number of voids that meet
/// no event.
type Outcome = (Vec<(u32, Verdict)>, u64);

/// Empties the queue however the writer ends, so that nobody waits for it.
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
