//! Segments: the columns of their rows, and their contribution to rollups.

use std::collections::BTreeMap;
use std::fmt::Display;

use exchequer_core::{Day, Instant, MICROS_PER_DAY, OrganizationId};

use super::check::{Check, count, place};
use super::expected::{Added, Expected};
use super::inventory::{Inventory, PartColumns};
use super::tally::Origin;
use crate::fold::contribute::contribute;
use crate::limits::PART_EVENTS;
use crate::segment::Segment;
use crate::tail::Seq;
use crate::void::{Reach, Voids};

/// A day's segments as they were read.
#[derive(Default)]
pub(super) struct DaySegments {
    /// True if there are parts.
    pub(super) any: bool,
    /// Some could not be read, so nothing follows from the others.
    pub(super) holes: bool,
    /// The voids among their events, with the highest seq of a void.
    pub(super) voids: (Voids, u64),
    /// Their contribution to rollups.
    pub(super) added: Added,
}

impl<I: Inventory> Check<'_, I>
where
    I::Error: Display,
{
    /// Reads a day's segments. Events that `voids`, the stored voids, cover do not
    /// count.
    pub(super) fn parts(
        &mut self,
        organization: OrganizationId,
        day: Day,
        known: Option<u32>,
        voids: &Voids,
        expected: &mut Expected,
    ) -> DaySegments {
        let mut read = DaySegments::default();
        let found = self.rows.part_columns(organization, day);
        let Some(columns) = self.readable(format!("segment {organization}/{day}"), found) else {
            read.holes = true;
            return read;
        };
        for columns in columns {
            read.any = true;
            let place = place(organization, day, columns.part);
            self.advance(u64::from(columns.events));
            let Some(segment) = self.segment(organization, day, &columns, &place) else {
                read.holes = true;
                let seqs = columns.seqs.0.number()..=columns.seqs.1.number();
                self.unread.seqs.push(seqs);
                self.unread.days.insert(day);
                continue;
            };
            self.checked.folded += segment.len() as u64;
            self.count(organization, day, &segment, &place);
            for seq in &segment.seqs {
                expected.seen(day, *seq);
            }
            note_voids(&segment, &mut read.voids);
            if self.fits(day, &segment, &columns, known, &place) {
                self.contribute(&segment, voids, &mut read.added);
            } else {
                read.holes = true;
            }
        }
        read
    }

    fn segment(
        &mut self,
        organization: OrganizationId,
        day: Day,
        columns: &PartColumns,
        place: &str,
    ) -> Option<Segment> {
        let found = self.rows.segment(organization, day, columns.part);
        let row = self.readable(place, found)?;
        self.readable(place, Segment::decode(&row.blob, row.data.as_deref()))
    }

    /// Adds the part's events to the sums of seqs and identities.
    fn count(&mut self, organization: OrganizationId, day: Day, segment: &Segment, place: &str) {
        let mut beyond = 0;
        for row in 0..segment.len() {
            let seq = segment.seqs[row];
            if seq == 0 || seq > self.folded {
                beyond += 1;
            } else {
                self.seqs.seq(Origin::Events, seq);
            }
            let (source, id) = (segment.source(row), segment.id(row));
            let hash = self.key.identity(organization, source, id).hash;
            self.identities.entry(Origin::Events, (hash, day));
        }
        if beyond > 0 {
            let events = count(beyond, "event");
            let folded = self.folded;
            self.found(
                place,
                format!("{events} with a seq that is not within 1 to {folded}, the folded ones"),
            );
        }
    }

    /// Compares a part with its row; whether its events can be counted.
    fn fits(
        &mut self,
        day: Day,
        segment: &Segment,
        columns: &PartColumns,
        known: Option<u32>,
        place: &str,
    ) -> bool {
        let times = &segment.columns.times;
        // A part without events is a finding below; zeros stand for what it lacks.
        let at = |time: Option<&i64>| Instant::from_micros(time.copied().unwrap_or_default());
        let lowest = Seq::new(segment.seqs.iter().min().copied().unwrap_or_default());
        let highest = Seq::new(segment.seqs.iter().max().copied().unwrap_or_default());
        if segment.len() != columns.events as usize {
            let (holds, promised) = (segment.len(), columns.events);
            self.found(
                place,
                format!("it holds {holds} events, its row promises {promised}"),
            );
        }
        if segment.len() == 0 || segment.len() > PART_EVENTS {
            let holds = segment.len();
            self.found(place, format!("no part has {holds} events"));
        }
        if (at(times.first()), at(times.last())) != columns.times {
            self.found(
                place,
                "its row has other instants of the first and last event",
            );
        }
        if (lowest, highest) != columns.seqs {
            self.found(place, "its row has another lowest or highest seq");
        }
        let order: Vec<(i64, u64)> = times
            .iter()
            .copied()
            .zip(segment.seqs.iter().copied())
            .collect();
        if !order.is_sorted() {
            self.found(place, "its events are not in order of time and seq");
        }
        let start = day.start().micros();
        let outside = times
            .iter()
            .filter(|time| !(start..start + MICROS_PER_DAY).contains(time));
        let outside = outside.count() as u64;
        if outside > 0 {
            self.found(place, format!("{} of another day", count(outside, "event")));
        }
        let nameless = known.is_some_and(|known| segment.check_subjects(known).is_err());
        if nameless {
            self.found(place, "a subject has no name");
        }
        outside == 0 && !nameless
    }

    /// Returns the contribution of a day's events with other voids.
    pub(super) fn contributions(
        &mut self,
        organization: OrganizationId,
        day: Day,
        voids: &Voids,
    ) -> Added {
        let mut added = Added::default();
        // Damage of the parts was found when `parts` read them.
        for columns in self
            .rows
            .part_columns(organization, day)
            .unwrap_or_default()
        {
            if let Some(segment) = self.load(organization, day, columns.part) {
                self.contribute(&segment, voids, &mut added);
            }
        }
        added
    }

    fn contribute(&mut self, segment: &Segment, voids: &Voids, added: &mut Added) {
        let mut days = BTreeMap::new();
        for row in 0..segment.len() {
            let time = Instant::from_micros(segment.columns.times[row]);
            let event = (segment.kind(row), time, segment.data(row));
            let voided = voids.cover_row(segment, row);
            let who = (segment.columns.subjects[row], Seq::new(segment.seqs[row]));
            contribute(self.meters, event, voided, who, &mut days);
        }
        added.add(days);
    }
}

fn note_voids(segment: &Segment, (voids, last_seq): &mut (Voids, u64)) {
    if segment.columns.voids.is_empty() {
        return;
    }
    for (row, seq) in segment.seqs.iter().enumerate() {
        let id = segment.columns.voids.get(row);
        if !id.is_empty() {
            let time = Instant::from_micros(segment.columns.times[row]);
            let reach = Reach::of(segment.client(row), time);
            voids.add(time, segment.source(row), id, reach);
            *last_seq = (*last_seq).max(*seq);
        }
    }
}
