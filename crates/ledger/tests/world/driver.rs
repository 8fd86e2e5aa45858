//! Plays a world step by step, as the writer, the folder and the readers of a
//! store would, and compares every answer with the reference.

use std::collections::HashMap;
use std::sync::Arc;

use exchequer_core::{Day, Instant, Meter, MeterSet, OrganizationId};
use exchequer_ledger::{
    BatchBuilder, Directories, FoldJob, FoldWrites, IdentityKey, Live, Loaded, MergeJob, NewEvent,
    Rows, RunBuilder, Seq, Tail, TailBatch, TailSlice, fold, is_stale, merge_runs, reroll,
};

use crate::check::Memo;
use crate::memory::Memory;
use crate::plan::{MergeCrash, Outcome};
use crate::reference::{Event, Reference};

/// A fold under way.
struct Folding {
    job: FoldJob,
    next_run: u64,
    writes: Option<FoldWrites>,
    /// Revision of the meters that it was computed with.
    epoch: u64,
}

pub(crate) struct World {
    pub(crate) memory: Memory,
    pub(crate) live: Live,
    pub(crate) reference: Reference,
    pub(crate) key: IdentityKey,
    pub(crate) tail: Tail,
    /// The last seq that readers can find in the tail.
    pub(crate) published: u64,
    budget: usize,
    pub(crate) directories: Directories,
    folding: Option<Folding>,
    /// A copy of the tail with its organisation and last seq.
    pub(crate) copies: HashMap<OrganizationId, (TailSlice, u64)>,
    pub(crate) meters: Vec<Meter>,
    pub(crate) set: MeterSet,
    pub(crate) meter_changes: u64,
    pub(crate) rerolls: u64,
    pub(crate) memo: Memo,
}

impl World {
    pub(crate) fn new(key: [u8; 16], budget: usize) -> Self {
        let key = IdentityKey::from_bytes(key);
        let memory = Memory::default();
        let Loaded { live, tail } = load(&memory, key).unwrap();
        assert!(tail.is_empty());
        Self {
            memory,
            live,
            reference: Reference::default(),
            key,
            tail: Tail::default(),
            published: 0,
            budget,
            directories: Directories::new(budget),
            folding: None,
            copies: HashMap::new(),
            meters: Vec::new(),
            set: MeterSet::default(),
            meter_changes: 0,
            rerolls: 0,
            memo: Memo::default(),
        }
    }

    /// Takes over changed meters if they are valid; says so.
    pub(crate) fn change_meters(&mut self, meters: Vec<Meter>) -> bool {
        let Ok(set) = MeterSet::new(meters.clone()) else {
            return false;
        };
        (self.meters, self.set) = (meters, set);
        self.meter_changes += u64::from(!self.reference.events.is_empty());
        true
    }

    /// Commits requests as one group.
    pub(crate) fn commit(&mut self, group: &[Vec<Event>], outcome: Outcome) {
        let batches = group.iter().map(|events| {
            let mut builder = BatchBuilder::new();
            events
                .iter()
                .for_each(|event| builder.push(event.organization, new_event(event)));
            let batch = builder.build(&self.key);
            let blob = batch.encode();
            (batch, blob)
        });
        let batches: Vec<_> = batches.collect();
        let commit = self
            .live
            .admit(batches, &self.directories, &self.memory)
            .unwrap();
        let (verdicts, new) = self.reference.admit(group);
        assert_eq!(commit.verdicts, verdicts);
        let mut next = self.reference.events.len() as u64 + 1;
        for (row, batch) in commit.rows.iter().zip(&commit.batches) {
            assert_eq!((row.seq, batch.first), (Seq::new(next), Seq::new(next)));
            next += u64::from(row.events);
        }
        assert_eq!(next, (self.reference.events.len() + new.len()) as u64 + 1);
        match outcome {
            Outcome::Failed => {}
            Outcome::FailedUnknown => self.reload(),
            Outcome::DurableUnknown => {
                self.memory.insert(&commit);
                self.reference.commit(new);
                self.reload();
            }
            Outcome::Durable => {
                self.memory.insert(&commit);
                self.reference.commit(new);
                self.live.committed(&commit.batches);
                self.publish(&commit.batches);
            }
        }
    }

    fn publish(&mut self, batches: &[Arc<TailBatch>]) {
        batches.iter().for_each(|batch| self.tail.push(batch));
        self.published = self.reference.events.len() as u64;
        assert_eq!(self.tail.events(), self.live.unfolded());
    }

    /// Reads the state anew, as after a commit of unknown outcome.
    fn reload(&mut self) {
        self.memory.sweep_runs();
        let Loaded { live, tail } = load(&self.memory, self.key).unwrap();
        self.live = live;
        self.tail = Tail::default();
        self.publish(&tail);
        self.folding = None;
        let last = self.memory.marks.last().copied().unwrap_or_default();
        assert_eq!(last.number(), self.reference.events.len() as u64);
        assert_eq!(self.live.next_seq(), Seq::new(last.number() + 1));
    }

    /// Dies and starts again.
    pub(crate) fn crash(&mut self) {
        self.directories = Directories::new(self.budget);
        self.copies.clear();
        self.reload();
    }

    pub(crate) fn begin_fold(&mut self) {
        let unfolded = self.live.unfolded();
        assert_eq!(
            unfolded,
            self.reference.events.len() as u64 - self.memory.folded.number()
        );
        if let Some(job) = self.live.begin_fold() {
            assert!(self.folding.is_none());
            let next_run = self.live.next_run();
            self.folding = Some(Folding {
                job,
                next_run,
                writes: None,
                epoch: 0,
            });
        }
    }

    pub(crate) fn compute_fold(&mut self) {
        if let Some(folding) = &mut self.folding {
            let writes = fold(&folding.job, &self.set, &self.directories, &self.memory);
            folding.writes = Some(writes.unwrap());
            folding.epoch = self.set.epoch();
        }
    }

    pub(crate) fn store_fold(&mut self, crash: bool) {
        let computed = self.folding.take_if(|folding| folding.writes.is_some());
        let Some(Folding {
            next_run,
            writes: Some(mut writes),
            epoch,
            ..
        }) = computed
        else {
            return;
        };
        // The meters have changed under it: it is made anew.
        if epoch != self.set.epoch() {
            return self.live.unfold();
        }
        self.memory.fold(&writes, next_run);
        if crash {
            return self.crash();
        }
        let (run, touched) = (writes.run.take(), writes.touched());
        self.live.folded(run, touched);
        self.tail.prune(writes.upto);
        assert_eq!(self.tail.events(), self.live.unfolded());
    }

    pub(crate) fn abandon_fold(&mut self) {
        if self.folding.take().is_some() {
            self.live.unfold();
        }
    }

    /// Finishes a fold under way, or makes one from beginning to end.
    pub(crate) fn fold(&mut self) {
        if self.folding.is_none() {
            self.begin_fold();
        }
        self.compute_fold();
        self.store_fold(false);
    }

    pub(crate) fn merge(&mut self, crash: Option<MergeCrash>) {
        self.memory.sweep_runs();
        let Some(MergeJob { old, run, entries }) = self.live.begin_merge() else {
            return;
        };
        let next_run = self.live.next_run();
        let mut builder = RunBuilder::new(run, entries);
        self.memory.add_run(run, entries, false);
        if matches!(crash, Some(MergeCrash::Begun)) {
            return self.crash();
        }
        let mut complete = Vec::new();
        merge_runs(&old, &mut builder, &self.memory, |pages| {
            complete.extend(pages);
            Ok(())
        })
        .unwrap();
        let (pages, chunks, meta) = builder.finish();
        self.memory.pages(run, &complete);
        self.memory.filter(run, &chunks);
        if matches!(crash, Some(MergeCrash::Written)) {
            return self.crash();
        }
        self.memory.pages(run, &pages);
        self.memory.replace_runs(&old, run, next_run);
        if matches!(crash, Some(MergeCrash::Replaced)) {
            return self.crash();
        }
        self.live.merged(&old, meta);
    }

    /// Rolls some of the stale days up anew. Never beside a fold: each would
    /// overwrite what the other stores.
    pub(crate) fn reroll(&mut self, most: usize) {
        if self.folding.is_some() {
            return;
        }
        let stale = self.memory.rollups.iter();
        let stale = stale.filter(|((_, day), row)| is_stale(row.epoch, *day, &self.set));
        let stale: Vec<(OrganizationId, Day)> = stale.map(|(place, _)| *place).take(most).collect();
        for (organization, day) in stale {
            let rolled = reroll(organization, day, &self.set, &self.memory).unwrap();
            self.memory.put_rollups(&rolled);
            self.rerolls += 1;
        }
    }

    pub(crate) fn take_tail(&mut self, organization: OrganizationId) {
        let copy = (self.tail.slice(organization), self.published);
        self.copies.insert(organization, copy);
    }
}

/// What a start reads.
pub(crate) fn load(memory: &Memory, key: IdentityKey) -> Result<Loaded, String> {
    let journal = memory
        .journal
        .iter()
        .map(|(seq, blob)| (*seq, blob.clone()));
    Live::load(
        key,
        memory.folded,
        memory.next_run,
        memory.live_runs(),
        journal,
    )
    .map_err(|(seq, damage)| memory.damaged(format!("journal {}", seq.number()), damage))
}

pub(crate) fn new_event(event: &Event) -> NewEvent<'_> {
    NewEvent {
        source: &event.source,
        id: &event.id,
        kind: &event.kind,
        subject: &event.subject,
        time: Instant::from_micros(event.time.micros()),
        data: &event.data,
    }
}
