//! Finding the void of an event for a listing.
//!
//! The stored voids of a day say what is void by now. A listing shows the state
//! of the moment when it began, so it reads the voids themselves, with their seqs:
//! they lie in the same millisecond as the events that they void.

use std::collections::{BTreeMap, BTreeSet};

use exchequer_core::{Day, Instant, OrganizationId};

use crate::cut;
use crate::identity::key::Content;
use crate::rows::{PartBounds, Rows};
use crate::segment::Segment;
use crate::tail::{Seq, TailSlice};
use crate::void::{self, Reach, Voids};

/// An event that is void: the instant of its void, source and id.
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
    /// Seq and id of the first void of each, by the instant of the void.
    known: BTreeMap<Target, (u64, String)>,
    /// The same of the voids that reach their millisecond.
    around: BTreeMap<Target, (u64, String)>,
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
            around: BTreeMap::new(),
        };
        for (event, seq) in tail.voids() {
            let target = (event.time, event.source.to_owned(), event.voids.to_owned());
            let reach = Reach::of(event.client, event.time);
            finder.keep_first(target, reach, seq.number(), event.id);
        }
        finder
    }

    /// Keeps the id of the first event that voids a target.
    fn keep_first(&mut self, target: Target, reach: Reach, seq: u64, id: &str) {
        if seq > self.upto.number() {
            return;
        }
        let keep = |voids: &mut BTreeMap<Target, (u64, String)>, target: Target| {
            let first = voids.entry(target);
            let first = first.or_insert_with(|| (seq, id.to_owned()));
            // Parts are not read in the order of seqs, so an earlier void may come later.
            if seq < first.0 {
                *first = (seq, id.to_owned());
            }
        };
        if reach == Reach::Millisecond {
            keep(&mut self.around, target.clone());
        }
        keep(&mut self.known, target);
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
            self.read_at(cut::to_millisecond(event.time))?;
        }
        if self.known.is_empty() {
            return Ok(None);
        }
        let target = |time| (time, event.source.to_owned(), event.id.to_owned());
        let same = self.known.get(&target(event.time));
        let around = self.around.get(&target(cut::to_millisecond(event.time)));
        let first = same.into_iter().chain(around).min();
        Ok(first.map(|(_, id)| id.clone()))
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
                    let target = (time, segment.source(at).to_owned(), voids.to_owned());
                    let reach = Reach::of(segment.client(at), time);
                    self.keep_first(target, reach, segment.seqs[at], segment.id(at));
                }
            }
        }
        Ok(())
    }
}
