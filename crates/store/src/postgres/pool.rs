//! Connections for threads that may wait.
//!
//! Each connection has a runtime of its own, which the thread that uses it
//! drives: on a shared one every answer would wake another thread first.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use exchequer_ledger::Partitions;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions as _, Executor as _};
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use crate::error::{Cause, StoreError};

/// A connection and what drives it.
struct Connection {
    raw: PgConnection,
    runtime: Option<Runtime>,
}

impl Drop for Connection {
    /// Shuts the runtime down in the background: it must not be waited for where an
    /// asynchronous task drops it.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

#[derive(Default)]
struct State {
    idle: Vec<Connection>,
    /// Connections that there are, idle or not.
    open: u32,
}

/// The connections of a node.
pub(super) struct Pool {
    options: PgConnectOptions,
    most: u32,
    connect_timeout: Duration,
    /// The time that an answer may take. The database ends a statement before; this
    /// is for one that is gone without a word.
    longest: Option<Duration>,
    /// The number of partitions of the ledger, once somebody has asked.
    pub(super) partitions: Arc<OnceLock<Partitions>>,
    state: Mutex<State>,
    freed: Condvar,
}

impl Pool {
    pub(super) fn new(
        options: PgConnectOptions,
        most: u32,
        connect_timeout: Duration,
        longest: Option<Duration>,
    ) -> Self {
        Self {
            options,
            most,
            connect_timeout,
            longest,
            partitions: Arc::default(),
            state: Mutex::default(),
            freed: Condvar::new(),
        }
    }

    /// Returns other connections to the same database, which are not lent to others.
    pub(super) fn dedicated(&self, most: u32) -> Self {
        Self {
            partitions: Arc::clone(&self.partitions),
            ..Self::new(
                self.options.clone(),
                most,
                self.connect_timeout,
                self.longest,
            )
        }
    }

    /// Ends a statement without an answer after so long.
    #[cfg(test)]
    pub(super) fn answering_within(mut self, longest: Duration) -> Self {
        self.longest = Some(longest);
        self
    }

    /// Closes what is idle: the database was away.
    pub(super) fn clear(&self) {
        let idle = std::mem::take(&mut self.lock().idle);
        idle.into_iter().for_each(|_| self.forget());
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns a connection on which these statements were run, and how many rows they
    /// have met. An idle one may be dead, which is found out by them.
    pub(super) fn begin(self: &Arc<Self>, statements: &str) -> Result<(Lent, u64), StoreError> {
        loop {
            let (mut lent, was_idle) = self.take()?;
            match lent.run(statements) {
                Ok(rows) => return Ok((lent, rows)),
                // The connection works, so the statements failed, perhaps because one
                // waited too long for a lock. Another connection would wait as long.
                Err(error) if lent.run("ROLLBACK").is_ok() => {
                    lent.give_back();
                    return Err(error);
                }
                Err(StoreError::Unavailable(_)) if was_idle => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Returns a connection, and whether it was idle.
    pub(super) fn take(self: &Arc<Self>) -> Result<(Lent, bool), StoreError> {
        let busy = |state: &mut State| state.idle.is_empty() && state.open >= self.most;
        let waited = self
            .freed
            .wait_timeout_while(self.lock(), self.connect_timeout, busy);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if let Some(connection) = state.idle.pop() {
            return Ok((self.lend(connection), true));
        }
        if state.open >= self.most {
            let why = "all connections to the database are busy";
            return Err(StoreError::unavailable(why));
        }
        state.open += 1;
        drop(state);
        let connected = self.connect().inspect_err(|_| self.forget());
        connected.map(|connection| (self.lend(connection), false))
    }

    fn lend(self: &Arc<Self>, connection: Connection) -> Lent {
        Lent {
            pool: Arc::clone(self),
            connection: Some(connection),
            broken: false,
        }
    }

    fn connect(&self) -> Result<Connection, StoreError> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| StoreError::unavailable(Cause::from_error(error)))?;
        let connecting = async { timeout(self.connect_timeout, self.options.connect()).await };
        let late = |_| StoreError::unavailable("the database does not answer");
        let raw = runtime.block_on(connecting).map_err(late)??;
        Ok(Connection {
            raw,
            runtime: Some(runtime),
        })
    }

    /// Counts one connection less.
    fn forget(&self) {
        self.lock().open -= 1;
        self.freed.notify_one();
    }
}

/// A connection that is in use. Unless it is given back it is closed, and the
/// database undoes what was begun on it.
pub(crate) struct Lent {
    pool: Arc<Pool>,
    connection: Option<Connection>,
    broken: bool,
}

impl Lent {
    /// Waits for the database, on a thread that is none of a runtime's.
    pub(crate) fn wait<T>(
        &mut self,
        work: impl AsyncFnOnce(&mut PgConnection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if self.broken {
            return Err(StoreError::Closed);
        }
        let connection = self.connection.as_mut().ok_or(StoreError::Closed)?;
        let runtime = connection.runtime.as_ref().ok_or(StoreError::Closed)?;
        let work = work(&mut connection.raw);
        let Some(longest) = self.pool.longest else {
            return runtime.block_on(work);
        };
        let done = runtime.block_on(async { timeout(longest, work).await });
        done.unwrap_or_else(|_| {
            // Its answer may come yet, and would be taken for the next one's.
            self.broken = true;
            Err(StoreError::unavailable("the database does not answer"))
        })
    }

    /// Runs statements without parameters; how many rows they have met.
    pub(crate) fn run(&mut self, statements: &str) -> Result<u64, StoreError> {
        self.wait(async |raw| {
            let done = raw.execute(sqlx::raw_sql(statements)).await?;
            Ok(done.rows_affected())
        })
    }

    /// Returns the number of partitions of the ledger, once somebody has asked.
    pub(crate) fn partitions(&self) -> Arc<OnceLock<Partitions>> {
        Arc::clone(&self.pool.partitions)
    }

    /// Gives the connection back, on which nothing is begun, for others to use.
    pub(crate) fn give_back(mut self) {
        if self.broken {
            return;
        }
        if let Some(connection) = self.connection.take() {
            self.pool.lock().idle.push(connection);
            self.pool.freed.notify_one();
        }
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if self.connection.is_some() {
            self.pool.forget();
        }
    }
}
