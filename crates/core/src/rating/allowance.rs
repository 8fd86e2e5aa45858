//! Allowances: units that are free beyond what is included.

use super::Item;
use crate::contract::{Contract, Line};
use crate::exact::Exact;
use crate::period::Period;
use crate::quantity::Quantity;

/// Units that are free in a period; what is not used is not carried over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowance {
    /// For the organisation; weighs by days.
    pub fixed: Exact,
    /// For its licences.
    pub licences: Vec<LicenceAllowance>,
}

/// Units that are free for the licences of one product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LicenceAllowance {
    /// The part number of the licence.
    pub licence: String,
    /// Licences committed or used, whichever are more.
    pub licences: Exact,
    /// Free units for each.
    pub amount: Quantity,
}

impl Allowance {
    /// All of it, in units.
    #[must_use]
    pub fn total(&self) -> Exact {
        let licences = self
            .licences
            .iter()
            .map(|each| each.licences.clone() * Exact::from(each.amount));
        self.fixed.clone() + licences.sum()
    }
}

/// The allowance of a line, given what the items say of its licences.
pub(super) fn allow(
    contract: &Contract,
    period: &Period,
    line: &Line,
    items: &[Item],
) -> Option<Allowance> {
    let fixed = contract.weighted(period, |terms| terms.line(&line.product)?.allowance);
    // A fixed allowance is a quantity: it may also begin within the period.
    if fixed.is_zero() && !line.has_allowance() {
        return None;
    }
    let licences = line.fair_use.iter().filter_map(|fair_use| {
        let item = items
            .iter()
            .find(|item| item.line.product == fair_use.licence)?;
        Some(LicenceAllowance {
            licence: fair_use.licence.clone(),
            licences: item.included.clone().max(Exact::from(item.usage)),
            amount: fair_use.amount,
        })
    });
    Some(Allowance {
        fixed,
        licences: licences.collect(),
    })
}
