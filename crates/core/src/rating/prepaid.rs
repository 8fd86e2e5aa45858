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

use super::{Purchase, RatedLine, Rating, State, Step};
use crate::contract::{Contract, Decrease};
use crate::exact::Exact;
use crate::period::{Period, next_day};
use crate::quantity::Quantity;

/// The units paid ahead of a product in a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PaidAhead {
    /// The units with which the period opens.
    opening: Vec<Purchase>,
    /// What is bought and given back in the period, in order.
    movements: Vec<Movement>,
    /// The units that are held in the period, from a day on: its first, and each other on
    /// which they might change.
    pub(super) held: Vec<(Date, Exact)>,
    /// The units that are held at the end of the period.
    closing: Vec<Purchase>,
}

/// Units that are bought, or given back, in a period.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Movement {
    /// The units, the days that they are bought or given back for, and the price of one.
    units: Purchase,
    /// The first day of the purchase that gives them back.
    undoes: Option<Date>,
}

impl PaidAhead {
    /// Returns what is paid ahead of a product in a period that opens with a state. None if
    /// nothing is in a period of that kind: it is in the ramp, or its type is another.
    pub(super) fn of(
        opening: &State,
        contract: &Contract,
        period: &Period,
        product: &str,
    ) -> Option<Self> {
        let now = contract.annual_as(period)?;
        let before = contract.period_before(period);
        // Another type, or the end of a ramp, begins a stack of its own: what was bought
        // before is neither continued nor given back.
        let goes_on = before.is_none_or(|before| contract.annual_as(&before) == Some(now));
        let opening = opening.prepaid.get(product).filter(|_| goes_on);
        let opening = opening.cloned().unwrap_or_default();
        let mut stack = Stack {
            contract,
            product,
            bought: opening.clone(),
            movements: Vec::new(),
        };
        let held = stack.go_through(period);
        Some(Self {
            opening,
            movements: stack.movements,
            held,
            closing: stack.bought,
        })
    }

    /// Returns the units that a period hands to the next one.
    pub(super) fn closing(&self, period: &Period) -> Vec<Purchase> {
        let held = self.closing.iter();
        held.filter(|held| period.last() < held.until)
            .cloned()
            .collect()
    }
}

impl Rating<'_> {
    /// Returns the steps of what is paid in advance in this period.
    pub(super) fn prepayment(&self, line: &RatedLine) -> Vec<Step> {
        let movements = line.paid_ahead().movements.iter();
        movements.map(|movement| self.step(movement)).collect()
    }

    /// Returns the steps of what is bought on the first day of this period.
    pub(super) fn bought_at_once(&self, paid_ahead: &PaidAhead) -> Vec<Step> {
        let bought = paid_ahead.movements.iter().filter(|movement| {
            movement.undoes.is_none() && movement.units.from == self.period.first
        });
        bought.map(|movement| self.step(movement)).collect()
    }

    fn step(&self, movement: &Movement) -> Step {
        let units = movement.units.quantity.clone() * self.remaining(&movement.units);
        Step {
            quantity: match movement.undoes {
                Some(_) => Exact::zero() - units,
                None => units,
            },
            price: movement.units.price.clone(),
            flat: None,
            undoes: movement.undoes,
        }
    }

    /// Returns the share of this period in what was paid in advance.
    pub(super) fn prepaid_share(&self, line: &RatedLine) -> Exact {
        let share = |units: &Purchase| {
            units.quantity.clone() * weight(units, self.period) * units.price.clone()
        };
        let opening: Exact = line.paid_ahead().opening.iter().map(share).sum();
        let movements = line.paid_ahead().movements.iter();
        movements.fold(opening, |sum, movement| match movement.undoes {
            Some(_) => sum - share(&movement.units),
            None => sum + share(&movement.units),
        })
    }

    /// Returns the number of periods that units of this period are bought or given back for.
    fn remaining(&self, units: &Purchase) -> Exact {
        let calendar = self.contract.calendar().with_end(Some(units.until));
        // Periods after the end of the contract do not exist and cost nothing.
        (self.period.number..)
            .map_while(|number| calendar.period(number))
            .map(|period| weight(units, &period))
            .sum()
    }
}

impl RatedLine {
    fn paid_ahead(&self) -> &PaidAhead {
        let paid = self.paid_ahead.as_ref();
        paid.expect("the period is paid ahead")
    }
}

/// Returns the part of a period that units are for, from 0 to 1.
fn weight(units: &Purchase, period: &Period) -> Exact {
    let behind = period.days_from(next_day(units.until));
    // What was bought up to a day is not held in a period that begins after it.
    let days = period.days_from(units.from).saturating_sub(behind);
    Exact::fraction(days, period.full_days)
}

/// The units of a product that are held, in the order of buying, and how they came about.
struct Stack<'a> {
    contract: &'a Contract,
    product: &'a str,
    bought: Vec<Purchase>,
    movements: Vec<Movement>,
}

impl Stack<'_> {
    /// Buys and gives back what a period asks for, day by day. Returns the units that are
    /// held from each day on which they might change.
    fn go_through(&mut self, period: &Period) -> Vec<(Date, Exact)> {
        let mut held = Vec::new();
        for day in self.days_of_change(period) {
            self.bought.retain(|bought| day <= bought.until);
            let wanted = Exact::from(self.committed(day));
            let holds = self.holds();
            if wanted > holds {
                self.buy(period, day, wanted - holds);
            } else if self.contract.settings().decrease == Decrease::GivenBack {
                self.give_back(day, holds - wanted);
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
        let ends = self.bought.iter().map(|bought| next_day(bought.until));
        let within = changed
            .chain(ends)
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

    /// Buys units from a day on, for the rest of the contract year or up to the end of the
    /// contract that is known in the period.
    fn buy(&mut self, period: &Period, day: Date, quantity: Exact) {
        let bought = Purchase {
            from: day,
            until: self.contract.paid_through(period),
            quantity,
            price: self.price(day),
        };
        self.movements.push(Movement {
            units: bought.clone(),
            undoes: None,
        });
        self.bought.push(bought);
    }

    /// Gives back units from a day on, the last added first.
    fn give_back(&mut self, day: Date, mut fewer: Exact) {
        while !fewer.is_zero()
            && let Some(last) = self.bought.pop()
        {
            let back = last.quantity.clone().min(fewer.clone());
            fewer = fewer - back.clone();
            self.undo(day, &last, back.clone());
            if back < last.quantity {
                self.bought.push(Purchase {
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
        for unused in bought.iter_mut().rev().filter(|it| end < it.until) {
            self.undo(next_day(end), unused, unused.quantity.clone());
            // If the contract was prolonged after that, they are bought again.
            unused.until = end;
        }
        self.bought = bought;
    }

    /// Notes that units of what was bought are given back from a day on.
    fn undo(&mut self, day: Date, bought: &Purchase, quantity: Exact) {
        self.movements.push(Movement {
            units: Purchase {
                from: day,
                quantity,
                ..bought.clone()
            },
            undoes: Some(bought.from),
        });
    }
}
