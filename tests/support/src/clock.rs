//! A clock that tests move.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use exchequer_app::Ambient;
use exchequer_core::Instant;

/// A clock that tests move.
#[derive(Clone)]
pub struct Clock(Arc<AtomicI64>);

impl Clock {
    /// A clock that stands at this instant.
    #[must_use]
    pub fn at(now: Instant) -> Self {
        Self(Arc::new(AtomicI64::new(now.micros())))
    }

    /// Sets the clock.
    pub fn set(&self, now: Instant) {
        self.0.store(now.micros(), Ordering::SeqCst);
    }

    /// Moves the clock ahead.
    pub fn advance(&self, by: Duration) {
        let micros = i64::try_from(by.as_micros()).unwrap();
        self.0.fetch_add(micros, Ordering::SeqCst);
    }

    /// Moves the clock back.
    pub fn go_back(&self, by: Duration) {
        let micros = i64::try_from(by.as_micros()).unwrap();
        self.0.fetch_sub(micros, Ordering::SeqCst);
    }

    /// The surroundings of a server that reads this clock.
    #[must_use]
    pub fn ambient(&self) -> Ambient {
        let now = Arc::clone(&self.0);
        Ambient::with_clock(move || Instant::from_micros(now.load(Ordering::SeqCst)))
    }
}
