//! The reports that are being made right now.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use exchequer_core::Instant;
use exchequer_ledger::UsageReport;
use exchequer_store::StoreError;
use exchequer_store::report_jobs::ReportScope;
use tokio::sync::{Notify, watch};

use crate::limits::MOST_KEPT;

/// The end of a task.
pub(crate) type Outcome = Result<Arc<UsageReport>, Arc<StoreError>>;

/// The progress of a task.
#[derive(Clone)]
pub(crate) enum Stage {
    /// Computing; its callers wait.
    Waited,
    /// Computing; the database knows of it.
    Kept,
    /// The report is done.
    Done(Outcome),
}

/// The moment at which a request came, or a task began.
#[derive(Clone, Copy)]
pub(crate) struct Begun {
    /// As the clock said, which may go back.
    pub(crate) at: Instant,
    /// As it is told apart from others within this process.
    pub(crate) order: tokio::time::Instant,
}

impl Begun {
    /// Returns the moment that is now, when the clock says `at`.
    pub(crate) fn now(at: Instant) -> Self {
        Self {
            at,
            order: tokio::time::Instant::now(),
        }
    }
}

/// A report that is being made.
pub(crate) struct Slot {
    pub(crate) scope: ReportScope,
    /// All that was acknowledged before this is in the report.
    pub(crate) begun: Begun,
    stage: watch::Sender<Stage>,
    kept: AtomicBool,
    keep: Notify,
}

impl Slot {
    fn new(scope: ReportScope, begun: Begun) -> Self {
        Self {
            scope,
            begun,
            stage: watch::Sender::new(Stage::Waited),
            kept: AtomicBool::new(false),
            keep: Notify::new(),
        }
    }

    /// Waits for the end.
    pub(crate) async fn outcome(&self) -> Outcome {
        let mut stage = self.stage.subscribe();
        let done = stage
            .wait_for(|stage| matches!(stage, Stage::Done(_)))
            .await;
        match done.as_deref() {
            Ok(Stage::Done(outcome)) => outcome.clone(),
            // The sender lives in this slot, so it is never gone.
            _ => Err(Arc::new(StoreError::Closed)),
        }
    }

    /// Asks the task to keep itself, and waits until it has, or has ended.
    pub(crate) async fn keep(&self) -> Option<Outcome> {
        self.keep.notify_one();
        let mut stage = self.stage.subscribe();
        let settled = stage
            .wait_for(|stage| !matches!(stage, Stage::Waited))
            .await;
        match settled.as_deref() {
            Ok(Stage::Done(outcome)) => Some(outcome.clone()),
            _ => None,
        }
    }

    /// Completes when somebody has asked the task to keep itself.
    pub(crate) async fn asked_to_keep(&self) {
        self.keep.notified().await;
    }

    pub(crate) fn is_kept(&self) -> bool {
        self.kept.load(Ordering::Acquire)
    }

    pub(crate) fn enter(&self, stage: Stage) {
        if matches!(stage, Stage::Kept) {
            self.kept.store(true, Ordering::Release);
        }
        self.stage.send_replace(stage);
    }
}

/// All reports that are being made.
#[derive(Default)]
pub(crate) struct RunningReports {
    slots: Mutex<Slots>,
}

#[derive(Default)]
struct Slots {
    /// The tasks that callers wait for, by scope and the key of the usage.
    waited: HashMap<(ReportScope, String), Arc<Slot>>,
    /// The tasks of reports that callers were told to come back for.
    kept: HashMap<ReportScope, Arc<Slot>>,
}

impl RunningReports {
    fn lock(&self) -> MutexGuard<'_, Slots> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the task that makes the report in the background.
    pub(crate) fn kept(&self, scope: &ReportScope) -> Option<Arc<Slot>> {
        self.lock().kept.get(scope).cloned()
    }

    /// Returns true if no more reports can be made in the background.
    pub(crate) fn is_full(&self) -> bool {
        self.lock().kept.len() >= MOST_KEPT
    }

    /// Returns the task that makes the report from this usage; `true` if it is new and
    /// has to be started.
    pub(crate) fn join(&self, scope: ReportScope, key: &str, begun: Begun) -> (Arc<Slot>, bool) {
        let mut slots = self.lock();
        if let Some(slot) = slots.waited.get(&(scope, key.to_owned())) {
            return (Arc::clone(slot), false);
        }
        let slot = Arc::new(Slot::new(scope, begun));
        slots
            .waited
            .insert((scope, key.to_owned()), Arc::clone(&slot));
        (slot, true)
    }

    /// Returns the task that makes the report in the background; `true` if it is new
    /// and has to be started.
    pub(crate) fn resume(&self, scope: ReportScope, begun: Begun) -> (Arc<Slot>, bool) {
        let mut slots = self.lock();
        if let Some(slot) = slots.kept.get(&scope) {
            return (Arc::clone(slot), false);
        }
        let slot = Arc::new(Slot::new(scope, begun));
        slot.enter(Stage::Kept);
        slots.kept.insert(scope, Arc::clone(&slot));
        (slot, true)
    }

    /// Moves a task into the background.
    pub(crate) fn move_to_kept(&self, key: &str, slot: &Arc<Slot>) {
        let mut slots = self.lock();
        slots.waited.remove(&(slot.scope, key.to_owned()));
        slots.kept.insert(slot.scope, Arc::clone(slot));
    }

    /// Forgets a task that callers waited for.
    pub(crate) fn forget_waited(&self, key: &str, slot: &Slot) {
        self.lock().waited.remove(&(slot.scope, key.to_owned()));
    }

    /// Forgets a task of the background.
    pub(crate) fn forget_kept(&self, slot: &Slot) {
        self.lock().kept.remove(&slot.scope);
    }
}

#[cfg(test)]
mod tests {
    use exchequer_core::{OrganizationId, TimeRange};

    use super::*;

    /// Whoever finds its job meanwhile must know that it began before the request.
    #[test]
    fn a_task_that_moves_to_the_background_began_when_it_did() {
        let instant = Instant::from_micros;
        let scope = ReportScope {
            organization: OrganizationId::from_bytes([1; 16]),
            range: TimeRange::new(instant(0), instant(9)).unwrap(),
        };
        let reports = RunningReports::default();
        // The clock goes back, and the order of things does not.
        let (first, second) = (Begun::now(instant(7)), Begun::now(instant(5)));
        let (slot, new) = reports.join(scope, "key", first);
        assert!(new && first.order <= second.order);
        reports.move_to_kept("key", &slot);
        let (resumed, new) = reports.resume(scope, second);
        assert!(!new && Arc::ptr_eq(&slot, &resumed));
        assert_eq!(
            (resumed.begun.at, resumed.begun.order),
            (first.at, first.order)
        );
    }
}
