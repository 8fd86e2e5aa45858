//! Contract years: twelve periods for which commitments may be paid in advance.

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::{Contract, SubscriptionType, YearStart};
use crate::period::{Period, next_day};
use crate::quantity::Quantity;

/// The number of periods in a contract year.
const YEAR: u32 = 12;

/// A contract year, as the numbers of its periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ContractYear {
    /// The first period.
    pub(crate) first: u32,
    /// The period with which the next year begins.
    pub(crate) next: u32,
}

/// The buyer of the units of a wallet. One that becomes another begins with empty wallets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Buyer {
    /// They have a price.
    Customer,
    /// Their price is read as 0.
    Developer,
    /// They are shown, and not charged.
    Internal,
}

impl Contract {
    /// Returns the contract year of a period.
    pub(crate) fn year_of(&self, period: &Period) -> ContractYear {
        let origin = match self.settings.year_start {
            YearStart::Contract => 0,
            YearStart::RampEnd => self.first_after_ramp(period),
        };
        let first = period.number - (period.number - origin) % YEAR;
        ContractYear {
            first,
            next: first + YEAR,
        }
    }

    /// Returns the periods of the contract year of a period, as far as the contract has them:
    /// those that are rated in order, each from the state of the one before.
    pub fn periods_of_year(&self, period: &Period) -> impl Iterator<Item = Period> {
        let ContractYear { first, next } = self.year_of(period);
        let periods = (first..next).map_while(|number| self.calendar.period(number));
        // A ramp may end in a year and begin another one.
        periods.take_while(move |period| self.year_of(period).first == first)
    }

    /// Returns the last day of the contract year of a period, whenever the contract ends.
    pub(crate) fn last_of_year(&self, period: &Period) -> Date {
        let next = self.year_of(period).next;
        let last = self.calendar.with_end(None).period(next - 1);
        // Contracts end long before the calendar does.
        last.map_or(Date::MAX, |last| last.last())
    }

    /// Returns the last day for which units are paid that are bought for the rest of the
    /// contract year in a period: that of the year, or an earlier end that was known then.
    #[must_use]
    pub fn paid_through(&self, period: &Period) -> Date {
        let year_ends = self.last_of_year(period);
        let known_end = self.bought_until(period);
        known_end.map_or(year_ends, |end| end.min(year_ends))
    }

    /// Returns the last day of a period as it would be if the contract did not end in it.
    pub(crate) fn last_if_whole(&self, period: &Period) -> Date {
        let whole = self.calendar.with_end(None).period(period.number);
        whole.expect("the contract has the period").last()
    }

    /// Returns the period before another one of the contract.
    pub(crate) fn period_before(&self, period: &Period) -> Option<Period> {
        self.calendar.period(period.number.checked_sub(1)?)
    }

    /// Returns the number of the first period after the last ramp that has ended before a
    /// period begins; 0 if none has.
    fn first_after_ramp(&self, period: &Period) -> u32 {
        let in_ramp = |day: Date| self.terms_at(day).ramp_on(day).is_some();
        // A ramp ends with its last day, or with an amendment that ends it earlier.
        let ends = self.versions.iter().flat_map(|version| {
            let last = version.terms.ramp.map(|ramp| ramp.end);
            last.map(next_day).into_iter().chain([version.effective])
        });
        let ended = ends.filter(|day| {
            let before = day.saturating_sub(1.day());
            *day <= period.first && in_ramp(before) && !in_ramp(*day)
        });
        let after = ended.max().and_then(|day| self.calendar.period_of(day));
        after.map_or(0, |after| after.number)
    }

    /// Returns how wallets are bought in a period. None if nothing is: in the ramp and in a
    /// trial.
    pub(crate) fn buys_as(&self, period: &Period) -> Option<Buyer> {
        let terms = self.terms_at(period.first);
        let trial = terms.subscription == SubscriptionType::FreeTrialMonthToMonth;
        if trial || terms.ramp_on(period.first).is_some() {
            return None;
        }
        Some(match terms.subscription {
            SubscriptionType::Inin => Buyer::Internal,
            other if other.is_developer() => Buyer::Developer,
            _ => Buyer::Customer,
        })
    }

    /// Returns true if units of a wallet may be bought in a period.
    pub(crate) fn buys_wallets(&self, period: &Period) -> bool {
        let stretches = self.stretches(period);
        let mut wallets = stretches.iter().flat_map(|stretch| &stretch.terms.wallets);
        self.buys_as(period).is_some() && wallets.any(|it| it.quantity > Quantity::ZERO)
    }

    /// Returns true if the contract pays for units ahead, on any of its days.
    pub(crate) fn pays_ahead(&self) -> bool {
        let mut terms = self.versions.iter().map(|version| &version.terms);
        terms.any(|terms| terms.subscription.is_annual() || !terms.wallets.is_empty())
    }

    /// Returns true if the bill of a period depends on the state with which it opens.
    #[must_use]
    pub fn opens_with_state(&self, period: &Period) -> bool {
        let wallets = &self.terms_at(period.first).wallets;
        !wallets.is_empty() || self.annual_as(period).is_some()
    }

    /// Returns the subscription type if it is annual and the period is not in the ramp:
    /// then commitments are paid for the rest of the year.
    pub(crate) fn annual_as(&self, period: &Period) -> Option<SubscriptionType> {
        let terms = self.terms_at(period.first);
        let annual = terms.subscription.is_annual() && terms.ramp_on(period.first).is_none();
        annual.then_some(terms.subscription)
    }
}
