//! Prepayment: commitments of a contract year that are paid when they begin.

use jiff::civil::Date;

use super::{Item, Rating, Step};
use crate::contract::Contract;
use crate::exact::Exact;
use crate::period::Period;
use crate::quantity::Quantity;

/// Periods in a contract year.
pub(crate) const YEAR: u32 = 12;

/// Units bought, or given back, for the rest of a contract year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Purchase {
    /// The period in which it is charged.
    number: u32,
    /// The first day that it is for.
    from: Date,
    /// Units, below 0 if there are fewer than before.
    quantity: Exact,
    /// The price of one for a period.
    price: Exact,
}

/// Whether a period is prepaid: its type is annual, and it is not in the ramp.
pub(crate) fn is_prepaid(contract: &Contract, period: &Period) -> bool {
    let terms = contract.terms_at(period.first);
    terms.subscription.is_annual() && terms.ramp_on(period.first).is_none()
}

impl Rating<'_> {
    /// What is paid in advance in this period.
    pub(super) fn prepayment(&self, item: &Item) -> Vec<Step> {
        let now = |purchase: &Purchase| purchase.number == self.period.number;
        let purchases = self.purchases(item).into_iter().filter(now);
        purchases
            .map(|purchase| Step {
                quantity: purchase.quantity.clone() * self.remaining(&purchase),
                price: purchase.price,
                flat: None,
            })
            .collect()
    }

    /// This period's share of what was paid in advance.
    pub(super) fn prepaid_share(&self, item: &Item) -> Vec<Step> {
        let purchases = self.purchases(item).into_iter();
        purchases
            .map(|purchase| Step {
                quantity: purchase.quantity.clone() * weight(&purchase, self.period),
                price: purchase.price,
                flat: None,
            })
            .collect()
    }

    /// What was bought from the start of the contract year to the end of this
    /// period.
    fn purchases(&self, item: &Item) -> Vec<Purchase> {
        let last = self.period.number;
        let year = last - last % YEAR;
        let periods = (year..=last).filter_map(|number| self.contract.calendar().period(number));
        let prepaid = periods.filter(|period| is_prepaid(self.contract, period));
        let mut held = Quantity::ZERO;
        let mut purchases = Vec::new();
        for period in prepaid {
            for day in self.days_of_change(&period) {
                let wanted = self.committed(item, day);
                if wanted != held {
                    purchases.push(Purchase {
                        number: period.number,
                        from: day,
                        quantity: Exact::from(wanted) - Exact::from(held),
                        price: self.price(item, &period),
                    });
                    held = wanted;
                }
            }
        }
        purchases
    }

    /// The first day of a period, and each other on which terms change in it.
    fn days_of_change(&self, period: &Period) -> Vec<Date> {
        let versions = self.contract.versions().iter();
        let within = versions
            .map(|version| version.effective)
            .filter(|day| period.first < *day && *day < period.next);
        std::iter::once(period.first).chain(within).collect()
    }

    fn committed(&self, item: &Item, day: Date) -> Quantity {
        let line = self.contract.terms_at(day).line(&item.product.sku);
        line.map_or(Quantity::ZERO, |line| line.prepay_quantity)
    }

    fn price(&self, item: &Item, period: &Period) -> Exact {
        let terms = self.contract.terms_at(period.first);
        let line = terms.line(&item.product.sku);
        match line.and_then(|line| line.prepay_price) {
            Some(price) if !terms.subscription.is_developer() => price.into(),
            _ => Exact::zero(),
        }
    }

    /// How many periods a purchase is for: until the end of the contract year,
    /// or of the contract.
    fn remaining(&self, purchase: &Purchase) -> Exact {
        let end = purchase.number - purchase.number % YEAR + YEAR;
        (purchase.number..end)
            .filter_map(|number| self.contract.calendar().period(number))
            .map(|period| weight(purchase, &period))
            .sum()
    }
}

/// The part of a period that a purchase is for.
fn weight(purchase: &Purchase, period: &Period) -> Exact {
    Exact::fraction(period.days_from(purchase.from), period.full_days)
}
