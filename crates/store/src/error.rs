//! Failures of the store, and what a caller can do about each.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use rusqlite::ErrorCode;

/// A failure of the store, sorted by what the caller can do about it.
#[derive(Debug, Clone)]
pub enum StoreError {
    /// The queue of the writer is full: the same call may succeed in a moment.
    QueueFull {
        /// The most bytes the queue may hold.
        limit: usize,
    },
    /// The disk is full or does not take writes; nothing of the call was kept.
    Full(Cause),
    /// The database cannot be reached or opened.
    Unavailable(Cause),
    /// A stored blob is damaged. No figure is ever computed from such a blob.
    Corrupt {
        /// Table and key of the damaged row.
        what: String,
        /// The damage that the decoder found.
        why: Cause,
    },
    /// The change contradicts what is stored.
    Conflict(String),
    /// A text that no database can be asked to keep.
    Unstorable,
    /// No such row for this caller.
    NotFound,
    /// What an earlier version said was not kept, so an answer as of it cannot be given.
    Gone(String),
    /// The transaction was undone by whoever asked for it, to try it alone.
    Undone,
    /// The store is shutting down.
    Closed,
    /// Arithmetic left the range that the ledger can hold.
    Range(Cause),
    /// Any other failure of the database.
    Database(Cause),
}

/// A reason for a failure: a message, the error that led to it, or both.
#[derive(Debug, Clone)]
pub struct Cause {
    message: String,
    /// Shared, because one failed commit answers every request of its group.
    error: Option<Arc<dyn Error + Send + Sync>>,
}

impl Cause {
    /// Returns the cause of an error that speaks for itself.
    #[must_use]
    pub fn from_error(error: impl Error + Send + Sync + 'static) -> Self {
        Self::about(String::new(), error)
    }

    /// Returns the cause of an error, with what it concerns, such as a path.
    #[must_use]
    pub fn about(message: String, error: impl Error + Send + Sync + 'static) -> Self {
        Self {
            message,
            error: Some(Arc::new(error)),
        }
    }

    /// Returns the cause of an error whose type is not known.
    pub(crate) fn from_boxed(error: Box<dyn Error + Send + Sync>) -> Self {
        Self {
            message: String::new(),
            error: Some(error.into()),
        }
    }

    fn source(&self) -> Option<&(dyn Error + 'static)> {
        let error = self.error.as_deref()?;
        Some(error)
    }
}

impl From<String> for Cause {
    fn from(message: String) -> Self {
        Self {
            message,
            error: None,
        }
    }
}

impl From<&str> for Cause {
    fn from(message: &str) -> Self {
        message.to_owned().into()
    }
}

/// The message and the error.
impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.error {
            None => f.write_str(&self.message),
            Some(error) if self.message.is_empty() => error.fmt(f),
            Some(error) => write!(f, "{}: {error}", self.message),
        }
    }
}

/// Says the message of a [`Cause`] but not its error: that is the source, which
/// whoever prints a chain of errors would print twice.
impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, cause) = match self {
            Self::QueueFull { limit } => {
                return write!(f, "the write queue is full ({limit} bytes)");
            }
            Self::Conflict(why) | Self::Gone(why) => return f.write_str(why),
            Self::Unstorable => return f.write_str("a text holds the character U+0000"),
            Self::NotFound => return f.write_str("not found"),
            Self::Undone => return f.write_str("the transaction was undone"),
            Self::Closed => return f.write_str("the store is closed"),
            Self::Corrupt { what, why } => {
                write!(f, "corrupt ")?;
                (what.as_str(), why)
            }
            Self::Full(cause) => ("the disk refuses writes", cause),
            Self::Unavailable(cause) => ("the database is unavailable", cause),
            Self::Range(cause) => ("out of range", cause),
            Self::Database(cause) => ("database", cause),
        };
        f.write_str(what)?;
        match cause.message.as_str() {
            "" => Ok(()),
            message => write!(f, ": {message}"),
        }
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Full(cause)
            | Self::Unavailable(cause)
            | Self::Range(cause)
            | Self::Database(cause)
            | Self::Corrupt { why: cause, .. } => cause.source(),
            Self::QueueFull { .. }
            | Self::Conflict(_)
            | Self::Gone(_)
            | Self::Unstorable
            | Self::NotFound
            | Self::Undone
            | Self::Closed => None,
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let code = error.sqlite_error_code();
        if matches!(error, rusqlite::Error::QueryReturnedNoRows) {
            return Self::NotFound;
        }
        let cause = Cause::from_error(error);
        match code {
            Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure | ErrorCode::ReadOnly) => {
                Self::Full(cause)
            }
            Some(ErrorCode::CannotOpen | ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                Self::Unavailable(cause)
            }
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::corrupt("database file", cause)
            }
            _ => Self::Database(cause),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error;
        if matches!(error, Error::RowNotFound) {
            return Self::NotFound;
        }
        let unavailable = matches!(
            error,
            Error::Io(_)
                | Error::Tls(_)
                | Error::Protocol(_)
                | Error::PoolTimedOut
                | Error::PoolClosed
        );
        let code = error.as_database_error().and_then(|error| error.code());
        let code = code.map(|code| code.into_owned());
        let cause = Cause::from_error(error);
        // Classes and codes of appendix A of PostgreSQL's manual.
        match code.as_deref() {
            Some("53100" | "25006") => Self::Full(cause),
            Some(code) if is_passing(code) => Self::Unavailable(cause),
            None if unavailable => Self::Unavailable(cause),
            _ => Self::Database(cause),
        }
    }
}

/// Returns whether the same transaction may succeed in a moment: it met another
/// one, took too long, or the connection or the server is going away.
fn is_passing(code: &str) -> bool {
    let classes = ["08", "40", "53", "57", "58"];
    let own = ["25P03", "25P04", "55P03"]; // time-outs in a transaction, of a lock
    classes.iter().any(|class| code.starts_with(class)) || own.contains(&code)
}

impl StoreError {
    /// Returns the error of a disk that does not take writes.
    pub(crate) fn full(cause: impl Into<Cause>) -> Self {
        Self::Full(cause.into())
    }

    /// Returns the error of a database that cannot be reached, or cannot do its work at the
    /// moment.
    #[must_use]
    pub fn unavailable(cause: impl Into<Cause>) -> Self {
        Self::Unavailable(cause.into())
    }

    /// Returns the error of a damaged row or blob, named by table and key.
    #[must_use]
    pub fn corrupt(what: impl Into<String>, why: impl Into<Cause>) -> Self {
        Self::Corrupt {
            what: what.into(),
            why: why.into(),
        }
    }

    /// Returns the error of a number that has no place in the ledger.
    pub(crate) fn range(cause: impl Into<Cause>) -> Self {
        Self::Range(cause.into())
    }

    /// Returns this error as [`chain`] does.
    #[must_use]
    pub fn chain(&self) -> String {
        chain(self)
    }
}

/// Returns the text of an error and of every error that led to it: for a log,
/// which shows no sources by itself.
#[must_use]
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        let source = error.to_string();
        // Some libraries repeat the text of a source in their own.
        if !text.ends_with(&source) {
            text.push_str(": ");
            text.push_str(&source);
        }
        next = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn an_error_keeps_what_led_to_it() {
        let refused = io::Error::new(io::ErrorKind::PermissionDenied, "no entry");
        let error = StoreError::unavailable(Cause::about("/data".to_owned(), refused));
        assert_eq!(error.to_string(), "the database is unavailable: /data");
        let source = error.source().unwrap();
        assert!(source.downcast_ref::<io::Error>().is_some());
        let whole = "the database is unavailable: /data: no entry";
        assert_eq!(error.chain(), whole);
        assert_eq!(error.clone().chain(), whole);
        let refused = io::Error::other("no route");
        let of_driver = StoreError::from(sqlx::Error::Io(refused));
        assert!(matches!(of_driver, StoreError::Unavailable(_)));
        assert!(of_driver.source().unwrap().is::<sqlx::Error>());
        // The driver's text ends with that of its own source.
        assert_eq!(of_driver.chain().matches("no route").count(), 1);
    }

    #[test]
    fn a_text_alone_has_no_source() {
        let error = StoreError::corrupt("mark 7", "it is missing");
        assert_eq!(error.to_string(), "corrupt mark 7: it is missing");
        assert!(error.source().is_none());
    }
}
