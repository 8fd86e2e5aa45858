//! The one place of the application that reads the clock and draws random bytes.
//!
//! Everything else takes them as arguments, so that tests can choose them.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use exchequer_core::Instant;
use uuid::{Builder, Uuid};

/// A clock and a source of random bytes.
#[derive(Clone)]
pub struct Ambient {
    clock: Arc<dyn Fn() -> Instant + Send + Sync>,
}

impl Ambient {
    /// Returns the clock and randomness of the operating system.
    #[must_use]
    pub fn system() -> Self {
        Self::with_clock(system_time)
    }

    /// Returns an ambient with a chosen clock; randomness is that of the operating system.
    #[must_use]
    pub fn with_clock(clock: impl Fn() -> Instant + Send + Sync + 'static) -> Self {
        Self {
            clock: Arc::new(clock),
        }
    }

    /// Returns the time.
    #[must_use]
    pub fn now(&self) -> Instant {
        (self.clock)()
    }

    /// Returns random bytes that nobody can guess.
    ///
    /// # Errors
    /// If the operating system has none.
    #[expect(clippy::disallowed_methods, reason = "this is the edge")]
    pub fn random<const N: usize>(&self) -> Result<[u8; N], getrandom::Error> {
        let mut bytes = [0; N];
        getrandom::fill(&mut bytes)?;
        Ok(bytes)
    }

    /// Returns an id that sorts by time. It names things and guards nothing, so
    /// it may do without randomness if there is none.
    #[must_use]
    pub fn id(&self) -> Uuid {
        // An instant before 1970, which only a broken clock says, sorts first.
        let millis = self.now().micros().max(0).unsigned_abs() / 1000;
        Builder::from_unix_timestamp_millis(millis, &self.random().unwrap_or_default()).into_uuid()
    }
}

impl Default for Ambient {
    fn default() -> Self {
        Self::system()
    }
}

impl std::fmt::Debug for Ambient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ambient")
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the edge")]
fn system_time() -> Instant {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("the clock says a time after 1970");
    let micros = i64::try_from(since.as_micros()).expect("the clock says a time before 290000");
    Instant::from_micros(micros)
}
