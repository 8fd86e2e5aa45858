//! Rebuild and compare: derives everything that is derived from the events
//! anew, and reports every place where what is stored says something else.
//!
//! One organisation at a time, one day at a time, one part at a time: memory
//! does not grow with the ledger. What must be compared across the whole
//! ledger (seqs, identities) is compared by sums first, see [`tally`]; only
//! where sums differ are the events looked at once more, to name what it is.

mod days;
mod details;
mod expected;
mod identities;
mod journal;
mod parts;
mod subjects;
mod tally;

use std::collections::BTreeSet;
use std::fmt::Display;
use std::ops::RangeInclusive;

use exchequer_core::{Day, Instant, MeterSet, OrganizationId};

use crate::identity::key::IdentityKey;
use crate::rows::Rows;
use crate::tail::Seq;
use tally::Tally;

/// What a segment's row says of its blob.
#[derive(Debug, Clone, Copy)]
pub struct PartColumns {
    /// Number of the part within its day.
    pub part: u32,
    /// How many events it holds.
    pub events: u32,
    /// Instants of the first and last event.
    pub times: (Instant, Instant),
    /// Lowest and highest seq.
    pub seqs: (Seq, Seq),
}

/// Everything that is stored of a partition, row by row.
pub trait Inventory: Rows {
    /// The folded and the last seq, and the number of the next identity run.
    ///
    /// # Errors
    /// The row cannot be read.
    fn state(&self) -> Result<(Seq, Seq, u64), Self::Error>;

    /// Organisations of which there is a segment, a rollup, a correction or a
    /// name.
    ///
    /// # Errors
    /// The rows cannot be read.
    fn organizations(&self) -> Result<Vec<OrganizationId>, Self::Error>;

    /// The days of an organisation of which there is a segment, a rollup or a
    /// correction.
    ///
    /// # Errors
    /// The rows cannot be read.
    fn days(&self, organization: OrganizationId) -> Result<Vec<Day>, Self::Error>;

    /// The segment parts of a day without their blobs, in their order.
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

    /// One block of names.
    ///
    /// # Errors
    /// The row cannot be read.
    fn block(&self, organization: OrganizationId, block: u32) -> Result<Vec<u8>, Self::Error>;

    /// The identity runs, each with its entries and whether it counts.
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

    /// The journal's rows with the events that each promises, in their order.
    ///
    /// # Errors
    /// The rows cannot be read.
    fn journal(&self) -> Result<Vec<(Seq, u32)>, Self::Error>;

    /// The batch of a journal row.
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
    /// What is wrong there.
    pub problem: String,
}

/// Who is told, as it goes on.
pub trait Observer {
    /// Something is wrong.
    fn found(&mut self, finding: Finding);

    /// So much of the work is done.
    fn progress(&mut self, _done: u64, _of: u64) {}
}

/// What was looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Checked {
    /// Events in segments.
    pub folded: u64,
    /// Events in the journal.
    pub unfolded: u64,
    /// Organisations.
    pub organizations: u64,
    /// Days with a segment, a rollup or a correction, summed over organisations.
    pub days: u64,
    /// Days that wait to be rolled up anew, because meters have changed since.
    /// What they say of such a meter counts nowhere, so it is not compared.
    pub stale_days: u64,
    /// Identity runs.
    pub runs: u64,
    /// Identities in them.
    pub identities: u64,
    /// How many findings there were.
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

/// Compares everything that is stored of a partition with the events. Rows that cannot be
/// read are findings, too, and the rest is looked at all the same.
///
/// # Errors
/// The ledger cannot be read at all.
pub fn verify<I: Inventory>(
    key: IdentityKey,
    meters: &MeterSet,
    rows: &I,
    observer: &mut dyn Observer,
) -> Result<Checked, I::Error>
where
    I::Error: Display,
{
    let (folded, last, next_run) = rows.state()?;
    let mut check = Check {
        key,
        meters,
        rows,
        observer,
        folded: folded.number(),
        last: last.number(),
        checked: Checked::default(),
        // Every folded event is read once, and every identity.
        work: folded.number() * 2,
        done: 0,
        seqs: Tally::for_seqs(folded),
        identities: Tally::for_hashes(),
        unread: Unread::default(),
    };
    check.organizations();
    let journal = check.journal();
    check.runs(next_run, &journal);
    check.details(&journal);
    Ok(check.checked)
}

/// What could not be read: what is missing because of that is no second finding.
#[derive(Default)]
struct Unread {
    /// Seqs and days of segment parts.
    seqs: Vec<RangeInclusive<u64>>,
    days: BTreeSet<Day>,
    /// Hashes of pages of identity runs.
    hashes: Vec<RangeInclusive<u64>>,
}

/// A comparison under way.
struct Check<'a, I: Inventory> {
    key: IdentityKey,
    meters: &'a MeterSet,
    rows: &'a I,
    observer: &'a mut dyn Observer,
    folded: u64,
    last: u64,
    checked: Checked,
    work: u64,
    done: u64,
    /// Folded events by seq, against all seqs up to the folded one.
    seqs: Tally,
    /// Folded events by identity, against the identity runs.
    identities: Tally,
    unread: Unread,
}

impl<I: Inventory> Check<'_, I>
where
    I::Error: Display,
{
    fn found(&mut self, place: impl Into<String>, problem: impl Display) {
        self.checked.findings += 1;
        self.observer.found(Finding {
            place: place.into(),
            problem: problem.to_string(),
        });
    }

    /// What could be read; what could not is a finding.
    fn readable<T, E: Display>(
        &mut self,
        place: impl Into<String>,
        read: Result<T, E>,
    ) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(error) => {
                self.found(place, error);
                None
            }
        }
    }

    fn advance(&mut self, by: u64) {
        self.done = self.work.min(self.done + by);
        self.observer.progress(self.done, self.work);
    }

    fn organizations(&mut self) {
        let found = self.rows.organizations();
        for organization in self.readable("segment", found).unwrap_or_default() {
            self.checked.organizations += 1;
            let known = self.subjects(organization);
            self.days(organization, known);
        }
    }
}

/// "1 event", "2 events".
fn count(number: u64, one: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        _ if one.ends_with('y') => format!("{number} {}ies", one.trim_end_matches('y')),
        _ => format!("{number} {one}s"),
    }
}
