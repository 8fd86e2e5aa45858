//! Tells a listener when a client waits.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::Error;

/// The reason and the length of a pause before a request is sent again.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Wait<'a> {
    /// A call failed in a way that may pass.
    Retry {
        /// The error of the call.
        error: &'a Error,
        /// The pause before the next attempt.
        pause: Duration,
    },
    /// A report is being computed.
    Report {
        /// The pause before it is asked for again.
        pause: Duration,
    },
}

type Callback = dyn Fn(Wait<'_>) + Send + Sync;

/// A callback for every wait.
#[derive(Clone, Default)]
pub(crate) struct Listener(Option<Arc<Callback>>);

impl Listener {
    pub(crate) fn new(listener: impl Fn(Wait<'_>) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(listener)))
    }

    pub(crate) fn tell(&self, wait: Wait<'_>) {
        if let Some(listener) = &self.0 {
            listener(wait);
        }
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Some(_) => "Listener(…)",
            None => "Listener(none)",
        })
    }
}
