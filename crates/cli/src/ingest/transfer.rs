//! Sending: several batches at a time, counted in the order of the input.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::bail;
use exchequer_client::{Client, Error};
use exchequer_types::IngestResponse;
use indicatif::ProgressBar;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::log::Log;
use super::tally::{Outcome, Tally};
use super::{Batch, Batches};

/// How often progress is noted, if there is any.
const NOTED_EVERY: Duration = Duration::from_millis(250);

/// How long answers are waited for when the user interrupts.
const GRACE: Duration = Duration::from_secs(5);

/// A transfer under way.
pub(crate) struct Sending {
    client: Client,
    parallel: usize,
    pub(crate) tally: Tally,
    pub(crate) log: Option<Log>,
    progress: ProgressBar,
    under_way: JoinSet<(u64, anyhow::Result<Outcome>, u64)>,
    /// What became of batches after one that is still under way.
    early: BTreeMap<u64, Outcome>,
    /// How many batches were sent.
    sent: u64,
    /// How many of them, from the first on, are counted.
    counted: u64,
    /// Where the last batch that was sent ends.
    end: u64,
    more: bool,
    failure: Option<anyhow::Error>,
}

impl Sending {
    /// Keeps up to `parallel` requests in flight.
    pub(crate) fn new(
        client: Client,
        parallel: usize,
        (tally, log): (Tally, Option<Log>),
        progress: ProgressBar,
    ) -> Self {
        Self {
            client,
            parallel,
            end: tally.resent_before,
            tally,
            log,
            progress,
            under_way: JoinSet::new(),
            early: BTreeMap::new(),
            sent: 0,
            counted: 0,
            more: true,
            failure: None,
        }
    }

    /// Sends everything, until something fails or `stop` comes; what is under
    /// way then is still counted, and how far it has come noted.
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
            let answered = timeout(GRACE, async { while self.count_next().await {} });
            // Whatever is not answered now is sent again by the next run.
            if answered.await.is_err() {
                self.under_way.shutdown().await;
            }
        }
        let noted = match &mut self.log {
            Some(log) => log.close(self.end, &mut self.tally),
            None => Ok(()),
        };
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        noted?;
        if stopped {
            bail!("interrupted");
        }
        Ok(())
    }

    async fn send(&mut self, mut batches: Batches) {
        let mut tick = interval(NOTED_EVERY);
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
                _ = tick.tick() => self.note(),
            }
        }
    }

    fn send_batch(&mut self, batch: Batch) {
        if let Some(log) = &mut self.log
            && let Err(error) = log.sending(batch.end, &mut self.tally)
        {
            return self.fail(error);
        }
        self.end = self.end.max(batch.end);
        let number = self.sent;
        self.sent += 1;
        let client = self.client.clone();
        self.under_way.spawn(async move {
            let answer = send_one(&client, &batch).await;
            let outcome = answer
                .map_err(anyhow::Error::from)
                .and_then(|answer| Outcome::of(&batch, answer.as_ref()));
            (number, outcome, batch.end - batch.begin)
        });
    }

    /// Waits for the next answer, and counts what can be counted without a
    /// gap. Whether there was an answer to wait for.
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

    fn count(&mut self) -> anyhow::Result<()> {
        while let Some(outcome) = self.early.remove(&self.counted) {
            let mark = outcome.mark.clone();
            self.tally.add(outcome)?;
            self.counted += 1;
            if let (Some(log), Some(mark)) = (&mut self.log, mark) {
                log.done(mark, &self.tally);
            }
        }
        let events = self.tally.counts.events();
        self.progress.set_message(format!("{events} events"));
        Ok(())
    }

    fn note(&mut self) {
        if let Some(log) = &mut self.log
            && let Err(error) = log.save(&mut self.tally)
        {
            self.fail(error);
        }
    }

    /// The first failure is told; nothing new is sent after it.
    fn fail(&mut self, error: anyhow::Error) {
        self.failure.get_or_insert(error);
        self.more = false;
    }
}

/// Sends one batch; one without events needs no request.
async fn send_one(client: &Client, batch: &Batch) -> Result<Option<IngestResponse>, Error> {
    if batch.lines.is_empty() {
        return Ok(None);
    }
    let events = client.usage_events();
    let answer = events.send_ndjson(batch.body.clone()).await?;
    Ok(Some(answer.into_inner()))
}
