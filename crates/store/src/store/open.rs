//! Making and opening a ledger.

use std::fs::File;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use exchequer_ledger::Partitions;
use tokio::sync::Semaphore;

use super::homes::ClientHomes;
use super::{Inner, Store};
use crate::database::Database;
use crate::engine::{Snapshots, Transactions};
use crate::error::{Cause, StoreError};
use crate::folder::Folder;
use crate::limits::{FOLDER_CONNECTIONS, PARTITIONS, REPORTS, WRITER_CONNECTIONS};
use crate::location::Location;
use crate::meters::Meters;
use crate::postgres::Postgres;
use crate::settings;
use crate::shared::Shared;
use crate::sql::{Snapshot, Transaction};
use crate::sqlite::{self, Readers, in_transaction};
use crate::writer::{self, Queue, WriterState};

/// The state of a copy that may be opened.
#[derive(Clone, Copy)]
enum Copied {
    /// A ledger that is no copy, or a finished one.
    Complete,
    /// A copy under way is opened too, for whoever goes on with it.
    InPart,
}

impl Copied {
    fn check(self, readers: &Snapshots) -> Result<(), StoreError> {
        if let Self::Complete = self
            && readers.take(settings::copied)?.is_some()
        {
            let why = "`exchequer migrate` into it is not finished; run it again";
            return Err(StoreError::unavailable(why));
        }
        Ok(())
    }
}

impl Store {
    /// Makes a ledger: in a directory, which is created if need be, or in a
    /// database that is there. `secret` is random; it keys the hashes of
    /// identities for ever.
    ///
    /// # Errors
    /// If there is a ledger already, or it cannot be written.
    pub fn create(at: impl Into<Location>, secret: [u8; 16]) -> Result<(), StoreError> {
        let at = at.into();
        // A directory has a single writer, for which one is best.
        let partitions = match at {
            Location::Directory(_) => Partitions::ONE,
            Location::Postgres(_) => Partitions::new(PARTITIONS),
        };
        Self::create_partitioned(at, secret, partitions)
    }

    /// Creates a ledger as [`Store::create`] does, with so many partitions, which several
    /// nodes commit to and fold beside one another.
    ///
    /// # Errors
    /// As [`Store::create`].
    pub fn create_partitioned(
        at: impl Into<Location>,
        secret: [u8; 16],
        partitions: Partitions,
    ) -> Result<(), StoreError> {
        let at = at.into();
        let fix = |tx: &Transaction<'_>| {
            // The key comes with the last transaction of an `init`. Without it an
            // earlier one was cut short after its migrations: go on with it.
            if settings::secret(tx)?.is_some() {
                return Err(StoreError::Conflict(format!("{at} holds a ledger already")));
            }
            settings::fix(tx, secret, partitions)
        };
        match &at {
            Location::Directory(directory) => {
                std::fs::create_dir_all(directory).map_err(|error| {
                    StoreError::unavailable(Cause::about(at.to_string(), error))
                })?;
                let _lock = sqlite::lock(directory)?;
                let mut connection = sqlite::open_writer(directory, true)?;
                sqlite::migrate(&mut connection)?;
                if settings::secret(&Snapshot::sqlite(&connection))?.is_none() {
                    // Migrations have dropped tables. A ledger begins without
                    // their pages, so that a disk is full when it says so. It
                    // is none yet: should this fail, `init` goes on with it.
                    connection.execute_batch("VACUUM")?;
                }
                in_transaction(&mut connection, fix)
            }
            Location::Postgres(server) => on_own_thread(|| Postgres::open(server)?.serialized(fix)),
        }
    }

    /// Opens a ledger and starts its threads.
    ///
    /// # Errors
    /// If there is none, it cannot be read, another process has the directory
    /// open, or it is a copy that is not complete.
    pub fn open(at: impl Into<Location>) -> Result<Self, StoreError> {
        Self::open_as(&at.into(), Copied::Complete)
    }

    /// Opens a ledger as [`Store::open`] does, for a copy that goes on.
    pub(crate) fn resume(at: &Location) -> Result<Self, StoreError> {
        Self::open_as(at, Copied::InPart)
    }

    fn open_as(at: &Location, copied: Copied) -> Result<Self, StoreError> {
        match at {
            Location::Directory(directory) => {
                sqlite::must_exist(directory)?;
                let lock = sqlite::lock(directory)?;
                let mut connection = sqlite::open_writer(directory, false)?;
                sqlite::migrate(&mut connection)?;
                let readers = Snapshots::Sqlite(Readers::new(directory));
                let writer = Transactions::Sqlite(connection);
                copied.check(&readers)?;
                Self::start(readers.clone(), readers, writer, Some(lock))
            }
            Location::Postgres(server) => on_own_thread(|| {
                let postgres = Postgres::open(server)?;
                // Connections of their own: however many read, the folder and
                // the writer need not wait for one.
                let folder = Snapshots::Postgres(postgres.dedicated(FOLDER_CONNECTIONS));
                let writer = Transactions::Postgres(postgres.dedicated(WRITER_CONNECTIONS));
                let readers = Snapshots::Postgres(postgres);
                copied.check(&readers)?;
                Self::start(readers, folder, writer, None)
            }),
        }
    }

    fn start(
        readers: Snapshots,
        snapshots: Snapshots,
        transactions: Transactions,
        lock: Option<File>,
    ) -> Result<Self, StoreError> {
        let meters = Arc::new(Meters::default());
        let (key, partitions) = readers.take(|db| {
            meters.current(db)?;
            Ok((settings::identity_key(db)?, settings::partitions(db)?))
        })?;
        let queue = Queue::default();
        let shared = Arc::new(Shared::new(key, partitions));
        let mut writer = WriterState::new(transactions, key, Arc::clone(&shared));
        // A directory is read here, so that its first commit need not wait for
        // it. A node would read all partitions for nothing: others may serve
        // most of them, and it has to catch up before each commit anyway.
        if let Snapshots::Sqlite(_) = readers {
            for partition in partitions.all() {
                writer.catch_up(partition, None)?;
            }
        }
        let folder = Folder {
            snapshots,
            queue: queue.clone(),
            shared,
            meters,
        };
        // A crash may have come between a change of meters, or a correction, and
        // the re-roll of the days that it makes stale.
        folder.shared.fold.reroll();
        let (writing, folding) = (queue.clone(), folder.clone());
        let threads = vec![
            spawn("ledger-folder", move || folding.run())?,
            spawn("ledger-writer", move || writer::run(writer, &writing))?,
        ];
        Ok(Self {
            inner: Arc::new(Inner {
                database: Database::new(readers.clone(), queue),
                readers,
                folder,
                key,
                homes: ClientHomes::default(),
                reports: Arc::new(Semaphore::new(REPORTS)),
                threads: Mutex::new(threads),
                _lock: lock,
            }),
        })
    }
}

/// Runs `work` on a thread of its own: waiting for PostgreSQL drives a runtime,
/// which panics on a thread that is one of a runtime's already.
fn on_own_thread<T: Send>(
    work: impl FnOnce() -> Result<T, StoreError> + Send,
) -> Result<T, StoreError> {
    let panicked = |_| StoreError::unavailable("opening it panicked");
    thread::scope(|scope| scope.spawn(work).join()).map_err(panicked)?
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, StoreError> {
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map_err(|error| StoreError::unavailable(Cause::from_error(error)))
}
