//! The thread that reads the input and cuts it into batches.

use std::fs::File;

use anyhow::Context;
use tokio::sync::mpsc;

use super::batch::{Batch, Batcher, Batches};
use super::input::OpenInput;
use super::prefix::Prefix;
use super::record::{Next, Record, Records};

/// Cuts records into batches and hands them over.
struct Reader {
    batcher: Batcher,
    sender: mpsc::Sender<anyhow::Result<Batch>>,
    prefix: Option<(Prefix, File)>,
}

/// Starts the thread that cuts the input into batches of up to `events`.
///
/// The channel holds one batch, so reading never runs ahead of sending. The
/// thread is not joined: one that waits for a terminal must not keep the
/// program alive.
pub(crate) fn spawn(input: OpenInput, events: usize, keep_originals: bool) -> Batches {
    let (sender, receiver) = mpsc::channel(1);
    let mut reader = Reader {
        batcher: Batcher::new(events, keep_originals, input.position()),
        sender,
        prefix: input.prefix,
    };
    std::thread::spawn(move || {
        if let Err(error) = reader.run(input.records) {
            // The receiver is gone only when the command is ending.
            let _ = reader.sender.blocking_send(Err(error));
        }
    });
    receiver
}

impl Reader {
    fn run(&mut self, mut records: Box<dyn Records + Send>) -> anyhow::Result<()> {
        let mut record = Record::default();
        // The end of the last whole record.
        let mut end = records.position();
        loop {
            match records.next(&mut record) {
                Ok(Next::Event) => self.batcher.push(&record),
                Ok(Next::Unreadable(message)) => self.batcher.refuse(&record, message),
                Ok(Next::End) => break,
                Err(error) => {
                    // Events before the damage are still sent. The reader stands
                    // inside the damaged record, so the batch ends before it.
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

    /// Hands over the batch. Returns whether anybody still takes batches.
    fn send(&mut self, position: u64) -> anyhow::Result<bool> {
        let Some(mut batch) = self.batcher.take(position) else {
            return Ok(true);
        };
        if let Some((prefix, file)) = &mut self.prefix {
            let whole = prefix.read_to(batch.end, file);
            if !whole.context("reading the input for its hash")? {
                anyhow::bail!("the input became shorter while it was read");
            }
            // Somebody may still be writing a last line without an end.
            batch.mark = prefix.ends_with_line().then(|| prefix.mark());
        }
        Ok(self.sender.blocking_send(Ok(batch)).is_ok())
    }
}
