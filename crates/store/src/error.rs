//! What can go wrong between the server and the database.

use rusqlite::ErrorCode;

/// A failure of the store, sorted by what the caller can do about it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The queue of the writer is full: the same call may succeed in a moment.
    #[error("the write queue is full ({limit} bytes)")]
    QueueFull {
        /// The most bytes the queue may hold.
        limit: usize,
    },
    /// The disk is full or does not take writes; nothing of the call was kept.
    #[error("the disk refuses writes: {0}")]
    Full(String),
    /// The database cannot be reached or opened.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// A stored blob is damaged. No figure is ever computed from such a blob.
    #[error("corrupt {what}: {why}")]
    Corrupt {
        /// Table and key of the damaged row.
        what: String,
        /// What the decoder found.
        why: String,
    },
    /// The change contradicts what is stored.
    #[error("{0}")]
    Conflict(String),
    /// A text that no database can be asked to keep.
    #[error("a text holds the character U+0000")]
    Unstorable,
    /// No such row for this caller.
    #[error("not found")]
    NotFound,
    /// The store is shutting down.
    #[error("the store is closed")]
    Closed,
    /// Arithmetic left the range that the ledger can hold.
    #[error("out of range: {0}")]
    Range(String),
    /// Any other failure of the database.
    #[error("database: {0}")]
    Database(Box<dyn std::error::Error + Send + Sync>),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure | ErrorCode::ReadOnly) => {
                Self::Full(error.to_string())
            }
            Some(ErrorCode::CannotOpen | ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                Self::Unavailable(error.to_string())
            }
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Corrupt {
                what: "database file".to_owned(),
                why: error.to_string(),
            },
            _ if matches!(error, rusqlite::Error::QueryReturnedNoRows) => Self::NotFound,
            _ => Self::Database(error.into()),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error;
        let unavailable = matches!(
            error,
            Error::Io(_)
                | Error::Tls(_)
                | Error::Protocol(_)
                | Error::PoolTimedOut
                | Error::PoolClosed
        );
        let code = error.as_database_error().and_then(|error| error.code());
        // Classes and codes of appendix A of PostgreSQL's manual.
        match code.as_deref() {
            Some("53100" | "25006") => Self::Full(error.to_string()),
            Some(code) if is_passing(code) => Self::Unavailable(error.to_string()),
            None if unavailable => Self::Unavailable(error.to_string()),
            None if matches!(error, Error::RowNotFound) => Self::NotFound,
            _ => Self::Database(error.into()),
        }
    }
}

/// Whether the same transaction may succeed in a moment: it met another one,
/// took too long, or the connection or the server is going away.
fn is_passing(code: &str) -> bool {
    let classes = ["08", "40", "53", "57", "58"];
    let own = ["25P03", "25P04", "55P03"]; // time-outs in a transaction, of a lock
    classes.iter().any(|class| code.starts_with(class)) || own.contains(&code)
}

impl StoreError {
    /// The same failure for another caller of the same group.
    pub(crate) fn again(&self) -> Self {
        match self {
            Self::QueueFull { limit } => Self::QueueFull { limit: *limit },
            Self::Full(why) => Self::Full(why.clone()),
            Self::Corrupt { what, why } => Self::Corrupt {
                what: what.clone(),
                why: why.clone(),
            },
            Self::Conflict(why) => Self::Conflict(why.clone()),
            Self::NotFound => Self::NotFound,
            Self::Unstorable => Self::Unstorable,
            Self::Closed => Self::Closed,
            Self::Range(why) => Self::Range(why.clone()),
            Self::Unavailable(_) | Self::Database(_) => Self::Unavailable(self.to_string()),
        }
    }

    /// Names a damaged blob by table and key.
    pub(crate) fn corrupt(
        what: impl Into<String>,
    ) -> impl FnOnce(exchequer_ledger::Damage) -> Self {
        move |damage| Self::Corrupt {
            what: what.into(),
            why: damage.to_string(),
        }
    }
}
