//! The stored form of a day's rollup.

use exchequer_core::{Aggregation, Day, MICROS_PER_DAY, sessions};

use super::{Point, Section, Sections, Sessions};
use crate::codec::damage::Damage;
use crate::codec::frame::{FrameReader, FrameWriter, Kind, Pack};
use crate::codec::varint::{self, Cursor};

const TAG_METERS: u8 = 1;
/// Microseconds of a day fit 37 bits: five bytes of fixed width, so that a
/// reader can skip the instants of subjects that it has seen before.
const OFFSET: usize = 5;

fn code(aggregation: Aggregation) -> u8 {
    match aggregation {
        Aggregation::Unique => 0,
        Aggregation::Sum => 1,
        Aggregation::Count => 2,
        Aggregation::Max => 3,
        Aggregation::Hours | Aggregation::Peak => SESSIONS,
    }
}

const SESSIONS: u8 = 4;

fn aggregation(code: u8) -> Result<Aggregation, Damage> {
    match code {
        0 => Ok(Aggregation::Unique),
        1 => Ok(Aggregation::Sum),
        2 => Ok(Aggregation::Count),
        3 => Ok(Aggregation::Max),
        _ => Err(Damage::new("an unknown kind of section")),
    }
}

fn put_column(out: &mut Vec<u8>, column: &[u8]) {
    varint::put(out, column.len() as u64);
    out.extend_from_slice(column);
}

fn encode_points(out: &mut Vec<u8>, aggregation: Aggregation, points: &[Point]) {
    let (mut subjects, mut firsts, mut values) = (Vec::new(), Vec::new(), Vec::new());
    let mut last = 0;
    for point in points {
        varint::put(&mut subjects, u64::from(point.subject - last));
        last = point.subject;
        firsts.extend_from_slice(&point.first.to_le_bytes()[..OFFSET]);
        if aggregation != Aggregation::Unique {
            varint::put_wide(&mut values, point.value);
        }
    }
    varint::put(out, points.len() as u64);
    for column in [subjects, firsts, values] {
        put_column(out, &column);
    }
}

fn encode_sessions(out: &mut Vec<u8>, day: Day, subjects: &[Sessions]) {
    let midnight = day.start().micros();
    let mut columns = Vec::new();
    let mut last = 0;
    for (subject, spans) in subjects {
        varint::put(&mut columns, u64::from(subject - last));
        last = *subject;
        varint::put(&mut columns, spans.len() as u64);
        let mut end = midnight;
        for span in spans {
            // Spans of a union are in order, so no difference is negative.
            debug_assert!(span.0 >= end && span.1 >= span.0);
            varint::put(&mut columns, (span.0 - end) as u64);
            varint::put(&mut columns, (span.1 - span.0) as u64);
            end = span.1;
        }
    }
    varint::put(out, subjects.len() as u64);
    put_column(out, &columns);
    // Levels are stored as well as spans: a peak over whole days then needs no
    // span at all.
    let all = subjects.iter().flat_map(|(_, spans)| spans.iter().copied());
    let mut levels = Vec::new();
    for (level, micros) in sessions::levels(all) {
        varint::put(&mut levels, u64::from(level));
        varint::put(&mut levels, micros);
    }
    put_column(out, &levels);
}

/// Returns the stored form of a day's sections.
pub(crate) fn encode(day: Day, sections: &Sections) -> Vec<u8> {
    let mut out = Vec::new();
    for (meter, section) in sections {
        varint::put(&mut out, u64::from(*meter));
        let mut body = Vec::new();
        match section {
            Section::Points(aggregation, points) => {
                out.push(code(*aggregation));
                encode_points(&mut body, *aggregation, points);
            }
            Section::Sessions(subjects) => {
                out.push(SESSIONS);
                encode_sessions(&mut body, day, subjects);
            }
        }
        put_column(&mut out, &body);
    }
    let mut frame = FrameWriter::new(Kind::Rollup);
    frame.section(TAG_METERS, &out, Pack::Plain);
    frame.finish()
}

/// A stored section, not decoded yet.
#[derive(Clone)]
pub(crate) struct StoredSection {
    pub(crate) meter: u32,
    code: u8,
    body: Vec<u8>,
    midnight: i64,
    /// The number of subjects of the organisation.
    subjects: u32,
}

/// Opens a stored day of an organisation with so many subjects. A subject beyond
/// them is damage: readers keep arrays as long as the highest number.
pub(crate) fn open(day: Day, blob: &[u8], subjects: u32) -> Result<Vec<StoredSection>, Damage> {
    let frame = FrameReader::open(blob, Kind::Rollup, &[TAG_METERS])?;
    let bytes = frame.section(TAG_METERS)?;
    let mut cursor = Cursor::new(&bytes);
    let mut sections = Vec::new();
    while !cursor.is_empty() {
        sections.push(StoredSection {
            meter: cursor.small()?,
            code: cursor.bytes(1)?[0],
            body: cursor.prefixed()?.to_vec(),
            midnight: day.start().micros(),
            subjects,
        });
    }
    Ok(sections)
}

/// Returns all sections of a stored day.
pub(crate) fn decode(day: Day, blob: &[u8]) -> Result<Sections, Damage> {
    let decoded = open(day, blob, u32::MAX)?.into_iter().map(|section| {
        let meter = section.meter;
        Ok((meter, section.decode()?))
    });
    decoded.collect()
}

impl StoredSection {
    pub(crate) fn has_points(&self) -> bool {
        self.code != SESSIONS
    }

    pub(crate) fn decode(&self) -> Result<Section, Damage> {
        if self.has_points() {
            let mut points = Vec::new();
            self.points(|_| true, |point| points.push(point))?;
            Ok(Section::Points(aggregation(self.code)?, points))
        } else {
            Ok(Section::Sessions(self.sessions()?))
        }
    }

    /// Visits the points. The first instant is read only where `wants_first`
    /// says so for the subject; elsewhere it is 0.
    pub(crate) fn points(
        &self,
        mut wants_first: impl FnMut(u32) -> bool,
        mut visit: impl FnMut(Point),
    ) -> Result<(), Damage> {
        let aggregation = aggregation(self.code)?;
        let mut cursor = Cursor::new(&self.body);
        let count = cursor.count(self.body.len())?;
        let mut subjects = Cursor::new(cursor.prefixed()?);
        let firsts = cursor.prefixed()?;
        let mut values = Cursor::new(cursor.prefixed()?);
        cursor.finish()?;
        // The fixed width makes this a check of the count, and lets a reader skip.
        if firsts.len() != count * OFFSET {
            return Err(Damage::new("columns differ in length"));
        }
        let mut order = Ascending::below(self.subjects);
        for first in firsts.chunks_exact(OFFSET) {
            let subject = order.next(subjects.small()?)?;
            let value = match aggregation {
                Aggregation::Unique => 0,
                _ => values.next_wide()?,
            };
            let first = if wants_first(subject) {
                offset(first)
            } else {
                0
            };
            visit(Point {
                subject,
                first,
                value,
            });
        }
        subjects.finish()?;
        values.finish()
    }

    pub(crate) fn sessions(&self) -> Result<Vec<Sessions>, Damage> {
        let mut cursor = Cursor::new(&self.body);
        let count = cursor.count(self.body.len())?;
        let mut columns = Cursor::new(cursor.prefixed()?);
        let mut subjects = Vec::with_capacity(count);
        let mut order = Ascending::below(self.subjects);
        for _ in 0..count {
            let subject = order.next(columns.small()?)?;
            let spans = columns.count(self.body.len())?;
            let mut union = Vec::with_capacity(spans);
            let mut end = self.midnight;
            for _ in 0..spans {
                let start = self.later(end, columns.next()?)?;
                end = self.later(start, columns.next()?)?;
                union.push((start, end));
            }
            subjects.push((subject, union));
        }
        columns.finish()?;
        Ok(subjects)
    }

    /// Returns an instant so many microseconds later, of the same day.
    fn later(&self, instant: i64, micros: u64) -> Result<i64, Damage> {
        let later = i64::try_from(micros)
            .ok()
            .and_then(|micros| instant.checked_add(micros));
        later
            .filter(|later| later - self.midnight <= MICROS_PER_DAY)
            .ok_or_else(|| Damage::new("a session leaves its day"))
    }

    /// Returns, for each number of subjects, how many microseconds exactly so many of
    /// them were active at once.
    pub(crate) fn levels(&self) -> Result<Vec<(u32, u64)>, Damage> {
        let mut cursor = Cursor::new(&self.body);
        cursor.next()?;
        cursor.prefixed()?;
        let mut column = Cursor::new(cursor.prefixed()?);
        let mut levels = Vec::new();
        while !column.is_empty() {
            levels.push((column.small()?, column.next()?));
        }
        Ok(levels)
    }
}

/// Reads subjects in ascending order, each once, as merging and encoding need
/// them.
struct Ascending {
    least: u64,
    below: u32,
    last: u32,
}

impl Ascending {
    fn below(below: u32) -> Self {
        Self {
            least: 0,
            below,
            last: 0,
        }
    }

    fn next(&mut self, step: u32) -> Result<u32, Damage> {
        let subject = self.last.checked_add(step).filter(|it| *it < self.below);
        let subject = subject.ok_or_else(|| Damage::new("a subject points nowhere"))?;
        if u64::from(subject) < self.least {
            return Err(Damage::new("subjects are out of order"));
        }
        self.last = subject;
        self.least = u64::from(subject) + 1;
        Ok(subject)
    }
}

fn offset(bytes: &[u8]) -> u64 {
    let mut wide = [0; 8];
    wide[..OFFSET].copy_from_slice(bytes);
    u64::from_le_bytes(wide)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Day = Day::from_number(20_000);

    /// Returns a rollup of one meter, as its parts say.
    fn blob(code: u8, body: &[u8]) -> Vec<u8> {
        let mut out = vec![1, code];
        put_column(&mut out, body);
        let mut frame = FrameWriter::new(Kind::Rollup);
        frame.section(TAG_METERS, &out, Pack::Plain);
        frame.finish()
    }

    fn points(steps: &[u32]) -> Vec<u8> {
        let mut subjects = Vec::new();
        for step in steps {
            varint::put(&mut subjects, u64::from(*step));
        }
        let mut body = vec![steps.len() as u8];
        put_column(&mut body, &subjects);
        put_column(&mut body, &vec![0; steps.len() * OFFSET]);
        put_column(&mut body, &[]);
        blob(0, &body)
    }

    fn sessions(columns: &[u64]) -> Vec<u8> {
        let mut column = Vec::new();
        for number in columns {
            varint::put(&mut column, *number);
        }
        let mut body = vec![2];
        put_column(&mut body, &column);
        put_column(&mut body, &[]);
        blob(SESSIONS, &body)
    }

    fn damage(blob: &[u8]) -> String {
        decode(DAY, blob).unwrap_err().to_string()
    }

    #[test]
    fn subjects_stand_in_order_each_once() {
        assert!(decode(DAY, &points(&[0, 1, 5])).is_ok());
        assert!(damage(&points(&[3, 0])).contains("order"));
        assert!(damage(&points(&[3, u32::MAX])).contains("nowhere"));
        assert!(decode(DAY, &sessions(&[0, 1, 0, 9, 1, 1, 5, 9])).is_ok());
        assert!(damage(&sessions(&[4, 1, 0, 9, 0, 1, 5, 9])).contains("order"));
    }

    #[test]
    fn no_subject_beyond_the_known_ones_is_taken() {
        let read = |known| {
            let stored = open(DAY, &points(&[0, 1, 3_000_000_000]), known).unwrap();
            stored[0].points(|_| false, |_| ())
        };
        assert!(read(u32::MAX).is_ok());
        assert!(read(2).unwrap_err().to_string().contains("nowhere"));
    }

    #[test]
    fn sessions_stay_within_their_day() {
        let day = MICROS_PER_DAY as u64;
        assert!(decode(DAY, &sessions(&[0, 1, 0, day, 1, 1, day, 0])).is_ok());
        for columns in [
            [0, 1, 1, day, 1, 1, 0, 1],
            [0, 1, u64::MAX, 1, 1, 1, 0, 1],
            [0, 1, 0, u64::MAX / 2, 1, 1, 0, 1],
        ] {
            assert!(damage(&sessions(&columns)).contains("leaves its day"));
        }
    }
}
