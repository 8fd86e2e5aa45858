//! Voids: an event may void an earlier or a later one, which then counts
//! nowhere. Both have one source and one instant, or instants of one
//! millisecond, so that they lie in one day of one organisation, whichever came
//! first.

use std::collections::BTreeMap;
use std::ops::Range;

use exchequer_core::{ClientId, Day, Instant, OrganizationId};

use crate::codec::columns::{decode_times, encode_times};
use crate::codec::damage::Damage;
use crate::codec::frame::{FrameReader, FrameWriter, Kind, Pack};
use crate::codec::strings::Strings;
use crate::cut;
use crate::identity::key::Content;
use crate::rows::{Rows, VoidRow};
use crate::segment::Segment;
use crate::tail::Seq;

mod tag {
    pub(super) const TIMES: u8 = 1;
    pub(super) const SOURCES: u8 = 2;
    pub(super) const IDS: u8 = 3;
    /// Only if some void reaches a millisecond: those of before reach an instant.
    pub(super) const REACHES: u8 = 4;
    pub(super) const ALL: [u8; 4] = [TIMES, SOURCES, IDS, REACHES];
}

/// The instants that a void reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reach {
    /// Its own instant.
    Instant,
    /// Every instant that is its own when cut to milliseconds.
    Millisecond,
}

impl Reach {
    /// Returns the reach of an event that voids another one.
    ///
    /// One of whole milliseconds was mostly written from an answer or by a program that
    /// knows no more of the other event's instant. Voids from before clients were kept
    /// reach only their own instant, as they did when they came: what they have voided
    /// does not change.
    pub(crate) fn of(client: Option<ClientId>, time: Instant) -> Self {
        if client.is_some() && time == cut::to_millisecond(time) {
            Self::Millisecond
        } else {
            Self::Instant
        }
    }

    /// Returns whether a void of this reach at one instant meets an event at another.
    pub(crate) fn meets(self, void: Instant, event: Instant) -> bool {
        void == event || (self == Self::Millisecond && void == cut::to_millisecond(event))
    }
}

/// The events of an organisation that do not count, whether they are kept
/// already or not: source and id, by the instant of their voids, with how far those
/// reach.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Voids {
    targets: BTreeMap<i64, BTreeMap<(String, String), Reach>>,
}

impl Voids {
    pub(crate) fn is_empty(&self) -> bool {
        self.targets.is_empty()
    }

    /// Adds the target of an event, if it voids one.
    pub(crate) fn add_target(&mut self, event: &Content<'_>) {
        let reach = Reach::of(event.client, event.time);
        self.add(event.time, event.source, event.voids, reach);
    }

    /// Adds a target of this source, voided at this instant.
    pub(crate) fn add(&mut self, time: Instant, source: &str, id: &str, reach: Reach) {
        if !id.is_empty() {
            self.insert(time.micros(), (source.to_owned(), id.to_owned()), reach);
        }
    }

    /// Adds a target; of several voids of one instant the widest reach counts.
    fn insert(&mut self, time: i64, target: (String, String), reach: Reach) {
        let at = self.targets.entry(time).or_default();
        let known = at.entry(target).or_insert(reach);
        *known = reach.max(*known);
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
        let at = |void: Instant| self.targets.get(&void.micros());
        let cut = cut::to_millisecond(time);
        let (same, around) = (at(time), if cut == time { None } else { at(cut) });
        if same.is_none() && around.is_none() {
            return false;
        }
        // Only now are the identities of a segment's row needed.
        let (source, id) = identity();
        let target = (source.to_owned(), id.to_owned());
        let reach = around.and_then(|around| around.get(&target));
        same.is_some_and(|same| same.contains_key(&target)) || reach == Some(&Reach::Millisecond)
    }

    /// Returns whether some event of this day is void.
    pub(crate) fn touch(&self, day: Day) -> bool {
        let day = day.start().micros()..day.next().start().micros();
        self.targets.range(day).next().is_some()
    }

    pub(crate) fn extend(&mut self, other: Self) {
        for (time, targets) in other.targets {
            for (target, reach) in targets {
                self.insert(time, target, reach);
            }
        }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let (mut times, mut sources, mut ids) =
            (Vec::new(), Strings::default(), Strings::default());
        let mut reaches = Vec::new();
        for (time, targets) in &self.targets {
            for ((source, id), reach) in targets {
                times.push(*time);
                sources.push(source);
                ids.push(id);
                reaches.push(u8::from(*reach == Reach::Millisecond));
            }
        }
        let mut frame = FrameWriter::new(Kind::Voids);
        frame.section(tag::TIMES, &encode_times(&times), Pack::Plain);
        frame.section(tag::SOURCES, &sources.encode(), Pack::Dense);
        frame.section(tag::IDS, &ids.encode(), Pack::Dense);
        if reaches.contains(&1) {
            frame.section(tag::REACHES, &reaches, Pack::Dense);
        }
        frame.finish()
    }

    pub(crate) fn decode(blob: &[u8]) -> Result<Self, Damage> {
        let frame = FrameReader::open(blob, Kind::Voids, &tag::ALL)?;
        let times = decode_times(&frame.section(tag::TIMES)?)?;
        let sources = Strings::decode(&frame.section(tag::SOURCES)?)?;
        let ids = Strings::decode(&frame.section(tag::IDS)?)?;
        let reaches = frame.optional(tag::REACHES)?;
        let rows = times.len();
        let reaches = reaches.map_or_else(|| vec![0; rows], |bytes| bytes.to_vec());
        if sources.len() != rows || ids.len() != rows || reaches.len() != rows {
            return Err(Damage::new("columns differ in length"));
        }
        let mut voids = Self::default();
        for (row, time) in times.into_iter().enumerate() {
            let reach = match reaches[row] {
                0 => Reach::Instant,
                1 => Reach::Millisecond,
                _ => return Err(Damage::new("a void has no such reach")),
            };
            let target = (sources.get(row).to_owned(), ids.get(row).to_owned());
            voids.insert(time, target, reach);
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
        voids.extend(of_row(organization, &row, rows)?);
        last_seq = last_seq.max(row.last_seq);
    }
    Ok((voids, last_seq))
}

/// Returns the voids of a stored row.
pub(crate) fn of_row<R: Rows>(
    organization: OrganizationId,
    row: &VoidRow,
    rows: &R,
) -> Result<Voids, R::Error> {
    let damaged = |damage| rows.damaged(format!("void {organization}/{}", row.day), damage);
    Voids::decode(&row.blob).map_err(damaged)
}

/// Reads those voids of a day that are folded and not above a seq out of its segments,
/// and the highest seq of one; 0, below every seq, if there is none.
pub(crate) fn folded_upto<R: Rows>(
    organization: OrganizationId,
    day: Day,
    upto: Seq,
    rows: &R,
) -> Result<(Voids, u64), R::Error> {
    let (mut voids, mut last_seq) = (Voids::default(), 0);
    for row in rows.segments(organization, day..day.next(), false)? {
        let damaged =
            |damage| rows.damaged(format!("segment {organization}/{day}/{}", row.part), damage);
        let segment = Segment::decode_for_meters(&row.blob, true).map_err(damaged)?;
        segment.check_day(day).map_err(damaged)?;
        for at in 0..segment.len() {
            let (seq, id) = (segment.seqs[at], segment.columns.voids.get(at));
            if seq <= upto.number() && !id.is_empty() {
                let time = Instant::from_micros(segment.columns.times[at]);
                let reach = Reach::of(segment.client(at), time);
                voids.add(time, segment.source(at), id, reach);
                last_seq = last_seq.max(seq);
            }
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    const CLIENT: Option<ClientId> = Some(ClientId::from_bytes([1; 16]));

    fn at(micros: i64) -> Instant {
        Instant::from_micros(micros)
    }

    #[test]
    fn a_void_of_whole_milliseconds_reaches_its_millisecond() {
        for (client, void, event, meets) in [
            (CLIENT, 5_000, 5_000, true),
            (CLIENT, 5_000, 5_999, true),
            (CLIENT, 5_000, 6_000, false),
            (CLIENT, 5_000, 4_999, false),
            (CLIENT, 5_001, 5_001, true),
            (CLIENT, 5_001, 5_000, false),
            (CLIENT, 5_001, 5_002, false),
            (None, 5_000, 5_000, true),
            (None, 5_000, 5_001, false),
        ] {
            let mut voids = Voids::default();
            let reach = Reach::of(client, at(void));
            voids.add(at(void), "/pbx", "e-1", reach);
            assert_eq!(
                voids.cover(at(event), "/pbx", "e-1"),
                meets,
                "{void} {event}"
            );
            assert_eq!(reach.meets(at(void), at(event)), meets, "{void} {event}");
            assert!(!voids.cover(at(event), "/pbx", "e-2"));
            assert_eq!(Voids::decode(&voids.encode()).unwrap(), voids);
        }
    }

    /// Whichever of two voids of one instant was stored first.
    #[test]
    fn the_widest_reach_counts() {
        for reaches in [
            [Reach::Instant, Reach::Millisecond],
            [Reach::Millisecond, Reach::Instant],
        ] {
            let mut both = Voids::default();
            for reach in reaches {
                let mut one = Voids::default();
                one.add(at(5_000), "/pbx", "e-1", reach);
                both.extend(one);
            }
            assert!(both.cover(at(5_001), "/pbx", "e-1"));
        }
    }
}
