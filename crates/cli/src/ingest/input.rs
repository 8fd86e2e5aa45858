//! The input: which file, in which format, from which byte on.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use anyhow::Context;
use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use super::csv::{Skipped, Table};
use super::ndjson::Lines;
use super::prefix::Prefix;
use super::records::Records;
use crate::exit::usage;

/// How the input is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Input {
    /// One CloudEvents JSON object per line
    Ndjson,
    /// Columns id, source, type, subject, time, organization, voids; every other one becomes a field of data
    Csv,
}

impl Input {
    /// The format that the name of a file tells; stdin is NDJSON.
    pub(crate) fn of(path: &Path) -> anyhow::Result<Self> {
        if is_stdin(path) {
            return Ok(Self::Ndjson);
        }
        let extension = path.extension().and_then(|text| text.to_str());
        match extension.map(str::to_ascii_lowercase).as_deref() {
            Some("csv") => Ok(Self::Csv),
            Some("ndjson" | "jsonl") => Ok(Self::Ndjson),
            _ => Err(usage(format!(
                "{}: the name does not tell the format; say --input-format ndjson or csv",
                path.display()
            ))),
        }
    }
}

/// An opened input.
pub(crate) struct Opened {
    pub(super) records: Box<dyn Records + Send>,
    /// What a file of rejected records must begin with.
    pub(crate) header: Vec<u8>,
    /// What is left out, and the same file once more to read on from there.
    /// None where reading cannot be interrupted and gone on with.
    pub(super) prefix: Option<(Prefix, File)>,
    /// Where reading begins.
    pub(crate) position: u64,
}

/// Whether the input is stdin.
pub(crate) fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

/// The size of an input that can be read again; none of stdin or a pipe.
pub(crate) fn size(path: &Path) -> anyhow::Result<Option<u64>> {
    if is_stdin(path) {
        return Ok(None);
    }
    // Whoever writes into a named pipe would take opening it for a reader.
    let metadata = std::fs::metadata(path).map_err(named(path))?;
    if metadata.is_dir() {
        return Err(usage(format!("{}: is a directory", path.display())));
    }
    Ok(metadata.is_file().then_some(metadata.len()))
}

/// Opens an input that cannot be read again.
pub(crate) fn stream(path: &Path, input: Input) -> anyhow::Result<Opened> {
    let reader: Box<dyn Read + Send> = if is_stdin(path) {
        Box::new(io::stdin())
    } else {
        Box::new(open_file(path)?)
    };
    of_reader(reader, path, input)
}

/// Opens a file behind what was read before. A header that cannot be used is
/// found here, before anything is sent.
pub(crate) fn file(path: &Path, input: Input, done: Prefix) -> anyhow::Result<Opened> {
    let mut reader = open_file(path)?;
    let position = done.bytes();
    let mut opened = if position == 0 {
        of_reader(Box::new(reader), path, input)?
    } else {
        reader
            .seek(SeekFrom::Start(position))
            .map_err(named(path))?;
        match input {
            Input::Ndjson => Opened {
                records: Box::new(Lines::new(reader, position, done.line_ends())),
                header: Vec::new(),
                prefix: None,
                position,
            },
            Input::Csv => behind_header(path, reader, &done)?,
        }
    };
    let mut again = open_file(path)?;
    again.seek(SeekFrom::Start(position)).map_err(named(path))?;
    opened.prefix = Some((done, again));
    Ok(opened)
}

fn of_reader(reader: Box<dyn Read + Send>, path: &Path, input: Input) -> anyhow::Result<Opened> {
    let (records, header): (Box<dyn Records + Send>, _) = match input {
        Input::Ndjson => (Box::new(Lines::new(reader, 0, 0)), Vec::new()),
        Input::Csv => {
            let table = Table::new(reader).with_context(|| path.display().to_string())?;
            let header = table.header().to_vec();
            (Box::new(table), header)
        }
    };
    Ok(Opened {
        records,
        header,
        prefix: None,
        position: 0,
    })
}

/// A table whose records before `rest` are left out.
fn behind_header(path: &Path, rest: File, done: &Prefix) -> anyhow::Result<Opened> {
    let table = Table::new(open_file(path)?).with_context(|| path.display().to_string())?;
    let begins = table.begins();
    let mut header = Prefix::default();
    header
        .read_to(begins, &mut open_file(path)?)
        .map_err(named(path))?;
    let skipped = Skipped {
        bytes: done.bytes().saturating_sub(begins),
        line_ends: done.line_ends().saturating_sub(header.line_ends()),
    };
    let reader = open_file(path)?.take(begins).chain(rest);
    Ok(Opened {
        header: table.header().to_vec(),
        records: Box::new(Table::skipping(reader, skipped)?),
        prefix: None,
        position: done.bytes(),
    })
}

/// A file that is to be read, or why it cannot be.
pub(super) fn open_file(path: &Path) -> anyhow::Result<File> {
    File::open(path).map_err(named(path))
}

fn named(path: &Path) -> impl Fn(io::Error) -> anyhow::Error {
    move |error| usage(format!("{}: {error}", path.display()))
}
