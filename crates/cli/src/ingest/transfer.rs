//! Sending: several batches at a time, counted in the order of the input.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::bail;
use exchequer_client::{Client, Error};
use exchequer_types::IngestResponse;
use indicatif::ProgressBar;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::batch::{Batch, Batches};
use super::checkpoint::CheckpointFile;
use super::tally::{Outcome, Tally};

/// The interval at which the checkpoint is saved, if there is progress.
const SAVE_EVERY: Duration = Duration::from_millis(250);

/// The time that an interrupted run waits for answers.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(5);

/// A transfer under way.
pub(crate) struct Sending {
    client: Client,
    parallel: usize,
    pub(crate) tally: Tally,
    pub(crate) checkpoint: Option<CheckpointFile>,
    progress: ProgressBar,
    under_way: JoinSet<(u64, anyhow::Result<Outcome>, u64)>,
    /// Outcomes of batches after one that is still under way.
    early: BTreeMap<u64, Outcome>,
    /// The number of batches sent.
    sent: u64,
    /// The number of batches, from the first on without a gap, that are counted.
    counted: u64,
    /// The end of the last batch that was sent, by this run or one before.
    end: u64,
    more: bool,
    failure: Option<anyhow::Error>,
}

impl Sending {
    /// Keeps up to `parallel` requests in flight.
    pub(crate) fn new(
        client: Client,
        parallel: usize,
        (tally, checkpoint): (Tally, Option<CheckpointFile>),
        progress: ProgressBar,
    ) -> Self {
        Self {
            client,
            parallel,
            end: tally.resent_before,
            tally,
            checkpoint,
            progress,
            under_way: JoinSet::new(),
            early: BTreeMap::new(),
            sent: 0,
            counted: 0,
            more: true,
            failure: None,
        }
    }

    /// Sends everything, until something fails or `stop` ends. Answers under way
    /// are still counted then, and the checkpoint is saved.
    pub(crate) async fn run(
        &mut self,
        batches: Batches,
        stop: impl Future<Output = ()>,
    ) -> anyhow::Result<()> {
        let stopped = tokio::select! {
            () = self.send(batches) => false,
            () = stop => true,
        };
        if stopped {
            let answered = timeout(SHUTDOWN_GRACE, async { while self.count_next().await {} });
            // Whatever is not answered now is sent again by the next run.
            if answered.await.is_err() {
                self.under_way.shutdown().await;
            }
        }
        let saved = match &mut self.checkpoint {
            Some(checkpoint) => checkpoint.close(self.end, &mut self.tally),
            None => Ok(()),
        };
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        saved?;
        if stopped {
            bail!("interrupted");
        }
        Ok(())
    }

    async fn send(&mut self, mut batches: Batches) {
        let mut tick = interval(SAVE_EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while self.more || !self.under_way.is_empty() {
            // One batch that is tried again and again must not let the
            // outcomes of later ones pile up.
            let near = self.sent - self.counted < 4 * self.parallel as u64 + 16;
            let free = self.more && near && self.under_way.len() < self.parallel;
            tokio::select! {
                batch = batches.recv(), if free => match batch {
                    Some(Ok(batch)) => self.send_batch(batch),
                    Some(Err(error)) => self.fail(error),
                    None => self.more = false,
                },
                _ = self.count_next(), if !self.under_way.is_empty() => {}
                _ = tick.tick() => self.save(),
            }
        }
    }

    fn send_batch(&mut self, batch: Batch) {
        self.end = self.end.max(batch.end);
        let number = self.sent;
        self.sent += 1;
        let client = self.client.clone();
        self.under_way.spawn(async move {
            let answer = send_one(&client, &batch).await;
            let outcome = answer
                .map_err(anyhow::Error::from)
                .and_then(|answer| Outcome::new(&batch, answer.as_ref()));
            (number, outcome, batch.end - batch.begin)
        });
    }

    /// Waits for the next answer, and counts what can be counted without a gap.
    /// Returns whether there was an answer to wait for.
    async fn count_next(&mut self) -> bool {
        let Some(done) = self.under_way.join_next().await else {
            return false;
        };
        match done {
            Ok((number, Ok(outcome), bytes)) => {
                self.progress.inc(bytes);
                self.early.insert(number, outcome);
                if let Err(error) = self.count() {
                    self.fail(error);
                }
            }
            Ok((_, Err(error), _)) => self.fail(error),
            Err(error) => self.fail(error.into()),
        }
        true
    }

    /// Counts in the order of the input, because a checkpoint can only say "up to
    /// this byte": an outcome waits until all those before it are there.
    fn count(&mut self) -> anyhow::Result<()> {
        while let Some(outcome) = self.early.remove(&self.counted) {
            let mark = outcome.mark.clone();
            self.tally.add(outcome)?;
            self.counted += 1;
            if let (Some(checkpoint), Some(mark)) = (&mut self.checkpoint, mark) {
                checkpoint.advance(mark, &self.tally);
            }
        }
        let events = self.tally.counts.events();
        self.progress.set_message(format!("{events} events"));
        Ok(())
    }

    fn save(&mut self) {
        if let Some(checkpoint) = &mut self.checkpoint
            && let Err(error) = checkpoint.save(&mut self.tally)
        {
            self.fail(error);
        }
    }

    /// Keeps the first failure; nothing new is sent after it.
    fn fail(&mut self, error: anyhow::Error) {
        self.failure.get_or_insert(error);
        self.more = false;
    }
}

/// Sends one batch. A batch without events needs no request.
async fn send_one(client: &Client, batch: &Batch) -> Result<Option<IngestResponse>, Error> {
    if batch.lines.is_empty() {
        return Ok(None);
    }
    let events = client.usage_events();
    let answer = events.send_ndjson(batch.body.clone()).await?;
    Ok(Some(answer.into_inner()))
}
