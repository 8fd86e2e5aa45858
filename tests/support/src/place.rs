//! The place of a ledger of a test.

use tempfile::TempDir;

use crate::database::Database;

/// The place of a test's ledger; it is removed when this is dropped.
pub enum Place {
    /// A directory.
    Directory(TempDir),
    /// A database of PostgreSQL.
    Database(Database),
}

impl Place {
    /// A place of the kind that is asked for.
    ///
    /// # Panics
    /// It cannot be made.
    #[must_use]
    pub fn new() -> Self {
        match std::env::var("EXCHEQUER_TEST_STORE").as_deref() {
            Ok("postgres") => Self::Database(Database::new().expect("a server")),
            _ => Self::directory(),
        }
    }

    /// A directory, whatever is asked for.
    ///
    /// # Panics
    /// It cannot be made.
    #[must_use]
    pub fn directory() -> Self {
        Self::Directory(tempfile::tempdir().expect("a scratch directory"))
    }
}

impl Default for Place {
    fn default() -> Self {
        Self::new()
    }
}
