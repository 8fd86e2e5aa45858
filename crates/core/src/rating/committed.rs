//! The commitment of a product on the days of a period.

use jiff::civil::Date;

use super::prepaid::PaidAhead;
use crate::contract::{Contract, Line, Stretch};
use crate::exact::Exact;
use crate::period::{Period, days_between};

/// Days of a period on which the line of a product and what is committed stay.
pub(super) struct Committed<'a> {
    /// The first of them.
    pub(super) from: Date,
    /// Their number.
    pub(super) days: u32,
    /// The line.
    pub(super) line: &'a Line,
    /// The units (or bundles) that are committed. If they are paid ahead these are the
    /// ones that are held, which may be more than the line says.
    pub(super) units: Exact,
}

/// Returns what is committed of a product that is there on the first day of a period, in
/// order. Each day is in one of them.
pub(super) fn committed<'a>(
    contract: &'a Contract,
    period: &Period,
    product: &str,
    paid_ahead: Option<&PaidAhead>,
) -> Vec<Committed<'a>> {
    let line = |day| {
        let line = contract.terms_at(day).line(product);
        line.expect("a line stays until the contract ends")
    };
    let Some(paid_ahead) = paid_ahead else {
        let stretches = contract.stretches(period).into_iter();
        let stated = stretches.map(|Stretch { from, days, .. }| Committed {
            from,
            days,
            line: line(from),
            units: line(from).prepay_quantity.into(),
        });
        return stated.collect();
    };
    let held = &paid_ahead.held;
    let ends = held.iter().skip(1).map(|(day, _)| *day);
    let held = held.iter().zip(ends.chain([period.next]));
    let held: Vec<_> = held
        .map(|((from, units), end)| Committed {
            from: *from,
            days: days_between(*from, end),
            line: line(*from),
            units: units.clone(),
        })
        .collect();
    assert_eq!(
        held.iter().map(|held| held.days).sum::<u32>(),
        period.days(),
        "each day has its units"
    );
    held
}
