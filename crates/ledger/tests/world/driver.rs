//! Plays a world step by step, as the writer, the folder and the readers of a
//! store would, and compares every answer with the reference.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use exchequer_core::{
    AliasChange, AliasList, Aliases, Day, Instant, Meter, MeterSet, OrganizationId,
};
use exchequer_ledger::{
    Batch, BatchBuilder, Commit, CountingRules, Directories, Extent, FoldJob, FoldWrites,
    IdentityCache, IdentityKey, NewEvent, PartitionIndex, RunBuilder, RunMeta, Seq, Tail,
    TailSlice, Verdict, fold, is_stale, merge_runs, reroll, runs_to_merge,
};

use crate::check::Memo;
use crate::inventory;
use crate::memory::Memory;
use crate::plan::{FoldEnd, MergeCrash, Outcome};
use exchequer_support::reference::{AliasPairs, Event, Reference};

/// A fold under way.
struct Folding {
    job: FoldJob,
    extent: Extent,
    writes: Option<FoldWrites>,
    /// Revision of the meters that it was computed with.
    revision: u64,
}

/// What a process holds in memory.
struct Node {
    index: PartitionIndex,
    cache: IdentityCache,
    tail: RefCell<Tail>,
    directories: Directories,
    folding: Option<Folding>,
    /// Runs that were made here, until the writer knows them.
    made: Vec<RunMeta>,
}

impl Node {
    fn new(key: IdentityKey, budget: usize) -> Self {
        Self {
            index: PartitionIndex::new(key),
            cache: IdentityCache::default(),
            tail: RefCell::default(),
            directories: Directories::new(budget),
            folding: None,
            made: Vec::new(),
        }
    }
}

/// Rows and meters of some time ago, as a reader still sees them.
pub(crate) struct Snapshot {
    memory: Memory,
    meters: Vec<Meter>,
    set: MeterSet,
    aliases: Given,
}

/// The aliases of organisations, and the same lists for the reference.
#[derive(Default, Clone)]
struct Given {
    aliases: BTreeMap<OrganizationId, (Aliases, Vec<AliasChange>)>,
    lists: BTreeMap<OrganizationId, Vec<(Day, AliasPairs)>>,
}

pub(crate) struct World {
    pub(crate) memory: Memory,
    pub(crate) reference: Reference,
    pub(crate) key: IdentityKey,
    budget: usize,
    /// The process that acts, and the other one on the same rows.
    node: Node,
    other: Node,
    snapshot: Option<Snapshot>,
    pub(crate) meters: Vec<Meter>,
    pub(crate) set: MeterSet,
    aliases: BTreeMap<OrganizationId, (Aliases, Vec<AliasChange>)>,
    /// The meters of every revision that there was, by its number.
    history: BTreeMap<u64, Vec<Meter>>,
    /// The aliases of every version that there was.
    versions: BTreeMap<(OrganizationId, u64), Aliases>,
    pub(crate) meter_changes: u64,
    pub(crate) rerolls: u64,
    pub(crate) memo: Memo,
}

impl World {
    pub(crate) fn new(key: [u8; 16], budget: usize) -> Self {
        let key = IdentityKey::from_bytes(key);
        Self {
            memory: Memory::default(),
            reference: Reference::default(),
            key,
            budget,
            node: Node::new(key, budget),
            other: Node::new(key, budget),
            snapshot: None,
            meters: Vec::new(),
            set: MeterSet::default(),
            aliases: BTreeMap::new(),
            history: BTreeMap::new(),
            versions: BTreeMap::new(),
            meter_changes: 0,
            rerolls: 0,
            memo: Memo::default(),
        }
    }

    pub(crate) fn directories(&self) -> &Directories {
        &self.node.directories
    }

    /// The last seq that there is.
    pub(crate) fn last(&self) -> u64 {
        self.memory.extent().last.number()
    }

    /// The other process acts from now on.
    pub(crate) fn switch(&mut self) {
        std::mem::swap(&mut self.node, &mut self.other);
    }

    /// A reader opens a snapshot, and looks at it later.
    pub(crate) fn open_snapshot(&mut self) {
        self.snapshot = Some(Snapshot {
            memory: self.memory.clone(),
            meters: self.meters.clone(),
            set: self.set.clone(),
            aliases: Given {
                aliases: self.aliases.clone(),
                lists: self.reference.aliases.clone(),
            },
        });
    }

    /// Does something with the rows as the snapshot sees them.
    pub(crate) fn late<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> Option<T> {
        let snapshot = self.snapshot.take()?;
        let swapped = self.swap(snapshot);
        let result = work(self);
        self.snapshot = Some(self.swap(swapped));
        Some(result)
    }

    fn swap(&mut self, with: Snapshot) -> Snapshot {
        Snapshot {
            memory: std::mem::replace(&mut self.memory, with.memory),
            meters: std::mem::replace(&mut self.meters, with.meters),
            set: std::mem::replace(&mut self.set, with.set),
            aliases: Given {
                aliases: std::mem::replace(&mut self.aliases, with.aliases.aliases),
                lists: std::mem::replace(&mut self.reference.aliases, with.aliases.lists),
            },
        }
    }

    /// Takes something of a tail that holds all that is unfolded of the rows:
    /// of the process's own, or of one that is made from the journal.
    fn tail<T>(&self, take: impl Fn(&Tail) -> T) -> Result<T, String> {
        let extent = self.memory.extent();
        let mut tail = self.node.tail.borrow_mut();
        if !tail.covers(&extent) {
            let from = tail.last().max(extent.folded);
            let missing = self.memory.journal(from, &self.key)?;
            tail.prune(extent.folded);
            for batch in &missing {
                tail.push(batch);
            }
        }
        if tail.covers(&extent) {
            return Ok(take(&tail));
        }
        let mut own = Tail::new(extent.folded);
        for batch in self.memory.journal(extent.folded, &self.key)? {
            own.push(&batch);
        }
        let gap = || format!("journal {}: the journal has a gap", extent.last.number());
        own.covers(&extent).then(|| take(&own)).ok_or_else(gap)
    }

    pub(crate) fn slice(&self, organization: OrganizationId) -> Result<TailSlice, String> {
        let extent = self.memory.extent();
        self.tail(|tail| tail.slice(organization).within(&extent))
    }

    /// What a writer does before it looks at a group.
    fn catch_up(&mut self) -> Result<(), String> {
        let extent = self.memory.extent();
        let node = &mut self.node;
        if !node.index.knows_runs(&extent) {
            let mut runs = self.memory.live_runs();
            let current = runs.iter().map(|meta| meta.run).collect();
            runs.retain(|meta| !node.index.knows_run(meta.run));
            for made in node.made.drain(..) {
                if let Some(stored) = runs.iter_mut().find(|meta| meta.run == made.run) {
                    *stored = made;
                }
            }
            node.index.refresh(&extent, &current, runs, &mut node.cache);
        }
        // Also where nothing is new: the tail takes no commit behind a gap.
        let known = self.node.index.known();
        let new = self.tail(|tail| tail.since(known))?.unwrap();
        new.into_iter()
            .for_each(|batch| self.node.index.learn(batch));
        assert_eq!(self.node.index.known(), extent.last);
        Ok(())
    }

    /// Decides on a group without storing it.
    pub(crate) fn admit(&mut self, batches: Vec<(Batch, Vec<u8>)>) -> Result<Commit, String> {
        self.catch_up()?;
        let node = &mut self.node;
        let cache = &mut node.cache;
        let known = node
            .index
            .look_up(&batches, cache, &node.directories, &self.memory)?;
        Ok(node.index.decide(batches, known))
    }

    /// The rules by which an organisation's events are counted.
    pub(crate) fn rules(&self, organization: OrganizationId) -> CountingRules<'_> {
        let given = self.aliases.get(&organization);
        CountingRules {
            meters: &self.set,
            aliases: given.map_or(const { &Aliases::NONE }, |(aliases, _)| aliases),
        }
    }

    /// Gives an organisation aliases from a day on, if they are valid.
    pub(crate) fn put_aliases(
        &mut self,
        organization: OrganizationId,
        pairs: Vec<(String, String)>,
        begins: Day,
    ) {
        let Ok(list) = AliasList::new(pairs.clone()) else {
            return;
        };
        let (aliases, changes) = self.aliases.entry(organization).or_default();
        changes.extend(aliases.changes_to(&list, begins));
        *aliases = Aliases::new(aliases.version() + 1, changes.clone());
        let version = (organization, aliases.version());
        self.versions.insert(version, aliases.clone());
        let lists = self.reference.aliases.entry(organization).or_default();
        lists.push((begins, pairs.into_iter().collect()));
    }

    /// The meters as a revision had them.
    pub(crate) fn meters_of(&self, revision: u64) -> Vec<Meter> {
        let known = self.history.range(..=revision).next_back();
        known.map(|(_, meters)| meters.clone()).unwrap_or_default()
    }

    /// The aliases as a version had them.
    pub(crate) fn aliases_of(&self, organization: OrganizationId, version: u64) -> Aliases {
        let known = self.versions.get(&(organization, version));
        known.cloned().unwrap_or_default()
    }

    /// Takes over changed meters if they are valid; says so.
    pub(crate) fn change_meters(&mut self, meters: Vec<Meter>) -> bool {
        let Ok(set) = MeterSet::new(meters.clone()) else {
            return false;
        };
        self.history.insert(set.revision(), meters.clone());
        (self.meters, self.set) = (meters, set);
        self.meter_changes += u64::from(!self.reference.events.is_empty());
        true
    }

    /// Commits requests as one group.
    pub(crate) fn commit(&mut self, group: &[Vec<Event>], outcome: Outcome) {
        let batches = group.iter().map(|events| {
            let mut builder = BatchBuilder::new();
            events.iter().for_each(|event| {
                builder.push_from(event.client, event.organization, new_event(event));
            });
            let batch = builder.build(&self.key);
            let blob = batch.encode();
            (batch, blob)
        });
        let batches: Vec<_> = batches.collect();
        let commit = self.admit(batches).unwrap();
        let (verdicts, new) = self.reference.admit(group);
        let given = commit.verdicts.iter().map(|batch| in_order(batch));
        assert_eq!(given.collect::<Vec<_>>(), verdicts);
        for (batch, (events, verdicts)) in group.iter().zip(&verdicts).enumerate() {
            let unmatched = self.reference.unmatched(events, verdicts, &new);
            assert_eq!(commit.unmatched[batch], unmatched, "{events:#?}");
        }
        let foreign = group.iter().zip(&verdicts);
        let foreign = foreign.map(|(batch, of)| self.reference.foreign(batch, of, &new));
        let told = commit
            .foreign_voids
            .iter()
            .map(|voids| u64::from(voids.events));
        assert_eq!(told.sum::<u64>(), foreign.sum::<u64>());
        let mut next = self.reference.events.len() as u64 + 1;
        for (row, batch) in commit.rows.iter().zip(&commit.batches) {
            assert_eq!((row.seq, batch.first), (Seq::new(next), Seq::new(next)));
            next += u64::from(row.events);
        }
        assert_eq!(next, (self.reference.events.len() + new.len()) as u64 + 1);
        match outcome {
            Outcome::Failed => {}
            Outcome::DurableUnknown => {
                self.memory.insert(&commit);
                self.reference.commit(new);
            }
            Outcome::Durable => {
                self.memory.insert(&commit);
                self.reference.commit(new);
                for batch in &commit.batches {
                    assert!(self.node.tail.borrow_mut().push(batch));
                    self.node.index.learn(Arc::clone(batch));
                }
            }
        }
        assert_eq!(self.last(), self.reference.events.len() as u64);
    }

    /// The process that acts dies and starts again.
    pub(crate) fn crash(&mut self) {
        self.memory.sweep_runs();
        self.crash_unswept();
    }

    pub(crate) fn crash_unswept(&mut self) {
        self.node = Node::new(self.key, self.budget);
    }

    /// Takes what is unfolded for a fold.
    pub(crate) fn fold_job(&self) -> Result<Option<FoldJob>, String> {
        let extent = self.memory.extent();
        self.tail(|tail| FoldJob::new(tail.unfolded(&extent)))
    }

    pub(crate) fn begin_fold(&mut self) {
        if self.node.folding.is_none()
            && let Some(job) = self.fold_job().unwrap()
        {
            assert_eq!(job.upto.number(), self.last());
            self.node.folding = Some(Folding {
                job,
                extent: self.memory.extent(),
                writes: None,
                revision: 0,
            });
        }
    }

    pub(crate) fn compute_fold(&mut self) {
        // Whoever folds reads one snapshot: what it takes is unfolded there.
        let now = self.memory.extent();
        let node = &mut self.node;
        let folding = node.folding.take_if(|it| it.writes.is_none());
        if let Some(mut folding) = folding.filter(|it| it.extent.folded == now.folded) {
            folding.extent = now;
            let writes = fold(&folding.job, &self.set, &node.directories, &self.memory);
            folding.writes = Some(writes.unwrap());
            folding.revision = self.set.revision();
            node.folding = Some(folding);
        }
    }

    pub(crate) fn store_fold(&mut self, end: FoldEnd) {
        let computed = self.node.folding.take_if(|it| it.writes.is_some());
        let Some(Folding {
            extent,
            writes: Some(mut writes),
            revision,
            ..
        }) = computed
        else {
            return;
        };
        // Something has changed under it: it is made again.
        if !extent.may_store_at(&self.memory.extent()) || revision != self.set.revision() {
            return;
        }
        let run = self.memory.fold(&writes);
        match end {
            FoldEnd::Stored => {
                self.made(run, writes.run.take());
                self.node.tail.borrow_mut().prune(writes.upto);
            }
            FoldEnd::StoredUnknown => {}
            FoldEnd::Crash => self.crash(),
        }
    }

    fn made(&mut self, run: u64, meta: Option<RunMeta>) {
        self.node.made.extend(meta.map(|mut meta| {
            meta.run = run;
            meta
        }));
        self.catch_up().unwrap();
    }

    pub(crate) fn abandon_fold(&mut self) {
        self.node.folding = None;
    }

    /// Finishes a fold under way, or makes one from beginning to end.
    pub(crate) fn fold(&mut self) {
        self.begin_fold();
        self.compute_fold();
        self.store_fold(FoldEnd::Stored);
    }

    /// Checks that everything stored agrees with the events.
    pub(crate) fn verify(&self) {
        let (checked, findings) = inventory::verify(self.key, &self.set, &self.memory);
        assert_eq!(findings, Vec::<String>::new());
        let events = (checked.folded, checked.unfolded);
        let folded = self.memory.folded.number();
        assert_eq!(
            events,
            (folded, self.reference.events.len() as u64 - folded)
        );
        assert_eq!(checked.identities, folded);
    }

    pub(crate) fn merge(&mut self, crash: Option<MergeCrash>) {
        self.memory.sweep_runs();
        let runs = self.memory.live_runs();
        let sizes: Vec<(u64, u64)> = runs.iter().map(|meta| (meta.run, meta.entries)).collect();
        let Some(chosen) = runs_to_merge(&sizes) else {
            return;
        };
        let chosen = runs.iter().filter(|meta| chosen.contains(&meta.run));
        let entries = chosen.clone().map(|meta| meta.entries).sum();
        let old: Vec<(u64, u32)> = chosen.map(|meta| (meta.run, meta.pages())).collect();
        let run = self.memory.take_run();
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
        self.memory.replace_runs(&old, run);
        if matches!(crash, Some(MergeCrash::Replaced)) {
            return self.crash();
        }
        self.made(run, Some(meta));
    }

    /// Rolls some of the stale days up again. A fold that was computed before
    /// is not stored then, and made again.
    pub(crate) fn reroll(&mut self, most: usize) {
        let stale = self.memory.rollups.iter();
        let stale = stale.filter(|((_, day), row)| is_stale(row.revision, *day, &self.set));
        let stale: Vec<(OrganizationId, Day)> = stale.map(|(place, _)| *place).take(most).collect();
        for (organization, day) in stale {
            let rolled = reroll(organization, day, &self.set, &self.memory).unwrap();
            self.memory.rerolled(&rolled);
            self.rerolls += 1;
        }
    }
}

pub(crate) fn new_event(event: &Event) -> NewEvent<'_> {
    NewEvent {
        source: &event.source,
        id: &event.id,
        kind: &event.kind,
        subject: &event.subject,
        time: Instant::from_micros(event.time.micros()),
        data: &event.data,
        voids: &event.voids,
    }
}

/// Verdicts in the order of the request.
pub(crate) fn in_order(verdicts: &[(u32, Verdict)]) -> Vec<Verdict> {
    let mut verdicts = verdicts.to_vec();
    verdicts.sort_unstable_by_key(|(place, _)| *place);
    let places = verdicts.iter().map(|(place, _)| *place);
    assert!(places.eq(0..verdicts.len() as u32));
    verdicts.into_iter().map(|(_, verdict)| verdict).collect()
}
