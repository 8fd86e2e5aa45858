//! Contracts: the prices that an organisation pays for its usage, and their
//! changes while the contract runs.

mod build;
mod ends;
mod error;
mod line;
mod product;
mod terms;

#[cfg(test)]
mod tests;

use jiff::civil::Date;

use crate::exact::Exact;
use crate::ids::OrganizationId;
use crate::money::Currency;
use crate::period::{Calendar, Period, next_day};
use crate::quantity::Quantity;

pub use ends::{KnownEnds, UnreadableEnds};
pub use error::ContractError;
pub use line::{FairUse, Line, LineChange, Overage, Tier, TierMode};
pub use product::{Product, ProductError, Products, UNITS_OF_MEASURE};
pub use terms::{Change, Ramp, RampChange, RampUsage, SubscriptionType, Terms, UnknownName};

/// A contract, checked: its terms for each of its days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contract {
    number: String,
    organization: OrganizationId,
    currency: Currency,
    calendar: Calendar,
    /// Sorted by first day. The first begins with the contract.
    versions: Vec<Version>,
    /// The ends that it was given. Empty if it has had only the one of its calendar.
    known_ends: KnownEnds,
}

/// The terms from a day on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// The first day.
    pub effective: Date,
    /// The terms.
    pub terms: Terms,
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

    /// Returns the last day for which something was bought in a period. None if the
    /// contract was to go on.
    pub(crate) fn bought_until(&self, period: &Period) -> Option<Date> {
        let known = self.known_ends.in_period(period);
        known.unwrap_or(self.calendar.end())
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
        amendments
            .map(|version| version.effective)
            .find(|day| *day < period.next)
    }

    /// Returns each version with the number of days of the period on which it holds.
    fn within<'a>(&'a self, period: &'a Period) -> impl Iterator<Item = (u32, &'a Terms)> {
        let ends = self.versions.iter().skip(1).map(|next| next.effective);
        let ends = ends.chain([self.calendar.end().map_or(Date::MAX, next_day)]);
        self.versions.iter().zip(ends).map(move |(version, end)| {
            let days = period.days_from(version.effective) - period.days_from(end);
            (days, &version.terms)
        })
    }

    /// Returns a quantity of the terms for a period. Each version weighs by its
    /// days. A period that the end of the contract cuts short weighs less than 1.
    pub(crate) fn weighted(
        &self,
        period: &Period,
        quantity: impl Fn(&Terms) -> Option<Quantity>,
    ) -> Exact {
        let (mut sum, mut weighed) = (Exact::zero(), 0);
        for (days, terms) in self.within(period).filter(|(days, _)| *days > 0) {
            // Terms that do not name the quantity grant none of it.
            let quantity = quantity(terms).unwrap_or(Quantity::ZERO);
            sum = sum + Exact::from(quantity) * Exact::whole(days);
            weighed += days;
        }
        assert_eq!(
            weighed,
            period.days(),
            "each day has the terms of one version"
        );
        // Dividing last keeps every intermediate number whole.
        sum * Exact::fraction(1, period.full_days)
    }
}
