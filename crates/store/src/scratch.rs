//! Databases for tests: each test has one of its own, of every engine.
//!
//! `EXCHEQUER_TEST_POSTGRES` names a server on which databases may be made, in
//! place of the usual one. Without any, what is asked of PostgreSQL is skipped,
//! but not where `CI` is set.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU32, Ordering};

use rusqlite::Connection;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use tokio::runtime::{Builder, Runtime};

use crate::error::StoreError;
use crate::postgres::Postgres;
use crate::sql::Sql;
use crate::sqlite;

const SERVER: &str = "postgres://postgres@127.0.0.1:5432";

/// Runs a test on a new database of each engine.
pub(crate) fn on_each(test: impl Fn(&Sql<'_>)) {
    let mut connection = Connection::open_in_memory().unwrap();
    connection
        .pragma_update(None, "foreign_keys", true)
        .unwrap();
    sqlite::migrate(&mut connection).unwrap();
    test(&Sql::sqlite(&connection));
    on_postgres(|server| {
        let done = server.node().unwrap().change(|tx| {
            test(tx);
            Ok(())
        });
        done.unwrap();
    });
}

/// A new database of PostgreSQL.
pub(crate) struct Scratch {
    pub(crate) runtime: Runtime,
    pub(crate) url: String,
}

impl Scratch {
    /// Another node on it.
    pub(crate) fn node(&self) -> Result<Postgres, StoreError> {
        self.runtime.block_on(Postgres::open(&self.url))
    }
}

/// A runtime that works while tests wait.
pub(crate) fn runtime() -> Runtime {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(1).enable_all().build().unwrap()
}

/// Runs a test on a new database of PostgreSQL.
pub(crate) fn on_postgres(test: impl FnOnce(&Scratch)) {
    let server = std::env::var("EXCHEQUER_TEST_POSTGRES").unwrap_or_else(|_| SERVER.to_owned());
    let runtime = runtime();
    let admin = format!("{server}/postgres");
    let mut admin = match runtime.block_on(PgConnection::connect(&admin)) {
        Ok(admin) => admin,
        Err(error) => {
            assert!(std::env::var_os("CI").is_none(), "{admin}: {error}");
            eprintln!("SKIPPED on PostgreSQL: {error}");
            return;
        }
    };
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("exchequer_test_{}_{number}", std::process::id());
    // A test that was killed may have left it behind.
    run(
        &runtime,
        &mut admin,
        format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
    );
    run(&runtime, &mut admin, format!("CREATE DATABASE {name}"));
    let url = format!("{server}/{name}");
    let scratch = Scratch { runtime, url };
    let tested = catch_unwind(AssertUnwindSafe(|| test(&scratch)));
    run(
        &scratch.runtime,
        &mut admin,
        format!("DROP DATABASE {name} WITH (FORCE)"),
    );
    if let Err(panic) = tested {
        resume_unwind(panic);
    }
}

fn run(runtime: &Runtime, admin: &mut PgConnection, statement: String) {
    let done = admin.execute(sqlx::raw_sql(AssertSqlSafe(statement)));
    runtime.block_on(done).unwrap();
}
