//! Contracts: what an organisation pays for what it uses, and how that
//! changes while the contract runs.

mod build;
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
    /// By their first day; the first begins with the contract.
    versions: Vec<Version>,
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
    /// Its number, unique among all contracts.
    #[must_use]
    pub fn number(&self) -> &str {
        &self.number
    }

    /// Whose contract it is.
    #[must_use]
    pub const fn organization(&self) -> OrganizationId {
        self.organization
    }

    /// The currency of all its prices.
    #[must_use]
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// Its days and periods.
    #[must_use]
    pub const fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// Its versions, by their first day.
    #[must_use]
    pub fn versions(&self) -> &[Version] {
        &self.versions
    }

    /// The terms on a day; those of the first day for days before.
    #[must_use]
    pub fn terms_at(&self, day: Date) -> &Terms {
        let begun = self
            .versions
            .partition_point(|version| version.effective <= day);
        &self.versions[begun.saturating_sub(1)].terms
    }

    /// The day of the last amendment that concerns a period.
    #[must_use]
    pub fn amended(&self, period: &Period) -> Option<Date> {
        let amendments = self.versions.iter().skip(1).rev();
        amendments
            .map(|version| version.effective)
            .find(|day| *day < period.next)
    }

    /// Each version that holds within a period, with its days of it.
    fn within<'a>(&'a self, period: &'a Period) -> impl Iterator<Item = (u32, &'a Terms)> {
        let ends = self.versions.iter().skip(1).map(|next| next.effective);
        let ends = ends.chain([self.calendar.end().map_or(Date::MAX, next_day)]);
        self.versions.iter().zip(ends).map(move |(version, end)| {
            let days = period.days_from(version.effective) - period.days_from(end);
            (days, &version.terms)
        })
    }

    /// A quantity of the terms for a period: what each version says weighs by
    /// its days, and a period cut short by the end of the contract likewise.
    pub(crate) fn weighted(
        &self,
        period: &Period,
        quantity: impl Fn(&Terms) -> Option<Quantity>,
    ) -> Exact {
        let within = self.within(period).filter(|(days, _)| *days > 0);
        let weighed = within.map(|(days, terms)| {
            let quantity = quantity(terms).unwrap_or_default();
            Exact::from(quantity) * Exact::whole(days)
        });
        weighed.sum::<Exact>() * Exact::fraction(1, period.full_days)
    }
}
