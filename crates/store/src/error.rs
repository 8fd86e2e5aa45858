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
    Database(rusqlite::Error),
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
            _ => Self::Database(error),
        }
    }
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
