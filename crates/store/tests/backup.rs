//! A backup of a ledger that takes events meanwhile: what docs/operations.md
//! says is done here.

use std::ops::Range;
use std::path::Path;

use exchequer_core::{Day, OrganizationId};
use exchequer_ledger::{NewEvent, Request, RequestBuilder, Verdict};
use exchequer_store::{Checked, Finding, Observer, Store, verify};

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
    let verdicts = verdicts.expect("they are taken");
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

fn sound(directory: &Path) -> Checked {
    let mut findings = Findings(Vec::new());
    let checked = verify(directory, &mut findings).expect("it can be read");
    assert_eq!(findings.0, []);
    checked
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_a_busy_ledger_is_sound_and_holds_a_prefix() {
    let live = tempfile::tempdir().expect("a directory");
    Store::create(live.path(), [7; 16]).expect("a ledger");
    let store = Store::open(live.path()).expect("it opens");
    ingest(&store, 0..1_000).await;
    store.fold().await.expect("a fold");

    // Commits and folds go on until all backups are made.
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
    stop.send(()).expect("the writer is there");
    let sent = writer.await.expect("the writer ends");
    sound(live.path());
    store.close();

    let mut last = 0;
    for backup in backups {
        let checked = sound(backup.path());
        let kept = checked.folded + checked.unfolded;
        assert!(
            kept >= 1_000 && kept >= last && kept <= u64::from(sent),
            "{checked:?}"
        );
        // Whole requests, in their order: gapless seqs are part of being sound.
        assert_eq!(kept % u64::from(BATCH), 0);
        last = kept;
        // It serves at once; everything sent again fills the rest.
        let restored = Store::open(backup.path()).expect("it opens");
        let kept = u32::try_from(kept).expect("few");
        assert_eq!(ingest(&restored, 0..kept).await, 0);
        assert_eq!(ingest(&restored, kept..kept + BATCH).await, BATCH as usize);
        restored.fold().await.expect("a fold");
        restored.close();
        sound(backup.path());
    }
}
