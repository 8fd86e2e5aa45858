//! The entries of a contract, one after the other, and where its periods stand after them.

use std::collections::BTreeMap;
use std::rc::Rc;

use exchequer_core::rating::{Charge, differences};
use exchequer_core::{Contract, Instant};
use exchequer_store::billing::entries::Entry;
use exchequer_store::billing::periods::ClosedPeriod;
use exchequer_types::dates;
use sha2::{Digest as _, Sha256};

use super::again::{Again, fields};
use super::said;
use crate::billing_view::BillingView;
use crate::closing::contract_at::contract_at;
use crate::closing::plan::standing_after;
use crate::closing::record::{Basis, Record, RecordedState, hexadecimal};
use crate::error::Error;

/// The entries that are read at a time.
const PAGE: u32 = 100;

/// A period so far.
#[derive(Default)]
pub(super) struct Standing {
    /// The charges that stand.
    pub(super) charges: Vec<Charge>,
    /// The last entry, and its mark.
    pub(super) last: Option<(Record, u64)>,
    /// The last entry that says with which state the period closes, and its mark.
    pub(super) closed: Option<(Record, u64)>,
}

/// A walk along the entries of a contract.
pub(super) struct Walk<'a> {
    pub(super) view: &'a BillingView<'a>,
    pub(super) contract: &'a str,
    /// The number of entries so far.
    pub(super) entries: u64,
    /// The place of each problem, and what it is.
    pub(super) problems: Vec<(String, String)>,
    /// The entries that could not be made again, by the reason.
    pub(super) not_rated: BTreeMap<String, u64>,
    pub(super) periods: BTreeMap<u32, Standing>,
    previous: Option<[u8; 32]>,
    /// The contract by its version, and what a basis knows beside it.
    contracts: BTreeMap<(u64, String, String), Rc<Contract>>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(view: &'a BillingView<'a>, contract: &'a str) -> Self {
        Self {
            view,
            contract,
            entries: 0,
            problems: Vec::new(),
            not_rated: BTreeMap::new(),
            periods: BTreeMap::new(),
            previous: None,
            contracts: BTreeMap::new(),
        }
    }

    pub(super) fn run(&mut self) -> Result<(), Error> {
        let mut after = 0;
        loop {
            let page = self.view.entries_after(self.contract, after, PAGE)?;
            let Some(last) = page.last() else {
                break;
            };
            after = last.entry;
            for entry in &page {
                self.entry(entry)?;
            }
        }
        self.closed_periods()
    }

    fn closed_periods(&mut self) -> Result<(), Error> {
        let rows = self.view.closed(self.contract)?;
        for (at, row) in rows.iter().enumerate() {
            let before = at.checked_sub(1).and_then(|it| rows.get(it));
            let opened = before.and_then(|it| it.state.as_deref());
            let problem = self.period(row, opened);
            let problem = match problem {
                Ok(problem) => problem.map(str::to_owned),
                Err(error) => Some(said(error)?),
            };
            let first = self.periods.get(&row.number);
            let first = first.and_then(|it| Some(it.last.as_ref()?.0.period.first.clone()));
            let place = format!("period {}", first.unwrap_or_else(|| row.number.to_string()));
            self.problems.extend(problem.map(|it| (place, it)));
        }
        let known: Vec<u32> = rows.iter().map(|row| row.number).collect();
        let lost = self.periods.keys().filter(|it| !known.contains(it));
        let lost = lost.map(|number| (format!("period {number}"), "its row is missing".to_owned()));
        self.problems.extend(lost);
        Ok(())
    }

    fn found(&mut self, entry: &Entry, problem: impl Into<String>) {
        let place = format!("entry {}", entry.entry);
        self.problems.push((place, problem.into()));
    }

    /// Looks at the next entry.
    fn entry(&mut self, entry: &Entry) -> Result<(), Error> {
        self.entries += 1;
        if entry.entry != self.entries {
            let missing = self.entries;
            self.found(entry, format!("entry {missing} is missing before it"));
            self.entries = entry.entry;
        }
        let previous = self.previous.replace(entry.digest);
        let digest: [u8; 32] = Sha256::digest(entry.body.as_bytes()).into();
        if digest != entry.digest {
            self.found(entry, "its digest is not that of its content");
        }
        let record = match Record::parse(&entry.body) {
            Ok(record) => record,
            Err(error) => {
                self.found(entry, exchequer_store::chain(&error));
                return Ok(());
            }
        };
        if record.previous != previous.map(hexadecimal) {
            self.found(entry, "it does not follow the entry before it");
        }
        if !self.is_of_its_row(entry, &record) {
            self.found(entry, "its content is of another period, kind or instant");
        }
        match self.again(entry, &record) {
            Ok(Again::Made(again)) => {
                let differ = fields(&record, &again)?.join(", ");
                if !differ.is_empty() {
                    self.found(entry, format!("made again, it differs in: {differ}"));
                } else if again.sealed()?.0 != entry.body {
                    self.found(entry, "its content is not in the canonical form");
                }
            }
            Ok(Again::Gone(why)) => *self.not_rated.entry(why).or_default() += 1,
            Err(error) => {
                let why = said(error)?;
                self.found(entry, format!("it cannot be made again: {why}"));
            }
        }
        let period = self.periods.entry(record.period.number).or_default();
        let standing = std::mem::take(&mut period.charges);
        period.charges = standing_after(standing, &record)?;
        if record.closing.is_some() {
            period.closed = Some((record.clone(), entry.mark));
        }
        period.last = Some((record, entry.mark));
        Ok(())
    }

    fn is_of_its_row(&self, entry: &Entry, record: &Record) -> bool {
        record.contract == self.contract
            && record.organization == self.view.organization().to_string()
            && record.period.number == entry.number
            && record.kind == entry.kind
            && record.made == dates::format_exact(entry.made.micros())
    }

    /// Returns the contract that a basis names.
    pub(super) fn contract_at(&mut self, basis: &Basis) -> Result<Rc<Contract>, Error> {
        let known = (
            basis.contract_version,
            basis.known_ends.clone(),
            basis.contract_begins.clone(),
        );
        if let Some(contract) = self.contracts.get(&known) {
            return Ok(Rc::clone(contract));
        }
        let contract = Rc::new(contract_at(self.view, self.contract, basis)?);
        self.contracts.insert(known, Rc::clone(&contract));
        Ok(contract)
    }

    /// Compares where a period stands with what its entries come to, and returns the problem.
    /// `opened` is the state of the period before it.
    fn period(
        &mut self,
        row: &ClosedPeriod,
        opened: Option<&str>,
    ) -> Result<Option<&'static str>, Error> {
        let standing = self.periods.get(&row.number);
        let Some((standing, (last, mark))) = standing.and_then(|it| Some((it, it.last.as_ref()?)))
        else {
            return Ok(Some("it has no entry"));
        };
        let is_closed = standing.closed.is_some();
        if !is_at(row, last) || row.closed.is_some() != is_closed {
            return Ok(Some("it is not what its last entry says"));
        }
        if row.mark < *mark {
            return Ok(Some("its mark is before that of its last entry"));
        }
        let (Some((closed, mark)), Some(state)) = (&standing.closed, &row.state) else {
            return Ok(is_closed.then_some("it closes with no state"));
        };
        let recorded = serde_json::to_string(&closed.closing)?;
        // What an end has dropped is rated no more.
        if row.mark == *mark && recorded == *state || last.closing.is_none() {
            return Ok(None);
        }
        // Events that charge nothing have come since: they may have moved the state.
        let (closed, charges) = (closed.clone(), standing.charges.clone());
        let opening = match opened {
            Some(state) => RecordedState::parse(state)?,
            None => closed.opening.read()?,
        };
        let rated = match self.rate(&closed, &opening, row.mark)? {
            Ok(rerated) => rerated.rated,
            Err(why) => {
                *self.not_rated.entry(why).or_default() += 1;
                return Ok(None);
            }
        };
        if !differences(&charges, &rated.bill.charges)?.is_empty() {
            return Ok(Some(
                "rated up to its mark, it has other charges than its entries",
            ));
        }
        let again = serde_json::to_string(&RecordedState::of(&rated.closing))?;
        let other = again != *state;
        Ok(other.then_some("rated up to its mark, it closes with another state"))
    }
}

/// Returns true if a period is where an entry has put it.
fn is_at(row: &ClosedPeriod, last: &Record) -> bool {
    let instant = |it: Instant| dates::format_exact(it.micros());
    instant(row.range.start()) == last.period.begins
        && instant(row.range.end()) == last.period.ends
        && row.seller.to_string() == last.seller
        && row.meters == last.basis.meters
}
