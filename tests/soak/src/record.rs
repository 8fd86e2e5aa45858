//! The record of a soak: how long each operation took and when, its errors, and
//! the memory and files of the process.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::operation::Operation;
use exchequer_support::measure::{Stopwatch, percentile};

/// Fewer samples than this in a quarter make no percentile worth a ratio.
const ENOUGH: usize = 50;

/// One operation: when it ended, and how long it took.
#[derive(Clone, Copy)]
struct Sample {
    at: f64,
    millis: f64,
}

/// The process at some moment.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Held {
    pub(crate) at: f64,
    /// MB.
    pub(crate) memory: f64,
    pub(crate) files: usize,
    /// MB.
    pub(crate) database: f64,
}

#[derive(Default)]
struct Notes {
    samples: BTreeMap<Operation, Vec<Sample>>,
    errors: BTreeMap<String, u64>,
    held: Vec<Held>,
    events: Vec<(f64, u64)>,
}

/// Everything that is noted, by time since the load began.
pub(crate) struct Record {
    clock: Stopwatch,
    notes: Mutex<Notes>,
}

/// The figures of a quarter: operation or memory, p99 or MB.
pub(crate) type Figures = BTreeMap<String, f64>;

impl Record {
    pub(crate) fn start() -> Self {
        Self {
            clock: Stopwatch::start(),
            notes: Mutex::default(),
        }
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Seconds since the start.
    pub(crate) fn now(&self) -> f64 {
        self.clock.seconds()
    }

    /// An operation that was due at `due` has ended now.
    pub(crate) fn took(&self, operation: Operation, due: f64) {
        let at = self.now();
        let millis = (at - due) * 1e3;
        let mut notes = self.notes();
        let samples = notes.samples.entry(operation).or_default();
        samples.push(Sample { at, millis });
    }

    /// Events were acknowledged.
    pub(crate) fn kept(&self, events: u64) {
        let at = self.now();
        self.notes().events.push((at, events));
    }

    pub(crate) fn failed(&self, operation: Operation, what: &str) {
        let kind = format!("{}: {what}", operation.name());
        *self.notes().errors.entry(kind).or_default() += 1;
    }

    pub(crate) fn held(&self, held: Held) {
        self.notes().held.push(held);
    }

    /// Errors so far, by kind.
    pub(crate) fn errors(&self) -> BTreeMap<String, u64> {
        self.notes().errors.clone()
    }

    /// Events a second in a span of time.
    pub(crate) fn rate(&self, from: f64, to: f64) -> f64 {
        let notes = self.notes();
        let within = notes
            .events
            .iter()
            .filter(|(at, _)| (from..to).contains(at));
        within.map(|(_, events)| *events).sum::<u64>() as f64 / (to - from)
    }

    /// p50 and p99 of an operation in a span of time, and how often it ran.
    pub(crate) fn times(&self, operation: Operation, from: f64, to: f64) -> (usize, [f64; 2]) {
        let notes = self.notes();
        let samples = notes.samples.get(&operation).into_iter().flatten();
        let within = samples.filter(|sample| (from..to).contains(&sample.at));
        let mut millis: Vec<f64> = within.map(|sample| sample.millis).collect();
        let share = |share, millis: &mut Vec<f64>| percentile(millis, share).unwrap_or(f64::NAN);
        let times = [share(0.5, &mut millis), share(0.99, &mut millis)];
        (millis.len(), times)
    }

    /// Returns the resources that were held last.
    pub(crate) fn last_held(&self) -> Held {
        self.notes().held.last().copied().unwrap_or_default()
    }

    /// The figures that must stay flat, of a span of time.
    pub(crate) fn figures(&self, from: f64, to: f64) -> Figures {
        let mut figures = Figures::new();
        for operation in Operation::ALL {
            let (count, [_, p99]) = self.times(operation, from, to);
            if count >= ENOUGH {
                figures.insert(format!("p99 of {}, ms", operation.name()), p99);
            }
        }
        let notes = self.notes();
        let within = notes
            .held
            .iter()
            .filter(|held| (from..to).contains(&held.at));
        let memory: Vec<f64> = within.map(|held| held.memory).collect();
        if !memory.is_empty() {
            let mean = memory.iter().sum::<f64>() / memory.len() as f64;
            figures.insert("memory, mean, MB".to_owned(), mean);
            let most = memory.iter().copied().fold(0.0, f64::max);
            figures.insert("memory, most, MB".to_owned(), most);
        }
        figures
    }
}
