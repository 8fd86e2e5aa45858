use std::sync::mpsc;
use std::thread;

use exchequer_support::Database;

use super::*;
use crate::location::PostgresConfig;
use crate::store::Store;
use crate::test_database::node;

const READ: &str = "SELECT value FROM counter WHERE name = 'meter_revision'";
const WRITE: &str = "UPDATE counter SET value = $1 WHERE name = 'meter_revision'";

fn on_postgres(test: impl FnOnce(&Database)) {
    if let Some(scratch) = Database::new() {
        test(&scratch);
    }
}

/// Reads, and writes what rests on it.
fn count(tx: &Transaction<'_>) -> Result<i64, StoreError> {
    let value: i64 = tx.one(READ, params![], |row| row.get(0))?;
    tx.execute(WRITE, params![value + 1])?;
    Ok(value + 1)
}

/// Changes something where only queries are meant to be run.
fn count_in_a_query(db: &Snapshot<'_>) -> Result<i64, StoreError> {
    let change = "UPDATE counter SET value = value + 1 WHERE name = 'meter_revision'
         RETURNING value";
    db.one(change, params![], |row| row.get(0))
}

#[test]
fn changes_of_all_nodes_come_one_after_the_other() {
    on_postgres(|server| {
        let nodes = [node(server).unwrap(), node(server).unwrap()];
        thread::scope(|scope| {
            for node in nodes.iter().chain(&nodes) {
                scope.spawn(|| {
                    for _ in 0..25 {
                        node.serialized(count).unwrap();
                    }
                });
            }
        });
        let counted: i64 = nodes[0]
            .snapshot(|db| db.one(READ, params![], |row| row.get(0)))
            .unwrap();
        assert_eq!(counted, 100);
    });
}

#[test]
fn what_fails_changes_nothing_and_a_snapshot_cannot() {
    on_postgres(|server| {
        let node = node(server).unwrap();
        let failed = node.serialized(|tx| {
            count(tx)?;
            Err::<(), _>(StoreError::NotFound)
        });
        assert!(matches!(failed, Err(StoreError::NotFound)));
        assert!(node.snapshot(count_in_a_query).is_err());
        assert_eq!(node.serialized(count).unwrap(), 1);
    });
}

#[test]
fn what_needs_more_than_a_statement_is_run_anew_on_one_snapshot() {
    on_postgres(|server| {
        let (node, other) = (node(server).unwrap(), node(server).unwrap());
        let read = |db: &Snapshot<'_>| db.one(READ, params![], |row| row.get::<i64>(0));
        let runs = std::cell::Cell::new(0);
        let run = |statements: usize| {
            runs.set(0);
            let seen = node.read_one(|db| {
                runs.set(runs.get() + 1);
                let read_once = |_| {
                    let seen = read(db)?;
                    other.serialized(count)?;
                    Ok(seen)
                };
                (0..statements)
                    .map(read_once)
                    .collect::<Result<Vec<_>, StoreError>>()
            });
            (runs.get(), seen.unwrap())
        };
        assert_eq!(run(1), (1, vec![0]));
        // Of the two, the first was seen in vain.
        assert_eq!(run(2), (2, vec![2, 2]));
        assert_eq!(run(1), (1, vec![4]));
    });
}

/// As after a restart of the database.
#[test]
fn nobody_notices_that_idle_connections_are_gone() {
    on_postgres(|server| {
        let (node, other) = (node(server).unwrap(), node(server).unwrap());
        let end_idle = || {
            other.snapshot(|db| {
                let query = "SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity
                     WHERE datname = current_database() AND pid <> pg_backend_pid()
                         AND backend_type = 'client backend'";
                db.one(query, params![], |row| row.get::<i64>(0))
            })
        };
        assert_eq!(end_idle().unwrap(), 1);
        assert_eq!(node.write_one(count).unwrap(), 1);
        assert_eq!(end_idle().unwrap(), 1);
        assert_eq!(node.serialized(count).unwrap(), 2);
        assert_eq!(end_idle().unwrap(), 1);
        let read = |db: &Snapshot<'_>| db.one(READ, params![], |row| row.get::<i64>(0));
        assert_eq!(node.read_one(read).unwrap(), 2);
    });
}

#[test]
fn a_node_that_stops_in_a_transaction_blocks_nobody_for_long() {
    on_postgres(|server| {
        let (stopped, other) = (node(server).unwrap(), node(server).unwrap());
        thread::scope(|scope| {
            let (locked, wait) = mpsc::channel();
            let (done, go_on) = mpsc::channel();
            let stopped = scope.spawn(move || {
                stopped.serialized(|tx| {
                    locked.send(()).unwrap();
                    go_on.recv().unwrap();
                    count(tx)
                })
            });
            wait.recv().unwrap();
            assert_eq!(other.serialized(count).unwrap(), 1);
            done.send(()).unwrap();
            let stopped = stopped.join().unwrap();
            assert!(
                matches!(stopped, Err(StoreError::Unavailable(_))),
                "{stopped:?}"
            );
            assert_eq!(other.serialized(count).unwrap(), 2);
        });
    });
}

/// The database is not idle then: it waits to send the rest of an answer.
#[test]
fn nor_does_one_that_stops_while_it_is_sent_much() {
    on_postgres(|server| {
        let (stopped, other) = (node(server).unwrap(), node(server).unwrap());
        thread::scope(|scope| {
            let (locked, wait) = mpsc::channel();
            let (done, go_on) = mpsc::channel::<()>();
            let stopped = scope.spawn(move || {
                stopped.serialized(|tx| {
                    let much = "SELECT repeat('x', 1000000) FROM generate_series(1, 100)";
                    tx.each(much, params![], |_| {
                        locked.send(()).unwrap();
                        // Until the test is over.
                        Ok(go_on.recv().is_ok())
                    })
                })
            });
            wait.recv().unwrap();
            assert_eq!(other.serialized(count).unwrap(), 1);
            drop(done);
            stopped.join().unwrap().unwrap_err();
        });
    });
}

#[test]
fn a_database_that_cannot_be_served_is_refused_with_the_reason() {
    on_postgres(|server| {
        let done = node(server).unwrap().serialized(|tx| {
            tx.execute(
                "INSERT INTO migration (name) VALUES ($1)",
                params!["9999_later"],
            )
        });
        done.unwrap();
        let newer = node(server).err().unwrap().to_string();
        assert!(newer.contains("newer version (9999_later)"), "{newer}");
    });
    on_postgres(|server| {
        let done = node(server).unwrap().serialized(|tx| {
            tx.script(
                "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on',
                 current_database()); END $$",
            )
        });
        done.unwrap();
        let read_only = node(server).err().unwrap();
        assert!(matches!(read_only, StoreError::Full(_)), "{read_only}");
    });
}

#[test]
fn a_database_that_is_not_there_is_unavailable() {
    // Nobody listens on the port of a listener that is closed.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let server = PostgresConfig::new(format!("postgres://nobody@{address}/none"));
    let error = Postgres::open(&server).err().unwrap();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    let error = Postgres::open(&PostgresConfig::new("sqlite://x"))
        .err()
        .unwrap();
    assert!(error.to_string().contains("postgres"), "{error}");
}

#[test]
fn a_server_that_does_not_answer_is_not_waited_for_long() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut server = PostgresConfig::new(format!("postgres://nobody@{address}/none"));
    server.connect_timeout = std::time::Duration::from_millis(50);
    let error = Postgres::open(&server).err().unwrap().to_string();
    assert!(error.contains("does not answer"), "{error}");
}

#[test]
fn the_database_reads_and_writes_there() {
    on_postgres(|server| {
        Store::create(PostgresConfig::new(server.url()), [1; 16]).unwrap();
        let again = Store::create(PostgresConfig::new(server.url()), [2; 16]);
        assert!(matches!(again, Err(StoreError::Conflict(_))));
        let store = Store::open(PostgresConfig::new(server.url())).unwrap();
        let database = store.database();
        let work = async {
            assert_eq!(database.write(count).await?, 1);
            assert!(database.read(count_in_a_query).await.is_err());
            database.write(count).await
        };
        let runtime = tokio::runtime::Runtime::new().unwrap();
        assert_eq!(runtime.block_on(work).unwrap(), 2);
    });
}

/// As when its host has lost power: no answer, and no end of the connection.
#[test]
fn a_database_that_falls_silent_is_not_waited_for_forever() {
    on_postgres(|server| {
        let postgres = node(server).unwrap();
        let pool = postgres
            .0
            .dedicated(1)
            .answering_within(std::time::Duration::from_millis(500));
        let postgres = Postgres(Arc::new(pool));
        for _ in 0..2 {
            let silent = postgres.change(|tx| tx.script("SELECT pg_sleep(30)"));
            assert!(
                matches!(silent, Err(StoreError::Unavailable(_))),
                "{silent:?}"
            );
        }
        // Its connection is closed, and another one takes its place.
        assert_eq!(postgres.serialized(count).unwrap(), 1);
    });
}
