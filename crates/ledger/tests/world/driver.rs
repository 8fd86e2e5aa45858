//! Plays a world step by step, as the writer, the folder and the readers of a
//! store would, and compares every answer with the reference.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use exchequer_core::{Day, Instant, Meter, MeterSet, OrganizationId, TimeRange};
use exchequer_ledger::{
    BatchBuilder, Directories, FoldJob, FoldWrites, IdentityKey, Live, NewEvent, Rows, RunBuilder,
    Seq, Tail, TailBatch, TailSlice, fold, is_stale, last_seq, merge_runs, read, reroll,
};

use crate::generate::{MergeCrash, Outcome};
use crate::memory::Memory;
use crate::reference::{Event, Reference, Usage};

/// A fold under way.
struct Folding {
    job: FoldJob,
    next_run: u64,
    writes: Option<FoldWrites>,
}

/// What a key of a report stands for: organisation, range, revision, last seq.
type Key = (OrganizationId, TimeRange, u64, u64);

/// What was seen of a range: revision, touching seq, re-rolls; and the last
/// seq that the ledger gave.
type Seen = ((u64, u64, u64), u64);

pub(crate) struct World {
    pub(crate) memory: Memory,
    pub(crate) live: Live,
    pub(crate) reference: Reference,
    pub(crate) key: IdentityKey,
    tail: Tail,
    /// The last seq that readers can find in the tail.
    published: u64,
    budget: usize,
    directories: Directories,
    folding: Option<Folding>,
    /// A copy of the tail with its organisation and last seq.
    copies: HashMap<OrganizationId, (TailSlice, u64)>,
    pub(crate) meters: Vec<Meter>,
    pub(crate) set: MeterSet,
    meter_changes: u64,
    rerolls: u64,
    keys: HashMap<Key, Vec<Usage>>,
    seen: HashMap<(OrganizationId, TimeRange), Seen>,
}

impl World {
    pub(crate) fn new(key: [u8; 16], budget: usize) -> Self {
        let key = IdentityKey::from_bytes(key);
        let memory = Memory::default();
        let (live, tail) = load(&memory, key).unwrap();
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
            keys: HashMap::new(),
            seen: HashMap::new(),
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
    }

    /// Reads the state anew, as after a commit of unknown outcome.
    fn reload(&mut self) {
        self.memory.sweep_runs();
        let (live, tail) = load(&self.memory, self.key).unwrap();
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
            });
        }
    }

    pub(crate) fn compute_fold(&mut self) {
        if let Some(folding) = &mut self.folding {
            let writes = fold(&folding.job, &self.set, &self.directories, &self.memory);
            folding.writes = Some(writes.unwrap());
        }
    }

    pub(crate) fn store_fold(&mut self, crash: bool) {
        let computed = self.folding.take_if(|folding| folding.writes.is_some());
        let Some(Folding {
            next_run,
            writes: Some(mut writes),
            ..
        }) = computed
        else {
            return;
        };
        self.memory.fold(&writes, next_run);
        if crash {
            return self.crash();
        }
        let (run, touched) = (writes.run.take(), writes.touched());
        self.live.folded(run, touched);
        self.tail.prune(writes.upto);
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
        let Some((old, run, entries)) = self.live.begin_merge() else {
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

    /// A report from the tail and the rows as they are.
    pub(crate) fn check(&mut self, organization: OrganizationId, range: TimeRange) {
        let tail = self.tail.slice(organization);
        let last = self.check_with(organization, range, tail, self.published);
        let touching = self.touching(organization, range, self.published).0;
        let state = (self.set.epoch(), touching, self.rerolls);
        let seen = self.seen.insert((organization, range), (state, last));
        if let Some((before, then)) = seen {
            if before.0 == state.0 {
                assert!(then <= last, "the last seq of {range:?} went back");
            }
            if before == state {
                assert_eq!(then, last, "nothing new touched {range:?}");
            }
        }
    }

    /// A report from a copy of the tail that was taken some time ago.
    pub(crate) fn check_late(&mut self, organization: OrganizationId, range: TimeRange) {
        if let Some((tail, published)) = self.copies.get(&organization).cloned() {
            let upto = published.max(self.memory.folded.number());
            self.check_with(organization, range, tail, upto);
        }
    }

    fn touching(&self, organization: OrganizationId, range: TimeRange, upto: u64) -> (u64, u64) {
        self.reference
            .last_seq(organization, range, &self.meters, upto)
    }

    fn check_with(
        &mut self,
        organization: OrganizationId,
        range: TimeRange,
        tail: TailSlice,
        upto: u64,
    ) -> u64 {
        let tail = tail.beyond(self.memory.folded);
        let expected = self
            .reference
            .report(organization, range, &self.meters, upto);
        let report = self.read(organization, range, &tail).unwrap();
        assert_eq!(report.0, expected, "{organization} {range:?}");
        let last = last_seq(organization, range, &self.set, &tail, &self.memory).unwrap();
        assert_eq!(last, report.1, "two ways to the last seq of {range:?}");
        let (touching, inside) = self.touching(organization, range, upto);
        assert!(inside <= last && last <= upto);
        if self.meter_changes == 0 {
            assert_eq!(last, touching, "the last seq of {range:?}");
        }
        let key = (organization, range, self.set.epoch(), last);
        let before = self.keys.entry(key).or_insert_with(|| expected.clone());
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
        let report = read(
            organization,
            range,
            &self.set,
            tail,
            &self.directories,
            &self.memory,
        )?;
        assert_eq!((report.range, report.epoch), (range, self.set.epoch()));
        let usages = report.usages.iter().map(|usage| Usage {
            name: usage.name.clone(),
            total: usage.total,
            resources: usage
                .resources
                .iter()
                .map(|resource| (resource.date.micros(), report.name(*resource).to_owned()))
                .collect(),
        });
        Ok((usages.collect(), report.last_seq))
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

/// What a start reads.
pub(crate) fn load(
    memory: &Memory,
    key: IdentityKey,
) -> Result<(Live, Vec<Arc<TailBatch>>), String> {
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
