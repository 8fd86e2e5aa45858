//! Rollups against the events of their day and the sessions that reach it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use exchequer_core::{Day, Meter, OrganizationId, sessions};

use super::check::{Check, count};
use super::expected::{DayExpected, Expected};
use super::inventory::Inventory;
use super::parts::DaySegments;
use crate::codec::damage::Damage;
use crate::evaluate::revision_on;
use crate::fold::reroll::is_stale;
use crate::rollup::{self, Section, StoredSection};
use crate::rows::RollupRow;
use crate::void::Voids;

impl<I: Inventory> Check<'_, I>
where
    I::Error: Display,
{
    /// Compares an organisation's days, in their order.
    pub(super) fn days(&mut self, organization: OrganizationId, known: Option<u32>) {
        let found = self.rows.days(organization);
        let days = self.readable(format!("rollup {organization}"), found);
        let mut days: BTreeSet<Day> = days.unwrap_or_default().into_iter().collect();
        self.checked.days += days.len() as u64;
        let mut expected = Expected::default();
        while let Some(day) = days.pop_first() {
            self.day(organization, day, known, &mut expected);
            days.extend(expected.reached());
        }
    }

    fn day(
        &mut self,
        organization: OrganizationId,
        day: Day,
        known: Option<u32>,
        expected: &mut Expected,
    ) {
        let stored = self.stored_voids(organization, day);
        let unknown = Voids::default();
        let (voids, last_seq) = stored
            .as_ref()
            .map_or((&unknown, None), |(voids, last)| (voids, *last));
        let mut read = self.parts(organization, day, known, voids, expected);
        if !read.holes {
            let derived = std::mem::take(&mut read.voids);
            if derived.0 != *voids {
                read.added = self.contributions(organization, day, &derived.0);
            }
            if stored.is_some() {
                self.voids(organization, day, (voids, last_seq), &derived);
            }
        }
        expected.add(std::mem::take(&mut read.added));
        let events = expected.take(day);
        let place = format!("rollup {organization}/{day}");
        let found = self.rows.rollups(organization, day..day.next());
        let row = match self.readable(&place, found) {
            Some(mut rows) => rows.pop(),
            None => return,
        };
        if read.holes {
            // Of sessions, later days included, nothing can be told.
            expected.unread(day);
        }
        match &row {
            Some(row) => self.rollup(&place, row, &read, events, expected),
            None => self.no_rollup(&place, day, &read, &events, expected),
        }
        if let Some(row) = row.filter(|_| read.any) {
            let meters = self.meters.meters().iter();
            for meter in meters.filter(|meter| revision_on(meter, day) > row.revision) {
                expected.stale(meter, day);
            }
        }
    }

    /// Returns the stored voids of a day, with their last seq if there is a row;
    /// `None` if they cannot be read.
    fn stored_voids(
        &mut self,
        organization: OrganizationId,
        day: Day,
    ) -> Option<(Voids, Option<u64>)> {
        let place = format!("void {organization}/{day}");
        let found = self.rows.voids(organization, day..day.next());
        match self.readable(&place, found)?.pop() {
            None => Some((Voids::default(), None)),
            Some(row) => {
                let voids = self.readable(&place, Voids::decode(&row.blob))?;
                Some((voids, Some(row.last_seq)))
            }
        }
    }

    fn voids(
        &mut self,
        organization: OrganizationId,
        day: Day,
        (stored, last_seq): (&Voids, Option<u64>),
        (events, events_seq): &(Voids, u64),
    ) {
        let place = format!("void {organization}/{day}");
        match last_seq {
            None if events.is_empty() => {}
            None => self.found(place, "it is missing"),
            Some(_) if stored != events => {
                self.found(place, "it is not what the events of its day void");
            }
            Some(last_seq) if last_seq != *events_seq => {
                self.found(
                    place,
                    format!("its last seq is {last_seq}, that of the events {events_seq}"),
                );
            }
            Some(_) => {}
        }
    }

    fn no_rollup(
        &mut self,
        place: &str,
        day: Day,
        read: &DaySegments,
        events: &DayExpected,
        expected: &Expected,
    ) {
        let reached = events.sections.keys().any(|number| {
            let meter = self.meter(*number);
            meter.is_some_and(|meter| expected.is_certain(meter, day, u64::MAX))
        });
        if read.any || reached {
            self.found(place, "it is missing");
        }
    }

    fn rollup(
        &mut self,
        place: &str,
        row: &RollupRow,
        read: &DaySegments,
        mut events: DayExpected,
        expected: &Expected,
    ) {
        self.checked.stale_days += u64::from(is_stale(row.revision, row.day, self.meters));
        self.last_seq(place, row, read, &events, expected);
        // A subject that there is not is told from what its events make.
        let opened = rollup::open(row.day, &row.blob, u32::MAX);
        let Some(stored) = self.readable(place, opened) else {
            return;
        };
        let mut before = None;
        for section in stored {
            if before.is_some_and(|before| before >= section.meter) {
                self.found(place, "its meters are not in order");
            }
            before = Some(section.meter);
            let events = events.sections.remove(&section.meter);
            let meter = self.meter(section.meter);
            let certain = match meter {
                Some(meter) => !read.holes && expected.is_certain(meter, row.day, row.revision),
                None => true,
            };
            let name = meter.map_or_else(
                || format!("meter number {}, which there is not", section.meter),
                |meter| format!("meter {}", meter.name),
            );
            match compare(&section, events.filter(|_| certain)) {
                Err(damage) => self.found(place, format!("{name}: {damage}")),
                Ok(Some(problem)) if certain => self.found(place, format!("{name}: {problem}")),
                Ok(_) => {}
            }
        }
        for (number, section) in events.sections {
            let Some(meter) = self.meter(number) else {
                continue;
            };
            if !read.holes && expected.is_certain(meter, row.day, row.revision) {
                let name = meter.name.clone();
                let subjects = count(subjects(&section), "resource");
                self.found(place, format!("meter {name}: {subjects} missing"));
            }
        }
    }

    fn last_seq(
        &mut self,
        place: &str,
        row: &RollupRow,
        read: &DaySegments,
        events: &DayExpected,
        expected: &Expected,
    ) {
        if read.holes {
            return;
        }
        // If a meter has changed since, the row still says what its old version counted.
        // Then only the events of the day itself are a lower bound.
        let told = expected.all_certain(row.day) && !is_stale(row.revision, row.day, self.meters);
        let own = expected.own_seq(row.day);
        let (stored, least) = (row.last_seq, if told { events.last_seq } else { own });
        if stored < least {
            self.found(
                place,
                format!("its last seq is {stored}, that of the events {least}"),
            );
        }
        let most = expected.highest_seq();
        if stored > most && expected.all_read(row.day) {
            self.found(
                place,
                format!("its last seq is {stored}, no event that can touch it is beyond {most}"),
            );
        }
    }

    fn meter(&self, number: u32) -> Option<&Meter> {
        let mut meters = self.meters.meters().iter();
        meters.find(|meter| meter.number == number)
    }
}

fn subjects(section: &Section) -> u64 {
    match section {
        Section::Points(_, points) => points.len() as u64,
        Section::Sessions(sessions) => sessions.len() as u64,
    }
}

/// Returns how a stored section differs from the one that events make. All of it is
/// decoded.
fn compare(stored: &StoredSection, events: Option<Section>) -> Result<Option<String>, Damage> {
    let section = stored.decode()?;
    let levels = if stored.has_points() {
        Vec::new()
    } else {
        stored.levels()?
    };
    let differ = match (section, events) {
        (ref section, None) => subjects(section),
        (Section::Points(one, stored), Some(Section::Points(other, events))) if one == other => {
            differing(
                stored.into_iter().map(|point| (point.subject, point)),
                events.into_iter().map(|point| (point.subject, point)),
            )
        }
        (Section::Sessions(stored), Some(Section::Sessions(events))) => {
            let spans = events.iter().flat_map(|(_, spans)| spans.iter().copied());
            if stored == events && levels != sessions::levels(spans) {
                return Ok(Some("its levels are not those of its sessions".to_owned()));
            }
            differing(stored, events)
        }
        (Section::Points(..), Some(_)) | (Section::Sessions(_), Some(_)) => {
            return Ok(Some("it counts in another way".to_owned()));
        }
    };
    Ok((differ > 0).then(|| format!("{} not as the events say", count(differ, "resource"))))
}

/// Counts the subjects that differ.
fn differing<T: PartialEq>(
    stored: impl IntoIterator<Item = (u32, T)>,
    events: impl IntoIterator<Item = (u32, T)>,
) -> u64 {
    let mut events: BTreeMap<u32, T> = events.into_iter().collect();
    let mut differ = 0;
    for (subject, value) in stored {
        // A subject that stands twice finds nothing the second time.
        differ += u64::from(events.remove(&subject) != Some(value));
    }
    differ + events.len() as u64
}
