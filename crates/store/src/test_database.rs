//! Runs a test on a new database of each engine.

use exchequer_ledger::Partitions;
use exchequer_support::Database;
use rusqlite::Connection;

use crate::error::StoreError;
use crate::location::PostgresConfig;
use crate::postgres::Postgres;
use crate::sql::Transaction;
use crate::{settings, sqlite};

/// Runs a test on a new database of each engine.
pub(crate) fn on_each(test: impl Fn(&Transaction<'_>)) {
    let mut connection = Connection::open_in_memory().unwrap();
    connection
        .pragma_update(None, "foreign_keys", true)
        .unwrap();
    sqlite::migrate(&mut connection).unwrap();
    // Several partitions, so that what looks into a wrong one finds nothing.
    let fix = |tx: &Transaction<'_>| settings::fix(tx, [7; 16], Partitions::new(5));
    fix(&Transaction::sqlite(&connection)).unwrap();
    test(&Transaction::sqlite(&connection));
    let Some(database) = Database::new() else {
        return;
    };
    let done = node(&database).unwrap().serialized(|tx| {
        fix(tx)?;
        test(tx);
        Ok(())
    });
    done.unwrap();
}

/// Returns another node on a database.
pub(crate) fn node(database: &Database) -> Result<Postgres, StoreError> {
    Postgres::open(&PostgresConfig::new(database.url()))
}
