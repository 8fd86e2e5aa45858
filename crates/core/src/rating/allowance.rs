//! Allowances: units that are free beyond the commitment.

use super::RatedLine;
use crate::contract::{Contract, Line};
use crate::exact::Exact;
use crate::period::Period;
use crate::quantity::Quantity;

/// The units that are free in a period. Unused ones are not carried over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowance {
    /// The units for the organisation. They weigh by days only if an amendment changes
    /// them within the period.
    pub fixed: Exact,
    /// The units for each kind of licence.
    pub licences: Vec<LicenceAllowance>,
}

/// The units that are free for the licences of one product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LicenceAllowance {
    /// The part number of the licence.
    pub licence: String,
    /// The number of licences committed or used, whichever are more.
    pub licences: Exact,
    /// The free units for each licence.
    pub amount: Quantity,
}

impl Allowance {
    /// Returns the whole allowance, in units.
    #[must_use]
    pub fn total(&self) -> Exact {
        let licences = self
            .licences
            .iter()
            .map(|each| each.licences.clone() * Exact::from(each.amount));
        self.fixed.clone() + licences.sum()
    }
}

/// Returns the allowance of a line. Its licences are among the rated lines.
pub(super) fn allow(
    contract: &Contract,
    period: &Period,
    line: &Line,
    rated: &[RatedLine],
) -> Option<Allowance> {
    let fixed = contract.granted(period, |terms| terms.line(&line.product)?.allowance);
    // A fixed allowance is a quantity: it may also begin within the period.
    if fixed.is_zero() && !line.has_allowance() {
        return None;
    }
    let licences = line.fair_use.iter().map(|fair_use| {
        let licence = rated
            .iter()
            .find(|rated| rated.line.product == fair_use.licence);
        // All are terms of the first day, and `Contract::new` checks them.
        let licence = licence.expect("a licence is a line of the same terms");
        LicenceAllowance {
            licence: fair_use.licence.clone(),
            licences: licence.included.clone().max(licence.usage.clone()),
            amount: fair_use.amount,
        }
    });
    Some(Allowance {
        fixed,
        licences: licences.collect(),
    })
}
