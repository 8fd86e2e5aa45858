//! Reading usage events from a file, batch by batch, in constant memory;
//! sending them; and noting how far that has come.

mod batch;
mod csv;
pub mod fuzz;
mod growing;
mod input;
mod log;
mod names;
mod ndjson;
mod notes;
mod prefix;
mod progress;
mod records;
mod rejects;
mod start;
mod tally;
mod transfer;

use std::fs::File;

use anyhow::Context;
use tokio::sync::mpsc;

pub(crate) use self::batch::Batch;
use self::batch::Batcher;
pub(crate) use self::input::{Input, Opened};
use self::prefix::Prefix;
pub(crate) use self::progress::Transfer;
use self::records::{Next, Record, Records};
pub(crate) use self::start::{Request, begin};
pub(crate) use self::tally::Counts;
pub(crate) use self::transfer::Sending;

/// What the reading thread hands over: batches, then perhaps the error that
/// ended it.
pub(crate) type Batches = mpsc::Receiver<anyhow::Result<Batch>>;

/// Cuts records into batches and hands them over.
struct Pump {
    batcher: Batcher,
    sender: mpsc::Sender<anyhow::Result<Batch>>,
    prefix: Option<(Prefix, File)>,
}

/// Starts the thread that cuts the input into batches of up to `events`.
///
/// The channel holds one batch, so reading never runs ahead of sending. The
/// thread is not joined: one that waits for a terminal must not keep the
/// program alive.
pub(crate) fn start(opened: Opened, events: usize, keep_originals: bool) -> Batches {
    let (sender, receiver) = mpsc::channel(1);
    let mut pump = Pump {
        batcher: Batcher::new(events, keep_originals, opened.position),
        sender,
        prefix: opened.prefix,
    };
    std::thread::spawn(move || {
        if let Err(error) = pump.run(opened.records) {
            // The receiver is gone only when nobody cares any more.
            let _ = pump.sender.blocking_send(Err(error));
        }
    });
    receiver
}

impl Pump {
    fn run(&mut self, mut records: Box<dyn Records + Send>) -> anyhow::Result<()> {
        let mut record = Record::default();
        // Where the last whole record ends.
        let mut end = records.position();
        loop {
            match records.next(&mut record) {
                Ok(Next::Event) => self.batcher.push(&record),
                Ok(Next::Unreadable(message)) => self.batcher.refuse(&record, message),
                Ok(Next::End) => break,
                Err(error) => {
                    // What was read before the damage is still sent. The reader
                    // stands within the damaged record, of which nothing is.
                    self.send(end)?;
                    return Err(error);
                }
            }
            end = records.position();
            if self.batcher.is_full() && !self.send(end)? {
                return Ok(());
            }
        }
        self.send(records.position())?;
        Ok(())
    }

    /// Whether anybody still takes batches.
    fn send(&mut self, position: u64) -> anyhow::Result<bool> {
        let Some(mut batch) = self.batcher.take(position) else {
            return Ok(true);
        };
        if let Some((prefix, file)) = &mut self.prefix {
            let whole = prefix.read_to(batch.end, file);
            if !whole.context("reading the input once more")? {
                anyhow::bail!("the input became shorter while it was read");
            }
            // A last line without an end may be half of what it will be.
            batch.mark = prefix.is_whole().then(|| prefix.mark());
        }
        Ok(self.sender.blocking_send(Ok(batch)).is_ok())
    }
}

#[cfg(test)]
mod tests;
