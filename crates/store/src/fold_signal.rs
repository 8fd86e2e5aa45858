//! The signal that wakes the folder.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::limits::FOLD_PAUSE;

/// Work that the folder was asked for.
#[derive(Default)]
pub(crate) struct Requested {
    pub(crate) fold: bool,
    pub(crate) checkpoint: bool,
    pub(crate) reroll: bool,
    pub(crate) stop: bool,
}

/// Wakes the folder. Asking twice for the same work before it begins is asking
/// once.
#[derive(Default)]
pub(crate) struct FoldSignal {
    requested: Mutex<Requested>,
    changed: Condvar,
}

impl FoldSignal {
    fn lock(&self) -> MutexGuard<'_, Requested> {
        self.requested
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn request(&self, set: impl FnOnce(&mut Requested)) {
        set(&mut self.lock());
        self.changed.notify_all();
    }

    /// Asks for a fold.
    pub(crate) fn fold(&self) {
        self.request(|requested| requested.fold = true);
    }

    /// Asks for a checkpoint of the write-ahead log.
    pub(crate) fn checkpoint(&self) {
        self.request(|requested| requested.checkpoint = true);
    }

    /// Asks for a search for stale rollups.
    pub(crate) fn reroll(&self) {
        self.request(|requested| requested.reroll = true);
    }

    /// Tells the folder to end.
    pub(crate) fn stop(&self) {
        self.request(|requested| requested.stop = true);
    }

    /// Returns whether the folder was told to end.
    pub(crate) fn is_stopping(&self) -> bool {
        self.lock().stop
    }

    /// Returns whether there is work that a re-roll must make way for: nobody
    /// waits for a re-roll, since readers of stale days are exact without it.
    pub(crate) fn is_pressing(&self) -> bool {
        let requested = self.lock();
        requested.fold || requested.checkpoint || requested.stop
    }

    /// Waits for a request, and takes all that there are. After a pause
    /// without any it returns an empty set.
    pub(crate) fn wait(&self) -> Requested {
        let nothing = |requested: &mut Requested| {
            !(requested.fold || requested.checkpoint || requested.reroll || requested.stop)
        };
        let (mut requested, _) = self
            .changed
            .wait_timeout_while(self.lock(), FOLD_PAUSE, nothing)
            .unwrap_or_else(PoisonError::into_inner);
        let stop = requested.stop;
        let taken = std::mem::take(&mut *requested);
        // Work that runs for long asks again whether it should stop.
        requested.stop = stop;
        taken
    }
}
