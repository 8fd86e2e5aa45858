//! Verification of what contracts were charged: each entry is made again from what it says
//! it was made from, and compared to the byte.

mod again;
mod walk;

use std::collections::BTreeMap;

use exchequer_core::OrganizationId;
use exchequer_store::billing::{due, entries, periods};
use exchequer_store::{Checked, Finding, Inspection, Location, Observer, StoreError};

use self::walk::Walk;
use crate::billing_view::BillingView;
use crate::error::Error;

/// What a verification has looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckedEntries {
    /// The contracts.
    pub contracts: u64,
    /// Their entries.
    pub entries: u64,
    /// The entries that could not be made again, by the reason: their digests were checked
    /// alone.
    pub not_rated: BTreeMap<String, u64>,
}

/// Verifies a ledger: what is derived from its events, and what its contracts were charged.
/// It only reads, and sees one snapshot, so the ledger may be served meanwhile.
///
/// # Errors
/// There is no ledger, or it cannot be read at all.
pub fn verify(
    at: impl Into<Location>,
    observer: &mut dyn Observer,
) -> Result<(Checked, CheckedEntries), StoreError> {
    let mut checked = CheckedEntries::default();
    let ledger = exchequer_store::verify(at, observer, |ledger, observer| {
        Check {
            ledger,
            observer,
            checked: &mut checked,
            findings: 0,
            of: 0,
        }
        .run()
    })?;
    Ok((ledger, checked))
}

/// A verification under way.
struct Check<'a> {
    ledger: &'a Inspection<'a>,
    observer: &'a mut dyn Observer,
    checked: &'a mut CheckedEntries,
    findings: u64,
    /// The number of all entries.
    of: u64,
}

impl Check<'_> {
    /// Looks at all contracts, and returns the number of findings.
    fn run(mut self) -> Result<u64, StoreError> {
        let db = self.ledger.snapshot();
        let partitions = due::partitions(db)?;
        for &partition in &partitions {
            self.of += entries::count(db, partition)?;
        }
        for partition in partitions {
            for contract in entries::without_periods(db, partition)? {
                self.found(&contract, "it has entries, and no period that is closed");
            }
            let mut contracts = periods::contracts(db, partition)?.into_iter().peekable();
            while let Some(&(organization, _)) = contracts.peek() {
                let same = |next: &(OrganizationId, String)| next.0 == organization;
                let own = std::iter::from_fn(|| contracts.next_if(same));
                let own: Vec<String> = own.map(|(_, contract)| contract).collect();
                self.organization(organization, &own)?;
            }
        }
        Ok(self.findings)
    }

    /// Looks at the contracts of an organisation.
    fn organization(
        &mut self,
        organization: OrganizationId,
        contracts: &[String],
    ) -> Result<(), StoreError> {
        let ledger = self.ledger;
        ledger.usage(organization, |usage| {
            let view = BillingView::new(usage, organization);
            for contract in contracts {
                self.contract(&view, contract)?;
            }
            Ok(())
        })
    }

    fn contract(&mut self, view: &BillingView<'_>, contract: &str) -> Result<(), StoreError> {
        let mut walk = Walk::new(view, contract);
        let walked = walk.run();
        let (entries, problems) = (walk.entries, walk.problems);
        self.checked.contracts += 1;
        self.checked.entries += entries;
        for (why, entries) in walk.not_rated {
            *self.checked.not_rated.entry(why).or_default() += entries;
        }
        for (place, problem) in problems {
            self.found(&format!("{contract}, {place}"), &problem);
        }
        match walked {
            Ok(()) => {}
            Err(passing) if passing.is_passing() => {
                return Err(StoreError::unavailable(passing.chain()));
            }
            Err(error) => self.found(contract, &error.chain()),
        }
        self.observer.progress(self.checked.entries, self.of);
        Ok(())
    }

    fn found(&mut self, contract: &str, problem: &str) {
        self.findings += 1;
        self.observer.found(Finding {
            place: format!("contract {contract}"),
            problem: problem.to_owned(),
        });
    }
}

/// Returns an error that ends the verification, or what it says of a single entry.
fn said(error: Error) -> Result<String, Error> {
    match error {
        passing if passing.is_passing() => Err(passing),
        error => Ok(error.chain()),
    }
}
