//! PostgreSQL: a pool of connections, snapshots and transactions.
//!
//! Nodes share nothing but the database. Whatever a transaction reads and
//! rests on, it has locked before, so that several nodes change things as one
//! would.

mod pool;

use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use exchequer_ledger::{Partition, Partitions};
use sqlx::postgres::PgConnectOptions;

use crate::changes;
use crate::error::StoreError;
use crate::limits::{LONGEST_READ_PAUSE, STATEMENT_GRACE};
use crate::location::PostgresConfig;
use crate::migrations;
use crate::sql::{Session, Snapshot, Transaction, params};
pub(crate) use pool::Lent;
use pool::Pool;

/// The oldest version that is served, as the server numbers it.
const OLDEST: i64 = 150_000;
const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
/// A node that stops within a transaction lets go of its locks after 3 s,
/// whether the database waits for a statement or to send the rest of an answer.
const CHANGE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED;
    SET LOCAL idle_in_transaction_session_timeout = '3s';
    SET LOCAL tcp_user_timeout = '3s'";

/// Without a transaction there is no end at which it would get its number.
const ALONE: &str = "a change of the feed is made in a transaction";

/// A database of PostgreSQL; clones share its connections.
#[derive(Clone)]
pub(crate) struct Postgres(Arc<Pool>);

impl Postgres {
    /// Connects, and brings the schema up to date.
    pub(crate) fn open(server: &PostgresConfig) -> Result<Self, StoreError> {
        let postgres = Self::connect(server)?;
        postgres.transaction(CHANGE, |tx| {
            check(tx)?;
            // One node at a time; the lock ends with the transaction.
            tx.script("SELECT pg_advisory_xact_lock(8233412)")?;
            tx.script("CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY)")?;
            for migration in migrations::missing(tx)? {
                migration.apply(tx, migration.postgres)?;
            }
            Ok(())
        })?;
        Ok(postgres)
    }

    /// Connects to what is there, to read.
    pub(crate) fn open_reader(server: &PostgresConfig) -> Result<Self, StoreError> {
        let postgres = Self::connect(server)?;
        postgres.snapshot(|db| {
            let query = "SELECT count(*) FROM pg_tables
                 WHERE schemaname = current_schema() AND tablename = 'migration'";
            if db.one(query, params![], |row| row.get::<i64>(0))? == 0 {
                let why = "the database holds no ledger; run `exchequer init` first";
                return Err(StoreError::unavailable(why));
            }
            migrations::none_missing(db)
        })?;
        Ok(postgres)
    }

    fn connect(server: &PostgresConfig) -> Result<Self, StoreError> {
        let schemes = ["postgres://", "postgresql://"];
        if !schemes.iter().any(|scheme| server.url.starts_with(scheme)) {
            let why = "a database URL begins with postgres://";
            return Err(StoreError::unavailable(why));
        }
        let millis = |time: Duration| format!("{}ms", time.as_millis());
        let options = PgConnectOptions::from_str(&server.url)?
            .application_name("exchequer")
            .options([
                (
                    "idle_in_transaction_session_timeout",
                    &*millis(LONGEST_READ_PAUSE),
                ),
                ("lock_timeout", &millis(server.lock_timeout)),
                ("statement_timeout", &millis(server.statement_timeout)),
                // `CREATE TABLE IF NOT EXISTS` gives a notice of each table that exists.
                ("client_min_messages", "warning"),
            ]);
        let longest = server.statement_timeout;
        let longest = (!longest.is_zero()).then(|| longest + STATEMENT_GRACE);
        let pool = Pool::new(options, server.connections, server.connect_timeout, longest);
        Ok(Self(Arc::new(pool)))
    }

    /// Returns the same database with other connections, at most so many.
    pub(crate) fn dedicated(&self, connections: u32) -> Self {
        Self(Arc::new(self.0.dedicated(connections)))
    }

    /// Runs `work` on one snapshot, which changes nothing.
    pub(crate) fn snapshot<T>(
        &self,
        work: impl FnOnce(&Snapshot<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.transaction(SNAPSHOT, |tx| work(tx))
    }

    /// Runs `work` in one transaction beside those of others: it locks what it
    /// rests on.
    pub(crate) fn change<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.transaction(CHANGE, work)
    }

    /// Runs `work` in one transaction that changes what belongs to one
    /// organisation, which is in that partition. On all nodes, those of a
    /// partition come one after the other, as those of one thread would; those
    /// of different partitions do not wait for one another.
    ///
    /// The lock is the row `tenant_lock` of the partition, and the first that
    /// the transaction takes. Then come locks of shared rows that it rests on
    /// (an organisation, products: see `sql::held`), then the number of its audit record,
    /// at last the row `change_head` of each partition that has changed, in ascending order.
    /// Nobody who holds one of these waits for a `tenant_lock`, nor does ingestion ever take
    /// one, so there are no circles.
    pub(crate) fn in_partition<T>(
        &self,
        partition: Partition,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let number = partition.number();
        // One message, hence one round trip: those who wait hold nothing yet.
        let begin = format!(
            "{CHANGE}; SELECT partition FROM tenant_lock WHERE partition = {number} FOR UPDATE"
        );
        let (lent, locked) = self.0.begin(&begin)?;
        if locked != 1 {
            let what = format!("lock of partition {number}");
            return Err(StoreError::corrupt(what, format!("it is {locked} rows")));
        }
        Self::finish(lent, work)
    }

    /// Runs `work` as [`Self::in_partition`] does, with the locks of two partitions. They
    /// are taken in ascending order, so that two such transactions never wait for each
    /// other.
    pub(crate) fn in_both_partitions<T>(
        &self,
        [one, other]: [Partition; 2],
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if one.number() == other.number() {
            return self.in_partition(one, work);
        }
        let (first, second) = match one.number() < other.number() {
            true => (one, other),
            false => (other, one),
        };
        self.in_partition(first, |tx| {
            let lock = "SELECT partition FROM tenant_lock WHERE partition = $1 FOR UPDATE";
            tx.one(lock, params![second.number()], |_| Ok(()))?;
            work(tx)
        })
    }

    /// Returns how many partitions the ledger has.
    pub(crate) fn partitions(&self) -> Result<Partitions, StoreError> {
        let known = self.0.partitions.get().copied();
        known.map_or_else(|| self.read_one(|db| db.partitions()), Ok)
    }

    /// Runs `work` in one transaction that changes the shared catalog. Those of
    /// all nodes come one after the other, as those of one thread would.
    ///
    /// It does not keep [`Self::in_partition`] waiting: where the two meet in
    /// a row, one of them has locked it.
    pub(crate) fn serialized<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.change(|tx| {
            tx.script("SELECT value FROM counter WHERE name = 'meter' FOR UPDATE")?;
            work(tx)
        })
    }

    /// Runs `work` on one snapshot. As long as one statement is all that it
    /// needs, no transaction is begun, which would be two round trips more;
    /// otherwise it is run again in one.
    pub(crate) fn read_one<T>(
        &self,
        work: impl Fn(&Snapshot<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        match self.single(|tx| work(tx))? {
            Some(done) => Ok(done),
            None => self.snapshot(work),
        }
    }

    /// Runs `work`, which changes something by one statement that may be run
    /// twice: a count that a lost connection has counted once too often.
    pub(crate) fn count_one<T>(
        &self,
        work: impl Fn(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        match self.single(&work)? {
            Some(done) => Ok(done),
            None => self.change(work),
        }
    }

    /// Runs `work` on a connection without a transaction; `None` if it wants
    /// a second statement, which would see another snapshot.
    fn single<T>(
        &self,
        work: impl Fn(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let mut once_more = true;
        loop {
            let (lent, was_idle) = self.0.take()?;
            let session = Session::single(lent);
            let done = work(&Transaction::postgres(&session));
            assert!(session.take_changes().is_empty(), "{ALONE}");
            if session.is_outgrown() {
                session.give_back();
                return Ok(None);
            }
            give_back(session, &done);
            let failed = matches!(done, Err(StoreError::Unavailable(_)));
            if !(failed && was_idle && once_more) {
                return done.map(Some);
            }
            // An idle connection may have been dead; then so are the others.
            self.0.clear();
            once_more = false;
        }
    }

    /// Runs `work` without a transaction around it: each of its statements
    /// counts at once. The first one may be run twice, the others are not.
    pub(crate) fn write_one<T>(
        &self,
        work: impl Fn(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut once_more = true;
        loop {
            let (lent, was_idle) = self.0.take()?;
            let session = Session::new(lent);
            let done = work(&Transaction::postgres(&session));
            assert!(session.take_changes().is_empty(), "{ALONE}");
            let is_first = session.is_at_first();
            give_back(session, &done);
            let failed = matches!(done, Err(StoreError::Unavailable(_)));
            if !(failed && was_idle) {
                return done;
            }
            // The connection may have been dead; then the other idle ones are, too.
            self.0.clear();
            if !(is_first && once_more) {
                return done;
            }
            once_more = false;
        }
    }

    fn transaction<T>(
        &self,
        begin: &'static str,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let (lent, _) = self.0.begin(begin)?;
        Self::finish(lent, work)
    }

    fn finish<T>(
        begun: Lent,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let session = Session::new(begun);
        let transaction = Transaction::postgres(&session);
        let done = work(&transaction).and_then(|value| {
            changes::store(&transaction, session.take_changes())?;
            Ok(value)
        });
        match done {
            Ok(value) => {
                session.commit()?;
                Ok(value)
            }
            Err(error) => {
                // A connection that cannot roll back is not given back, so it is closed.
                let _ = session.undo();
                Err(error)
            }
        }
    }
}

/// Gives back a connection on which nothing was begun, unless it may be dead.
fn give_back<T>(session: Session, done: &Result<T, StoreError>) {
    if !matches!(done, Err(StoreError::Unavailable(_) | StoreError::Closed)) {
        session.give_back();
    }
}

/// Checks that the server is new enough, and takes writes.
fn check(db: &Snapshot<'_>) -> Result<(), StoreError> {
    let query = "SELECT current_setting('server_version_num')::bigint,
                        (current_setting('transaction_read_only') = 'on')::int::bigint";
    let (version, read_only): (i64, bool) =
        db.one(query, params![], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if version < OLDEST {
        let (found, oldest) = (version / 10_000, OLDEST / 10_000);
        return Err(StoreError::unavailable(format!(
            "PostgreSQL {found} is too old: {oldest} or later is needed"
        )));
    }
    if read_only {
        let why = "the database takes no writes; is it a standby?";
        return Err(StoreError::full(why));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
