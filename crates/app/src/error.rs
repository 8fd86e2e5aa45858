//! Failures of the application, sorted by what a caller can do about them.

use std::sync::Arc;

use exchequer_core::{MoneyError, RatingError};
use exchequer_store::StoreError;
use tokio::task::JoinError;

/// The cause of a failure.
pub type Source = Box<dyn std::error::Error + Send + Sync>;

/// A failure of the application.
///
/// Nothing is logged where one is made: whoever answers for the work (the
/// server for a request, the scheduler for a job) logs it once, with the chain
/// of its sources.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing for this caller.
    #[error("not found")]
    NotFound,
    /// The change contradicts what is there.
    #[error("{0}")]
    Conflict(String),
    /// The caller asks for something that cannot be.
    #[error("{field} is invalid: {why}")]
    Invalid {
        /// The field or argument at fault; `body` if it is the whole.
        field: &'static str,
        /// The fault.
        why: Fault,
    },
    /// Overload: the same call may succeed in a moment.
    #[error("busy, to be tried again in {retry_after} s")]
    Busy {
        /// Seconds until then.
        retry_after: u32,
    },
    /// Something that is needed is away, or the application is ending.
    #[error("unavailable")]
    Unavailable(#[source] Source),
    /// A bug, or damage.
    #[error("an unexpected failure")]
    Internal(#[source] Source),
}

/// A fault of something that a caller sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A field of a document breaks this rule, which names the field.
    #[error("{0}")]
    Rule(String),
    /// A field of a document holds a value that is none of those allowed.
    #[error("{value:?} is none of {allowed}")]
    Value {
        /// The value.
        value: String,
        /// The values that are allowed.
        allowed: &'static str,
    },
    /// An argument of a question has a value that is none of those allowed.
    #[error("{value:?} is none of {allowed}")]
    Argument {
        /// The value.
        value: String,
        /// The values that are allowed.
        allowed: &'static str,
    },
    /// The request holds more of something than one may.
    #[error("more than {limit} {unit}")]
    TooMany {
        /// The unit.
        unit: &'static str,
        /// The most that there may be.
        limit: usize,
    },
    /// The document cannot be read at all.
    #[error("{0}")]
    Unreadable(String),
}

impl Error {
    /// Returns the refusal of a document of which a field breaks a rule; the text names
    /// the field.
    pub fn rule(field: &'static str, rule: impl Into<String>) -> Self {
        let why = Fault::Rule(rule.into());
        Self::Invalid { field, why }
    }

    /// Returns the refusal of a body that cannot be read.
    pub(crate) fn unreadable(why: impl Into<String>) -> Self {
        let why = Fault::Unreadable(why.into());
        Self::Invalid { field: "body", why }
    }

    /// Returns true if the same call may succeed later, without a change to it.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Busy { .. } | Self::Unavailable(_))
    }

    /// Returns the failure and its causes as one line, for a log.
    #[must_use]
    pub fn chain(&self) -> String {
        exchequer_store::chain(self)
    }

    /// Sorts a failure of the store; its source is whatever holds it.
    fn sort(error: &StoreError, source: impl FnOnce() -> Source) -> Self {
        match error {
            StoreError::QueueFull { .. } => Self::Busy { retry_after: 1 },
            StoreError::NotFound => Self::NotFound,
            StoreError::Unstorable => Self::unreadable(error.to_string()),
            StoreError::Conflict(why) | StoreError::Gone(why) => Self::Conflict(why.clone()),
            StoreError::Closed | StoreError::Full(_) | StoreError::Unavailable(_) => {
                Self::Unavailable(source())
            }
            _ => Self::Internal(source()),
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::from(Arc::new(error))
    }
}

/// Those who waited for one piece of work share its failure.
impl From<Arc<StoreError>> for Error {
    fn from(error: Arc<StoreError>) -> Self {
        Self::sort(&error, || Box::new(Arc::clone(&error)))
    }
}

/// Only the operating system gives random bytes.
impl From<getrandom::Error> for Error {
    fn from(error: getrandom::Error) -> Self {
        Self::Unavailable(Box::new(error))
    }
}

impl From<RatingError> for Error {
    fn from(error: RatingError) -> Self {
        match error {
            // Terms that drop what is held: a matter of the contract.
            RatingError::NotInContract(_) => Self::Conflict(error.to_string()),
            error => Self::Internal(Box::new(error)),
        }
    }
}

impl From<MoneyError> for Error {
    fn from(error: MoneyError) -> Self {
        RatingError::from(error).into()
    }
}

/// Work on another thread or task panicked.
impl From<JoinError> for Error {
    fn from(error: JoinError) -> Self {
        Self::Internal(Box::new(error))
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Internal(Box::new(error))
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn failures_of_the_store_keep_their_cause() {
        let full = Error::from(StoreError::Full("no space".into()));
        assert!(matches!(full, Error::Unavailable(_)) && full.is_passing());
        let source = full.source().unwrap().to_string();
        assert_eq!(source, "the disk refuses writes: no space");
        let range = Error::from(StoreError::Range("2^127".into()));
        assert!(matches!(range, Error::Internal(_)) && !range.is_passing());
        assert_eq!(range.source().unwrap().to_string(), "out of range: 2^127");
    }

    #[test]
    fn what_a_caller_can_do_decides_the_kind() {
        let kind = |error: StoreError| Error::from(error);
        let busy = kind(StoreError::QueueFull { limit: 1 });
        assert!(matches!(busy, Error::Busy { retry_after: 1 }));
        assert!(matches!(kind(StoreError::NotFound), Error::NotFound));
        let refused = kind(StoreError::Conflict("two".to_owned()));
        assert!(matches!(refused, Error::Conflict(why) if why == "two"));
        let why = Fault::Unreadable("a text holds the character U+0000".to_owned());
        let unstorable = kind(StoreError::Unstorable);
        assert!(matches!(unstorable, Error::Invalid { why: it, .. } if it == why));
    }
}
