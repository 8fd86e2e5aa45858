//! What a contract brings along that was billed elsewhere before.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::{Contract, ContractError, WalletTerm};
use crate::exact::Exact;
use crate::period::Period;
use crate::quantity::Quantity;
use crate::rating::{Pot, Purchase, State};

/// What is held of what was bought elsewhere, when the first period begins that is billed
/// here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Opening {
    /// The last day for which commitments are paid ahead. None if nothing is said of them.
    pub paid_through: Option<Date>,
    /// The units that are left in wallets, by part number.
    pub wallets: BTreeMap<String, Quantity>,
}

impl Contract {
    /// Returns the contract with what it brings along.
    ///
    /// # Errors
    /// It is not said from when on it is billed here, or nothing of the kind can be held then.
    pub fn with_opening(mut self, opening: Opening) -> Result<Self, ContractError> {
        if opening == Opening::default() {
            return Ok(self);
        }
        let first = self.settings.closing.billing_from;
        let first = first.and_then(|from| self.first_billed(from));
        let first = first.ok_or(ContractError::OpeningWithoutDay)?;
        let terms = self.terms_at(first.first);
        let mut products = opening.wallets.keys();
        if let Some(product) = products.find(|product| terms.wallet(product).is_none()) {
            return Err(ContractError::OpeningWallet(product.clone()));
        }
        if let Some(day) = opening.paid_through {
            let before = first.first.saturating_sub(1.day());
            let holds = before <= day && day <= self.last_of_year(&first);
            if !holds || self.annual_as(&first).is_none() {
                return Err(ContractError::PaidThrough(day));
            }
        }
        self.opening = opening;
        Ok(self)
    }

    /// Returns what the contract brings along.
    #[must_use]
    pub fn opening(&self) -> &Opening {
        &self.opening
    }

    /// Returns the first period that is billed here, if they are from a day on. None if the
    /// contract ends before.
    #[must_use]
    pub fn first_billed(&self, from: Date) -> Option<Period> {
        let mut periods = (0..).map_while(|number| self.calendar.period(number));
        periods.find(|period| from < period.next)
    }

    /// Returns true for the period that opens with what the contract brings along.
    #[must_use]
    pub fn brings_along(&self, period: &Period) -> bool {
        let first = self.settings.closing.billing_from;
        let first = first.and_then(|from| self.first_billed(from));
        self.opening != Opening::default() && first.is_some_and(|it| it.number == period.number)
    }
}

impl State {
    /// Returns the state with which a period opens: this one, with what the contract brings
    /// along, if it is the first that is billed here. That was bought as the terms of the day
    /// say, whoever sold it.
    #[must_use]
    pub fn with_opening(mut self, contract: &Contract, period: &Period) -> Self {
        if !contract.brings_along(period) {
            return self;
        }
        let opening = contract.opening();
        let terms = contract.terms_at(period.first);
        let year = contract.periods_of_year(period).next();
        let year = year.map_or(period.first, |first| first.first);
        if let Some(day) = opening.paid_through {
            let committed = terms.lines.iter().filter_map(|line| {
                let purchase = Purchase {
                    from: year,
                    until: day,
                    quantity: line.prepay_quantity.into(),
                    price: line.prepay_price?.into(),
                };
                Some((line.product.clone(), vec![purchase]))
            });
            let held = committed.filter(|(_, it)| period.first <= day && !it[0].quantity.is_zero());
            self.prepaid = held.collect();
            self.paid_through = Some(day);
        }
        for (product, &left) in &opening.wallets {
            let Some(wallet) = terms.wallet(product) else {
                continue;
            };
            let left = Exact::from(left);
            let (bought, quantity, price) = match wallet.term {
                // It counts as what the contract buys in the year.
                WalletTerm::Year => (year, wallet.quantity.into(), wallet.price.into()),
                // Each period buys its own: this is what is left of earlier ones, which were
                // paid for.
                WalletTerm::Period => {
                    let earlier = year.saturating_sub(2.months());
                    (earlier, left.clone(), Exact::zero())
                }
            };
            let year_ends = contract.last_of_year(period);
            let known_end = contract.bought_until(period);
            let pot = Pot {
                bought,
                until: known_end.map_or(year_ends, |end| end.min(year_ends)),
                quantity: left.clone().max(quantity),
                price,
                left,
            };
            self.wallets.insert(product.clone(), vec![pot]);
        }
        self
    }
}
