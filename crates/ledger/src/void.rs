//! Voids: an event may void an earlier or a later one, which then counts
//! nowhere. Both have one source and one instant, so that they lie in one
//! day of one organisation, whichever came first.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use exchequer_core::{Day, Instant, OrganizationId};

use crate::codec::columns::{decode_times, encode_times};
use crate::codec::damage::Damage;
use crate::codec::frame::{FrameReader, FrameWriter, Kind, Pack};
use crate::codec::strings::Strings;
use crate::identity::key::Content;
use crate::rows::{Rows, VoidRow};
use crate::segment::Segment;

mod tag {
    pub(super) const TIMES: u8 = 1;
    pub(super) const SOURCES: u8 = 2;
    pub(super) const IDS: u8 = 3;
    pub(super) const ALL: [u8; 3] = [TIMES, SOURCES, IDS];
}

/// The events of an organisation that do not count, whether they are kept
/// already or not: source and id, by instant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Voids {
    targets: BTreeMap<i64, BTreeSet<(String, String)>>,
}

impl Voids {
    pub(crate) fn is_empty(&self) -> bool {
        self.targets.is_empty()
    }

    /// Adds the target of an event, if it voids one.
    pub(crate) fn add_target(&mut self, event: &Content<'_>) {
        self.add(event.time, event.source, event.voids);
    }

    /// Adds a target with this instant and source.
    pub(crate) fn add(&mut self, time: Instant, source: &str, id: &str) {
        if !id.is_empty() {
            let at = self.targets.entry(time.micros()).or_default();
            at.insert((source.to_owned(), id.to_owned()));
        }
    }

    /// Returns whether an event is void, and does not count.
    pub(crate) fn cover(&self, time: Instant, source: &str, id: &str) -> bool {
        self.cover_lazily(time, || (source, id))
    }

    /// Does as [`Voids::cover`] for a row of a segment. It needs its identities only if
    /// something of its day is voided.
    pub(crate) fn cover_row(&self, segment: &Segment, row: usize) -> bool {
        let time = Instant::from_micros(segment.columns.times[row]);
        self.cover_lazily(time, || (segment.source(row), segment.id(row)))
    }

    fn cover_lazily<'a>(
        &self,
        time: Instant,
        identity: impl FnOnce() -> (&'a str, &'a str),
    ) -> bool {
        // Few instants have a void, so the texts are seldom compared.
        let Some(targets) = self.targets.get(&time.micros()) else {
            return false;
        };
        // Only now are the identities of a segment's row needed.
        let (source, id) = identity();
        targets.contains(&(source.to_owned(), id.to_owned()))
    }

    /// Returns whether some event of this day is void.
    pub(crate) fn touch(&self, day: Day) -> bool {
        let day = day.start().micros()..day.next().start().micros();
        self.targets.range(day).next().is_some()
    }

    pub(crate) fn extend(&mut self, other: Self) {
        for (time, targets) in other.targets {
            self.targets.entry(time).or_default().extend(targets);
        }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let (mut times, mut sources, mut ids) =
            (Vec::new(), Strings::default(), Strings::default());
        for (time, targets) in &self.targets {
            for (source, id) in targets {
                times.push(*time);
                sources.push(source);
                ids.push(id);
            }
        }
        let mut frame = FrameWriter::new(Kind::Voids);
        frame.section(tag::TIMES, &encode_times(&times), Pack::Plain);
        frame.section(tag::SOURCES, &sources.encode(), Pack::Dense);
        frame.section(tag::IDS, &ids.encode(), Pack::Dense);
        frame.finish()
    }

    pub(crate) fn decode(blob: &[u8]) -> Result<Self, Damage> {
        let frame = FrameReader::open(blob, Kind::Voids, &tag::ALL)?;
        let times = decode_times(&frame.section(tag::TIMES)?)?;
        let sources = Strings::decode(&frame.section(tag::SOURCES)?)?;
        let ids = Strings::decode(&frame.section(tag::IDS)?)?;
        if sources.len() != times.len() || ids.len() != times.len() {
            return Err(Damage::new("columns differ in length"));
        }
        let mut voids = Self::default();
        for (row, time) in times.into_iter().enumerate() {
            let target = (sources.get(row).to_owned(), ids.get(row).to_owned());
            voids.targets.entry(time).or_default().insert(target);
        }
        Ok(voids)
    }
}

/// Reads the stored voids of some days, and the highest seq of a void; 0, below
/// every seq, if there is none.
pub(crate) fn stored<R: Rows>(
    organization: OrganizationId,
    days: Range<Day>,
    rows: &R,
) -> Result<(Voids, u64), R::Error> {
    let (mut voids, mut last_seq) = (Voids::default(), 0);
    for row in rows.voids(organization, days)? {
        let damaged = |damage| rows.damaged(format!("void {organization}/{}", row.day), damage);
        voids.extend(Voids::decode(&row.blob).map_err(damaged)?);
        last_seq = last_seq.max(row.last_seq);
    }
    Ok((voids, last_seq))
}

/// Returns the row of a day's voids.
pub(crate) fn row(day: Day, voids: &Voids, last_seq: u64) -> VoidRow {
    VoidRow {
        day,
        last_seq,
        blob: voids.encode(),
    }
}
