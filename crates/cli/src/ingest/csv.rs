//! CSV: named columns become attributes of an event, all others fields of its
//! `data`, as strings. Empty cells are left out. What marks formulas as text is taken off,
//! and put before them in the file of rejected records, unless cells are raw.
//!
//! The work is done by the `csv` crate. This module adds line numbers for
//! messages, and a limit on the length of a record.

use std::collections::VecDeque;
use std::io::{self, Read};

use csv::{ByteRecord, ErrorKind, Reader, ReaderBuilder};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::input::Cells;
use super::record::{LONGEST, Next, Record, Records};
use crate::cells::{mark, unmark};
use crate::exit::usage;

const REQUIRED: [&str; 5] = ["id", "source", "type", "subject", "time"];
const OPTIONAL: [&str; 2] = ["organization", "voids"];

/// The records of a CSV input.
pub(super) struct CsvRecords<R> {
    reader: Reader<RecordGuard<R>>,
    columns: Vec<Column>,
    header: Vec<u8>,
    cells: Cells,
    row: ByteRecord,
}

/// The part of an event that a column becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Column {
    Attribute(String),
    Data(String),
}

impl<R: Read> CsvRecords<R> {
    /// Reads the header.
    pub(super) fn new(reader: R, cells: Cells) -> anyhow::Result<Self> {
        let mut reader = ReaderBuilder::new()
            .buffer_capacity(1 << 16)
            .from_reader(RecordGuard::new(reader));
        let header = reader
            .byte_headers()
            .map_err(|error| usage(format!("the header cannot be read: {error}")))?;
        let header = cells.read(header);
        let columns = columns(&header)?;
        let header = to_line(&cells.write(&header))?;
        Ok(Self {
            reader,
            columns,
            header,
            cells,
            row: ByteRecord::new(),
        })
    }

    /// Returns the header line.
    pub(super) fn header(&self) -> &[u8] {
        &self.header
    }

    /// Returns the line on which the record just read begins.
    ///
    /// The reader's own answer is one less where lines end in CR LF, because
    /// it takes a record for finished at the CR. So the line is found from the
    /// end of the record: the lines before its end, without its own line end
    /// and the line feeds inside its cells.
    fn line(&mut self) -> u64 {
        let end = self.reader.position().clone();
        let in_a_cell = self.ends_in_a_cell();
        let ends_in_lf = self.reader.get_mut().record_ends(end.byte()) && !in_a_cell;
        let inside = self.row.as_slice().iter().filter(|&&byte| byte == b'\n');
        // A quirk not known here must not stop a transfer: the line is only said in
        // messages, so it may be wrong, but not below zero.
        end.line()
            .saturating_sub(u64::from(ends_in_lf))
            .saturating_sub(inside.count() as u64)
    }

    /// Returns whether the last line feed of the input belongs to the last cell,
    /// because the quote of that cell is never closed. After a cell that ends in
    /// a line feed and is closed, the input ends in a quote.
    fn ends_in_a_cell(&self) -> bool {
        let guard = self.reader.get_ref();
        let cell = self.row.iter().next_back();
        self.reader.position().byte() == guard.position
            && cell.is_some_and(|cell| cell.ends_with(b"\n"))
            && guard.last != *b"\n\"\n"
    }
}

impl<R: Read> Records for CsvRecords<R> {
    fn next(&mut self, record: &mut Record) -> anyhow::Result<Next> {
        record.json.clear();
        let outcome = self.reader.read_byte_record(&mut self.row);
        record.line = self.line();
        let uneven = match outcome {
            Ok(true) => None,
            Ok(false) => return Ok(Next::End),
            Err(error) => match error.kind() {
                ErrorKind::UnequalLengths {
                    expected_len, len, ..
                } => Some(format!(
                    "the record has {len} fields and the header {expected_len}"
                )),
                _ => {
                    let line = self.reader.position().line();
                    return Err(anyhow::Error::from(error).context(format!("after line {line}")));
                }
            },
        };
        let row = self.cells.read(&self.row);
        record.original = Some(to_line(&self.cells.write(&row))?);
        if let Some(message) = uneven {
            return Ok(Next::Unreadable(message));
        }
        let mut cells = Vec::with_capacity(self.columns.len());
        for (cell, column) in row.iter().zip(&self.columns) {
            match std::str::from_utf8(cell) {
                Ok(cell) => cells.push((column, cell)),
                Err(_) => return Ok(Next::Unreadable(format!("{} is not UTF-8", column.name()))),
            }
        }
        serde_json::to_writer(&mut record.json, &Event(&cells))?;
        Ok(Next::Event)
    }

    fn skip_to(&mut self, position: u64) -> anyhow::Result<bool> {
        while self.position() < position {
            match self.reader.read_byte_record(&mut self.row) {
                Ok(true) => {}
                Ok(false) => break,
                // The earlier run has rejected this record and gone on.
                Err(error) if matches!(error.kind(), ErrorKind::UnequalLengths { .. }) => {}
                // The input is no longer what the earlier run has read.
                Err(_) => return Ok(false),
            }
            // The guard has to know that a record ended.
            let end = self.position();
            self.reader.get_mut().record_ends(end);
        }
        Ok(self.position() == position)
    }

    fn position(&self) -> u64 {
        self.reader.position().byte()
    }
}

impl Cells {
    /// Returns the content of the cells of a record.
    fn read(self, record: &ByteRecord) -> ByteRecord {
        match self {
            Self::Marked => record.iter().map(unmark).collect(),
            Self::Raw => record.clone(),
        }
    }

    /// Returns the cells that have this content.
    fn write(self, record: &ByteRecord) -> ByteRecord {
        match self {
            Self::Marked => record.iter().map(mark).collect(),
            Self::Raw => record.clone(),
        }
    }
}

impl Column {
    fn name(&self) -> &str {
        let (Self::Attribute(name) | Self::Data(name)) = self;
        name
    }
}

/// Cells as a CloudEvents object.
struct Event<'a>(&'a [(&'a Column, &'a str)]);

impl Serialize for Event<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("specversion", "1.0")?;
        let filled = || self.0.iter().filter(|(_, cell)| !cell.is_empty());
        for (column, cell) in filled() {
            if let Column::Attribute(name) = column {
                map.serialize_entry(name, cell)?;
            }
        }
        if filled().any(|(column, _)| matches!(column, Column::Data(_))) {
            map.serialize_entry("data", &Data(self.0))?;
        }
        map.end()
    }
}

struct Data<'a>(&'a [(&'a Column, &'a str)]);

impl Serialize for Data<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().filter_map(|(column, cell)| match column {
            Column::Data(name) if !cell.is_empty() => Some((name, cell)),
            _ => None,
        }))
    }
}

fn columns(header: &ByteRecord) -> anyhow::Result<Vec<Column>> {
    let mut columns: Vec<Column> = Vec::with_capacity(header.len());
    for name in header {
        let name = std::str::from_utf8(name)
            .map_err(|_| usage("a column's name in the header is not UTF-8"))?;
        if name.is_empty() {
            return Err(usage(format!("column {} has no name", columns.len() + 1)));
        }
        if columns.iter().any(|column| column.name() == name) {
            return Err(usage(format!("the header names column {name} twice")));
        }
        let attribute = REQUIRED.contains(&name) || OPTIONAL.contains(&name);
        let name = name.to_owned();
        columns.push(if attribute {
            Column::Attribute(name)
        } else {
            Column::Data(name)
        });
    }
    for required in REQUIRED {
        if !columns.iter().any(|column| column.name() == required) {
            return Err(usage(format!("the header lacks the column {required}")));
        }
    }
    Ok(columns)
}

/// Returns a record as one line of CSV, without its end.
fn to_line(record: &ByteRecord) -> anyhow::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new()
        .flexible(true)
        .from_writer(Vec::new());
    writer.write_byte_record(record)?;
    let mut line = writer.into_inner()?;
    // Blanks at the end belong to the last cell.
    line.pop_if(|end| *end == b'\n');
    Ok(line)
}

/// A reader between the input and the CSV reader.
///
/// It remembers where lines end, and stops a record that never ends: after a
/// quote that is not closed, all the rest of the file is one cell, and would be
/// read into memory.
struct RecordGuard<R> {
    inner: R,
    position: u64,
    /// The three bytes before `position`.
    last: [u8; 3],
    /// The number of bytes read since the last record ended.
    since_record: usize,
    /// The places of the line feeds that no finished record has passed yet.
    line_ends: VecDeque<u64>,
}

impl<R> RecordGuard<R> {
    fn new(inner: R) -> Self {
        Self {
            inner,
            position: 0,
            last: [0; 3],
            since_record: 0,
            line_ends: VecDeque::new(),
        }
    }

    /// Takes note that a record ends before `position`. Returns whether its last
    /// byte is a line feed.
    fn record_ends(&mut self, position: u64) -> bool {
        self.since_record = 0;
        let mut last = None;
        while self.line_ends.front().is_some_and(|&at| at < position) {
            last = self.line_ends.pop_front();
        }
        last.is_some_and(|at| at + 1 == position)
    }
}

impl<R: Read> Read for RecordGuard<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.since_record > LONGEST {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("a record is longer than {LONGEST} bytes: is a quote not closed?"),
            ));
        }
        let read = self.inner.read(buffer)?;
        for (at, &byte) in (self.position..).zip(buffer.iter().take(read)) {
            if byte == b'\n' {
                self.line_ends.push_back(at);
            }
            self.last = [self.last[1], self.last[2], byte];
        }
        self.position += read as u64;
        self.since_record += read;
        Ok(read)
    }
}
