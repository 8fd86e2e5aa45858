//! Whatever is changed of entries and closed periods behind the server's back is found.

use std::path::Path;

use exchequer_store::Location;
use exchequer_support::{Place, World};
use rusqlite::Connection;
use sha2::{Digest as _, Sha256};

use super::verified::verified;
use super::{ended, started};

/// Entry 3 of the story with a later amount and a digest that fits.
fn forge(database: &Connection) {
    let query = "SELECT body FROM billing_entry WHERE entry = 3";
    let body: Vec<u8> = database.query_row(query, [], |row| row.get(0)).unwrap();
    let body = String::from_utf8(zstd::decode_all(body.as_slice()).unwrap()).unwrap();
    let forged = body.replace(r#""total":"0.83""#, r#""total":"0.84""#);
    assert_ne!(forged, body);
    let digest: [u8; 32] = Sha256::digest(forged.as_bytes()).into();
    let body = zstd::encode_all(forged.as_bytes(), 3).unwrap();
    let change = "UPDATE billing_entry SET body = ?1, digest = ?2 WHERE entry = 3";
    assert_eq!(database.execute(change, (body, digest)).unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_changed_behind_the_server_is_found() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("closings/002-two-products-draw-from-a-wallet.toml");
    let (story, world, clock) = started(&path, Place::directory()).await;
    let problems = ended(&story, &world, &clock).await;
    assert!(problems.is_empty(), "{problems:#?}");
    let database = open(&world);
    let (findings, checked) = verified(&world).await;
    assert_eq!(findings, Vec::<String>::new());
    assert_eq!((checked.contracts, checked.entries), (1, 5), "{checked:?}");

    let tables = ["billing_entry", "closed_period", "contract_version"];
    for table in tables {
        let keep = format!("CREATE TABLE kept_{table} AS SELECT * FROM {table}");
        database.execute(&keep, []).unwrap();
    }
    for (change, expected) in [
        (
            "UPDATE billing_entry SET digest = zeroblob(32) WHERE entry = 2",
            &[
                "entry 2: its digest is not that of its content",
                "entry 3: it does not follow the entry before it",
            ][..],
        ),
        (
            "DELETE FROM billing_entry WHERE entry = 2",
            &["entry 3: entry 2 is missing before it"],
        ),
        (
            "FORGE",
            &[
                "entry 3: made again, it differs in: total",
                "entry 4: it does not follow the entry before it",
            ],
        ),
        (
            "UPDATE billing_entry SET mark = mark - 1 WHERE entry = 4",
            &["entry 4: made again, it differs in: "],
        ),
        (
            "UPDATE billing_entry SET number = 1 WHERE entry = 2",
            &["entry 2: its content is of another period, kind or instant"],
        ),
        (
            "UPDATE closed_period SET state = replace(state, '\"left\":\"0', '\"left\":\"7')
             WHERE number = 0",
            &["period 2026-01-01: rated up to its mark, it closes with another state"],
        ),
        (
            "UPDATE closed_period SET mark = 0 WHERE number = 1",
            &["period 2026-02-01: its mark is before that of its last entry"],
        ),
        (
            "UPDATE closed_period SET ends = ends + 1 WHERE number = 1",
            &["period 2026-02-01: it is not what its last entry says"],
        ),
        (
            "UPDATE closed_period SET closed = NULL WHERE number = 1",
            &["period 2026-02-01: it is not what its last entry says"],
        ),
        (
            "DELETE FROM closed_period WHERE number = 1",
            &["period 1: its row is missing"],
        ),
        (
            "DELETE FROM closed_period",
            &["it has entries, and no period that is closed"],
        ),
        (
            "DELETE FROM billing_entry",
            &["period 0: it has no entry", "period 1: it has no entry"],
        ),
        (
            "UPDATE contract_version SET body = replace(body, '0.25', '0.26')",
            &["entry 3: made again, it differs in: charges, rows, total"],
        ),
    ] {
        match change {
            "FORGE" => forge(&database),
            change => assert!(database.execute(change, []).unwrap() > 0, "{change}"),
        }
        let (findings, _) = verified(&world).await;
        for expected in expected {
            let found = findings.iter().any(|found| found.contains(expected));
            assert!(found, "{change}: {expected}: {findings:#?}");
        }
        for table in tables {
            let restore = format!("INSERT OR REPLACE INTO {table} SELECT * FROM kept_{table}");
            database.execute(&restore, []).unwrap();
        }
    }
    let (findings, _) = verified(&world).await;
    assert_eq!(findings, Vec::<String>::new());
}

fn open(world: &World) -> Connection {
    let Location::Directory(directory) = world.location() else {
        panic!("the ledger is in a directory");
    };
    Connection::open(directory.join("exchequer.db")).unwrap()
}
