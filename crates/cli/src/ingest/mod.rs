//! Reading usage events from a file, batch by batch, in constant memory.

mod batch;
mod csv;
mod ndjson;
mod records;
mod tally;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use anyhow::Context;
use clap::ValueEnum;
use tokio::sync::mpsc;

pub(crate) use self::batch::Batch;
use self::batch::Batcher;
use self::records::{Next, Record, Records};
pub(crate) use self::tally::{Counts, Tally};
use crate::exit::usage;

/// How the input is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Input {
    /// One CloudEvents JSON object per line
    Ndjson,
    /// Columns id, source, type, subject, time, organization; every other one becomes a field of data
    Csv,
}

impl Input {
    /// The format that the name of a file tells; stdin is NDJSON.
    pub(crate) fn of(path: &Path) -> anyhow::Result<Self> {
        if path == Path::new("-") {
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

/// What the reading thread hands over: batches, then perhaps the error that
/// ended it.
pub(crate) type Batches = mpsc::Receiver<anyhow::Result<Batch>>;

/// An opened input.
pub(crate) struct Opened {
    records: Box<dyn Records + Send>,
    /// The size of the input, where it has one.
    pub(crate) bytes: Option<u64>,
    /// What a file of rejected records must begin with.
    pub(crate) header: Vec<u8>,
}

/// Opens the input; a header that cannot be used is found here, before
/// anything is sent.
pub(crate) fn open(path: &Path, input: Input) -> anyhow::Result<Opened> {
    let (reader, bytes): (Box<dyn Read + Send>, _) = if path == Path::new("-") {
        (Box::new(io::stdin()), None)
    } else {
        let named = |error: io::Error| usage(format!("{}: {error}", path.display()));
        let file = File::open(path).map_err(named)?;
        let metadata = file.metadata().map_err(named)?;
        if metadata.is_dir() {
            return Err(usage(format!("{}: is a directory", path.display())));
        }
        (Box::new(file), metadata.is_file().then_some(metadata.len()))
    };
    let (records, header): (Box<dyn Records + Send>, _) = match input {
        Input::Ndjson => (Box::new(ndjson::Lines::new(reader)), Vec::new()),
        Input::Csv => {
            let table = csv::Table::new(reader).with_context(|| path.display().to_string())?;
            let header = table.header().to_vec();
            (Box::new(table), header)
        }
    };
    Ok(Opened {
        records,
        bytes,
        header,
    })
}

/// Starts the thread that cuts the input into batches of up to `events`.
///
/// The channel holds one batch, so reading never runs ahead of sending. The
/// thread is not joined: one that waits for a terminal must not keep the
/// program alive.
pub(crate) fn start(opened: Opened, events: usize, keep_originals: bool) -> Batches {
    let (sender, receiver) = mpsc::channel(1);
    std::thread::spawn(move || {
        let batcher = Batcher::new(events, keep_originals);
        if let Err(error) = pump(opened.records, batcher, &sender) {
            // The receiver is gone only when nobody cares any more.
            let _ = sender.blocking_send(Err(error));
        }
    });
    receiver
}

fn pump(
    mut records: Box<dyn Records + Send>,
    mut batcher: Batcher,
    sender: &mpsc::Sender<anyhow::Result<Batch>>,
) -> anyhow::Result<()> {
    let mut record = Record::default();
    loop {
        match records.next(&mut record) {
            Ok(Next::Event) => batcher.push(&record),
            Ok(Next::Unreadable(message)) => batcher.refuse(&record, message),
            Ok(Next::End) => break,
            Err(error) => {
                // What was read before the damage is still sent.
                send(batcher.take(records.position()), sender);
                return Err(error);
            }
        }
        if batcher.is_full() && !send(batcher.take(records.position()), sender) {
            return Ok(());
        }
    }
    send(batcher.take(records.position()), sender);
    Ok(())
}

/// Whether anybody still takes batches.
fn send(batch: Option<Batch>, sender: &mpsc::Sender<anyhow::Result<Batch>>) -> bool {
    match batch {
        Some(batch) => sender.blocking_send(Ok(batch)).is_ok(),
        None => true,
    }
}

#[cfg(test)]
mod tests;
