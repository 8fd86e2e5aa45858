//! Closing: a period that is closed stays as it was, and what is learnt later is an
//! adjustment of it.
//!
//! The charges of a closed period *stand*. When usage arrives late, the period and those
//! after it are rated again, in order: each charge that is another then makes a difference to
//! the one that stands. A charge that comes to the same amount goes on standing as it was,
//! with its steps, so that the differences of a period add up to its charges.

use jiff::Span;
use jiff::civil::Date;

use crate::contract::{Contract, Opening};
use crate::money::{Money, MoneyError};
use crate::period::Period;
use crate::rating::{Charge, Difference};
use crate::time::Instant;

/// Returns the charges that stand once differences are made to those of before.
///
/// # Errors
/// An amount is beyond all bounds.
pub fn standing(
    mut charges: Vec<Charge>,
    differences: &[Difference],
) -> Result<Vec<Charge>, MoneyError> {
    for difference in differences {
        let same = |it: &Charge| it.kind == difference.kind && it.product == difference.product;
        let at = charges.iter().position(same);
        let nothing = Money::zero(difference.amount.currency());
        let before = at.map_or(nothing, |at| charges[at].amount);
        let charge = Charge {
            kind: difference.kind,
            product: difference.product.clone(),
            third_party: difference.third_party,
            steps: difference.after.clone(),
            amount: before.checked_add(difference.amount)?,
        };
        match at {
            Some(at) if difference.after.is_empty() => {
                charges.remove(at);
            }
            Some(at) => charges[at] = charge,
            None => charges.push(charge),
        }
    }
    Ok(charges)
}

impl Contract {
    /// Returns the instant from which a period is closed: some hours after its end, or after
    /// the contract was first put, if that was later.
    #[must_use]
    pub fn closes(&self, period: &Period, put: Instant, hours_by_default: u32) -> Instant {
        let hours = self
            .settings()
            .closing
            .close_after
            .unwrap_or(hours_by_default);
        let from = period.range.end().max(put);
        let micros = i64::from(hours) * 3600 * crate::MICROS_PER_SECOND;
        from.checked_add_micros(micros).unwrap_or(from)
    }

    /// Returns the field in which another contract differs on days up to one of them, which
    /// are closed. None if it is the same in all that those days are rated by.
    #[must_use]
    pub fn differs_through(&self, other: &Self, last: Date) -> Option<&'static str> {
        let (own, others) = (self.settings(), other.settings());
        let ended = |contract: &Self| contract.term_end().is_some_and(|end| end <= last);
        let fields = [
            (
                "shortPeriodOverage",
                own.short_period_overage != others.short_period_overage,
            ),
            ("decrease", own.decrease != others.decrease),
            ("yearStart", own.year_start != others.year_start),
            (
                "billingFrom",
                // It says which period opens with what is brought along.
                [self, other]
                    .iter()
                    .any(|it| *it.opening() != Opening::default())
                    && own.closing.billing_from != others.closing.billing_from,
            ),
            (
                "openings",
                self.opening().wallets != other.opening().wallets,
            ),
            (
                "paidThrough",
                self.opening().paid_through != other.opening().paid_through,
            ),
            ("afterEnd", ended(self) && own.after_end != others.after_end),
            (
                "end",
                // With its last day a period gives back what was paid for longer, and wallets
                // lapse.
                other
                    .term_end()
                    .is_some_and(|end| end < last || (end == last && other.pays_ahead()))
                    && !ended(self),
            ),
        ];
        if let Some((field, _)) = fields.into_iter().find(|(_, differs)| *differs) {
            return Some(field);
        }
        let days = self.versions().iter().chain(other.versions());
        let mut days = days.map(|version| version.effective);
        let first = self.calendar().start();
        let base = self.terms_at(first) != other.terms_at(first);
        let amended = |day: Date| day <= last && self.terms_at(day) != other.terms_at(day);
        if base {
            return Some("lines");
        }
        days.any(amended).then_some("effective")
    }

    /// Returns the instant from which nothing that arrives changes a closed period by itself:
    /// some calendar months after its end.
    #[must_use]
    pub fn adjusted_until(&self, period: &Period) -> Instant {
        let months = Span::new().months(self.settings().closing.adjust_within);
        let day = period.next.checked_add(months);
        // Contracts end long before the calendar does.
        self.calendar().midnight(day.unwrap_or(Date::MAX))
    }
}
