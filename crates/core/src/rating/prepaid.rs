//! Prepayment: commitments of a contract year that are paid when they begin.
//!
//! Purchases form a stack. An increase buys more at the price of its day. A decrease
//! leaves what is bought until the end of the year, or gives back what was bought last, at
//! the price that was paid for it.
//!
//! Each purchase is for the rest of the year, up to the end of the contract that was known
//! then. If the contract ends earlier after all, it stays as it was bought, and its unused
//! part is given back in the period with which the contract ends, if the contract gives
//! back at all. If it goes on, what has ended is bought again.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::{RatedLine, Rating, Step};
use crate::contract::{Contract, Decrease};
use crate::exact::Exact;
use crate::period::{Period, next_day};
use crate::quantity::Quantity;

/// The units paid ahead of a product, from the start of the contract year to the end of a
/// period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PaidAhead {
    purchases: Vec<Purchase>,
    /// The units that are held in the period, from a day on: its first, and each other on
    /// which they might change.
    pub(super) held: Vec<(Date, Exact)>,
}

/// Units that are bought for the rest of a contract year, or given back.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Purchase {
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

impl PaidAhead {
    /// Returns what is paid ahead of a product in a period. None if nothing is in a period
    /// of that kind: it is in the ramp, or its type is another.
    pub(super) fn of(contract: &Contract, period: &Period, product: &str) -> Option<Self> {
        contract.annual_as(period)?;
        let year = contract.year_of(period).first;
        let periods =
            (year..=period.number).filter_map(|number| contract.calendar().period(number));
        let mut stack = Stack {
            contract,
            product,
            bought: Vec::new(),
            purchases: Vec::new(),
        };
        let mut before = None;
        let mut held = Vec::new();
        for period in periods {
            let now = contract.annual_as(&period);
            // Another type, or the end of a ramp, begins a stack of its own: what
            // was bought before is neither continued nor given back.
            if now != before {
                stack.bought.clear();
                stack.purchases.clear();
                before = now;
            }
            if now.is_some() {
                held = stack.go_through(&period);
            }
        }
        Some(Self {
            purchases: stack.purchases,
            held,
        })
    }
}

impl Rating<'_> {
    /// Returns the steps of what is paid in advance in this period.
    pub(super) fn prepayment(&self, line: &RatedLine) -> Vec<Step> {
        let now = |purchase: &&Purchase| purchase.number == self.period.number;
        let purchases = line.purchases().iter().filter(now);
        purchases
            .map(|purchase| Step {
                quantity: purchase.quantity.clone() * self.remaining(purchase),
                price: purchase.price.clone(),
                flat: None,
            })
            .collect()
    }

    /// Returns the share of this period in what was paid in advance.
    pub(super) fn prepaid_share(&self, line: &RatedLine) -> Vec<Step> {
        let purchases = line.purchases().iter();
        purchases
            .map(|purchase| Step {
                quantity: purchase.quantity.clone() * weight(purchase, self.period),
                price: purchase.price.clone(),
                flat: None,
            })
            .collect()
    }

    /// Returns the number of periods that a purchase of this period is for: until the end
    /// of the contract year, or of the contract as it was known then.
    fn remaining(&self, purchase: &Purchase) -> Exact {
        let end = self.contract.year_of(self.period).next;
        let calendar = self.contract.calendar().with_end(purchase.until);
        // Periods after the end of the contract do not exist and cost nothing.
        (purchase.number..end)
            .filter_map(|number| calendar.period(number))
            .map(|period| weight(purchase, &period))
            .sum()
    }
}

impl RatedLine {
    fn purchases(&self) -> &[Purchase] {
        let paid = self.paid_ahead.as_ref();
        &paid.expect("the period is paid ahead").purchases
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

/// The units of a product that are held, in the order of buying, and how they came about.
struct Stack<'a> {
    contract: &'a Contract,
    product: &'a str,
    bought: Vec<Bought>,
    purchases: Vec<Purchase>,
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

impl Stack<'_> {
    /// Buys and gives back what a period asks for, day by day. Returns the units that are
    /// held from each day on which they might change.
    fn go_through(&mut self, period: &Period) -> Vec<(Date, Exact)> {
        let mut held = Vec::new();
        for day in self.days_of_change(period) {
            self.bought
                .retain(|bought| bought.until.is_none_or(|until| day <= until));
            let wanted = Exact::from(self.committed(day));
            let holds = self.holds();
            if wanted > holds {
                self.buy(period, day, wanted - holds);
            } else if self.contract.settings().decrease == Decrease::GivenBack {
                self.give_back(period.number, day, holds - wanted);
            }
            held.push((day, self.holds()));
        }
        self.end(period);
        held
    }

    fn holds(&self) -> Exact {
        let bought = self.bought.iter();
        bought.map(|bought| bought.quantity.clone()).sum()
    }

    /// Returns the first day of a period and each other day on which terms change, or on
    /// which some of what is held is no longer paid for.
    fn days_of_change(&self, period: &Period) -> BTreeSet<Date> {
        let versions = self.contract.versions().iter();
        let changed = versions.map(|version| version.effective);
        let ends = self.bought.iter().filter_map(|bought| bought.until);
        let within = changed
            .chain(ends.map(next_day))
            .filter(|day| period.first < *day && *day < period.next);
        std::iter::once(period.first).chain(within).collect()
    }

    fn committed(&self, day: Date) -> Quantity {
        // On days before its line began, nothing of a product is committed.
        let then = self.contract.terms_at(day).line(self.product);
        then.map_or(Quantity::ZERO, |line| line.prepay_quantity)
    }

    fn price(&self, day: Date) -> Exact {
        let terms = self.contract.terms_at(day);
        let then = terms.line(self.product);
        match then.and_then(|line| line.prepay_price) {
            Some(price) if !terms.subscription.is_developer() => price.into(),
            // Developers pay nothing, and without a price nothing is committed.
            Some(_) | None => Exact::zero(),
        }
    }

    fn buy(&mut self, period: &Period, day: Date, quantity: Exact) {
        let bought = Bought {
            quantity,
            price: self.price(day),
            until: self.contract.bought_until(period),
        };
        self.purchases.push(Purchase {
            number: period.number,
            from: day,
            until: bought.until,
            quantity: bought.quantity.clone(),
            price: bought.price.clone(),
        });
        self.bought.push(bought);
    }

    /// Gives back units from a day on, the last added first.
    fn give_back(&mut self, number: u32, day: Date, mut fewer: Exact) {
        while !fewer.is_zero()
            && let Some(last) = self.bought.pop()
        {
            let back = last.quantity.clone().min(fewer.clone());
            fewer = fewer - back.clone();
            self.undo(number, day, &last, back.clone());
            if back < last.quantity {
                self.bought.push(Bought {
                    quantity: last.quantity - back,
                    ..last
                });
            }
        }
        assert!(fewer.is_zero(), "no more is given back than was bought");
    }

    /// Gives back what was bought for days after the end of the contract, if it has ended
    /// with this period.
    fn end(&mut self, period: &Period) {
        let Some(end) = self.contract.ends_in(period) else {
            return;
        };
        if self.contract.settings().decrease != Decrease::GivenBack {
            return;
        }
        let mut bought = std::mem::take(&mut self.bought);
        for unused in bought.iter_mut().rev() {
            if unused.until.is_none_or(|until| end < until) {
                self.undo(
                    period.number,
                    next_day(end),
                    unused,
                    unused.quantity.clone(),
                );
                // If the contract was prolonged after that, they are bought again.
                unused.until = Some(end);
            }
        }
        self.bought = bought;
    }

    /// Notes that units of what was bought are given back from a day on.
    fn undo(&mut self, number: u32, day: Date, bought: &Bought, quantity: Exact) {
        self.purchases.push(Purchase {
            number,
            from: day,
            until: bought.until,
            quantity: Exact::zero() - quantity,
            price: bought.price.clone(),
        });
    }
}
