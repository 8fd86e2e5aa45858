//! Contracts: the prices that an organisation pays for its usage, and their
//! changes while the contract runs.

mod build;
mod conversion;
mod ends;
mod error;
mod line;
mod opening;
mod product;
mod settings;
mod succession;
mod terms;
mod wallet;
mod year;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::exact::Exact;
use crate::ids::OrganizationId;
use crate::metered_range::MeteredRange;
use crate::money::Currency;
use crate::period::{Calendar, Period, next_day};
use crate::quantity::Quantity;
use crate::rating::UsageRanges;
use crate::time::{Instant, TimeRange};

pub use conversion::{Conversion, ConversionRate, ConversionTarget};
pub use ends::{KnownEnds, UnreadableEnds};
pub use error::ContractError;
pub use line::{FairUse, Line, LineChange, Overage, Tier, TierMode};
pub use opening::Opening;
pub use product::{Product, ProductError, Products, UNITS_OF_MEASURE};
pub use settings::{AfterEnd, ClosingTerms, Decrease, Settings, ShortPeriodOverage, YearStart};
pub use succession::{Clash, check_succession, in_succession};
pub use terms::{Change, Ramp, RampChange, RampUsage, SubscriptionType, Terms, UnknownName};
pub use wallet::{Wallet, WalletChange, WalletTerm};

/// A contract, checked: its terms for each of its days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contract {
    number: String,
    organization: OrganizationId,
    currency: Currency,
    calendar: Calendar,
    settings: Settings,
    /// The last day that was agreed. The calendar goes on after it if the contract does.
    term_end: Option<Date>,
    /// Sorted by first day. The first begins with the contract.
    versions: Vec<Version>,
    /// The ends that it was given. Empty if it has had only the one of its calendar.
    known_ends: KnownEnds,
    opening: Opening,
}

/// The terms from a day on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// The first day.
    pub effective: Date,
    /// The terms.
    pub terms: Terms,
}

/// Days of a period on which one version holds.
pub(crate) struct Stretch<'a> {
    /// The first of them.
    pub(crate) from: Date,
    /// Their number.
    pub(crate) days: u32,
    /// The terms.
    pub(crate) terms: &'a Terms,
}

impl Contract {
    /// Returns the number, unique among all contracts.
    #[must_use]
    pub fn number(&self) -> &str {
        &self.number
    }

    /// Returns the organisation that the contract belongs to.
    #[must_use]
    pub const fn organization(&self) -> OrganizationId {
        self.organization
    }

    /// Returns the currency of all prices.
    #[must_use]
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// Returns the calendar: the days and periods of the contract.
    #[must_use]
    pub const fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// Returns the settings, which hold for the whole contract.
    #[must_use]
    pub const fn settings(&self) -> Settings {
        self.settings
    }

    /// Returns the first instant after the last day that was agreed, if there is one. The
    /// contract may go on from month to month after it.
    #[must_use]
    pub fn term_ends(&self) -> Option<Instant> {
        self.term_end
            .map(|end| self.calendar.midnight(next_day(end)))
    }

    /// Returns the last day that was agreed, if there is one.
    #[must_use]
    pub const fn term_end(&self) -> Option<Date> {
        self.term_end
    }

    /// Returns the versions, sorted by their first day.
    #[must_use]
    pub fn versions(&self) -> &[Version] {
        &self.versions
    }

    /// Returns the contract with the ends that it was given.
    #[must_use]
    pub fn with_known_ends(self, known_ends: KnownEnds) -> Self {
        Self { known_ends, ..self }
    }

    /// Returns the contract with its first instant: that at which the one before it ends.
    #[must_use]
    pub fn beginning_at(self, instant: Instant) -> Self {
        match self.calendar.begin_at(instant) {
            Some(calendar) if instant != self.calendar.begins() => Self { calendar, ..self },
            _ => self,
        }
    }

    /// Returns the ends that it was given.
    #[must_use]
    pub const fn known_ends(&self) -> &KnownEnds {
        &self.known_ends
    }

    /// Returns the last day for which something was bought in a period. None if the
    /// contract was to go on.
    pub(crate) fn bought_until(&self, period: &Period) -> Option<Date> {
        let known = self.known_ends.in_period(period);
        known.unwrap_or(self.term_end)
    }

    /// Returns the last day of a period if it was the end of the contract when the period
    /// was over, or has been it since. The contract may have been prolonged after that.
    pub(crate) fn ends_in(&self, period: &Period) -> Option<Date> {
        let last = period.last();
        let ended = self.known_ends.end_with(period) || self.term_end == Some(last);
        ended.then_some(last)
    }

    /// Returns the first period in which the contract went on from month to month, if it is
    /// over by `now`, and would be one of the term with another end.
    #[must_use]
    pub fn went_on_within(&self, end: Option<Date>, now: Instant) -> Option<Period> {
        let agreed = self.term_end?;
        if self.settings.after_end != AfterEnd::MonthToMonth {
            return None;
        }
        let mut periods = (0..).map_while(|number| self.calendar.period(number));
        let first = periods.find(|period| agreed < period.first)?;
        let is_within = end.is_none_or(|end| first.first <= end);
        (first.range.end() <= now && is_within).then_some(first)
    }

    /// Returns the terms on a day. For days before the contract they are those of
    /// its first day.
    #[must_use]
    pub fn terms_at(&self, day: Date) -> &Terms {
        let begun = self
            .versions
            .partition_point(|version| version.effective <= day);
        &self.versions[begun.saturating_sub(1)].terms
    }

    /// Returns the day of the last amendment that concerns a period.
    #[must_use]
    pub fn amended(&self, period: &Period) -> Option<Date> {
        let amendments = self.versions.iter().skip(1).rev();
        // What begins after the end is no amendment: it was agreed with the contract.
        let agreed = |day: &Date| self.term_end.is_none_or(|end| *day <= end);
        amendments
            .map(|version| version.effective)
            .filter(agreed)
            .find(|day| *day < period.next)
    }

    /// Returns the stretches of a period on which one version holds, in order. Each
    /// day of the period is in one of them.
    pub(crate) fn stretches<'a>(&'a self, period: &Period) -> Vec<Stretch<'a>> {
        let ends = self.versions.iter().skip(1).map(|next| next.effective);
        let ends = ends.chain([self.calendar.end().map_or(Date::MAX, next_day)]);
        let stretches: Vec<_> = self
            .versions
            .iter()
            .zip(ends)
            .map(|(version, end)| Stretch {
                from: period.first.max(version.effective),
                days: period.days_from(version.effective) - period.days_from(end),
                terms: &version.terms,
            })
            .filter(|stretch| stretch.days > 0)
            .collect();
        assert_eq!(
            stretches.iter().map(|stretch| stretch.days).sum::<u32>(),
            period.days(),
            "each day has the terms of one version"
        );
        stretches
    }

    /// Returns the sum over the days of a period of a quantity of the terms, divided
    /// by a number of days.
    fn by_days(
        &self,
        period: &Period,
        divisor: u32,
        quantity: impl Fn(&Terms) -> Option<Quantity>,
    ) -> Exact {
        let stretches = self.stretches(period).into_iter();
        let sum: Exact = stretches
            .map(|Stretch { days, terms, .. }| {
                // Terms that do not name the quantity grant none of it.
                let quantity = quantity(terms).unwrap_or(Quantity::ZERO);
                Exact::from(quantity) * Exact::whole(days)
            })
            .sum();
        // Dividing last keeps every intermediate number whole.
        sum * Exact::fraction(1, divisor)
    }

    /// Returns a quantity of the terms for a period. Each version weighs by its
    /// days. A period that the end of the contract cuts short weighs less than 1.
    pub(crate) fn weighted(
        &self,
        period: &Period,
        quantity: impl Fn(&Terms) -> Option<Quantity>,
    ) -> Exact {
        self.by_days(period, period.full_days, quantity)
    }

    /// Returns a quantity that is granted for a period, however short it is. If it
    /// changes within the period, each amount weighs by its days.
    pub(crate) fn granted(
        &self,
        period: &Period,
        quantity: impl Fn(&Terms) -> Option<Quantity>,
    ) -> Exact {
        self.by_days(period, period.days(), quantity)
    }

    /// Returns the ranges whose totals a bill of the period is made from.
    #[must_use]
    pub fn usage_ranges(&self, period: &Period) -> UsageRanges {
        let start = period.range.start();
        let whole = self.calendar.metered(period.range);
        let until = self.price_changes(period).into_iter().map(|day| {
            let range = TimeRange::new(start, self.calendar.opens(day));
            let range = range.expect("the day is after the first of the period");
            (day, MeteredRange { range, ..whole })
        });
        UsageRanges {
            period: whole,
            until: until.collect::<BTreeMap<_, _>>(),
            after: None,
        }
    }

    /// Returns the days of a period, but for the first, on which the price of a line
    /// changes.
    #[must_use]
    pub fn price_changes(&self, period: &Period) -> Vec<Date> {
        let stretches = self.stretches(period);
        let changes = stretches.windows(2).filter(|pair| {
            let (before, after) = (pair[0].terms, pair[1].terms);
            let mut lines = after.lines.iter();
            lines.any(|line| {
                let old = before.line(&line.product);
                old.is_some_and(|old| !old.same_prices(line))
            })
        });
        changes.map(|pair| pair[1].from).collect()
    }
}
