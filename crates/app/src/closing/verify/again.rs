//! Making an entry again from what it says it was made from.

use exchequer_core::rating::{Rated, advance, beyond, differences};
use exchequer_core::{Contract, Exact, Money, Period, State, Usage, rate};
use exchequer_ledger::Seq;
use exchequer_store::billing::entries::Entry;
use exchequer_store::{AsOf, StoreError};
use exchequer_types::dates;
use serde_json::Value;

use super::walk::Walk;
use crate::closing::record::{
    Record, RecordedCharge, RecordedState, RecordedUsage, RecordedWallet, Row,
};
use crate::error::Error;

/// An entry made again.
pub(super) enum Again {
    /// As it comes out now.
    Made(Box<Record>),
    /// What it was made from is not kept any more.
    Gone(String),
}

/// The usage of a period, and what it is charged for it.
pub(super) struct Rerated {
    pub(super) usage: Usage,
    pub(super) rated: Rated,
}

/// What is rated, or the reason for which that is not possible any more.
pub(super) type OrGone = Result<Rerated, String>;

impl Walk<'_> {
    /// Makes an entry again, from the entries before it and the usage up to its mark.
    pub(super) fn again(&mut self, entry: &Entry, record: &Record) -> Result<Again, Error> {
        let contract = self.contract_at(&record.basis)?;
        let mut again = record.clone();
        let mut charges = Vec::new();
        if record.closing.is_some() {
            let opening = match self.opening(entry, record)? {
                Ok(opening) => opening,
                Err(why) => return Ok(Again::Gone(why)),
            };
            let Rerated { usage, rated } = match self.rate(record, &opening, entry.mark)? {
                Ok(rerated) => rerated,
                Err(why) => return Ok(Again::Gone(why)),
            };
            again.opening = RecordedState::of(&opening);
            again.usage = Some(RecordedUsage::of(&usage));
            again.closing = Some(RecordedState::of(&rated.closing));
            let wallets = rated.bill.wallets.iter();
            again.wallets = wallets.map(RecordedWallet::of).collect();
            charges = rated.bill.charges;
        } else if contract.calendar().period(record.period.number).is_some() {
            // An advance, or what a correction makes of one.
            let (period, products) = (record.period(&contract)?, record.basis.products()?);
            charges = advance(&record.opening.read()?, &contract, &period, &products)?;
        }
        let stands = self.periods.get(&record.period.number);
        let stands = stands.map_or(&[][..], |it| &it.charges);
        let rows = match record.kind.as_str() {
            "close" => beyond(stands, &charges)?,
            _ => differences(stands, &charges)?,
        };
        let nothing = Money::zero(contract.currency());
        let mut amounts = rows.iter().map(|row| row.amount);
        let total = amounts.try_fold(nothing, Money::checked_add)?;
        again.charges = charges.iter().map(RecordedCharge::of).collect();
        again.rows = rows.iter().map(Row::of).collect();
        again.total = Exact::from(total).to_string();
        Ok(Again::Made(Box::new(again)))
    }

    /// Rates a period from what an entry says, with the usage up to a mark.
    pub(super) fn rate(
        &mut self,
        record: &Record,
        opening: &State,
        mark: u64,
    ) -> Result<OrGone, Error> {
        let contract = self.contract_at(&record.basis)?;
        let (period, products) = (record.period(&contract)?, record.basis.products()?);
        let as_of = AsOf {
            seq: Seq::new(mark),
            meters: record.basis.meters,
            aliases: record.basis.aliases,
        };
        let ranges = contract.usage_ranges(&period);
        let usage = match self.view.usage_as_of(&ranges, &as_of) {
            Err(StoreError::Gone(why)) => return Ok(Err(why)),
            usage => usage?,
        };
        let rated = rate(opening, &contract, &period, &products, &usage)?;
        Ok(Ok(Rerated { usage, rated }))
    }

    /// Returns the state with which the period of an entry opened: that with which the one
    /// before it closed by then.
    fn opening(&mut self, entry: &Entry, record: &Record) -> Result<Result<State, String>, Error> {
        let recorded = record.opening.read()?;
        let Some(before) = record.period.number.checked_sub(1) else {
            return Ok(Ok(recorded));
        };
        let contract = self.contract_at(&record.basis)?;
        let period = contract.calendar().period(record.period.number);
        if period.is_some_and(|period| contract.brings_along(&period)) {
            return Ok(Ok(recorded));
        }
        let closed = self.periods.get(&before).and_then(|it| it.closed.as_ref());
        match closed {
            // Nothing that is kept says what the first closed period opened with.
            None => return Ok(Ok(recorded)),
            Some((closed, _)) if closed.closing.as_ref() == Some(&record.opening) => {
                return Ok(Ok(recorded));
            }
            Some(_) => {}
        }
        // Usage that charged nothing has moved the state since the last entry.
        let state = self.state_at(before, entry.mark, record)?;
        Ok(state.map(|state| state.unwrap_or(recorded)))
    }

    /// Returns the state with which a period closed when a later entry was made; none if the
    /// period is not closed.
    fn state_at(
        &mut self,
        number: u32,
        mark: u64,
        later: &Record,
    ) -> Result<Result<Option<State>, String>, Error> {
        let standing = self.periods.get(&number);
        let Some((record, known)) = standing.and_then(|it| it.closed.clone()) else {
            return Ok(Ok(None));
        };
        let before = number.checked_sub(1);
        let opening = before.map_or(Ok(Ok(None)), |it| self.state_at(it, mark, later))?;
        let opening = match opening {
            Ok(Some(state)) => state,
            Ok(None) => record.opening.read()?,
            Err(why) => return Ok(Err(why)),
        };
        let contract = self.contract_at(&later.basis)?;
        let mark = match contract.calendar().period(number) {
            Some(period) => self.limited(&contract, &period, mark, later)?,
            None => mark,
        };
        let rerated = self.rate(&record, &opening, mark.max(known))?;
        Ok(rerated.map(|it| Some(it.rated.closing)))
    }

    /// Returns the last event up to a mark that still adjusted a period when an entry was
    /// made.
    fn limited(
        &self,
        contract: &Contract,
        period: &Period,
        mark: u64,
        later: &Record,
    ) -> Result<u64, Error> {
        let until = contract.adjusted_until(period);
        let unreadable = |_| StoreError::corrupt("billing entry", "its instant cannot be read");
        let made = dates::parse(&later.made).map_err(unreadable)?;
        if made < until.micros() {
            return Ok(mark);
        }
        let last = self.view.usage.last_before(until)?;
        Ok(mark.min(last.number()))
    }
}

/// Returns the names of the fields in which two forms of an entry differ.
pub(super) fn fields(one: &Record, other: &Record) -> Result<Vec<String>, Error> {
    let [one, other] = [one, other].map(serde_json::to_value);
    let (Value::Object(one), Value::Object(other)) = (one?, other?) else {
        return Ok(Vec::new());
    };
    let names = one
        .keys()
        .chain(other.keys().filter(|it| !one.contains_key(*it)));
    let differ = names.filter(|name| one.get(*name) != other.get(*name));
    Ok(differ.cloned().collect())
}
