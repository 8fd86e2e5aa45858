//! Sends batches to a store from several tasks, as a busy server does.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Result, anyhow, ensure};
use exchequer_core::OrganizationId;
use exchequer_ledger::Verdict;
use exchequer_store::{Store, StoreError};

use crate::input::{Chunk, Reader};
use crate::task::{Figures, note};
use exchequer_support::measure::{self, Stopwatch, percentile};

/// Requests under way at once, at each node.
const TASKS: usize = 4;
/// A tail of this many events is being folded, or about to be.
pub(crate) const FOLD_AT: u64 = 128_000;

/// One acknowledged batch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    /// The time of its acknowledgement, in seconds since the start.
    pub(crate) at: f64,
    /// The milliseconds until its acknowledgement.
    pub(crate) millis: f64,
    /// True if a fold was under way.
    pub(crate) folding: bool,
    pub(crate) events: usize,
}

/// All acknowledged batches, by time.
pub(crate) struct Driven {
    pub(crate) samples: Vec<Sample>,
    pub(crate) retries: u64,
}

struct Shared {
    reader: Mutex<Reader>,
    ids: Vec<OrganizationId>,
    expected: Verdict,
    clock: Stopwatch,
}

/// Sends the file; every event must get the verdict that is expected.
pub(crate) async fn drive(
    store: &Store,
    path: &Path,
    first: u64,
    ids: Vec<OrganizationId>,
    expected: Verdict,
) -> Result<Driven> {
    drive_all(std::slice::from_ref(store), path, first, ids, expected).await
}

/// Does the same to several nodes at once: each request goes to one of them.
pub(crate) async fn drive_all(
    nodes: &[Store],
    path: &Path,
    first: u64,
    ids: Vec<OrganizationId>,
    expected: Verdict,
) -> Result<Driven> {
    let shared = Arc::new(Shared {
        reader: Mutex::new(Reader::open(path, first)?),
        ids,
        expected,
        clock: Stopwatch::start(),
    });
    let nodes = nodes
        .iter()
        .flat_map(|node| std::iter::repeat_n(node, TASKS));
    let tasks: Vec<_> = nodes
        .map(|node| tokio::spawn(send(node.clone(), Arc::clone(&shared))))
        .collect();
    let mut driven = Driven {
        samples: Vec::new(),
        retries: 0,
    };
    for task in tasks {
        let (samples, retries) = task.await??;
        driven.samples.extend(samples);
        driven.retries += retries;
    }
    driven.samples.sort_by(|a, b| a.at.total_cmp(&b.at));
    ensure!(!driven.samples.is_empty(), "{} is empty", path.display());
    Ok(driven)
}

async fn send(store: Store, shared: Arc<Shared>) -> Result<(Vec<Sample>, u64)> {
    let (mut chunk, mut samples, mut retries) = (Chunk::default(), Vec::new(), 0);
    loop {
        let more = {
            let mut reader = shared.reader.lock().unwrap_or_else(PoisonError::into_inner);
            reader.next(&mut chunk)?
        };
        if !more {
            return Ok((samples, retries));
        }
        let verdicts = loop {
            let (request, clock) = (chunk.request(&shared.ids, &store), Stopwatch::start());
            let folding = is_folding(&store);
            match store.ingest(request, measure::now()).await {
                Ok(admission) => {
                    samples.push(Sample {
                        at: shared.clock.seconds(),
                        millis: clock.millis(),
                        folding: folding || is_folding(&store),
                        events: chunk.events,
                    });
                    break admission.verdicts;
                }
                Err(StoreError::QueueFull { .. }) => {
                    retries += 1;
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                Err(error) => return Err(error.into()),
            }
        };
        let unexpected = verdicts
            .iter()
            .filter(|verdict| **verdict != shared.expected)
            .count();
        ensure!(
            verdicts.len() == chunk.events && unexpected == 0,
            "{unexpected} of {} events were not {:?}",
            chunk.events,
            shared.expected
        );
    }
}

pub(crate) fn is_folding(store: &Store) -> bool {
    store.statistics().tail_events >= FOLD_AT
}

/// Waits until no fold is under way.
pub(crate) async fn folds_done(store: &Store) -> Result<()> {
    let clock = Stopwatch::start();
    while is_folding(store) {
        if clock.seconds() > 300.0 {
            return Err(anyhow!("folds did not end within 300 seconds"));
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Ok(())
}

impl Driven {
    pub(crate) fn events(&self) -> f64 {
        self.samples
            .iter()
            .map(|sample| sample.events)
            .sum::<usize>() as f64
    }

    pub(crate) fn seconds(&self) -> f64 {
        self.samples.last().map_or(0.0, |sample| sample.at)
    }

    pub(crate) fn rate(&self) -> f64 {
        self.events() / self.seconds()
    }

    /// Events a second in each of `parts` equal shares of the events.
    pub(crate) fn rates(&self, parts: usize) -> Vec<f64> {
        let share = self.events() / parts as f64;
        let (mut rates, mut events, mut counted, mut since) = (Vec::new(), 0.0, 0.0, 0.0);
        for sample in &self.samples {
            events += sample.events as f64;
            if events >= share * (rates.len() + 1) as f64 - 0.5 && sample.at > since {
                rates.push((events - counted) / (sample.at - since));
                (counted, since) = (events, sample.at);
            }
        }
        rates
    }

    /// Notes how long acknowledgements took, of all and of those during folds.
    pub(crate) fn note_times(&self, figures: &mut Figures, name: &str) {
        let of = |wanted: &dyn Fn(&&Sample) -> bool| -> Vec<f64> {
            self.samples
                .iter()
                .filter(wanted)
                .map(|sample| sample.millis)
                .collect()
        };
        let (mut all, mut folding) = (of(&|_| true), of(&|sample| sample.folding));
        note(
            figures,
            &format!("{name}.during_folds"),
            Some(folding.len() as f64 / all.len() as f64),
        );
        for (what, share) in [("p50", 0.5), ("p99", 0.99), ("max", 1.0)] {
            note(
                figures,
                &format!("{name}.ack_{what}"),
                percentile(&mut all, share),
            );
            note(
                figures,
                &format!("{name}.fold_ack_{what}"),
                percentile(&mut folding, share),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_those_of_equal_shares() {
        let sample = |at, events| Sample {
            at,
            millis: 1.0,
            folding: at > 2.0,
            events,
        };
        let driven = Driven {
            samples: vec![
                sample(1.0, 10),
                sample(2.0, 10),
                sample(4.0, 10),
                sample(8.0, 10),
            ],
            retries: 0,
        };
        assert_eq!(driven.rates(4), [10.0, 10.0, 5.0, 2.5]);
        assert_eq!(driven.rates(2), [10.0, 20.0 / 6.0]);
        let mut figures = Figures::new();
        driven.note_times(&mut figures, "x");
        assert_eq!(figures["x.during_folds"], 0.5);
    }
}
