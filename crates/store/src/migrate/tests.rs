use std::panic::{AssertUnwindSafe, catch_unwind};

use exchequer_core::{ClientId, Day, TimeRange};
use exchequer_ledger::{Checked, Finding, NewEvent, Observer};
use exchequer_support::Database;
use tempfile::TempDir;

use super::*;
use crate::sql::params;
use crate::store::EventQuery;

const ACME: OrganizationId = OrganizationId::from_bytes([1; 16]);
const NORTH: OrganizationId = OrganizationId::from_bytes([2; 16]);
const COMMITS: u32 = 40;
const FEW: u64 = 100;

fn at(minute: u32) -> Instant {
    let begin = Day::from_ymd(2026, 10, 1).unwrap().start().micros();
    Instant::from_micros(begin + i64::from(minute) * 60_000_000)
}

/// Commits of events of two organisations, corrections among them, most of
/// them folded; all of them at instants of their own.
fn ledger() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    Store::create(directory.path(), [7; 16]).unwrap();
    let store = Store::open(directory.path()).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let filled = store.database().write(|tx| {
        for (id, name) in [(ACME, "Acme"), (NORTH, "North")] {
            tx.execute(
                "INSERT INTO organization (id, name, version, changed) VALUES ($1, $2, 1, 0)",
                params![id.as_bytes(), name],
            )?;
        }
        tx.execute(
            "INSERT INTO meter (number, name) VALUES (1, 'calls')",
            params![],
        )?;
        tx.execute(
            "INSERT INTO meter_version (meter, version, begins, event_type, aggregation,
                                        peak_minutes, revision)
             VALUES (1, 1, 0, 'call', 'count', 30, 1)",
            params![],
        )?;
        tx.script(
            "INSERT INTO product (sku, name, charge, grouping, unit, unit_of_measure, bundle,
                 third_party, cancellable, version, changed)
             VALUES ('TOKEN', 'Token', 'Tokens', 'rollup', 'token', 'Token', '1', 0, 0, 1, 0)",
        )?;
        tx.script("UPDATE counter SET value = 1 WHERE name = 'meter_revision'")
    });
    runtime.block_on(filled).unwrap();
    runtime.block_on(store.reload_meters()).unwrap();
    for commit in 0..COMMITS {
        let mut builder = RequestBuilder::new(store.partitions());
        for event in 0..30 {
            let number = commit * 30 + event;
            // The first commits are of before clients were kept.
            let client = (commit > 4).then(|| ClientId::from_bytes([1 + event as u8 % 2; 16]));
            builder.sent_by(client);
            let voids = match event {
                29 if commit > 0 => format!("event-{}", number - 30),
                _ => String::new(),
            };
            // A correction is of the instant of what it corrects.
            let day = if voids.is_empty() { commit } else { commit - 1 };
            builder.push(
                if event % 3 == 0 { NORTH } else { ACME },
                NewEvent {
                    source: "/pbx",
                    id: &format!("event-{number}"),
                    kind: "call",
                    subject: &format!("line-{}", number % 7),
                    time: at(day % 20 * 1_440 + event),
                    data: r#"{"minutes":"1.5"}"#,
                    voids: &voids,
                },
            );
        }
        let request = builder.build(&store.identity_key());
        store
            .ingest_and_wait(request, at(100_000 + commit))
            .unwrap();
        if commit % 9 == 4 {
            store.settle().unwrap();
        }
    }
    store.close();
    directory
}

/// Between two attempts the old ledger goes on.
fn serve_once_more(directory: &Path) {
    let store = Store::open(directory).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let renamed = store.database().write(|tx| {
        let statement = "UPDATE organization SET name = 'Renamed' WHERE id = $1";
        tx.execute(statement, params![ACME.as_bytes()])
    });
    assert_eq!(runtime.block_on(renamed).unwrap(), 1);
    store.close();
    // It holds the lock of the directory as long as it is there.
    drop(store);
    commit_late(directory, "late");
}

/// An event of Acme's comes, always at the same instant.
fn commit_late(directory: &Path, id: &str) {
    let store = Store::open(directory).unwrap();
    let mut builder = RequestBuilder::new(store.partitions());
    let event = NewEvent {
        source: "/pbx",
        id,
        kind: "call",
        subject: "line-1",
        time: at(5),
        data: "",
        voids: "",
    };
    builder.push(ACME, event);
    let request = builder.build(&store.identity_key());
    store.ingest_and_wait(request, at(200_000)).unwrap();
    store.close();
}

fn sound(at: impl Into<Location>) -> Checked {
    struct Nothing;
    impl Observer for Nothing {
        fn found(&mut self, finding: Finding) {
            panic!("{finding:?}");
        }
    }
    crate::verify(at, &mut Nothing, |_, _| Ok(0)).unwrap()
}

/// The report of an organisation, and its events with when each came.
fn seen(at: impl Into<Location>, organization: OrganizationId) -> (String, Vec<String>) {
    let store = Store::open(at).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let range = TimeRange::new(at_first(), self::at(60_000)).unwrap();
    let report = runtime.block_on(store.usage(organization, range)).unwrap();
    let query = EventQuery {
        range,
        meter: None,
        resource: None,
        voided: true,
        from: None,
        limit: 10_000,
    };
    let page = runtime
        .block_on(store.usage_events(organization, query))
        .unwrap();
    let events = page.unwrap().events.into_iter().map(|(event, received)| {
        let (id, voided, client) = (event.id, event.voided_by, event.client);
        format!(
            "{id} {} {received:?} {voided:?} {client:?} {}",
            event.subject, event.data
        )
    });
    let seen = (format!("{:?}", report.usages), events.collect());
    store.close();
    seen
}

fn at_first() -> Instant {
    at(0)
}

#[test]
fn a_copy_that_is_cut_short_goes_on_and_holds_the_same() {
    let Some(database) = Database::new() else {
        return;
    };
    let (old, new) = (ledger(), PostgresConfig::new(database.url()));
    let copy = |stop_at: u64| {
        let mut seen = Vec::new();
        let copied = catch_unwind(AssertUnwindSafe(|| {
            run(
                old.path(),
                &new,
                Partitions::new(5),
                FEW,
                &mut |done, of| {
                    seen.push((done, of));
                    assert!(done < stop_at, "cut short");
                },
            )
        }));
        (copied, seen)
    };
    let (cut, seen_first) = copy(500);
    assert!(cut.is_err() && seen_first.len() > 2, "{seen_first:?}");
    let unfinished = Store::open(new.clone()).err().unwrap().to_string();
    assert!(unfinished.contains("not finished"), "{unfinished}");
    serve_once_more(old.path());
    let (copied, seen_then) = copy(u64::MAX);
    let copied = copied.unwrap().unwrap();
    let all = u64::from(COMMITS) * 30 + 1;
    assert_eq!(copied.events, all);
    // It did not begin again, and came to its end.
    assert!(seen_then[0].0 > seen_first[1].0, "{seen_then:?}");
    assert_eq!(seen_then.last(), Some(&(2 * all, 2 * all)));

    assert_eq!(sound(old.path()).findings, 0);
    let checked = sound(new.clone());
    assert_eq!((checked.findings, checked.folded), (0, all));
    for organization in [ACME, NORTH] {
        let before = seen(old.path(), organization);
        assert!(before.1.iter().any(|event| event.contains("ClientId")));
        assert_eq!(before, seen(new.clone(), organization));
    }
    let name = Postgres::open(&new).unwrap().snapshot(|db| {
        let query = "SELECT name FROM organization WHERE id = $1";
        db.one(query, params![ACME.as_bytes()], |row| row.get::<String>(0))
    });
    assert_eq!(name.unwrap(), "Renamed");
    let meter = Postgres::open(&new).unwrap().snapshot(|db| {
        let query = "SELECT meter FROM product WHERE sku = 'TOKEN'";
        db.one(query, params![], |row| row.get::<Option<String>>(0))
    });
    assert_eq!(meter.unwrap(), None);
    let (again, _) = copy(u64::MAX);
    assert!(matches!(again.unwrap(), Err(StoreError::Conflict(_))));
}

#[test]
fn a_copy_that_differs_is_not_served() {
    let Some(database) = Database::new() else {
        return;
    };
    let (old, new) = (ledger(), PostgresConfig::new(database.url()));
    // Whoever tampers with the copy while it is made is found.
    let copied = run(
        old.path(),
        &new,
        Partitions::new(2),
        FEW,
        &mut |done, of| {
            if done * 2 == of {
                let tamper = Postgres::open(&new).unwrap().change(|tx| {
                    tx.execute(
                        "UPDATE mark SET received = received + 1 WHERE partition >= 0",
                        params![],
                    )
                });
                assert!(tamper.unwrap() > 0);
            }
        },
    );
    match copied {
        Err(StoreError::Corrupt { what, .. }) => assert!(what.contains("copy of"), "{what}"),
        other => panic!("{other:?}"),
    }
    assert!(Store::open(new).is_err());
}

const BODY: &[u8] = b"body";
const DIGEST: [u8; 32] = [7; 32];

/// Contracts of both organisations, charged as of these marks.
fn charge(directory: &Path, marks: &'static [u64]) {
    let store = Store::open(directory).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let charged = store.database().write(move |tx| {
        for (contract, id) in [("C-1", ACME), ("C-2", NORTH)] {
            let id = id.as_bytes();
            let of = params![contract, id];
            tx.execute(
                "INSERT INTO contract (partition, number, organization, currency, time_zone,
                     starts, version, changed, known_ends)
                 VALUES (0, $1, $2, 'USD', 'UTC', 0, 1, 0, '')",
                of,
            )?;
            tx.execute(
                "INSERT INTO closing_due (partition, contract, organization, due, failures, error)
                 VALUES (0, $1, $2, 77, 2, 'why')",
                of,
            )?;
            for (number, mark) in (0_u32..).zip(marks) {
                tx.execute(
                    "INSERT INTO closed_period (partition, contract, number, seller,
                         organization, begins, ends, closed, mark, meters, state)
                     VALUES (0, $1, $2, $3, $3, 1, 2, 3, $4, 0, '{}')",
                    params![contract, number, id, mark],
                )?;
                tx.execute(
                    "INSERT INTO billing_entry (partition, contract, entry, number, kind, made,
                         mark, body, digest)
                     VALUES (0, $1, $2, $3, 'close', 3, $4, $5, $6)",
                    params![contract, number + 1, number, mark, BODY, DIGEST],
                )?;
            }
        }
        tx.script(
            "INSERT INTO closing_terms (id, billing_from, close_after, version)
             VALUES (0, 20000, 48, 3)",
        )
    });
    runtime.block_on(charged).unwrap();
    store.close();
}

#[test]
fn what_was_charged_is_copied_with_marks_of_the_copy() {
    let Some(database) = Database::new() else {
        return;
    };
    let (old, new) = (ledger(), PostgresConfig::new(database.url()));
    // Two commits of one instant are two marks all the same.
    commit_late(old.path(), "late-1");
    commit_late(old.path(), "late-2");
    charge(old.path(), &[0, 300, 1200, 1201, 1202]);
    let partitions = Partitions::new(5);
    assert_ne!(
        partitions.partition_of(ACME),
        partitions.partition_of(NORTH)
    );
    run(old.path(), &new, partitions, FEW, &mut |_, _| ()).unwrap();
    // Of the 30 events of a commit 10 are North's.
    let (acme, north) = ([0, 200, 800, 801, 802], [0, 100, 400, 400, 400]);
    let postgres = Postgres::open(&new).unwrap();
    let checked = postgres.snapshot(|db| {
        for (contract, id, expected) in [("C-1", ACME, acme), ("C-2", NORTH, north)] {
            let partition = partitions.partition_of(id).number();
            let of = params![partition, contract];
            for query in [
                "SELECT mark FROM closed_period
                 WHERE partition = $1 AND contract = $2 AND state = '{}' ORDER BY number",
                "SELECT mark FROM billing_entry
                 WHERE partition = $1 AND contract = $2 AND kind = 'close' ORDER BY entry",
            ] {
                let marks = db.all(query, of, |row| row.get::<u64>(0))?;
                assert_eq!(marks, expected, "{contract}");
            }
            let query = "SELECT due, failures, error FROM closing_due
                 WHERE partition = $1 AND contract = $2";
            let due = db.one(query, of, |row| {
                Ok((
                    row.get::<i64>(0)?,
                    row.get::<u32>(1)?,
                    row.get::<String>(2)?,
                ))
            })?;
            assert_eq!(due, (77, 2, "why".to_owned()));
        }
        let query = "SELECT billing_from, close_after, version FROM closing_terms";
        let terms = db.one(query, params![], |row| {
            Ok((row.get::<i32>(0)?, row.get::<u32>(1)?, row.get::<u64>(2)?))
        })?;
        assert_eq!(terms, (20_000, 48, 3));
        Ok(())
    });
    checked.unwrap();
}
