//! A lock on a file, so that two commands never write the same one.

use std::fs::{File, TryLockError};
use std::io;

/// Locks a file for this process until it is closed. A file that another
/// process has locked is an error of the kind `ResourceBusy`.
pub(super) fn lock(file: &File) -> io::Result<()> {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(io::Error::new(
            io::ErrorKind::ResourceBusy,
            "another exchequer ingest is using it",
        )),
        // Some network file systems have no locks. Ingesting works there too,
        // without this protection.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(()),
    }
}
