//! The input: a file or stream, its format, and the byte at which reading starts.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use anyhow::Context;
use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use super::checkpoint::Transfer;
use super::csv::CsvRecords;
use super::ndjson::NdjsonRecords;
use super::prefix::{Mark, Prefix};
use super::record::Records;
use crate::exit::usage;

/// The format of the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum InputFormat {
    /// One CloudEvents JSON object per line
    Ndjson,
    /// Columns id, source, type, subject, time, organization, voids; every other column becomes a field of data
    Csv,
}

/// Whether cells of CSV that begin as formulas do are marked as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Cells {
    /// They are, as in all CSV that we write.
    #[default]
    Marked,
    /// Cells are what they say.
    Raw,
}

impl InputFormat {
    /// Returns the format that the name of a file tells; stdin is NDJSON.
    pub(crate) fn from_path(path: &Path) -> anyhow::Result<Self> {
        if is_stdin(path) {
            return Ok(Self::Ndjson);
        }
        let extension = path.extension().and_then(|text| text.to_str());
        match extension.map(str::to_ascii_lowercase).as_deref() {
            Some("csv") => Ok(Self::Csv),
            Some("ndjson" | "jsonl") => Ok(Self::Ndjson),
            _ => Err(usage(format!(
                "{}: the name does not tell the format; add --input-format ndjson or csv",
                path.display()
            ))),
        }
    }
}

/// An open input.
pub(crate) struct OpenInput {
    pub(super) records: Box<dyn Records + Send>,
    /// The first line of a file of rejected records.
    pub(super) header: Vec<u8>,
    /// The bytes that are skipped, and a second handle on the file, to extend
    /// their hash while the first one is read. `None` for a stream.
    pub(super) prefix: Option<(Prefix, File)>,
}

impl OpenInput {
    fn new(reader: Box<dyn Read + Send>, path: &Path, transfer: &Transfer) -> anyhow::Result<Self> {
        let mut header = Vec::new();
        let records: Box<dyn Records + Send> = match transfer.format {
            InputFormat::Ndjson => Box::new(NdjsonRecords::new(reader)),
            InputFormat::Csv => {
                let records = CsvRecords::new(reader, transfer.cells)
                    .with_context(|| path.display().to_string())?;
                header = records.header().to_vec();
                Box::new(records)
            }
        };
        Ok(Self {
            records,
            header,
            prefix: None,
        })
    }

    /// Returns the byte at which sending starts.
    pub(crate) fn position(&self) -> u64 {
        self.prefix.as_ref().map_or(0, |(prefix, _)| prefix.bytes())
    }

    /// Returns how many line feeds are skipped.
    pub(super) fn line_ends(&self) -> u64 {
        let prefix = self.prefix.as_ref();
        prefix.map_or(0, |(prefix, _)| prefix.line_ends())
    }
}

/// Returns whether the input is stdin.
pub(super) fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

/// Returns the size of an input that can be read again; `None` for stdin and pipes.
pub(super) fn size(path: &Path) -> anyhow::Result<Option<u64>> {
    if is_stdin(path) {
        return Ok(None);
    }
    // Opening a named pipe to find out would look like a reader to its writer.
    let metadata = std::fs::metadata(path).map_err(named(path))?;
    if metadata.is_dir() {
        return Err(usage(format!("{}: is a directory", path.display())));
    }
    Ok(metadata.is_file().then_some(metadata.len()))
}

/// Opens an input that cannot be read again.
pub(super) fn stream(path: &Path, transfer: &Transfer) -> anyhow::Result<OpenInput> {
    let reader: Box<dyn Read + Send> = if is_stdin(path) {
        Box::new(io::stdin())
    } else {
        Box::new(open(path)?)
    };
    OpenInput::new(reader, path, transfer)
}

/// Opens a file at its beginning. A header that cannot be used is found here,
/// before anything is sent.
pub(super) fn file(path: &Path, transfer: &Transfer) -> anyhow::Result<OpenInput> {
    let mut input = OpenInput::new(Box::new(open(path)?), path, transfer)?;
    input.prefix = Some((Prefix::default(), open(path)?));
    Ok(input)
}

/// Opens a file after what was acknowledged before. Returns `None` if the file
/// no longer begins with that.
pub(super) fn resume(
    path: &Path,
    transfer: &Transfer,
    done: &Mark,
) -> anyhow::Result<Option<OpenInput>> {
    let mut prefix = Prefix::default();
    let mut again = open(path)?;
    let whole = prefix
        .read_to(done.bytes, &mut again)
        .map_err(named(path))?;
    if !whole || prefix.mark() != *done {
        return Ok(None);
    }
    let mut input = OpenInput::new(Box::new(open(path)?), path, transfer)?;
    // Reading over the records from the beginning keeps line numbers and open
    // quotes right, and is much faster than sending them.
    if done.bytes > 0 && !input.records.skip_to(done.bytes)? {
        return Ok(None);
    }
    input.prefix = Some((prefix, again));
    Ok(Some(input))
}

fn open(path: &Path) -> anyhow::Result<File> {
    File::open(path).map_err(named(path))
}

fn named(path: &Path) -> impl Fn(io::Error) -> anyhow::Error {
    move |error| usage(format!("{}: {error}", path.display()))
}
