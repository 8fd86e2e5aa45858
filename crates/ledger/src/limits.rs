//! The bounds of the crate: memory, sizes of what is stored, and work at once.

/// The most bytes of a section of a blob, unpacked. Readers refuse a longer one.
pub(crate) const SECTION_BYTES: usize = 512 << 20;

/// The most events of a segment part.
pub(crate) const PART_EVENTS: usize = 65_536;

/// The most names of a stored block: small enough to rewrite when one is added.
pub(crate) const BLOCK_NAMES: u32 = 256;

/// The most entries of a page of an identity run.
pub(crate) const PAGE_ENTRIES: usize = 1024;

/// Memory for the filters of identity runs, of all partitions.
pub(crate) const FILTER_BYTES: usize = 64 << 20;

/// Memory for the identities of folded days, of all partitions.
pub(crate) const DAY_IDENTITY_BYTES: usize = 42 << 20;

/// Pages of a merged run that are kept before they are stored.
pub(crate) const MERGED_PAGES: usize = 256;

/// Sessions last at most 31 days, so they touch no day further on than this.
pub(crate) const LONGEST_SESSION_DAYS: i32 = 31;

/// Events that a verification compares together.
pub(crate) const COMPARED_EVENTS: u64 = 500_000;

/// The number of times that a verification reads the whole ledger for details. Where
/// that is not enough, it counts the other differences.
pub(crate) const DETAIL_ROUNDS: usize = 16;
