//! Every bound of the application.

use std::ops::RangeInclusive;
use std::time::Duration;

use exchequer_core::MICROS_PER_SECOND;

const HOUR: i64 = 3600 * MICROS_PER_SECOND;

// A request of usage events.

/// The most events that one request may hold.
pub const MAX_EVENTS: u32 = 10_000;

/// The largest body of events, after decompression, in bytes.
pub const MAX_BODY: usize = 16 * 1024 * 1024;

/// Bodies beyond this many bytes are parsed off the threads that answer everybody.
pub(crate) const PARSED_AT_ONCE: usize = 64 * 1024;

// One usage event.

/// Bytes of `id`, `source` and `subject`, from 1.
pub const MAX_NAME: usize = 256;

/// Bytes of `type`, from 1.
pub(crate) const MAX_TYPE: usize = 128;

/// Attributes that mean nothing here.
pub(crate) const MAX_EXTENSIONS: usize = 64;

/// Bytes of `data` as canonical JSON.
pub(crate) const MAX_DATA: usize = 4096;

/// Objects and arrays within one another in `data`, itself included.
pub(crate) const MAX_DATA_DEPTH: u32 = 4;

/// The largest exponent, either way, of a number in `data`.
pub(crate) const MAX_EXPONENT: i64 = 9_999;

/// The minutes that a sender's clock may be ahead of the server's.
pub(crate) const AHEAD_MINUTES: i64 = 5;

/// Characters of a sender's text that a rejection quotes.
pub(crate) const QUOTED: usize = 64;

// Documents of the catalog.

/// Aliases of an organisation on one day.
pub(crate) const MOST_ALIASES: usize = 4_000;

/// Bytes of all names of such a list, which has to fit into a body.
pub(crate) const ALIAS_BYTES: usize = 128 * 1024;

/// Bytes of the name of an organisation or client.
pub(crate) const LONGEST_NAME: usize = 256;

/// Bytes of the name of a meter.
pub(crate) const LONGEST_METER: usize = 128;

/// Bytes of the number of a contract.
pub(crate) const LONGEST_NUMBER: usize = 64;

/// Lines of a contract or amendment. The work of rating a contract grows
/// with the product of its lines and amendments.
pub(crate) const MOST_LINES: usize = 200;

/// Amendments of a contract.
pub(crate) const MOST_AMENDMENTS: usize = 200;

/// Tiers of a line.
pub(crate) const MOST_TIERS: usize = 50;

/// Licences that give a line its allowance.
pub(crate) const MOST_LICENCES: usize = 50;

/// Wallets of a contract or amendment.
pub(crate) const MOST_WALLETS: usize = 50;

/// Bytes of the name of a party, and of each line of its address.
pub(crate) const LONGEST_PARTY: usize = 256;

/// Bytes of the number of a party.
pub(crate) const LONGEST_PARTY_NUMBER: usize = 64;

/// Lines of the address of a party.
pub(crate) const MOST_ADDRESS_LINES: usize = 8;

/// Stretches of a trust before the current one.
pub(crate) const MOST_STRETCHES: usize = 50;

/// The life of a client's tokens, in seconds.
pub(crate) const TOKEN_SECONDS: RangeInclusive<u32> = 300..=172_800;

/// Permissions of a client.
pub(crate) const MOST_PERMISSIONS: usize = 200;

/// Bytes of a permission.
pub(crate) const LONGEST_PERMISSION: usize = 128;

/// Patterns of the sources of a client.
pub(crate) const MOST_SOURCES: usize = 100;

// Reports, series, requests.

/// The most reports that are made in the background at once.
pub(crate) const MOST_KEPT: usize = 256;

/// Seconds until a report that found no room is asked for again.
pub(crate) const RETRY_REPORT_AFTER: u32 = 5;

/// Large reports are written in pieces of about this many bytes.
pub(crate) const REPORT_PIECE: usize = 64 * 1024;

/// The time that a finished report is kept after it was fetched, in microseconds.
pub(crate) const KEPT_AFTER_DELIVERY: i64 = HOUR;

/// The time that a finished report is kept if nobody fetches it, in microseconds.
pub(crate) const KEPT_WITHOUT_DELIVERY: i64 = 7 * 24 * HOUR;

/// The most hours from the end of a period to its close: those of 31 days.
pub const MOST_CLOSE_AFTER: u32 = 31 * 24;

/// The most months from the end of a period within which it is adjusted.
pub(crate) const MOST_ADJUST_WITHIN: u32 = 120;

/// The time between two purges.
pub(crate) const PURGE_INTERVAL: Duration = Duration::from_secs(600);

/// The most buckets of a series.
pub(crate) const MOST_BUCKETS: usize = 1_000;

/// Seconds of a window in which requests are counted.
pub const WINDOW_SECONDS: u32 = 60;

/// The most keys that are counted at once. Beyond, new keys go uncounted for
/// the rest of the minute: memory stays bounded, and nobody can lock others out.
pub(crate) const MOST_KEYS: usize = 100_000;

/// The fewest pieces of work of one kind that run at once; otherwise there are
/// as many as cores.
pub(crate) const FEWEST_TURNS: usize = 2;
