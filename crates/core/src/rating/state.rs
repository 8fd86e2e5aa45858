//! The state that a billing period hands to the next one.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::Pot;
use super::prepaid::PaidAhead;
use crate::contract::Contract;
use crate::exact::Exact;
use crate::period::Period;

/// What a period hands to the next one. It is plain data, and there is one form of it:
/// products are in the order of their part numbers, and one of which nothing is held is
/// absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    /// The units that are paid ahead of each product, by part number, in the order of buying:
    /// the last ones are given back first.
    pub prepaid: BTreeMap<String, Vec<Purchase>>,
    /// The pots of each wallet, by part number of its product, oldest first. Pots that are used
    /// up stay as long as their contract year, because they may be given back.
    pub wallets: BTreeMap<String, Vec<Pot>>,
    /// The last day for which commitments are charged. None before the first period.
    pub paid_through: Option<Date>,
}

/// Units of a product that are paid ahead, and held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purchase {
    /// The first day that they are for.
    pub from: Date,
    /// The last day that they are for: that of the contract year, or the end of the contract
    /// that was known when they were bought.
    pub until: Date,
    /// The units (or bundles) that are still held.
    pub quantity: Exact,
    /// The price that was paid for one of them for a period.
    pub price: Exact,
}

impl State {
    /// Returns the state with which a contract year opens: nothing that is paid ahead outlives
    /// the one before.
    #[must_use]
    pub fn of_new_year(contract: &Contract, first: &Period) -> Self {
        Self {
            paid_through: contract.period_before(first).map(|before| before.last()),
            ..Self::default()
        }
    }

    /// Returns the state with which a period opens, if nothing but the terms makes it: what was
    /// paid ahead earlier in its contract year. None if there are wallets in that time.
    #[must_use]
    pub fn before(contract: &Contract, period: &Period) -> Option<Self> {
        let mut state = Self::of_new_year(contract, period);
        let year = contract.periods_of_year(period);
        for earlier in year.take_while(|earlier| earlier.number < period.number) {
            state = state.after(contract, &earlier)?;
        }
        Some(state)
    }

    /// Returns the state with which a period closes that opens with this one, if nothing but
    /// the terms makes it. None if there are wallets: what is left in them depends on usage.
    #[must_use]
    pub fn after(&self, contract: &Contract, period: &Period) -> Option<Self> {
        if !self.wallets.is_empty() || contract.buys_wallets(period) {
            return None;
        }
        let lines = contract.terms_at(period.first).lines.iter();
        let held = lines.filter_map(|line| {
            let paid_ahead = PaidAhead::of(self, contract, period, &line.product)?;
            Some((line.product.as_str(), paid_ahead.closing(period)))
        });
        Some(Self::closing(period, held, BTreeMap::new()))
    }

    /// Returns the state with which a period closes, of what is held then.
    pub(super) fn closing<'a>(
        period: &Period,
        held: impl Iterator<Item = (&'a str, Vec<Purchase>)>,
        wallets: BTreeMap<String, Vec<Pot>>,
    ) -> Self {
        let held = held.filter(|(_, held)| !held.is_empty());
        let prepaid: BTreeMap<_, _> = held
            .map(|(product, held)| (product.to_owned(), held))
            .collect();
        let until = prepaid.values().flatten().map(|purchase| purchase.until);
        let paid_through = until.chain([period.last()]).max();
        Self {
            prepaid,
            wallets,
            paid_through,
        }
    }
}
