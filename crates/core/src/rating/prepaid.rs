//! Prepayment: commitments of a contract year that are paid when they begin.
//!
//! Purchases form a stack. An increase buys more at the price of its day. A decrease
//! gives back what was bought last, at the price that was paid for it.
//!
//! Each purchase is for the rest of the year, up to the end of the contract that was known
//! then. If the contract ends earlier after all, it stays as it was bought. If it goes on,
//! what has ended is bought again.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::{RatedLine, Rating, Step};
use crate::contract::{Contract, SubscriptionType};
use crate::exact::Exact;
use crate::period::{Period, next_day};
use crate::quantity::Quantity;

/// The number of periods in a contract year.
pub(crate) const YEAR: u32 = 12;

/// Units that are bought for the rest of a contract year, or given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Purchase {
    /// The number of the period in which the purchase is charged.
    number: u32,
    /// The first day that the units are for.
    from: Date,
    /// The last day that the units are for, if the contract was to end within the year.
    until: Option<Date>,
    /// The units, below 0 if they are given back.
    quantity: Exact,
    /// The price of one unit for a period.
    price: Exact,
}

/// Returns the subscription type if it is annual and the period is not in the ramp.
fn prepaid_as(contract: &Contract, period: &Period) -> Option<SubscriptionType> {
    let terms = contract.terms_at(period.first);
    let prepaid = terms.subscription.is_annual() && terms.ramp_on(period.first).is_none();
    prepaid.then_some(terms.subscription)
}

/// Returns true if money is paid for the period in advance.
pub(crate) fn is_paid_ahead(contract: &Contract, period: &Period) -> bool {
    prepaid_as(contract, period) == Some(SubscriptionType::Prepay)
}

impl Rating<'_> {
    /// Returns the steps of what is paid in advance in this period.
    pub(super) fn prepayment(&self, line: &RatedLine) -> Vec<Step> {
        let now = |purchase: &Purchase| purchase.number == self.period.number;
        let purchases = self.purchases(line).into_iter().filter(now);
        purchases
            .map(|purchase| Step {
                quantity: purchase.quantity.clone() * self.remaining(&purchase),
                price: purchase.price,
                flat: None,
            })
            .collect()
    }

    /// Returns the share of this period in what was paid in advance.
    pub(super) fn prepaid_share(&self, line: &RatedLine) -> Vec<Step> {
        let purchases = self.purchases(line).into_iter();
        purchases
            .map(|purchase| Step {
                quantity: purchase.quantity.clone() * weight(&purchase, self.period),
                price: purchase.price,
                flat: None,
            })
            .collect()
    }

    /// Returns the purchases from the start of the contract year to the end of this
    /// period.
    fn purchases(&self, line: &RatedLine) -> Vec<Purchase> {
        let last = self.period.number;
        let year = last - last % YEAR;
        let periods = (year..=last).filter_map(|number| self.contract.calendar().period(number));
        let mut before = None;
        let mut held = Vec::new();
        let mut purchases = Vec::new();
        for period in periods {
            let now = prepaid_as(self.contract, &period);
            // Another type, or the end of a ramp, begins a stack of its own: what
            // was bought before is neither continued nor given back.
            if now != before {
                held.clear();
                before = now;
            }
            if now.is_none() {
                continue;
            }
            let until = self.contract.bought_until(&period);
            for day in self.days_of_change(&period, &held) {
                let price = self.price(line, day);
                held.retain(|bought| bought.until.is_none_or(|until| day <= until));
                let wanted = Exact::from(self.committed(line, day));
                let changes = change(&mut held, wanted, &price, until).into_iter();
                purchases.extend(changes.map(|bought| Purchase {
                    number: period.number,
                    from: day,
                    until: bought.until,
                    quantity: bought.quantity,
                    price: bought.price,
                }));
            }
        }
        purchases
    }

    /// Returns the first day of a period and each other day on which terms change, or on
    /// which some of what is held is no longer paid for.
    fn days_of_change(&self, period: &Period, held: &[Bought]) -> BTreeSet<Date> {
        let versions = self.contract.versions().iter();
        let changed = versions.map(|version| version.effective);
        let ended = held.iter().filter_map(|bought| bought.until).map(next_day);
        let within = changed
            .chain(ended)
            .filter(|day| period.first < *day && *day < period.next);
        std::iter::once(period.first).chain(within).collect()
    }

    fn committed(&self, line: &RatedLine, day: Date) -> Quantity {
        // On days before its line began, nothing of a product is committed.
        let then = self.contract.terms_at(day).line(&line.product.sku);
        then.map_or(Quantity::ZERO, |line| line.prepay_quantity)
    }

    fn price(&self, line: &RatedLine, day: Date) -> Exact {
        let terms = self.contract.terms_at(day);
        let then = terms.line(&line.product.sku);
        match then.and_then(|line| line.prepay_price) {
            Some(price) if !terms.subscription.is_developer() => price.into(),
            // Developers pay nothing, and without a price nothing is committed.
            Some(_) | None => Exact::zero(),
        }
    }

    /// Returns the number of periods that a purchase is for: until the end of the
    /// contract year, or of the contract as it was known then.
    fn remaining(&self, purchase: &Purchase) -> Exact {
        let end = purchase.number - purchase.number % YEAR + YEAR;
        let calendar = self.contract.calendar().with_end(purchase.until);
        // Periods after the end of the contract do not exist and cost nothing.
        (purchase.number..end)
            .filter_map(|number| calendar.period(number))
            .map(|period| weight(purchase, &period))
            .sum()
    }
}

/// Returns the part of a period that a purchase is for, from 0 to 1.
fn weight(purchase: &Purchase, period: &Period) -> Exact {
    let behind = purchase
        .until
        .map_or(0, |until| period.days_from(next_day(until)));
    // What was bought up to a day is not held in a period that begins after it.
    let days = period.days_from(purchase.from).saturating_sub(behind);
    Exact::fraction(days, period.full_days)
}

/// Units that are held.
#[derive(Debug, Clone)]
struct Bought {
    quantity: Exact,
    /// The price that was paid for each.
    price: Exact,
    /// The last day that they are paid for, if that is within the year.
    until: Option<Date>,
}

/// Changes the stack `held` to the number of units wanted, and returns what is bought
/// until a day or, below 0, given back.
fn change(
    held: &mut Vec<Bought>,
    wanted: Exact,
    price: &Exact,
    until: Option<Date>,
) -> Vec<Bought> {
    let bought = |quantity: Exact| Bought {
        quantity,
        price: price.clone(),
        until,
    };
    let holds: Exact = held.iter().map(|bought| bought.quantity.clone()).sum();
    if wanted > holds {
        let more = wanted - holds;
        held.push(bought(more.clone()));
        return vec![bought(more)];
    }
    let mut changes = Vec::new();
    let mut fewer = holds - wanted;
    while !fewer.is_zero()
        && let Some(last) = held.pop()
    {
        let back = last.quantity.clone().min(fewer.clone());
        fewer = fewer - back.clone();
        let given_back = Bought {
            quantity: Exact::zero() - back.clone(),
            ..last.clone()
        };
        if back < last.quantity {
            held.push(Bought {
                quantity: last.quantity - back,
                ..last
            });
        }
        changes.push(given_back);
    }
    assert!(fewer.is_zero(), "no more is given back than was bought");
    changes
}
