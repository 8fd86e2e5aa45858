//! Rebuild and compare: derives everything again that is derived from the
//! events, and reports every place where the stored rows say something else.
//!
//! One organisation at a time, one day at a time, one part at a time: memory
//! does not grow with the ledger. What must be compared across the whole
//! ledger (seqs, identities) is compared by sums first, see [`tally`]; only
//! where sums differ are the events read once more, to name the difference.

mod check;
mod days;
mod details;
mod expected;
mod identities;
mod inventory;
mod journal;
mod parts;
mod subjects;
mod tally;

use std::fmt::Display;

use exchequer_core::MeterSet;

use crate::identity::key::IdentityKey;
use check::{Check, Unread};
use tally::Tally;

pub use inventory::{Checked, Finding, Inventory, Observer, PartColumns};

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
    // Segments first: they are the events, against which all else is compared. Sums
    // of all sides are complete after the runs, so details come last.
    check.organizations();
    let journal = check.journal();
    check.runs(next_run, &journal);
    check.details(&journal);
    Ok(check.checked)
}

impl<I: Inventory> Check<'_, I>
where
    I::Error: Display,
{
    fn organizations(&mut self) {
        let found = self.rows.organizations();
        for organization in self.readable("segment", found).unwrap_or_default() {
            self.checked.organizations += 1;
            let known = self.subjects(organization);
            self.days(organization, known);
        }
    }
}
