//! Entries of a plan.

use exchequer_core::closing::standing;
use exchequer_core::rating::{Charge, Difference, RatedWallet};
use exchequer_core::{Exact, Instant, Money, Period, State, Usage};
use exchequer_store::StoreError;
use exchequer_store::billing::entries::NewEntry;
use exchequer_types::dates;
use jiff::civil::Date;

use super::Planner;
use crate::closing::record::{
    Basis, FORM, Record, RecordedCharge, RecordedPeriod, RecordedState, RecordedUsage,
    RecordedWallet, Row, hexadecimal,
};
use crate::error::Error;

/// What an entry says beside its period.
pub(super) struct Said<'a> {
    pub(super) kind: &'static str,
    pub(super) basis: Basis,
    pub(super) opening: &'a State,
    pub(super) usage: Option<&'a Usage>,
    pub(super) charges: &'a [Charge],
    pub(super) closing: Option<&'a State>,
    pub(super) wallets: &'a [RatedWallet],
    pub(super) rows: &'a [Difference],
    pub(super) follows: Option<Date>,
    pub(super) reason: Option<&'a str>,
}

impl Planner<'_> {
    /// Adds an entry to the chain.
    pub(super) fn add(&mut self, period: &Period, mark: u64, said: Said<'_>) -> Result<(), Error> {
        let nothing = Money::zero(self.contract.currency());
        let mut amounts = said.rows.iter().map(|row| row.amount);
        let total = amounts.try_fold(nothing, Money::checked_add)?;
        let instant = |instant: Instant| dates::format_exact(instant.micros());
        let record = Record {
            form: FORM,
            previous: self.previous.map(hexadecimal),
            kind: said.kind.to_owned(),
            seller: self.seller.to_string(),
            organization: self.stored.organization.to_string(),
            contract: self.stored.number.clone(),
            period: RecordedPeriod {
                number: period.number,
                first: period.first.to_string(),
                last: period.last().to_string(),
                begins: instant(period.range.start()),
                ends: instant(period.range.end()),
            },
            made: instant(self.now),
            follows: said.follows.map(|day| day.to_string()),
            reason: said.reason.map(str::to_owned),
            basis: said.basis,
            opening: RecordedState::of(said.opening),
            usage: said.usage.map(RecordedUsage::of),
            charges: said.charges.iter().map(RecordedCharge::of).collect(),
            closing: said.closing.map(RecordedState::of),
            wallets: said.wallets.iter().map(RecordedWallet::of).collect(),
            rows: said.rows.iter().map(Row::of).collect(),
            currency: self.contract.currency().code().to_owned(),
            total: Exact::from(total).to_string(),
        };
        let (body, digest) = record.sealed()?;
        self.previous = Some(digest);
        self.plan.entries.push(NewEntry {
            number: period.number,
            kind: said.kind,
            made: self.now,
            mark,
            body,
            digest,
        });
        self.plan.records.push(record);
        Ok(())
    }

    /// Returns the entries of a period, those of this plan among them.
    pub(super) fn records(&self, number: u32) -> Result<Vec<Record>, Error> {
        let contract = &self.plan.chain.contract;
        let entries = self.view.entries(contract, number..=number)?;
        let stored = entries.iter().map(|entry| Record::parse(&entry.body));
        let mut records = stored.collect::<Result<Vec<_>, _>>()?;
        let planned = self.plan.records.iter();
        records.extend(planned.filter(|it| it.period.number == number).cloned());
        Ok(records)
    }
}

/// Returns the charges of a period that stand after some of its entries.
pub(super) fn stand(records: &[Record]) -> Result<Vec<Charge>, Error> {
    records.iter().try_fold(Vec::new(), standing_after)
}

/// Returns the charges of a period that stand after one more of its entries.
pub(in crate::closing) fn standing_after(
    stands: Vec<Charge>,
    record: &Record,
) -> Result<Vec<Charge>, Error> {
    match record.kind.as_str() {
        // What costs nothing stands as well, and makes no row.
        "close" => Ok(record.charges()?),
        _ => Ok(standing(stands, &record.differences()?)?),
    }
}

/// Returns the error of a closed period without an entry.
pub(super) fn missing(number: u32) -> StoreError {
    StoreError::corrupt(format!("closed period {number}"), "it has no entry")
}
