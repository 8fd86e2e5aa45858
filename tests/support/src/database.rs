//! A database of PostgreSQL for one test.

use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{Connection as _, Executor as _, PgConnection};

/// The server that is used unless `EXCHEQUER_TEST_POSTGRES` names another.
const SERVER: &str = "postgres://postgres@127.0.0.1:5432";

/// A new database on a server of PostgreSQL; it is dropped with this value.
pub struct Database {
    server: String,
    name: String,
}

impl Database {
    /// A new database, or `None` where there is no server.
    ///
    /// # Panics
    /// There is none where `CI` is set, or it makes no databases.
    #[must_use]
    pub fn new() -> Option<Self> {
        let server = std::env::var("EXCHEQUER_TEST_POSTGRES");
        Self::on(server.unwrap_or_else(|_| SERVER.to_owned()))
    }

    /// Makes one on this server.
    ///
    /// # Panics
    /// As [`Database::new`].
    #[must_use]
    pub fn on(server: String) -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("exchequer_test_{}_{number}", std::process::id());
        let database = Self { server, name };
        // A test that was killed may have left it behind.
        let made = database.administer(&[
            format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", database.name),
            format!("CREATE DATABASE {}", database.name),
        ]);
        if let Err(error) = made {
            let ci = std::env::var_os("CI").is_some();
            assert!(!ci, "{}: {error}", database.server);
            eprintln!("SKIPPED on PostgreSQL: {error}");
            std::mem::forget(database);
            return None;
        }
        Some(database)
    }

    /// Its URL.
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

impl Drop for Database {
    fn drop(&mut self) {
        let drop = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        if let Err(error) = self.administer(&[drop]) {
            eprintln!("{} stays behind: {error}", self.name);
        }
    }
}
