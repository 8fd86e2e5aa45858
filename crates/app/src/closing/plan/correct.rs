//! Correcting closed periods by other terms.

use exchequer_core::contract::Products;
use exchequer_core::rating::{Charge, RatedWallet, advance, differences};
use exchequer_core::{Contract, Instant, Period, State, TimeRange, Usage, rate};
use exchequer_ledger::Seq;
use exchequer_store::AsOf;
use exchequer_store::billing::periods::ClosedPeriod;

use super::entry::{Said, missing, stand};
use super::{Ask, Plan, Planner};
use crate::billing_view::BillingView;
use crate::closing::record::{Basis, RecordedProduct, RecordedState};
use crate::error::Error;

/// Other terms for days that are closed.
#[derive(Clone, Debug)]
pub(in crate::closing) struct Correction {
    /// The contract as it is to be, with the ends that it is known to have had.
    pub(in crate::closing) contract: Contract,
    /// The reason.
    pub(in crate::closing) reason: String,
}

/// A closed period as it is rated by other terms.
#[derive(Default)]
struct Corrected {
    charges: Vec<Charge>,
    wallets: Vec<RatedWallet>,
    closing: Option<State>,
    usage: Option<Usage>,
}

/// Looks at a contract that is corrected. What is due from events is stored first, at the
/// same mark, as entries of its own.
///
/// # Errors
/// As [`plan`](super::plan).
pub(in crate::closing) fn plan_correction(
    view: &BillingView<'_>,
    number: &str,
    now: Instant,
    correction: Correction,
) -> Result<Option<Plan>, Error> {
    let Some(mut planner) = Planner::new(view, number, now, Ask::default())? else {
        return Ok(None);
    };
    planner.adjust()?;
    planner.correct(&correction)?;
    // It is looked at again as it is then.
    planner.plan.again = Some(now);
    Ok(Some(planner.plan))
}

impl Planner<'_> {
    /// Rates closed periods by other terms, from the first with a day that changes on.
    fn correct(&mut self, correction: &Correction) -> Result<(), Error> {
        let Correction { contract, reason } = correction;
        let mut moved: Option<State> = None;
        for at in 0..self.closed.len() {
            let closed = self.closed[at].clone();
            let before = self.contract.calendar().period(closed.number);
            let last = before.map(|it| {
                if closed.closed.is_some() {
                    it.last()
                } else {
                    it.first
                }
            });
            let same = |last| self.contract.differs_through(contract, last).is_none();
            if moved.is_none() && last.is_some_and(same) {
                continue;
            }
            moved = self.correct_one(at, &closed, (contract, reason), moved)?;
        }
        Ok(())
    }

    /// Rates one closed period, or charges one in advance, by other terms. Returns the state
    /// with which it closes.
    fn correct_one(
        &mut self,
        at: usize,
        closed: &ClosedPeriod,
        (contract, reason): (&Contract, &str),
        moved: Option<State>,
    ) -> Result<Option<State>, Error> {
        let records = self.records(closed.number)?;
        let stands = stand(&records)?;
        let record = records.last().ok_or_else(|| missing(closed.number))?;
        let opening = match moved {
            Some(state) => state,
            None => self.opened(at, record)?,
        };
        let products = self.products_of(&record.basis, contract)?;
        let basis = Basis {
            contract_version: self.stored.version + 1,
            known_ends: contract.known_ends().to_string(),
            products: products.values().map(RecordedProduct::of).collect(),
            ..record.basis.clone()
        };
        let as_of = AsOf {
            seq: Seq::new(closed.mark),
            meters: basis.meters,
            aliases: basis.aliases,
        };
        let period = contract.calendar().period(closed.number).map(|period| {
            let range = TimeRange::new(closed.range.start(), period.range.end());
            Period {
                range: range.unwrap_or(period.range),
                ..period
            }
        });
        let mut said = Corrected::default();
        if let (Some(period), true) = (&period, closed.closed.is_some()) {
            let usage = self
                .view
                .usage_as_of(&contract.usage_ranges(period), &as_of)?;
            let rated = rate(&opening, contract, period, &products, &usage)?;
            said = Corrected {
                charges: rated.bill.charges,
                wallets: rated.bill.wallets,
                closing: Some(rated.closing),
                usage: Some(usage),
            };
        } else if let Some(period) = &period {
            said.charges = advance(&opening, contract, period, &products)?;
        }
        let shown = match period {
            Some(period) => period,
            // An end drops it: it stays listed as it was.
            None => record.shown_period()?,
        };
        let rows = differences(&stands, &said.charges)?;
        let state = said.closing.as_ref().map(RecordedState::of);
        let state = state.map(|it| serde_json::to_string(&it)).transpose()?;
        self.closed[at].range = shown.range;
        self.closed[at].state = state.or(closed.state.clone());
        let stands_now = self.closed[at].clone();
        self.note(stands_now);
        // What it is rated by is noted also where that makes no difference.
        let entry = Said {
            kind: "correction",
            basis,
            opening: &opening,
            usage: said.usage.as_ref(),
            charges: &said.charges,
            closing: said.closing.as_ref(),
            wallets: &said.wallets,
            rows: &rows,
            follows: None,
            reason: Some(reason),
        };
        self.add(&shown, closed.mark, entry)?;
        Ok(said.closing)
    }

    /// Returns the products of a basis, and those that other terms price beside them.
    fn products_of(&self, basis: &Basis, contract: &Contract) -> Result<Products, Error> {
        let mut products = basis.products()?;
        let lines = contract.versions().iter().flat_map(|version| {
            let lines = version.terms.lines.iter().map(|line| &line.product);
            lines.chain(version.terms.wallets.iter().map(|wallet| &wallet.product))
        });
        for sku in lines {
            if !products.contains_key(sku) {
                products.extend(self.view.product(sku)?.map(|found| (sku.clone(), found)));
            }
        }
        Ok(products)
    }
}
