//! A backup of a ledger that takes events meanwhile: what docs/operations.md
//! says is done here, in a directory and in PostgreSQL.

use std::ops::Range;
use std::process::Command;

use crate::sql::params;
use crate::{Checked, Finding, Location, Observer, PostgresConfig, Store, verify};
use exchequer_core::{Day, OrganizationId};
use exchequer_ledger::{NewEvent, Request, RequestBuilder, Verdict};
use exchequer_support::Database;
use tokio::task::{JoinHandle, block_in_place};

const ACME: OrganizationId = OrganizationId::from_bytes([1; 16]);
const BATCH: u32 = 50;

fn batch(store: &Store, ids: Range<u32>) -> Request {
    let mut builder = RequestBuilder::new(store.partitions());
    for id in ids {
        let event = NewEvent {
            source: "/test",
            id: &format!("event-{id}"),
            kind: "call.ended",
            subject: &format!("user-{}", id % 10),
            time: Day::from_number(20_000 + (id % 28) as i32).start(),
            data: "",
            voids: "",
        };
        builder.push(ACME, event);
    }
    builder.build(&store.identity_key())
}

async fn ingest(store: &Store, ids: Range<u32>) -> usize {
    let received = Day::from_number(20_100).start();
    let verdicts = store.ingest(batch(store, ids), received).await;
    let verdicts = verdicts.expect("they are taken").verdicts;
    let new = verdicts
        .iter()
        .filter(|verdict| **verdict == Verdict::Accepted);
    new.count()
}

struct Findings(Vec<Finding>);

impl Observer for Findings {
    fn found(&mut self, finding: Finding) {
        self.0.push(finding);
    }
}

fn sound(at: impl Into<Location>) -> Checked {
    let mut findings = Findings(Vec::new());
    let checked =
        block_in_place(|| verify(at, &mut findings, |_, _| Ok(0))).expect("it can be read");
    assert_eq!(findings.0, []);
    checked
}

/// A ledger that takes events and folds them, until it is told to stop; then
/// it says how many events it was sent.
struct Busy {
    store: Store,
    stop: std::sync::mpsc::Sender<()>,
    writer: JoinHandle<u32>,
}

impl Busy {
    async fn start(at: impl Into<Location>) -> Self {
        let at = at.into();
        Store::create(&at, [7; 16]).expect("a ledger");
        let store = Store::open(&at).expect("it opens");
        let known = store.database().write(|tx| {
            tx.execute(
                "INSERT INTO organization (id, name, version, changed) VALUES ($1, 'A', 1, 0)",
                params![ACME.as_bytes()],
            )
        });
        known.await.expect("an organisation");
        ingest(&store, 0..1_000).await;
        store.fold().await.expect("a fold");
        let (stop, stopped) = std::sync::mpsc::channel::<()>();
        let writing = store.clone();
        let writer = tokio::spawn(async move {
            let mut next = 1_000;
            while stopped.try_recv() == Err(std::sync::mpsc::TryRecvError::Empty) {
                assert_eq!(ingest(&writing, next..next + BATCH).await, BATCH as usize);
                next += BATCH;
                if next % 1_000 == 0 {
                    writing.fold().await.expect("a fold");
                }
            }
            next
        });
        Self {
            store,
            stop,
            writer,
        }
    }

    async fn end(self) -> u32 {
        self.stop.send(()).expect("the writer is there");
        let sent = self.writer.await.expect("the writer ends");
        self.store.close();
        sent
    }
}

/// Checks that a restored ledger holds whole requests in their order, at least so many
/// events, that it serves at once, and that everything sent again fills the rest.
async fn serves(at: impl Into<Location>, least: u64, sent: u32) -> u64 {
    let at = at.into();
    let checked = sound(&at);
    let kept = checked.folded + checked.unfolded;
    assert!(
        kept >= least && kept <= u64::from(sent),
        "{checked:?} of {sent}"
    );
    // Gapless seqs are part of being sound.
    assert_eq!(kept % u64::from(BATCH), 0);
    let restored = Store::open(&at).expect("it opens");
    let known = u32::try_from(kept).expect("few");
    assert_eq!(ingest(&restored, 0..known).await, 0);
    let new = ingest(&restored, known..known + BATCH).await;
    assert_eq!(new, BATCH as usize);
    restored.fold().await.expect("a fold");
    restored.close();
    sound(&at);
    kept
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dump_of_a_busy_database_is_sound_and_holds_a_prefix() {
    let (Some(live), Some(restored)) = (Database::new(), Database::new()) else {
        return;
    };
    let busy = Busy::start(PostgresConfig::new(live.url())).await;
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("exchequer.dump");
    let run = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).arg(&file).output();
        let output = output.expect("the programs of PostgreSQL");
        assert!(output.status.success(), "{output:?}");
    };
    run(
        "pg_dump",
        &["--dbname", &live.url(), "--format=custom", "--file"],
    );
    let sent = busy.end().await;
    sound(PostgresConfig::new(live.url()));
    run(
        "pg_restore",
        &["--dbname", &restored.url(), "--exit-on-error"],
    );
    serves(PostgresConfig::new(restored.url()), 1_000, sent).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_a_busy_ledger_is_sound_and_holds_a_prefix() {
    let live = tempfile::tempdir().expect("a directory");
    // Commits and folds go on until all backups are made.
    let busy = Busy::start(live.path()).await;
    let source = live.path().join("exchequer.db");
    let backups: Vec<_> = (0..3)
        .map(|_| {
            let target = tempfile::tempdir().expect("a directory");
            let file = target.path().join("exchequer.db");
            let connection = rusqlite::Connection::open(&source).expect("it opens");
            let copied = connection.execute("VACUUM INTO $1", [file.to_str()]);
            copied.expect("a copy");
            target
        })
        .collect();
    let sent = busy.end().await;
    sound(live.path());
    let mut last = 1_000;
    for backup in backups {
        last = serves(backup.path(), last, sent).await;
    }
}
