//! Correcting closed periods by other terms, or by other rules of counting.

use exchequer_core::contract::Products;
use exchequer_core::rating::{Charge, Rated, RatedWallet, advance, differences};
use exchequer_core::{Contract, Instant, Period, State, TimeRange, Usage, rate};
use exchequer_ledger::Seq;
use exchequer_store::AsOf;
use exchequer_store::billing::periods::ClosedPeriod;
use jiff::civil::Date;
use sha2::{Digest as _, Sha256};

use super::entry::{Said, missing, stand};
use super::token::Token;
use super::{Ask, Plan, Planner};
use crate::billing_view::BillingView;
use crate::closing::contract_at::contract_at;
use crate::closing::opening::opening_after;
use crate::closing::record::{Basis, Record, RecordedProduct, RecordedState};
use crate::error::Error;

/// Other terms for days that are closed, or other rules of counting.
#[derive(Clone, Debug)]
pub(in crate::closing) struct Correction {
    /// The contract as it is to be, with the ends that it is known to have had.
    pub(in crate::closing) contract: Option<Contract>,
    /// What is taken as it is in force now.
    pub(in crate::closing) again: Renewed,
    /// The first day for which that counts. None for all that is closed.
    pub(in crate::closing) from: Option<Date>,
    /// The reason.
    pub(in crate::closing) reason: String,
    /// What a dry run was made from.
    pub(in crate::closing) token: Option<Token>,
}

/// What closed periods are rated by, that is taken as it is in force now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::closing) struct Renewed {
    /// The aliases.
    pub(in crate::closing) aliases: bool,
    /// The events that count: those too that came too late.
    pub(in crate::closing) late: bool,
    /// The meters.
    pub(in crate::closing) meters: bool,
    /// The products.
    pub(in crate::closing) products: bool,
}

/// A closed period as it is rated by other terms.
#[derive(Default)]
struct Corrected {
    charges: Vec<Charge>,
    wallets: Vec<RatedWallet>,
    closing: Option<State>,
}

impl Corrected {
    fn rated(rated: Rated) -> Self {
        Self {
            charges: rated.bill.charges,
            wallets: rated.bill.wallets,
            closing: Some(rated.closing),
        }
    }
}

/// Looks at a contract that is corrected. What is due from events is stored first, at the
/// same mark, as entries of its own.
///
/// # Errors
/// As [`plan`](super::plan); [`Error::Conflict`] if more than events has come since a dry run.
pub(in crate::closing) fn plan_correction(
    view: &BillingView<'_>,
    number: &str,
    now: Instant,
    correction: Correction,
) -> Result<Option<(Plan, Token)>, Error> {
    let Some(mut planner) = Planner::new(view, number, now, Ask::default())? else {
        return Ok(None);
    };
    if let Some(token) = correction.token {
        // Events above it are adjusted later.
        planner.revisions.seq = token.seq_in(&planner.plan.chain)?;
    }
    planner.adjust()?;
    planner.check_from(&correction)?;
    planner.correct(&correction)?;
    let shown = planner.digest()?;
    let token = Token::of(&planner.plan.chain, planner.revisions.seq, shown);
    if correction.token.is_some_and(|said| said != token) {
        let why = "this is not what the dry run has shown";
        return Err(Error::Conflict(why.to_owned()));
    }
    // It is looked at again as it is then.
    planner.plan.again = Some(now);
    Ok(Some((planner.plan, token)))
}

impl Planner<'_> {
    /// Returns a digest of all that the plan would store, but for the instant.
    fn digest(&self) -> Result<u64, Error> {
        let mut digest = Sha256::new();
        for record in &self.plan.records {
            let timeless = Record {
                previous: None,
                made: String::new(),
                ..record.clone()
            };
            digest.update(serde_json::to_vec(&timeless)?);
        }
        let digest: [u8; 32] = digest.finalize().into();
        let [a, b, c, d, e, f, g, h, ..] = digest;
        Ok(u64::from_be_bytes([a, b, c, d, e, f, g, h]))
    }

    /// Refuses to take something anew for periods of which none is closed.
    fn check_from(&self, correction: &Correction) -> Result<(), Error> {
        if correction.again == Renewed::default() {
            return Ok(());
        }
        let mut closed = self.closed.iter().filter(|it| it.closed.is_some());
        if closed.any(|it| self.is_named(correction, it)) {
            return Ok(());
        }
        let rule = "from must be a day of a closed period, or before one";
        Err(match correction.from {
            Some(_) => Error::rule("from", rule),
            None => Error::Conflict("no period of the contract is closed".to_owned()),
        })
    }

    /// Returns true for a period for which something is taken anew.
    fn is_named(&self, correction: &Correction, closed: &ClosedPeriod) -> bool {
        let reaches = |from| self.contract.calendar().midnight(from) < closed.range.end();
        correction.again != Renewed::default() && correction.from.is_none_or(reaches)
    }

    /// Returns true for a period of which another contract changes a day that is closed.
    fn changes(&self, contract: &Contract, closed: &ClosedPeriod) -> bool {
        let before = self.contract.calendar().period(closed.number);
        let last = before.map(|period| match closed.closed {
            Some(_) => period.last(),
            None => period.first,
        });
        let same = |last| self.contract.differs_through(contract, last).is_none();
        !last.is_some_and(same)
    }

    /// Rates closed periods again, from the first that is named or has a day that changes on.
    fn correct(&mut self, correction: &Correction) -> Result<(), Error> {
        let mut moved: Option<State> = None;
        for at in 0..self.closed.len() {
            let closed = self.closed[at].clone();
            let terms = correction.contract.as_ref();
            let changes = terms.is_some_and(|contract| self.changes(contract, &closed));
            if moved.is_some() || changes || self.is_named(correction, &closed) {
                moved = self.correct_one(at, &closed, correction, moved)?;
            }
        }
        Ok(())
    }

    /// Rates one closed period, or charges one in advance, by other terms. Returns the state
    /// with which it closes.
    fn correct_one(
        &mut self,
        at: usize,
        closed: &ClosedPeriod,
        correction: &Correction,
        moved: Option<State>,
    ) -> Result<Option<State>, Error> {
        let records = self.records(closed.number)?;
        let stands = stand(&records)?;
        let record = records.last().ok_or_else(|| missing(closed.number))?;
        let (contract, mut basis) = self.contract_of(correction, record)?;
        let opening = match moved {
            Some(state) => state,
            None => self.opened(at, record)?,
        };
        let live = contract.calendar().period(closed.number);
        let opening = match (live, &correction.contract) {
            (Some(period), Some(contract)) if contract.opening() != self.contract.opening() => {
                self.opened_otherwise(at, opening, contract, &period)?
            }
            _ => opening,
        };
        let again = match self.is_named(correction, closed) {
            true => correction.again,
            false => Renewed::default(),
        };
        if again.meters {
            basis.meters = self.revisions.meters;
        }
        if again.aliases {
            basis.aliases = self.revisions.aliases;
        }
        let mark = match again.late {
            true => self.revisions.seq,
            false => Seq::new(closed.mark),
        };
        let period = live.map(|period| {
            let range = TimeRange::new(closed.range.start(), period.range.end());
            Period {
                range: range.unwrap_or(period.range),
                ..period
            }
        });
        let usage = match (&period, closed.closed) {
            (Some(period), Some(_)) => {
                let as_of = AsOf {
                    seq: mark,
                    meters: basis.meters,
                    aliases: basis.aliases,
                };
                let ranges = contract.usage_ranges(period);
                Some(self.view.usage_as_of(&ranges, &as_of)?)
            }
            _ => None,
        };
        let products = self.products_by(&basis, again, &contract, (&period, &usage))?;
        basis.products = products.values().map(RecordedProduct::of).collect();
        let said = match (&period, &usage) {
            (Some(period), Some(usage)) => {
                Corrected::rated(rate(&opening, &contract, period, &products, usage)?)
            }
            (Some(period), None) => Corrected {
                charges: advance(&opening, &contract, period, &products)?,
                ..Corrected::default()
            },
            (None, _) => Corrected::default(),
        };
        let shown = match period {
            Some(period) => period,
            // An end drops it: it stays listed as it was.
            None => record.shown_period()?,
        };
        let rows = differences(&stands, &said.charges)?;
        let state = said.closing.as_ref().map(RecordedState::of);
        let state = state.map(|it| serde_json::to_string(&it)).transpose()?;
        let stands_now = ClosedPeriod {
            range: shown.range,
            mark: mark.number(),
            meters: basis.meters,
            state: state.or(closed.state.clone()),
            ..closed.clone()
        };
        self.closed[at] = stands_now.clone();
        self.note(stands_now);
        // What it is rated by is noted also where that makes no difference.
        let entry = Said {
            kind: "correction",
            basis,
            opening: &opening,
            usage: usage.as_ref(),
            charges: &said.charges,
            closing: said.closing.as_ref(),
            wallets: &said.wallets,
            rows: &rows,
            follows: None,
            reason: Some(&correction.reason),
        };
        self.add(&shown, mark.number(), entry)?;
        Ok(said.closing)
    }

    /// Returns the state with which a closed period opens if the contract brings along
    /// something else than it did.
    fn opened_otherwise(
        &self,
        at: usize,
        opening: State,
        contract: &Contract,
        period: &Period,
    ) -> Result<State, Error> {
        match at {
            0 => opening_after(self.view, contract, period, &[]),
            _ => Ok(opening.with_opening(contract, period)),
        }
    }

    /// Returns the contract by which a period is rated again, and a basis that names it: the
    /// corrected one, or that of the last entry.
    fn contract_of(
        &self,
        correction: &Correction,
        record: &Record,
    ) -> Result<(Contract, Basis), Error> {
        let basis = record.basis.clone();
        let Some(contract) = &correction.contract else {
            let contract = contract_at(self.view, &self.plan.chain.contract, &basis)?;
            return Ok((contract, basis));
        };
        let basis = Basis {
            contract_version: self.stored.version + 1,
            known_ends: contract.known_ends().to_string(),
            ..basis
        };
        Ok((contract.clone(), basis))
    }

    /// Returns the products of a basis or those in force, and what they lack: those that the
    /// terms price, and those of meters that counted nothing before.
    fn products_by(
        &self,
        basis: &Basis,
        again: Renewed,
        contract: &Contract,
        (period, usage): (&Option<Period>, &Option<Usage>),
    ) -> Result<Products, Error> {
        let mut products = match again.products {
            true => Products::new(),
            false => basis.products()?,
        };
        if let Some(period) = period
            && (again.products || again.meters)
        {
            let meters = usage.iter().flat_map(|usage| usage.totals.keys());
            let day = contract.usage_ranges(period).period.last_day;
            for (sku, product) in self.view.products(meters, day)? {
                products.entry(sku).or_insert(product);
            }
        }
        for sku in contract.products() {
            if !products.contains_key(sku) {
                products.extend(self.view.product(sku)?.map(|it| (sku.to_owned(), it)));
            }
        }
        Ok(products)
    }
}
