//! The rows that a verification reads, and the observer that it tells.

use exchequer_core::{Day, Instant, OrganizationId};

use crate::rows::Rows;
use crate::tail::Seq;

/// The columns of a segment's row beside its blobs.
#[derive(Debug, Clone, Copy)]
pub struct PartColumns {
    /// Number of the part within its day.
    pub part: u32,
    /// The number of its events.
    pub events: u32,
    /// Instants of the first and last event.
    pub times: (Instant, Instant),
    /// Lowest and highest seq.
    pub seqs: (Seq, Seq),
}

/// Everything that is stored of a partition, row by row.
pub trait Inventory: Rows {
    /// Returns the folded and the last seq, and the number of the next identity run.
    ///
    /// # Errors
    /// The row cannot be read.
    fn state(&self) -> Result<(Seq, Seq, u64), Self::Error>;

    /// Organisations of which there is a segment, a rollup, a void or a name.
    ///
    /// # Errors
    /// The rows cannot be read.
    fn organizations(&self) -> Result<Vec<OrganizationId>, Self::Error>;

    /// Returns the days of an organisation of which there is a segment, a rollup or a
    /// void.
    ///
    /// # Errors
    /// The rows cannot be read.
    fn days(&self, organization: OrganizationId) -> Result<Vec<Day>, Self::Error>;

    /// Returns the segment parts of a day without their blobs, in their order.
    ///
    /// # Errors
    /// The rows cannot be read.
    fn part_columns(
        &self,
        organization: OrganizationId,
        day: Day,
    ) -> Result<Vec<PartColumns>, Self::Error>;

    /// Numbers of an organisation's blocks of names, each with how many names
    /// its row promises, in their order.
    ///
    /// # Errors
    /// The rows cannot be read.
    fn blocks(&self, organization: OrganizationId) -> Result<Vec<(u32, u32)>, Self::Error>;

    /// Returns one block of names.
    ///
    /// # Errors
    /// The row cannot be read.
    fn block(&self, organization: OrganizationId, block: u32) -> Result<Vec<u8>, Self::Error>;

    /// Returns the identity runs, each with its entries and whether it counts.
    ///
    /// # Errors
    /// The rows cannot be read.
    fn runs(&self) -> Result<Vec<(u64, u64, bool)>, Self::Error>;

    /// Numbers of a run's pages, each with its lowest hash, in their order.
    ///
    /// # Errors
    /// The rows cannot be read.
    fn pages(&self, run: u64) -> Result<Vec<(u32, u64)>, Self::Error>;

    /// Runs of which there are pages or pieces of a filter, in their order.
    ///
    /// # Errors
    /// The rows cannot be read.
    fn runs_with_pages(&self) -> Result<Vec<u64>, Self::Error>;

    /// Numbers of the stored pieces of a run's filter, in their order.
    ///
    /// # Errors
    /// The rows cannot be read.
    fn chunks(&self, run: u64) -> Result<Vec<u32>, Self::Error>;

    /// Returns the journal's rows with the events that each promises, in their order.
    ///
    /// # Errors
    /// The rows cannot be read.
    fn journal(&self) -> Result<Vec<(Seq, u32)>, Self::Error>;

    /// Returns the batch of a journal row.
    ///
    /// # Errors
    /// The row cannot be read.
    fn journal_blob(&self, seq: Seq) -> Result<Vec<u8>, Self::Error>;

    /// Visits the marks: last seq of a commit and when it was received, in
    /// the order of seq.
    ///
    /// # Errors
    /// The rows cannot be read.
    fn marks(&self, visit: &mut dyn FnMut(Seq, i64)) -> Result<(), Self::Error>;
}

/// Something stored that cannot be read, or that says something else than the
/// events do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Table and key.
    pub place: String,
    /// The problem there.
    pub problem: String,
}

/// Receives the findings and the progress of a verification.
pub trait Observer {
    /// Takes a finding: something is wrong.
    fn found(&mut self, finding: Finding);

    /// Takes the progress: so much of the work is done.
    fn progress(&mut self, _done: u64, _of: u64) {}
}

/// The extent of a verification.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Checked {
    /// Events in segments.
    pub folded: u64,
    /// Events in the journal.
    pub unfolded: u64,
    /// Organisations.
    pub organizations: u64,
    /// Days with a segment, a rollup or a void, summed over organisations.
    pub days: u64,
    /// Days that wait to be rolled up again, because meters have changed since.
    /// Their rollup of such a meter counts nowhere, so it is not compared.
    pub stale_days: u64,
    /// Identity runs.
    pub runs: u64,
    /// Identities in them.
    pub identities: u64,
    /// The number of findings.
    pub findings: u64,
}

impl std::ops::AddAssign for Checked {
    fn add_assign(&mut self, other: Self) {
        self.folded += other.folded;
        self.unfolded += other.unfolded;
        self.organizations += other.organizations;
        self.days += other.days;
        self.stale_days += other.stale_days;
        self.runs += other.runs;
        self.identities += other.identities;
        self.findings += other.findings;
    }
}
