//! Entry points for the fuzzer alone: inputs in memory.

use std::io::Read;

use super::input::Cells;
use super::record::{Next, Record, Records};
use super::{csv, ndjson};

/// The records of an input.
#[derive(Default)]
pub struct Input {
    /// The first line of a file of rejected records.
    pub header: Vec<u8>,
    /// The events, as they are sent.
    pub events: Vec<Vec<u8>>,
    /// Each event as a file of rejected records would hold it.
    pub originals: Vec<Vec<u8>>,
    /// The line on which each event begins.
    pub lines: Vec<u64>,
    /// The number of records that could not be sent.
    pub unreadable: usize,
}

/// Reads a CSV file; `None` if its header cannot be used or it is damaged.
#[must_use]
pub fn csv(input: &[u8]) -> Option<Input> {
    let mut table = csv::CsvRecords::new(Slow(input), Cells::Marked).ok()?;
    let header = table.header().to_vec();
    Some(Input {
        header,
        ..read(&mut table)?
    })
}

/// Reads an NDJSON file; `None` if it is damaged.
#[must_use]
pub fn ndjson(input: &[u8]) -> Option<Input> {
    read(&mut ndjson::NdjsonRecords::new(Slow(input)))
}

fn read(records: &mut impl Records) -> Option<Input> {
    let (mut input, mut record) = (Input::default(), Record::default());
    loop {
        match records.next(&mut record).ok()? {
            Next::Event => {
                let original = record.original.as_ref().unwrap_or(&record.json);
                input.originals.push(original.clone());
                input.events.push(record.json.clone());
                input.lines.push(record.line);
            }
            Next::Unreadable(_) => input.unreadable += 1,
            Next::End => return Some(input),
        }
    }
}

/// Yields a few bytes at a time, as a pipe may.
struct Slow<'a>(&'a [u8]);

impl Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let most = buffer.len().min(7);
        self.0.read(buffer.get_mut(..most).unwrap_or_default())
    }
}
