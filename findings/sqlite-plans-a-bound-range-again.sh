#!/usr/bin/env bash
# SQLite 3 with STAT4, as rusqlite 0.42.0 bundles it.
#
# Behaviour: a prepared statement that compares an indexed column with bound
# values in a range is planned again whenever it is run with other values, once
# the table was analysed, so that the plan can follow the histogram of the
# column; also where there is only one way to find the rows. With the flag
# SQLITE_DBCONFIG_ENABLE_QPSG it is planned once.
#
# Seen, one statement run 1,000 times with other bounds:
#   planned again without the flag: 1000 times
#   planned again with the flag: 0 times
#
# Without ANALYZE it is 0 times both ways.
#
# Why it matters: "prepare once, run often" is what one relies on. An operator
# who runs ANALYZE would make every read of a range of days plan again.
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/src"
cat >"$scratch/Cargo.toml" <<'TOML'
[package]
name = "probe"
version = "0.0.0"
edition = "2021"
[dependencies]
rusqlite = { version = "=0.42.0", default-features = false, features = ["bundled"] }
TOML
cat >"$scratch/src/main.rs" <<'RUST'
use rusqlite::{config::DbConfig, Connection, StatementStatus};

fn planned_again(stable: bool) -> i32 {
    let db = Connection::open_in_memory().unwrap();
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, stable).unwrap();
    db.execute_batch("CREATE TABLE t (who INTEGER, day INTEGER, x INTEGER, PRIMARY KEY (who, day)) WITHOUT ROWID;")
        .unwrap();
    for day in 0..2_000 {
        db.execute("INSERT INTO t VALUES (1, ?1, 0)", [day]).unwrap();
    }
    db.execute_batch("ANALYZE").unwrap();
    let mut statement = db
        .prepare("SELECT sum(x) FROM t WHERE who = ?1 AND day >= ?2 AND day < ?3")
        .unwrap();
    for day in 0..1_000 {
        statement.query_row([1, day, day + 31], |row| row.get::<_, i64>(0)).unwrap();
    }
    statement.get_status(StatementStatus::RePrepare)
}

fn main() {
    println!("{} {} {}", rusqlite::version(), planned_again(false), planned_again(true));
}
RUST
(cd "$scratch" && cargo build -q)
read -r version without with < <("$scratch/target/debug/probe")
echo "SQLite $version"
echo "planned again without the flag: $without times"
echo "planned again with the flag: $with times"
[ "$without" -gt 900 ] && [ "$with" = 0 ] || { echo "it has changed"; exit 1; }
