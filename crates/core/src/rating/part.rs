//! The parts of a period in which the prices of a line stay as they are.

use jiff::civil::Date;

use super::committed::Committed;
use super::rated_line::for_developers;
use super::{RatingError, Usage};
use crate::contract::{Contract, Line, Product, ShortPeriodOverage};
use crate::exact::Exact;
use crate::period::Period;

/// A part of a period in which the prices of a line stay as they are. Most periods
/// have one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The first day.
    pub from: Date,
    /// The number of days.
    pub days: u32,
    /// The line, with the prices of these days.
    pub line: Line,
    /// The units (or bundles) committed on these days, weighed by days.
    pub prepaid: Exact,
    /// The units used from the start of the period to the end of these days. For a
    /// level, the total of the period.
    pub used: Exact,
    /// The share of the period's price that these days have, if the line is a level.
    pub weight: Exact,
}

/// Returns the parts of a period for a line that is there on its first day.
pub(super) fn parts(
    contract: &Contract,
    period: &Period,
    product: &Product,
    committed: &[Committed<'_>],
    usage: &Usage,
) -> Result<Vec<Part>, RatingError> {
    let developer = contract.terms_at(period.first).subscription.is_developer();
    let mut parts: Vec<Part> = Vec::new();
    for Committed {
        from,
        days,
        line,
        units,
    } in committed
    {
        let units = units.clone() * Exact::whole(*days);
        match parts.last_mut() {
            Some(last) if last.line.same_prices(line) => {
                last.days += days;
                last.prepaid = last.prepaid.clone() + units;
            }
            _ => parts.push(Part {
                from: *from,
                days: *days,
                line: (*line).clone(),
                prepaid: units,
                used: usage.total(product).into(),
                weight: Exact::zero(),
            }),
        }
    }
    let whole = match contract.settings().short_period_overage {
        ShortPeriodOverage::Full => period.days(),
        ShortPeriodOverage::ByDays => period.full_days,
    };
    let ends: Vec<Date> = parts.iter().skip(1).map(|part| part.from).collect();
    for (part, end) in parts.iter_mut().zip(ends) {
        part.used = usage.before(end, product)?.into();
    }
    for part in &mut parts {
        // Divided last, so that every intermediate number is whole.
        part.prepaid = part.prepaid.clone() * Exact::fraction(1, period.full_days);
        part.weight = Exact::fraction(part.days, whole);
        if developer {
            part.line = for_developers(&part.line);
        }
    }
    Ok(parts)
}
