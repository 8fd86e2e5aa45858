//! Prepayment: commitments of a contract year that are paid when they begin.

use jiff::civil::Date;

use super::{Item, Rating, Step};
use crate::contract::{Contract, SubscriptionType};
use crate::exact::Exact;
use crate::period::Period;
use crate::quantity::Quantity;

/// Periods in a contract year.
pub(crate) const YEAR: u32 = 12;

/// Units bought for the rest of a contract year, or given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Purchase {
    /// The period in which it is charged.
    number: u32,
    /// The first day that it is for.
    from: Date,
    /// Units, below 0 if they are given back.
    quantity: Exact,
    /// The price of one for a period.
    price: Exact,
}

/// How a period is prepaid, if its type is annual and it is not in the ramp.
fn prepaid_as(contract: &Contract, period: &Period) -> Option<SubscriptionType> {
    let terms = contract.terms_at(period.first);
    let prepaid = terms.subscription.is_annual() && terms.ramp_on(period.first).is_none();
    prepaid.then_some(terms.subscription)
}

/// Whether money is paid for the period in advance.
pub(crate) fn is_paid_ahead(contract: &Contract, period: &Period) -> bool {
    prepaid_as(contract, period) == Some(SubscriptionType::Prepay)
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
        let mut before = None;
        let mut held = Vec::new();
        let mut purchases = Vec::new();
        for period in periods {
            let now = prepaid_as(self.contract, &period);
            if now != before {
                held.clear();
                before = now;
            }
            if now.is_none() {
                continue;
            }
            let price = self.price(item, &period);
            for day in self.days_of_change(&period) {
                let wanted = Exact::from(self.committed(item, day));
                let changes = change(&mut held, wanted, &price).into_iter();
                purchases.extend(changes.map(|(quantity, price)| Purchase {
                    number: period.number,
                    from: day,
                    quantity,
                    price,
                }));
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

/// Units and the price that was paid for them.
type Bought = (Exact, Exact);

/// Brings what is held to what is wanted. More is bought at today's price;
/// less gives back what was bought last, at the price that was paid for it.
fn change(held: &mut Vec<Bought>, wanted: Exact, price: &Exact) -> Vec<Bought> {
    let holds: Exact = held.iter().map(|(quantity, _)| quantity.clone()).sum();
    if wanted > holds {
        let more = (wanted - holds, price.clone());
        held.push(more.clone());
        return vec![more];
    }
    let mut changes = Vec::new();
    let mut fewer = holds - wanted;
    while !fewer.is_zero()
        && let Some((quantity, price)) = held.pop()
    {
        let back = quantity.clone().min(fewer.clone());
        if back < quantity {
            held.push((quantity - back.clone(), price.clone()));
        }
        fewer = fewer - back.clone();
        changes.push((Exact::zero() - back, price));
    }
    changes
}
