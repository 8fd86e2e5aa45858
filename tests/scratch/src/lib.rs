//! Places for ledgers of tests: each test has one of its own.
//!
//! A suite keeps its ledgers in directories, or in databases if
//! `EXCHEQUER_TEST_STORE` is `postgres`; so it runs once on each.
//!
//! `EXCHEQUER_TEST_POSTGRES` names a server on which databases may be made, in
//! place of the usual one. Without any, what is asked of PostgreSQL is skipped,
//! but not where `CI` is set.

mod cluster;

use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{Connection as _, Executor as _, PgConnection};
use tempfile::TempDir;

pub use cluster::Cluster;

const SERVER: &str = "postgres://postgres@127.0.0.1:5432";

/// What a ledger of a test lives in; it is gone when this is dropped.
pub enum Place {
    /// A directory.
    Directory(TempDir),
    /// A database of PostgreSQL.
    Database(Scratch),
}

impl Place {
    /// A place of the kind that is asked for.
    ///
    /// # Panics
    /// It cannot be made.
    #[must_use]
    pub fn new() -> Self {
        match std::env::var("EXCHEQUER_TEST_STORE").as_deref() {
            Ok("postgres") => Self::Database(Scratch::new().expect("a server")),
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

/// A new database; it is gone when this is dropped.
pub struct Scratch {
    server: String,
    name: String,
}

impl Scratch {
    /// A new database, or `None` where there is no server.
    ///
    /// # Panics
    /// There is none where `CI` is set, or it makes no databases.
    #[must_use]
    pub fn new() -> Option<Self> {
        let server = std::env::var("EXCHEQUER_TEST_POSTGRES");
        Self::on(server.unwrap_or_else(|_| SERVER.to_owned()))
    }

    /// The same on this server.
    ///
    /// # Panics
    /// As [`Scratch::new`].
    #[must_use]
    pub fn on(server: String) -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("exchequer_test_{}_{number}", std::process::id());
        let scratch = Self { server, name };
        // A test that was killed may have left it behind.
        let made = scratch.administer(&[
            format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", scratch.name),
            format!("CREATE DATABASE {}", scratch.name),
        ]);
        if let Err(error) = made {
            let ci = std::env::var_os("CI").is_some();
            assert!(!ci, "{}: {error}", scratch.server);
            eprintln!("SKIPPED on PostgreSQL: {error}");
            std::mem::forget(scratch);
            return None;
        }
        Some(scratch)
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}/{}", self.server, self.name)
    }

    /// Ends every connection to it, as an administrator might.
    ///
    /// # Panics
    /// It is not to be reached.
    pub fn disconnect_all(&self) {
        let ended = self.administer(&[format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'",
            self.name
        )]);
        ended.expect("the server");
    }

    /// Runs statements on the server, on a thread that may wait for it.
    fn administer(&self, statements: &[String]) -> Result<(), sqlx::Error> {
        let work = async {
            let mut server = PgConnection::connect(&format!("{}/postgres", self.server)).await?;
            for statement in statements {
                let statement = sqlx::raw_sql(statement);
                server.execute(statement).await?;
            }
            server.close().await
        };
        std::thread::scope(|scope| {
            let wait = || {
                let runtime = tokio::runtime::Builder::new_current_thread();
                let runtime = { runtime }.enable_all().build();
                runtime.expect("a runtime").block_on(work)
            };
            scope.spawn(wait).join().expect("no panic")
        })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let drop = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        if let Err(error) = self.administer(&[drop]) {
            eprintln!("{} stays behind: {error}", self.name);
        }
    }
}
