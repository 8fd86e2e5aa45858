//! Folded events of one organisation and day, in order of time.

use std::cmp::Reverse;

use exchequer_core::{ClientId, Day, Instant};

use crate::batch::Batch;
use crate::codec::columns::{Columns, decode_numbers, decode_times, encode_numbers, encode_times};
use crate::codec::damage::Damage;
use crate::codec::frame::{FrameReader, FrameWriter, Kind, Pack};
use crate::codec::senders::Senders;
use crate::codec::sparse::Sparse;
use crate::codec::strings::Strings;
use crate::codec::varint::{self, Cursor, unzigzag, zigzag};
use crate::directory::Directory;
use crate::identity::key::Content;
use crate::limits::PART_EVENTS;
use crate::rows::PartRow;
use crate::tail::Seq;

/// Parts of one size class that are merged into one.
const FAN_IN: usize = 8;

mod tag {
    pub(super) const TIMES: u8 = 1;
    pub(super) const SEQS: u8 = 2;
    pub(super) const SOURCES: u8 = 3;
    pub(super) const KINDS: u8 = 4;
    pub(super) const SUBJECTS: u8 = 5;
    pub(super) const SOURCE_NAMES: u8 = 6;
    pub(super) const KIND_NAMES: u8 = 7;
    pub(super) const IDS: u8 = 8;
    /// The voids. Only a segment with voids has the section, as with batches.
    pub(super) const VOIDS: u8 = 9;
    /// The clients that have sent the events, as in batches.
    pub(super) const SENDERS: u8 = 10;
    pub(super) const ALL: [u8; 10] = [
        TIMES,
        SEQS,
        SOURCES,
        KINDS,
        SUBJECTS,
        SOURCE_NAMES,
        KIND_NAMES,
        IDS,
        VOIDS,
        SENDERS,
    ];
    pub(super) const DATA: u8 = 1;
}

/// Events of one organisation and day. Subjects are numbers of its directory.
#[derive(Default)]
pub(crate) struct Segment {
    pub(crate) columns: Columns,
    pub(crate) seqs: Vec<u64>,
    sources: Names,
    kinds: Names,
}

/// A column's few distinct strings.
#[derive(Default, Clone)]
struct Names(Strings);

impl Names {
    fn number(&mut self, text: &str) -> u32 {
        // A day has a handful of types and sources: a scan beats hashing.
        let found = self.0.iter().position(|name| name == text);
        found.unwrap_or_else(|| {
            self.0.push(text);
            self.0.len() - 1
        }) as u32
    }
}

impl Segment {
    pub(crate) fn len(&self) -> usize {
        self.seqs.len()
    }

    pub(crate) fn source(&self, row: usize) -> &str {
        self.sources.0.get(self.columns.sources[row] as usize)
    }

    pub(crate) fn id(&self, row: usize) -> &str {
        self.columns.ids.get(row)
    }

    /// Returns the client that has sent an event; `None` if that is not known.
    pub(crate) fn client(&self, row: usize) -> Option<ClientId> {
        self.columns.senders.get(row)
    }

    pub(crate) fn kind(&self, row: usize) -> &str {
        self.kinds.0.get(self.columns.kinds[row] as usize)
    }

    pub(crate) fn kind_names(&self) -> &Strings {
        &self.kinds.0
    }

    /// Returns the `data` of an event; empty if the column was not loaded.
    pub(crate) fn data(&self, row: usize) -> &str {
        if self.columns.data.len() == 0 {
            ""
        } else {
            self.columns.data.get(row)
        }
    }

    pub(crate) fn content<'a>(&'a self, row: usize, directory: &'a Directory) -> Content<'a> {
        Content {
            source: self.source(row),
            id: self.id(row),
            kind: self.kind(row),
            subject: directory.name(self.columns.subjects[row]),
            time: Instant::from_micros(self.columns.times[row]),
            data: self.data(row),
            voids: self.columns.voids.get(row),
            client: self.client(row),
        }
    }

    /// Refuses subjects that the directory does not know.
    pub(crate) fn check_subjects(&self, known: u32) -> Result<(), Damage> {
        if self.columns.subjects.iter().all(|subject| *subject < known) {
            Ok(())
        } else {
            Err(Damage::new("a subject points nowhere"))
        }
    }

    /// Refuses events of other days: readers find voids, and decide which columns
    /// to load, by the day of the row.
    pub(crate) fn check_day(&self, day: Day) -> Result<(), Damage> {
        let within = day.start().micros()..day.next().start().micros();
        if self.columns.times.iter().all(|time| within.contains(time)) {
            Ok(())
        } else {
            Err(Damage::new("an event is of another day"))
        }
    }

    /// Adds a row of a batch.
    pub(crate) fn push(&mut self, batch: &Batch, row: usize, seq: Seq, subject: u32) {
        let event = batch.content(row);
        self.seqs.push(seq.number());
        let columns = &mut self.columns;
        columns.voids.push(columns.times.len(), event.voids);
        columns.senders.push(batch.client(row));
        columns.times.push(batch.columns.times[row]);
        columns.sources.push(self.sources.number(event.source));
        columns.kinds.push(self.kinds.number(event.kind));
        columns.subjects.push(subject);
        columns.ids.push(event.id);
        columns.data.push(event.data);
    }

    /// Adds all rows of another segment, whose data is loaded.
    pub(crate) fn append(&mut self, other: &Segment) {
        // The other segment has its own numbers for names: each name is looked up
        // once, each row translated by an array.
        let sources: Vec<u32> = other
            .sources
            .0
            .iter()
            .map(|name| self.sources.number(name))
            .collect();
        let kinds: Vec<u32> = other
            .kinds
            .0
            .iter()
            .map(|name| self.kinds.number(name))
            .collect();
        self.seqs.extend_from_slice(&other.seqs);
        let (mine, theirs) = (&mut self.columns, &other.columns);
        let first = mine.times.len();
        mine.times.extend_from_slice(&theirs.times);
        mine.sources.extend(
            theirs
                .sources
                .iter()
                .map(|number| sources[*number as usize]),
        );
        mine.kinds
            .extend(theirs.kinds.iter().map(|number| kinds[*number as usize]));
        mine.subjects.extend_from_slice(&theirs.subjects);
        for row in 0..other.len() {
            mine.ids.push(theirs.ids.get(row));
            mine.data.push(other.data(row));
            mine.voids.push(first + row, theirs.voids.get(row));
        }
        mine.senders.append(&theirs.senders, other.len());
    }

    /// Returns them in order of time and seq, cut into parts of at most [`PART_EVENTS`].
    pub(crate) fn into_parts(self) -> Vec<Segment> {
        let mut order: Vec<u32> = (0..self.len() as u32).collect();
        // No two events share a seq, so the order is the same however often parts
        // are merged.
        order.sort_unstable_by_key(|row| {
            (self.columns.times[*row as usize], self.seqs[*row as usize])
        });
        order
            .chunks(PART_EVENTS)
            .map(|rows| self.gather(rows))
            .collect()
    }

    fn gather(&self, rows: &[u32]) -> Segment {
        Segment {
            columns: self.columns.gather(rows),
            seqs: rows.iter().map(|row| self.seqs[*row as usize]).collect(),
            sources: self.sources.clone(),
            kinds: self.kinds.clone(),
        }
    }

    /// Returns the stored form: all columns but `data`, and `data`.
    pub(crate) fn encode(&self) -> (Vec<u8>, Vec<u8>) {
        let mut frame = FrameWriter::new(Kind::Segment);
        frame.section(tag::TIMES, &encode_times(&self.columns.times), Pack::Plain);
        // Segments stay for years. Instants and subjects hardly compress; seqs,
        // types, sources and ids do.
        frame.section(tag::SEQS, &encode_seqs(&self.seqs), Pack::Dense);
        frame.section(
            tag::SOURCES,
            &encode_numbers(&self.columns.sources),
            Pack::Dense,
        );
        frame.section(
            tag::KINDS,
            &encode_numbers(&self.columns.kinds),
            Pack::Dense,
        );
        frame.section(
            tag::SUBJECTS,
            &encode_numbers(&self.columns.subjects),
            Pack::Plain,
        );
        frame.section(tag::SOURCE_NAMES, &self.sources.0.encode(), Pack::Plain);
        frame.section(tag::KIND_NAMES, &self.kinds.0.encode(), Pack::Plain);
        frame.section(tag::IDS, &self.columns.ids.encode(), Pack::Dense);
        if let Some(voids) = self.columns.voids.encode() {
            frame.section(tag::VOIDS, &voids, Pack::Dense);
        }
        if let Some(senders) = self.columns.senders.encode() {
            frame.section(tag::SENDERS, &senders, Pack::Dense);
        }
        (frame.finish(), encode_data(&self.columns.data))
    }

    /// Reads the stored form back with every column.
    pub(crate) fn decode(blob: &[u8], data: Option<&[u8]>) -> Result<Self, Damage> {
        let frame = FrameReader::open(blob, Kind::Segment, &tag::ALL)?;
        let mut segment = Self::decode_usage(&frame)?;
        segment.decode_identities(&frame)?;
        segment.attach(data.ok_or_else(|| Damage::new("the data is missing"))?)?;
        Ok(segment)
    }

    /// Reads back what meters look at, without `data`, and without
    /// identities unless they are wanted.
    pub(crate) fn decode_for_meters(blob: &[u8], identities: bool) -> Result<Self, Damage> {
        let frame = FrameReader::open(blob, Kind::Segment, &tag::ALL)?;
        let mut segment = Self::decode_usage(&frame)?;
        if identities {
            segment.decode_identities(&frame)?;
        }
        Ok(segment)
    }

    fn decode_identities(&mut self, frame: &FrameReader<'_>) -> Result<(), Damage> {
        let (rows, sources) = (self.len(), self.sources.0.len() as u32);
        let columns = &mut self.columns;
        columns.sources = decode_numbers(&frame.section(tag::SOURCES)?, rows, sources)?;
        columns.ids = Strings::decode(&frame.section(tag::IDS)?)?;
        columns.voids = Sparse::decode(frame.optional(tag::VOIDS)?.as_deref(), rows)?;
        columns.senders = Senders::decode(frame.optional(tag::SENDERS)?.as_deref(), rows)?;
        if columns.ids.len() != rows {
            return Err(Damage::new("columns differ in length"));
        }
        Ok(())
    }

    fn decode_usage(frame: &FrameReader<'_>) -> Result<Self, Damage> {
        let times = decode_times(&frame.section(tag::TIMES)?)?;
        let rows = times.len();
        let names = |tag| Strings::decode(&frame.section(tag)?);
        let (sources, kinds) = (names(tag::SOURCE_NAMES)?, names(tag::KIND_NAMES)?);
        let numbers = |tag, limit| decode_numbers(&frame.section(tag)?, rows, limit);
        // Identities and data are most of a segment, and meters rarely need them.
        let columns = Columns {
            kinds: numbers(tag::KINDS, kinds.len() as u32)?,
            subjects: numbers(tag::SUBJECTS, u32::MAX)?,
            times,
            ..Columns::default()
        };
        Ok(Self {
            columns,
            seqs: decode_seqs(&frame.section(tag::SEQS)?, rows)?,
            sources: Names(sources),
            kinds: Names(kinds),
        })
    }

    /// Adds the `data` column.
    pub(crate) fn attach(&mut self, data: &[u8]) -> Result<(), Damage> {
        self.columns.data = decode_data(data)?;
        if self.columns.data.len() == self.len() {
            Ok(())
        } else {
            Err(Damage::new("columns differ in length"))
        }
    }
}

pub(crate) fn encode_data(data: &Strings) -> Vec<u8> {
    let mut frame = FrameWriter::new(Kind::SegmentData);
    frame.section(tag::DATA, &data.encode(), Pack::Dense);
    frame.finish()
}

pub(crate) fn decode_data(blob: &[u8]) -> Result<Strings, Damage> {
    let frame = FrameReader::open(blob, Kind::SegmentData, &[tag::DATA])?;
    Strings::decode(&frame.section(tag::DATA)?)
}

fn encode_seqs(seqs: &[u64]) -> Vec<u8> {
    let mut out = Vec::with_capacity(seqs.len() * 2);
    let mut last = 0u64;
    for seq in seqs {
        varint::put(&mut out, zigzag(seq.wrapping_sub(last) as i64));
        last = *seq;
    }
    out
}

fn decode_seqs(bytes: &[u8], rows: usize) -> Result<Vec<u64>, Damage> {
    let mut cursor = Cursor::new(bytes);
    let mut seqs = Vec::with_capacity(rows.min(bytes.len()));
    let mut last = 0u64;
    for _ in 0..rows {
        last = last.wrapping_add(unzigzag(cursor.next()?) as u64);
        seqs.push(last);
    }
    cursor.finish()?;
    Ok(seqs)
}

/// Returns the stored parts that a new part of `events` events absorbs: whenever
/// eight parts are of one size class they become one, so that an event is rewritten
/// a number of times that grows with the logarithm of its day.
pub(crate) fn absorbed(parts: &[PartRow], events: usize) -> Vec<u32> {
    let class = |events: u32| events.max(1).ilog2() / FAN_IN.ilog2();
    // Parts of the largest class are not merged again: a part holds no more.
    let full = class(PART_EVENTS as u32 - 1);
    let mut left: Vec<PartRow> = parts.to_vec();
    left.sort_unstable_by_key(|part| Reverse(part.events));
    let mut taken = Vec::new();
    let mut total = events as u32;
    loop {
        let wanted = class(total);
        let same = left
            .iter()
            .filter(|part| class(part.events) == wanted)
            .count();
        // The new part is the eighth: seven stored ones of its class are enough.
        // Merged, they may be the eighth of the next class, hence the loop.
        if wanted >= full || same + 1 < FAN_IN {
            return taken;
        }
        left.retain(|part| {
            let absorb = class(part.events) == wanted;
            if absorb {
                taken.push(part.part);
                total += part.events;
            }
            !absorb
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_of_other_days_are_damage() {
        let day = Day::from_number(20_000);
        let mut segment = Segment::default();
        segment.columns.times = vec![day.start().micros(), day.next().start().micros() - 1];
        assert!(segment.check_day(day).is_ok());
        assert!(segment.check_day(day.next()).is_err());
        segment.columns.times.push(day.next().start().micros());
        assert!(segment.check_day(day).is_err());
    }

    #[test]
    fn parts_of_a_growing_day_stay_few_and_are_rewritten_seldom() {
        let mut parts: Vec<PartRow> = Vec::new();
        let mut rewritten = 0u32;
        for part in 0..2_000u32 {
            let taken = absorbed(&parts, 10);
            let mut events = 10;
            for part in parts.iter().filter(|part| taken.contains(&part.part)) {
                events += part.events;
            }
            rewritten += events;
            parts.retain(|part| !taken.contains(&part.part));
            parts.push(PartRow { part, events });
        }
        assert_eq!(parts.iter().map(|part| part.events).sum::<u32>(), 20_000);
        assert!(parts.len() <= 7 * 5, "{} parts", parts.len());
        assert!(rewritten <= 20_000 * 5, "{rewritten} events written");
    }
}
