//! Finding the void of an event for a listing.
//!
//! The stored voids of a day say what is void by now. A listing shows the state
//! of the moment when it began, so it reads the voids themselves, with their seqs:
//! they lie at the same instant as the events that they void.

use std::collections::{BTreeMap, BTreeSet};

use exchequer_core::{Day, Instant, OrganizationId};

use crate::identity::key::Content;
use crate::rows::{PartBounds, Rows};
use crate::segment::Segment;
use crate::tail::{Seq, TailSlice};
use crate::void::{self, Voids};

/// An event that is void: instant, source and id.
type Target = (Instant, String, String);

/// The voids up to a seq, read as far as a page needs them.
pub(super) struct VoidFinder<'a, R> {
    organization: OrganizationId,
    upto: Seq,
    parts: &'a [PartBounds],
    rows: &'a R,
    /// The events that are void by now, of the days that were asked about.
    days: BTreeMap<Day, Voids>,
    /// The parts whose voids were read, and the instants that were asked about.
    read: BTreeSet<(Day, u32)>,
    asked: BTreeSet<Instant>,
    /// Seq and id of the first void of each.
    known: BTreeMap<Target, (u64, String)>,
}

impl<'a, R: Rows> VoidFinder<'a, R> {
    /// Collects those up to a seq, in the tail and in these parts.
    pub(super) fn new(
        organization: OrganizationId,
        upto: Seq,
        tail: &TailSlice,
        parts: &'a [PartBounds],
        rows: &'a R,
    ) -> Self {
        let mut finder = Self {
            organization,
            upto,
            parts,
            rows,
            days: BTreeMap::new(),
            read: BTreeSet::new(),
            asked: BTreeSet::new(),
            known: BTreeMap::new(),
        };
        for (event, seq) in tail.voids() {
            finder.keep_first(
                event.time,
                event.source,
                event.voids,
                seq.number(),
                event.id,
            );
        }
        finder
    }

    /// Keeps the id of the first event that voids a target.
    fn keep_first(&mut self, time: Instant, source: &str, voids: &str, seq: u64, id: &str) {
        if seq <= self.upto.number() {
            let target = (time, source.to_owned(), voids.to_owned());
            let first = self.known.entry(target);
            let first = first.or_insert_with(|| (seq, id.to_owned()));
            // Parts are not read in the order of seqs, so an earlier void may come later.
            if seq < first.0 {
                *first = (seq, id.to_owned());
            }
        }
    }

    /// Returns the id of the first event that voids this one.
    pub(super) fn first_of(&mut self, event: &Content<'_>) -> Result<Option<String>, R::Error> {
        let day = event.time.day();
        if !self.days.contains_key(&day) {
            let (voids, _) = void::stored(self.organization, day..day.next(), self.rows)?;
            self.days.insert(day, voids);
        }
        // Few events are void by now, so segments are seldom opened for this.
        let stored = self.days.get(&day);
        if stored.is_some_and(|voids| voids.cover(event.time, event.source, event.id)) {
            self.read_at(event.time)?;
        }
        if self.known.is_empty() {
            return Ok(None);
        }
        let target = (event.time, event.source.to_owned(), event.id.to_owned());
        Ok(self.known.get(&target).map(|(_, id)| id.clone()))
    }

    /// Reads the voids of every part that an instant lies in.
    fn read_at(&mut self, time: Instant) -> Result<(), R::Error> {
        if !self.asked.insert(time) {
            return Ok(());
        }
        let (organization, rows) = (self.organization, self.rows);
        for PartBounds {
            day, part, times, ..
        } in self.parts
        {
            let holds = times.0 <= time && time <= times.1;
            if !holds || !self.read.insert((*day, *part)) {
                continue;
            }
            let row = rows.segment(organization, *day, *part)?;
            let segment = Segment::decode_for_meters(&row.blob, true).map_err(|damage| {
                rows.damaged(format!("segment {organization}/{day}/{part}"), damage)
            })?;
            for at in 0..segment.len() {
                let voids = segment.columns.voids.get(at);
                if !voids.is_empty() {
                    let time = Instant::from_micros(segment.columns.times[at]);
                    let (source, id) = (segment.source(at), segment.id(at));
                    self.keep_first(time, source, voids, segment.seqs[at], id);
                }
            }
        }
        Ok(())
    }
}
