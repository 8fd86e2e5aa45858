//! Which correction voids an event, as far as a walk through events knows.
//!
//! The stored voids of a day say what is voided by now. A walk shows what was
//! there when it began, so it asks the corrections themselves: they lie at the
//! same instant as what they void.

use std::collections::{BTreeMap, BTreeSet};

use exchequer_core::{Day, Instant, OrganizationId};

use crate::identity::key::Content;
use crate::rows::{PartBounds, Rows};
use crate::segment::Segment;
use crate::tail::{Seq, TailSlice};
use crate::void::{self, Voids};

/// What is voided: instant, source and id.
type Target = (Instant, String, String);

pub(super) struct Corrections<'a, R> {
    organization: OrganizationId,
    upto: Seq,
    parts: &'a [PartBounds],
    rows: &'a R,
    /// What is voided by now, of the days that were asked about.
    days: BTreeMap<Day, Voids>,
    /// The parts whose corrections are known, and the instants of which all are.
    read: BTreeSet<(Day, u32)>,
    asked: BTreeSet<Instant>,
    /// Seq and id of the first correction of each.
    known: BTreeMap<Target, (u64, String)>,
}

impl<'a, R: Rows> Corrections<'a, R> {
    /// Those up to a seq, in the tail and in these parts.
    pub(super) fn new(
        organization: OrganizationId,
        upto: Seq,
        tail: &TailSlice,
        parts: &'a [PartBounds],
        rows: &'a R,
    ) -> Self {
        let mut corrections = Self {
            organization,
            upto,
            parts,
            rows,
            days: BTreeMap::new(),
            read: BTreeSet::new(),
            asked: BTreeSet::new(),
            known: BTreeMap::new(),
        };
        for (event, seq) in tail.corrections() {
            corrections.note(
                event.time,
                event.source,
                event.voids,
                seq.number(),
                event.id,
            );
        }
        corrections
    }

    fn note(&mut self, time: Instant, source: &str, voids: &str, seq: u64, id: &str) {
        if seq <= self.upto.number() {
            let target = (time, source.to_owned(), voids.to_owned());
            let first = self.known.entry(target);
            let first = first.or_insert_with(|| (seq, id.to_owned()));
            if seq < first.0 {
                *first = (seq, id.to_owned());
            }
        }
    }

    /// The id of the first correction that voids an event.
    pub(super) fn of(&mut self, event: &Content<'_>) -> Result<Option<String>, R::Error> {
        let day = event.time.day();
        if !self.days.contains_key(&day) {
            let (voids, _) = void::stored(self.organization, day..day.next(), self.rows)?;
            self.days.insert(day, voids);
        }
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

    /// Notes the corrections of every part that an instant lies in.
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
                    self.note(time, source, voids, segment.seqs[at], id);
                }
            }
        }
        Ok(())
    }
}
