//! Every bound of the store.
//!
//! Two are texts of statements, and stand there: the three seconds after which
//! PostgreSQL takes the locks of a node that has stopped (`postgres.rs`), and
//! the highest count of a rate limit (`rate_limit.rs`). The lengths of secrets
//! are in `secrets.rs`, since callers check them too.

use std::num::NonZero;
use std::time::Duration;

use exchequer_core::{Day, TimeRange};

// Ingestion: a request waits in the queue, then in a group, then for the tail.

/// The most bytes of encoded batches that wait for the writer. A request that
/// does not fit is refused at once, so that memory is bounded.
pub(crate) const QUEUE_BYTES: usize = 64 << 20;
/// The most bytes of batches that one commit takes. A larger group would save
/// little of a sync, and let everybody in it wait longer.
pub(crate) const GROUP_BYTES: usize = 8 << 20;
/// Unfolded events that are worth a fold.
pub(crate) const FOLD_AT: u64 = 128_000;
/// Unfolded events from which commits are paced, so that ingestion that
/// outruns folding slows down for everybody instead of stopping for some.
pub(crate) const PACED_TAIL: u64 = 250_000;
/// Unfolded events beyond which ingestion waits for a fold.
pub(crate) const FULL_TAIL: u64 = 500_000;
/// The pause before a commit when the tail is nearly full.
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_millis(30);
/// Bytes committed between two checkpoints of the write-ahead log.
pub(crate) const CHECKPOINT_AT: u64 = 32 << 20;

// Background work.

/// A tail that is too small to be worth a fold is folded all the same after a
/// pause of this length, so that reports and restarts stay quick.
pub(crate) const FOLD_PAUSE: Duration = Duration::from_secs(20);
/// Unfolded events that are worth a fold after that pause.
pub(crate) const FOLD_AFTER_PAUSE: u64 = 4_096;
/// Stale days that are rolled up before other work gets a chance.
pub(crate) const REROLLED_DAYS: usize = 64;
/// Pages of a superseded identity run that one transaction deletes. Nobody can
/// commit beside it in a data directory, so it has to be short.
pub(crate) const DELETED_PAGES: u32 = 512;
/// Chunks of an identity filter that one transaction stores, for that reason.
pub(crate) const STORED_CHUNKS: usize = 32;

// Reading.

/// Reports that are made at once: each holds the rows that it is made from.
pub(crate) const REPORTS: usize = 16;
/// Bytes of names that the store keeps in memory.
pub(crate) const DIRECTORY_BYTES: usize = 48 << 20;
/// Times that names of one organisation become an alias, or stop being one.
pub(crate) const ALIAS_CHANGES: usize = 100_000;
/// Such changes that the store keeps in memory, of all organisations; each takes about two
/// hundred bytes. Those of one fit in any case.
pub(crate) const CACHED_ALIAS_CHANGES: usize = 200_000;
/// Clients whose partition the store remembers; each takes about a hundred bytes.
pub(crate) const REMEMBERED_CLIENTS: NonZero<usize> = NonZero::new(20_000).unwrap();
/// Stored events that a page reads at most, or about that: a part of up to
/// 65,536 is read whole. This takes some tens of milliseconds.
pub(crate) const EVENTS_OF_A_PAGE: usize = 200_000;

/// Days of which a change of a meter says what it would have refused: today and those before.
pub(crate) const RECENT_DAYS: i32 = 31;
/// Events that it looks at, or about that: a day of an organisation is read whole. This
/// takes some hundreds of milliseconds.
pub(crate) const RECENT_EVENTS: u64 = 1_000_000;
/// Events of the meter's type that it reads, or about that.
pub(crate) const RECENT_OF_TYPE: u64 = 100_000;
/// Days of organisations that it opens.
pub(crate) const RECENT_PARTS: usize = 2_000;

// The databases.

/// The usual number of connections of a node for requests. It may be set, as
/// may the three times below.
pub(crate) const CONNECTIONS: u32 = 20;
/// The usual time that a connection is waited for.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The usual time that a statement may take.
pub(crate) const STATEMENT_TIMEOUT: Duration = Duration::from_secs(60);
/// The usual time that a transaction waits for the lock of another.
pub(crate) const LOCK_TIMEOUT: Duration = Duration::from_secs(15);
/// The time that a statement which the database has ended may take to say so.
pub(crate) const STATEMENT_GRACE: Duration = Duration::from_secs(10);
/// The longest pause of a reader between two statements. It may compute for
/// long, and locks nothing meanwhile.
pub(crate) const LONGEST_READ_PAUSE: Duration = Duration::from_secs(300);
/// Bytes of rows that one statement sends to PostgreSQL.
pub(crate) const STATEMENT_BYTES: usize = 4 << 20;
/// Reading connections to SQLite that are kept open while nobody reads.
pub(crate) const IDLE_READERS: usize = 8;
/// The time that SQLite waits for a lock of the file.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Events that a copy of a ledger holds in memory.
pub(crate) const MIGRATED_EVENTS: u64 = 200_000;
/// Partitions of a new ledger in PostgreSQL. Requests that mix organisations
/// take longer the more there are; fewer would let nodes wait for one another.
pub(crate) const PARTITIONS: u32 = 16;
/// Connections that only the writer uses.
pub(crate) const WRITER_CONNECTIONS: u32 = 1;
/// Connections that only the folder uses: one for its own rounds, and one for
/// a fold that is asked for beside them.
pub(crate) const FOLDER_CONNECTIONS: u32 = 2;

/// All days that an event can have.
pub const EVER: TimeRange = match TimeRange::new(
    Day::from_number(0).start(),
    Day::from_number(1_000_000).start(),
) {
    Some(range) => range,
    None => panic!("the last day comes after the first"),
};
