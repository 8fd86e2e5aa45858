//! The state with which a period opens.

use exchequer_core::contract::Products;
use exchequer_core::{Contract, Period, State, Totals, Usage, rate};
use exchequer_store::StoreError;
use exchequer_store::billing::periods::ClosedPeriod;

use super::record::RecordedState;
use crate::billing_view::BillingView;
use crate::error::Error;

/// Returns the state with which a period of a contract opens: that of the close of the period
/// before it, or, from the last close or the beginning of its contract year on, that which
/// the periods in between would close with.
///
/// # Errors
/// If the database fails, or a period cannot be rated.
pub(crate) fn opening(
    view: &BillingView<'_>,
    contract: &Contract,
    period: &Period,
) -> Result<State, Error> {
    if !contract.opens_with_state(period) {
        return Ok(State::default());
    }
    let closed = view.closed(contract.number())?;
    opening_after(view, contract, period, &closed)
}

/// Returns the state with which a period opens after those that are closed.
///
/// # Errors
/// As [`opening`].
pub(super) fn opening_after(
    view: &BillingView<'_>,
    contract: &Contract,
    period: &Period,
    closed: &[ClosedPeriod],
) -> Result<State, Error> {
    fold(contract, period, closed, |state, earlier| {
        let ranges = contract.usage_ranges(earlier);
        let usage = view.usage(&ranges)?;
        let day = ranges.period.last_day;
        let products = view.products(usage.totals.keys(), day)?;
        Ok(rate(state, contract, earlier, &products, &usage)?.closing)
    })
}

/// Returns the state with which a period opens as far as what is bought in it goes: usage
/// changes what is left of it, and never what is bought.
pub(super) fn opening_of_purchases(
    contract: &Contract,
    period: &Period,
    closed: &[ClosedPeriod],
    products: &Products,
) -> Result<State, Error> {
    fold(contract, period, closed, |state, earlier| {
        let unused = contract.price_changes(earlier).into_iter();
        let usage = Usage {
            until: unused.map(|day| (day, Totals::new())).collect(),
            ..Usage::default()
        };
        Ok(rate(state, contract, earlier, products, &usage)?.closing)
    })
}

/// Folds the open periods before a period, from the last that is closed on. Those whose state
/// the terms alone make are not rated.
fn fold(
    contract: &Contract,
    period: &Period,
    closed: &[ClosedPeriod],
    rate: impl Fn(&State, &Period) -> Result<State, Error>,
) -> Result<State, Error> {
    let year = contract.periods_of_year(period);
    let mut earlier: Vec<Period> = year.take_while(|it| it.number < period.number).collect();
    let first = earlier.first().unwrap_or(period);
    // What was closed in an earlier year has left nothing but the day.
    let before = |it: &&ClosedPeriod| first.number <= it.number + 1 && it.number < period.number;
    let stored = closed.iter().rev().filter(before);
    let mut stored = stored.filter_map(|it| Some((it.number, it.state.as_deref()?)));
    let mut state = match stored.next() {
        Some((number, state)) => {
            earlier.retain(|it| number < it.number);
            read(state)?
        }
        None => State::of_new_year(contract, first),
    };
    for earlier in &earlier {
        state = state.with_opening(contract, earlier);
        state = match state.after(contract, earlier) {
            Some(after) => after,
            None => rate(&state, earlier)?,
        };
    }
    Ok(state.with_opening(contract, period))
}

pub(super) fn read(state: &str) -> Result<State, StoreError> {
    RecordedState::parse(state)
}
