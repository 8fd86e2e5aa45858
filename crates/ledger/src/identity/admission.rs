//! Deciding which events are new.
//!
//! | step | answers | reads |
//! | --- | --- | --- |
//! | tail, by hash | exactly | memory |
//! | filter of each run | "no" or "maybe" | memory, once loaded |
//! | page of the run | the days of the hash | one row |
//! | segments of such a day | exactly | the day, then kept in memory |
//!
//! In a replay of old events the event's own day is read before the pages: a
//! byte-equal repeat has the same instant, hence the same day.

use std::sync::Arc;

use exchequer_core::{ClientId, Day, OrganizationId};
use hashbrown::HashTable;
use lru::LruCache;

use crate::batch::Batch;
use crate::directory::Directories;
use crate::identity::filter;
use crate::identity::key::{Content, Identity, IdentityKey};
use crate::identity::run::RunMeta;
use crate::rows::Rows;
use crate::segment::Segment;
use crate::tail::{Seq, TailBatch};

/// The outcome for an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The event is new and counts.
    Accepted,
    /// A repeat: the same event is kept already, and nothing changed.
    Duplicate,
    /// Another event with its identity is kept already; nothing changed.
    Conflict {
        /// The client that has sent the event that stands, if that is known.
        client: Option<ClientId>,
    },
}

/// The events of some batches by identity hash.
#[derive(Default)]
pub(crate) struct Index {
    table: HashTable<(u64, u32, u32)>,
}

impl Index {
    pub(crate) fn insert(&mut self, hash: u64, batch: u32, row: u32) {
        self.table
            .insert_unique(hash, (hash, batch, row), |entry| entry.0);
    }

    /// Compares an event with the indexed one of its identity, if there is one.
    /// `batch` returns the batches by the number under which they were indexed.
    pub(crate) fn verdict<'a>(
        &self,
        hash: u64,
        organization: OrganizationId,
        content: &Content<'_>,
        batch: impl Fn(u32) -> &'a Batch,
    ) -> Option<Verdict> {
        // Several entries may share a hash, so the identity itself decides.
        let entry = self.table.find(hash, |(known, at, row)| {
            *known == hash && {
                let other = batch(*at);
                content.same_identity(&other.content(*row as usize))
                    && other.organization_of(*row as usize) == Some(organization)
            }
        })?;
        // Equal content is a repeat, whoever sends it. Anything else is refused, and
        // the sender told.
        let (standing, row) = (batch(entry.1), entry.2 as usize);
        Some(if standing.content(row).same_content(content) {
            Verdict::Duplicate
        } else {
            let client = standing.client(row);
            Verdict::Conflict { client }
        })
    }
}

/// The unfolded events by identity.
#[derive(Default)]
pub(crate) struct Unfolded {
    batches: Vec<Arc<TailBatch>>,
    index: Index,
}

impl Unfolded {
    pub(crate) fn push(&mut self, batch: Arc<TailBatch>) {
        let at = self.batches.len() as u32;
        for (row, hash) in batch.batch.hashes.iter().enumerate() {
            self.index.insert(*hash, at, row as u32);
        }
        self.batches.push(batch);
    }

    /// Removes and returns the folded batches. The rest is indexed again, which is
    /// little: the events that came while the fold was computed.
    pub(crate) fn prune(&mut self, folded: Seq) -> Vec<Arc<TailBatch>> {
        let known = self.batches.partition_point(|batch| batch.first <= folded);
        let rest = self.batches.split_off(known);
        let gone = std::mem::take(self).batches;
        let events = rest.iter().map(|batch| batch.batch.len()).sum();
        self.index.table.reserve(events, |entry| entry.0);
        rest.into_iter().for_each(|batch| self.push(batch));
        gone
    }

    pub(crate) fn verdict(
        &self,
        hash: u64,
        organization: OrganizationId,
        content: &Content<'_>,
    ) -> Option<Verdict> {
        let batch = |at: u32| &self.batches[at as usize].batch;
        self.index.verdict(hash, organization, content, batch)
    }
}

/// A folded event, as far as it is compared with others.
struct FoldedEvent {
    identity: Identity,
    /// Digest of its content.
    content: u64,
    /// Its client's place among those of the day.
    client: u32,
}

/// The identities of one organisation's folded day.
#[derive(Default)]
struct DayIdentities {
    table: HashTable<FoldedEvent>,
    /// The clients that have sent its events, `None` being one that is not known.
    clients: Vec<Option<ClientId>>,
}

impl DayIdentities {
    fn size(&self) -> usize {
        // A byte of control for each slot.
        let slot = size_of::<FoldedEvent>() + 1;
        self.table.capacity() * slot + self.clients.capacity() * 17 + 64
    }

    fn client_place(&mut self, client: Option<ClientId>) -> u32 {
        let found = self.clients.iter().position(|known| *known == client);
        found.unwrap_or_else(|| {
            self.clients.push(client);
            self.clients.len() - 1
        }) as u32
    }

    fn insert(&mut self, identity: Identity, content: u64, client: Option<ClientId>) {
        let client = self.client_place(client);
        let event = FoldedEvent {
            identity,
            content,
            client,
        };
        self.table
            .insert_unique(identity.hash, event, |event| event.identity.hash);
    }
}

/// The folded days that were read last, within a budget.
pub(crate) struct Days {
    cache: LruCache<(OrganizationId, Day), DayIdentities>,
    bytes: usize,
    budget: usize,
}

impl Days {
    pub(crate) fn new(budget: usize) -> Self {
        Self {
            cache: LruCache::unbounded(),
            bytes: 0,
            budget,
        }
    }

    /// Drops the days of a batch: their segments have changed.
    pub(crate) fn forget(&mut self, batch: &Batch) {
        if self.cache.is_empty() {
            return;
        }
        let mut last = None;
        for (organization, rows) in batch.organizations() {
            for row in rows {
                let place = (organization, batch.time(row).day());
                // Most events are of the day of the one before.
                if last.replace(place) == Some(place) {
                    continue;
                }
                if let Some(old) = self.cache.pop(&place) {
                    self.bytes -= old.size();
                }
            }
        }
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::new(self.budget);
    }

    fn verdict<R: Rows>(
        &mut self,
        lookup: &Lookup<'_, R>,
        event: &Candidate<'_>,
        day: Day,
    ) -> Result<Option<Verdict>, R::Error> {
        let place = (event.organization, day);
        if !self.cache.contains(&place) {
            let loaded = lookup.load(event.organization, day)?;
            self.bytes += loaded.size();
            self.cache.put(place, loaded);
            // One day stays whatever its size: it is about to be used.
            while self.bytes > self.budget && self.cache.len() > 1 {
                let old = self.cache.pop_lru();
                self.bytes -= old.map_or(0, |(_, old)| old.size());
            }
        }
        let Some(known) = self.cache.get(&place) else {
            return Ok(None);
        };
        // Folded events are compared by 128 bits of identity and 64 of content, so that
        // a day costs 33 bytes an event in memory and not its texts.
        let identity = lookup.identity(event);
        let found = known
            .table
            .find(identity.hash, |known| known.identity == identity);
        Ok(found.map(|standing| {
            if standing.content == lookup.key.digest(&event.content) {
                Verdict::Duplicate
            } else {
                let client = known.clients[standing.client as usize];
                Verdict::Conflict { client }
            }
        }))
    }
}

/// An event that a filter says may be stored.
pub(crate) struct Candidate<'a> {
    pub(crate) organization: OrganizationId,
    pub(crate) hash: u64,
    pub(crate) content: Content<'a>,
}

/// A lookup in stored days, with all that it needs.
pub(crate) struct Lookup<'a, R> {
    pub(crate) key: &'a IdentityKey,
    pub(crate) directories: &'a Directories,
    pub(crate) rows: &'a R,
}

impl<R: Rows> Lookup<'_, R> {
    fn identity(&self, event: &Candidate<'_>) -> Identity {
        let content = &event.content;
        self.key
            .identity(event.organization, content.source, content.id)
    }

    fn load(&self, organization: OrganizationId, day: Day) -> Result<DayIdentities, R::Error> {
        // Segments first, then names: the two statements may see two moments, and
        // names are only ever added, so the later ones know every subject.
        let rows = self.rows.segments(organization, day..day.next(), true)?;
        let directory = self.directories.get(organization, self.rows)?;
        let mut known = DayIdentities::default();
        for row in rows {
            let damaged = |damage| {
                let what = format!("segment {organization}/{day}/{}", row.part);
                self.rows.damaged(what, damage)
            };
            let segment = Segment::decode(&row.blob, row.data.as_deref()).map_err(damaged)?;
            segment.check_subjects(directory.len()).map_err(damaged)?;
            for at in 0..segment.len() {
                let content = segment.content(at, &directory);
                let identity = self.key.identity(organization, content.source, content.id);
                known.insert(identity, self.key.digest(&content), segment.client(at));
            }
        }
        Ok(known)
    }

    /// Compares a candidate with the folded event of its identity, if there is one.
    pub(crate) fn resolve(
        &self,
        event: &Candidate<'_>,
        replaying: bool,
        days: &mut Days,
        runs: &[RunMeta],
    ) -> Result<Option<Verdict>, R::Error> {
        // The runs know the days of all events of the hash, also of those that came
        // with another instant, so a miss on the own day settles nothing.
        let own = event.content.time.day();
        if replaying && let Some(verdict) = days.verdict(self, event, own)? {
            return Ok(Some(verdict));
        }
        for run in runs {
            if !maybe(run, event.hash) {
                continue;
            }
            for day in run.days(event.hash, self.rows)? {
                if replaying && day == own {
                    continue;
                }
                if let Some(verdict) = days.verdict(self, event, day)? {
                    return Ok(Some(verdict));
                }
            }
        }
        Ok(None)
    }
}

/// Returns whether the run may hold the hash. Without its chunk of the filter, as
/// when the memory for filters is used up, the answer is yes.
pub(crate) fn maybe(run: &RunMeta, hash: u64) -> bool {
    let place = run.shape.place(hash);
    match &run.chunks[place.chunk as usize] {
        Some(chunk) => filter::maybe(chunk, place, hash),
        None => true,
    }
}
