//! The events behind a figure, page by page, in order of time and seq.
//!
//! A listing shows exactly the events that were there when it began: its cursor
//! holds the highest seq of that moment. Commits add events beyond that seq, and
//! folds only move events from the tail to segments, so the pages fit together.

use std::collections::BTreeMap;

use exchequer_core::{Day, Instant, OrganizationId, TimeRange};

use super::event_filter::{
    EventCursor, EventFilter, EventPage, EventPaging, ListedEvent, WantedNames,
};
use super::range::{days, window};
use super::voids::VoidFinder;
use crate::codec::damage::Damage;
use crate::cut;
use crate::directory::{Directories, Directory};
use crate::evaluate::is_session;
use crate::identity::key::Content;
use crate::rows::{PartBounds, Rows, SegmentRow};
use crate::segment::Segment;
use crate::tail::{Seq, TailSlice};

/// Returns a page of an organisation's events. `folded` is the folded seq of the
/// snapshot `rows`.
///
/// # Errors
/// Stored rows cannot be read or are damaged.
pub fn events<R: Rows>(
    organization: OrganizationId,
    filter: EventFilter<'_>,
    paging: EventPaging,
    tail: &TailSlice,
    folded: Seq,
    directories: &Directories,
    rows: &R,
) -> Result<EventPage, R::Error> {
    // The tail may be empty, or hold nothing beyond what the snapshot has folded.
    let last = tail.last().map_or(folded, |last| last.max(folded));
    let span = Span::new(&filter, paging.from, last);
    let Some(span) = span.filter(|_| paging.limit > 0) else {
        return Ok(EventPage::default());
    };
    let directory = directories.get(organization, rows)?;
    let parts = span.parts(organization, rows)?;
    let mut page = PageReader {
        organization,
        names: filter.names(),
        filter,
        directory: &directory,
        limit: paging.limit,
        voids: VoidFinder::new(organization, span.upto, tail, &parts, rows),
        rows,
        found: BTreeMap::new(),
        span,
    };
    page.take_tail(tail)?;
    let short = page.take_parts(&parts, paging.budget)?;
    Ok(page.finish(short))
}

/// The part of a listing that is still to be shown.
struct Span {
    /// Events at or before this instant and seq were shown.
    after: (Instant, u64),
    /// First instant that cannot hold anything wanted.
    end: Instant,
    upto: Seq,
}

impl Span {
    /// Begins at the beginning or at a cursor; `None` if nothing can be left.
    fn new(filter: &EventFilter<'_>, from: Option<EventCursor>, last: Seq) -> Option<Self> {
        let range = filter.range.range;
        let first = match filter.meter {
            // Sessions that reach into the range began up to a month before.
            Some(meter) if is_session(meter) => window(range).start.start(),
            _ => range.start(),
        };
        // Seqs count from 1, so 0 is before all of them.
        let after = from.map_or((first, 0), |from| (from.time, from.seq.number()));
        let after = after.max((first, 0));
        let left = !range.is_empty() && after.0 < range.end();
        left.then(|| Self {
            after,
            end: range.end(),
            upto: from.map_or(last, |from| from.upto),
        })
    }

    fn holds(&self, time: Instant, seq: u64) -> bool {
        (time, seq) > self.after && time < self.end && seq <= self.upto.number()
    }

    /// Returns the parts that may hold something of it, in order of their first instants.
    fn parts<R: Rows>(
        &self,
        organization: OrganizationId,
        rows: &R,
    ) -> Result<Vec<PartBounds>, R::Error> {
        let Some(left) = TimeRange::new(self.after.0, self.end) else {
            return Ok(Vec::new());
        };
        let mut parts = rows.bounds(organization, days(left))?;
        // The void of the first event may lie before it, in its millisecond.
        let begin = cut::to_millisecond(self.after.0);
        parts.retain(|part| {
            let (first, last) = part.times;
            first < self.end && last >= begin && part.min_seq <= self.upto
        });
        parts.sort_unstable_by_key(|part| (part.times.0, part.part));
        Ok(parts)
    }
}

/// A page while it is gathered.
struct PageReader<'a, R> {
    organization: OrganizationId,
    filter: EventFilter<'a>,
    /// The names of the wanted resource, if one is wanted.
    names: Option<WantedNames>,
    directory: &'a Directory,
    span: Span,
    limit: usize,
    voids: VoidFinder<'a, R>,
    rows: &'a R,
    /// The first events found so far: one more than the limit at most.
    found: BTreeMap<(Instant, u64), ListedEvent>,
}

impl<R: Rows> PageReader<'_, R> {
    /// Returns whether an event can be wanted, judged by its type and day.
    fn listens(&self, kind: &str, day: Day) -> bool {
        self.filter.meter.is_none_or(|meter| {
            meter
                .at(day)
                .is_some_and(|version| version.event_type == kind)
        })
    }

    /// Returns whether the page is full of events before this instant and seq.
    fn is_full_before(&self, place: (Instant, u64)) -> bool {
        let last = self.found.last_key_value();
        self.found.len() > self.limit && last.is_some_and(|(last, _)| *last < place)
    }

    /// Adds an event if it is wanted.
    fn add(&mut self, event: &Content<'_>, seq: u64) -> Result<(), R::Error> {
        let Some(quantity) = self.filter.reads(event) else {
            return Ok(());
        };
        let voided_by = self.voids.first_of(event)?;
        if voided_by.is_some() && !self.filter.voided {
            return Ok(());
        }
        let listed = ListedEvent {
            seq: Seq::new(seq),
            source: event.source.to_owned(),
            id: event.id.to_owned(),
            kind: event.kind.to_owned(),
            subject: event.subject.to_owned(),
            time: event.time,
            data: event.data.to_owned(),
            quantity,
            voids: event.voids.to_owned(),
            voided_by,
            client: event.client,
        };
        // One more than the page holds tells that there is a next page.
        self.found.insert((event.time, seq), listed);
        if self.found.len() > self.limit + 1 {
            self.found.pop_last();
        }
        Ok(())
    }

    fn take_tail(&mut self, tail: &TailSlice) -> Result<(), R::Error> {
        // All of the tail is in memory: it is sorted once, and costs no budget.
        let mut ahead = Vec::new();
        for (batch, range) in &tail.parts {
            for row in range.clone() {
                let (time, seq) = (batch.batch.time(row), batch.first.plus(row as u64).number());
                if self.span.holds(time, seq) {
                    ahead.push(((time, seq), batch, row));
                }
            }
        }
        ahead.sort_unstable_by_key(|(place, _, _)| *place);
        for (place, batch, row) in ahead {
            if self.is_full_before(place) {
                break;
            }
            let event = batch.batch.content(row);
            let names = self.names.as_ref();
            if names.is_none_or(|names| names.contain(event.subject)) {
                self.add(&event, place.1)?;
            }
        }
        Ok(())
    }

    /// Reads the parts that the page may need. If the budget does not last, returns
    /// the instant before which the page is complete.
    fn take_parts(
        &mut self,
        parts: &[PartBounds],
        budget: usize,
    ) -> Result<Option<Instant>, R::Error> {
        let names = self.names.as_ref();
        let subjects = names.map(|names| names.numbers(self.directory));
        if subjects.as_ref().is_some_and(Vec::is_empty) {
            // Nothing folded is of this resource.
            return Ok(None);
        }
        let mut looked = 0;
        for part in parts {
            let first = part.times.0;
            if self.is_full_before((first, 0)) {
                break;
            }
            // Parts that begin at or before the page's first place are read whatever
            // the budget: otherwise the next page could begin where this one did.
            let begun = before(first) <= self.span.after;
            if !begun && looked >= budget {
                return Ok(Some(first));
            }
            let seen = self.take_part(*part, subjects.as_deref())?;
            looked += if begun { 0 } else { seen };
        }
        Ok(None)
    }

    /// Adds the part's events to the page. Returns how many rows were read.
    fn take_part(&mut self, part: PartBounds, subjects: Option<&[u32]>) -> Result<usize, R::Error> {
        let rows = self.rows;
        let PartBounds { day, part, .. } = part;
        let row = rows.segment(self.organization, day, part)?;
        let damaged = |damage| {
            rows.damaged(
                format!("segment {}/{day}/{part}", self.organization),
                damage,
            )
        };
        let (wanted, seen) = self.wanted(&row, subjects).map_err(damaged)?;
        if wanted.is_empty() {
            return Ok(seen);
        }
        let segment = Segment::decode(&row.blob, row.data.as_deref()).map_err(damaged)?;
        for at in wanted {
            let event = segment.content(at, self.directory);
            let seq = segment.seqs[at];
            if self.is_full_before((event.time, seq)) {
                break;
            }
            self.add(&event, seq)?;
        }
        Ok(seen)
    }

    /// Returns the rows of a part that may be wanted, before data and identities are
    /// unpacked, and how many rows were read.
    fn wanted(
        &self,
        row: &SegmentRow,
        subjects: Option<&[u32]>,
    ) -> Result<(Vec<usize>, usize), Damage> {
        let segment = Segment::decode_for_meters(&row.blob, false)?;
        segment.check_subjects(self.directory.len())?;
        let kinds = segment.kind_names().iter();
        let kinds: Vec<bool> = kinds.map(|kind| self.listens(kind, row.day)).collect();
        let columns = &segment.columns;
        let place = |at: usize| (Instant::from_micros(columns.times[at]), segment.seqs[at]);
        // A part is in order of time and seq.
        let ahead = first_where(segment.len(), |at| place(at) > self.span.after);
        let behind = first_where(segment.len(), |at| place(at).0 >= self.span.end);
        let wanted = (ahead..behind).filter(|at| {
            kinds[columns.kinds[*at] as usize]
                && segment.seqs[*at] <= self.span.upto.number()
                && subjects
                    .is_none_or(|wanted| wanted.binary_search(&columns.subjects[*at]).is_ok())
        });
        // A part may end before the listing's place, or begin behind its end.
        Ok((wanted.collect(), behind.saturating_sub(ahead)))
    }

    /// Returns the page; `short` is the instant before which it is complete, if it is
    /// not complete anyway.
    fn finish(mut self, short: Option<Instant>) -> EventPage {
        if let Some(short) = short {
            self.found.retain(|(time, _), _| *time < short);
        }
        let full = self.found.len() > self.limit;
        let events: Vec<ListedEvent> = self.found.into_values().take(self.limit).collect();
        let place = match (full, short) {
            (true, _) => events.last().map(|last| (last.time, last.seq.number())),
            (false, Some(short)) => Some(before(short)),
            (false, None) => None,
        };
        let next = place.map(|(time, seq)| EventCursor {
            upto: self.span.upto,
            time,
            seq: Seq::new(seq),
        });
        EventPage { events, next }
    }
}

/// Returns the last place before an instant. Instants before the first one do not exist.
fn before(instant: Instant) -> (Instant, u64) {
    (
        Instant::from_micros(instant.micros().saturating_sub(1)),
        u64::MAX,
    )
}

/// Returns the first of `0..len` for which `holds`, which then holds for all behind it.
fn first_where(len: usize, holds: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, len);
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}
