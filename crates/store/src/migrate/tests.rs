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
    let mut builder = RequestBuilder::new(store.partitions());
    let event = NewEvent {
        source: "/pbx",
        id: "late",
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
    crate::verify(at, &mut Nothing).unwrap()
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
