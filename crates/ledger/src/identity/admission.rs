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

use crate::batch::Batch;
use crate::cut;
use crate::directory::Directories;
use crate::identity::days::{DayIdentities, Days, Standing};
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
    /// The event was only to be compared, and no event with its identity is kept.
    Unknown,
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

    /// Returns the indexed event of an identity, if there is one. `batch` returns the
    /// batches by the number under which they were indexed.
    pub(crate) fn find<'a>(
        &self,
        hash: u64,
        organization: OrganizationId,
        (source, id): (&str, &str),
        batch: impl Fn(u32) -> &'a Batch,
    ) -> Option<Content<'a>> {
        // Several entries may share a hash, so the identity itself decides.
        let entry = self.table.find(hash, |(known, at, row)| {
            *known == hash && {
                let (other, row) = (batch(*at), *row as usize);
                let content = other.content(row);
                (content.id, content.source) == (id, source)
                    && other.organization_of(row) == Some(organization)
            }
        })?;
        Some(batch(entry.1).content(entry.2 as usize))
    }

    /// Compares an event with the indexed one of its identity, if there is one.
    pub(crate) fn verdict<'a>(
        &self,
        hash: u64,
        organization: OrganizationId,
        content: &Content<'_>,
        batch: impl Fn(u32) -> &'a Batch,
    ) -> Option<Verdict> {
        let identity = (content.source, content.id);
        let standing = self.find(hash, organization, identity, batch)?;
        // Equal content is a repeat, whoever sends it. Anything else is refused, and
        // the sender told.
        Some(if standing.same_content(content) {
            Verdict::Duplicate
        } else {
            let client = standing.client;
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

    /// Returns the event of an identity, if there is one.
    pub(crate) fn find(
        &self,
        hash: u64,
        organization: OrganizationId,
        identity: (&str, &str),
    ) -> Option<Content<'_>> {
        let batch = |at: u32| &self.batches[at as usize].batch;
        self.index.find(hash, organization, identity, batch)
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
    /// Compares a candidate with the event of its identity on a day, if there is one.
    fn verdict(
        &self,
        event: &Candidate<'_>,
        days: &mut Days,
        day: Day,
    ) -> Result<Option<Verdict>, R::Error> {
        let (organization, content) = (event.organization, &event.content);
        let identity = self.key.identity(organization, content.source, content.id);
        let load = || self.load(organization, day);
        let standing = days.find((organization, day), identity, load)?;
        Ok(standing.map(|standing| {
            let same = cut::are_one(standing.time, content.time)
                && standing.content == self.key.digest(content);
            if same {
                Verdict::Duplicate
            } else {
                let client = standing.client;
                Verdict::Conflict { client }
            }
        }))
    }

    /// Returns the folded event of an identity, if it is of this day.
    pub(crate) fn find_on(
        &self,
        organization: OrganizationId,
        identity: Identity,
        day: Day,
        days: &mut Days,
        runs: &[RunMeta],
    ) -> Result<Option<Standing>, R::Error> {
        for run in runs.iter().filter(|run| maybe(run, identity.hash)) {
            if run.days(identity.hash, self.rows)?.contains(&day) {
                let load = || self.load(organization, day);
                return days.find((organization, day), identity, load);
            }
        }
        Ok(None)
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
                let standing = Standing {
                    content: self.key.digest(&content),
                    time: content.time,
                    client: content.client,
                };
                known.insert(identity, standing);
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
        if replaying && let Some(verdict) = self.verdict(event, days, own)? {
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
                if let Some(verdict) = self.verdict(event, days, day)? {
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
