//! PostgreSQL: a pool of connections, snapshots and transactions.
//!
//! Nodes share nothing but the database. Whatever a transaction reads and
//! rests on, it has locked before, so that several nodes change things as one
//! would.

use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _, PgPool};
use tokio::runtime::Handle;

use crate::error::StoreError;
use crate::migrations;
use crate::sql::{Session, Sql, params};

/// The oldest version that is served, as the server numbers it.
const OLDEST: i64 = 150_000;
/// How long a connection is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// Connections of a node.
const CONNECTIONS: u32 = 20;
/// A node that stops within a transaction lets go of its locks after this.
const LONGEST_PAUSE: &str = "3s";
/// Nobody waits longer for a lock than some nodes may pause.
const LONGEST_WAIT: &str = "15s";
const LONGEST_STATEMENT: &str = "60s";

const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
const CHANGE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

/// A database of PostgreSQL; clones share its connections.
#[derive(Clone)]
pub(crate) struct Postgres {
    pool: PgPool,
    runtime: Handle,
}

impl Postgres {
    /// Connects, and brings the schema up to date. To be called on a runtime.
    pub(crate) async fn open(url: &str) -> Result<Self, StoreError> {
        let schemes = ["postgres://", "postgresql://"];
        if !schemes.iter().any(|scheme| url.starts_with(scheme)) {
            let why = "a database URL begins with postgres://";
            return Err(StoreError::Unavailable(why.to_owned()));
        }
        let options = PgConnectOptions::from_str(url)?
            .application_name("exchequer")
            .options([
                ("idle_in_transaction_session_timeout", LONGEST_PAUSE),
                ("lock_timeout", LONGEST_WAIT),
                ("statement_timeout", LONGEST_STATEMENT),
            ]);
        // The pool would try again and again, and not say why it failed.
        options.connect().await?.close().await?;
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(PATIENCE)
            .connect_lazy_with(options);
        let runtime = Handle::current();
        let opened = Self { pool, runtime };
        let postgres = opened.clone();
        tokio::task::spawn_blocking(move || postgres.prepare())
            .await
            .map_err(|error| StoreError::Unavailable(error.to_string()))??;
        Ok(opened)
    }

    fn prepare(&self) -> Result<(), StoreError> {
        self.transaction(CHANGE, |tx| {
            check(tx)?;
            // One node at a time; the lock ends with the transaction.
            tx.script("SELECT pg_advisory_xact_lock(8233412)")?;
            tx.script("CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY)")?;
            for migration in migrations::missing(tx)? {
                migration.apply(tx, migration.postgres)?;
            }
            Ok(())
        })
    }

    /// Runs `work` on one snapshot, which changes nothing.
    pub(crate) fn snapshot<T>(
        &self,
        work: impl FnOnce(&Sql<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.transaction(SNAPSHOT, work)
    }

    /// Runs `work` in one transaction. Changes of all nodes come one after the
    /// other, as those of one thread would: each reads what it rests on.
    pub(crate) fn change<T>(
        &self,
        work: impl FnOnce(&Sql<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.transaction(CHANGE, |tx| {
            tx.script("SELECT value FROM counter WHERE name = 'meter' FOR UPDATE")?;
            work(tx)
        })
    }

    fn transaction<T>(
        &self,
        begin: &'static str,
        work: impl FnOnce(&Sql<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        // What is not committed is rolled back by a task.
        let _runtime = self.runtime.enter();
        let transaction = self.runtime.block_on(self.pool.begin_with(begin))?;
        let session = Session::new(transaction, self.runtime.clone());
        let value = work(&Sql::postgres(&session))?;
        session.commit()?;
        Ok(value)
    }
}

/// That the server is new enough, and takes writes.
fn check(sql: &Sql<'_>) -> Result<(), StoreError> {
    let query = "SELECT current_setting('server_version_num')::bigint,
                        (current_setting('transaction_read_only') = 'on')::int::bigint";
    let (version, read_only): (i64, bool) =
        sql.one(query, params![], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if version < OLDEST {
        let (found, oldest) = (version / 10_000, OLDEST / 10_000);
        return Err(StoreError::Unavailable(format!(
            "PostgreSQL {found} is too old: {oldest} or later is needed"
        )));
    }
    if read_only {
        let why = "the database takes no writes; is it a standby?";
        return Err(StoreError::Full(why.to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
