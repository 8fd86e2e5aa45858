//! The queue in front of the writer: bounded by bytes, never by a timer.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use exchequer_core::Instant;
use exchequer_ledger::{Request, Verdict};
use tokio::sync::oneshot;

use super::state::WriterState;
use crate::error::StoreError;
use crate::limits::{GROUP_BYTES, QUEUE_BYTES};

/// Work of the writer beside ingestion.
pub(crate) type Step = Box<dyn FnOnce(&mut WriterState) + Send>;

/// The decisions on the events of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Admission {
    /// The verdict on each event, in the order in which they were added.
    pub verdicts: Vec<Verdict>,
    /// The number of voids, new or repeated, that meet no event: none has come yet, or
    /// not at an instant that they reach.
    pub unmatched: u64,
}

/// A request's events, waiting to be committed.
pub(crate) struct Submission {
    pub(crate) request: Request,
    pub(crate) received: Instant,
    pub(crate) answer: oneshot::Sender<Result<Admission, StoreError>>,
}

/// The next work of the writer.
pub(super) enum Work {
    Step(Step),
    Group(Vec<Submission>),
    Stop,
}

#[derive(Default)]
struct Waiting {
    steps: VecDeque<Step>,
    submissions: VecDeque<Submission>,
    bytes: usize,
    closed: bool,
}

/// The writer's queue; clones share it.
#[derive(Clone, Default)]
pub(crate) struct Queue {
    shared: Arc<(Mutex<Waiting>, Condvar)>,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.shared.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a step. Steps are not bounded: each is a transaction that another
    /// thread waits for, so there are no more of them than such threads.
    pub(crate) fn step(&self, step: Step) -> Result<(), StoreError> {
        let mut waiting = self.lock();
        if waiting.closed {
            return Err(StoreError::Closed);
        }
        waiting.steps.push_back(step);
        self.shared.1.notify_all();
        Ok(())
    }

    /// Adds the events of a request, or refuses them if too many bytes wait.
    pub(crate) fn submit(&self, submission: Submission) -> Result<(), StoreError> {
        let mut waiting = self.lock();
        if waiting.closed {
            return Err(StoreError::Closed);
        }
        let bytes = submission.request.bytes();
        if waiting.bytes + bytes > QUEUE_BYTES {
            return Err(StoreError::QueueFull { limit: QUEUE_BYTES });
        }
        waiting.bytes += bytes;
        waiting.submissions.push_back(submission);
        self.shared.1.notify_all();
        Ok(())
    }

    /// Waits for work. While `ingesting` is false, submissions keep waiting
    /// and only steps are taken: the tail is full until a fold is done.
    pub(super) fn next(&self, ingesting: bool) -> Work {
        let mut waiting = self.lock();
        loop {
            // Steps go first: they are short, and a fold that ends a full tail
            // is one of them.
            if let Some(step) = waiting.steps.pop_front() {
                return Work::Step(step);
            }
            if !waiting.submissions.is_empty() && ingesting {
                return Work::Group(waiting.take_group());
            }
            if waiting.closed {
                return Work::Stop;
            }
            waiting = self
                .shared
                .1
                .wait(waiting)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Refuses new work; the work that waits is still done.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.shared.1.notify_all();
    }

    /// Drops all work, and with it the senders of its answers: whoever waits
    /// for one sees that the writer is gone.
    pub(super) fn abandon(&self) {
        let mut waiting = self.lock();
        *waiting = Waiting {
            closed: true,
            ..Waiting::default()
        };
    }

    /// Returns the bytes of the events that wait.
    pub(crate) fn bytes(&self) -> usize {
        self.lock().bytes
    }
}

impl Waiting {
    /// Takes the events of one commit: those of the first request, and of as
    /// many more as fit beside it.
    fn take_group(&mut self) -> Vec<Submission> {
        let mut group = Vec::new();
        let mut bytes = 0;
        while let Some(next) = self.submissions.front()
            && (group.is_empty() || bytes + next.request.bytes() <= GROUP_BYTES)
        {
            bytes += next.request.bytes();
            group.extend(self.submissions.pop_front());
        }
        self.bytes -= bytes;
        group
    }
}
