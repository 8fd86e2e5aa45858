//! What is to be closed and adjusted of a contract, as one snapshot says.

use exchequer_core::closing::{ClosedPeriod as ToAdjust, adjust, standing};
use exchequer_core::contract::{Products, in_succession};
use exchequer_core::rating::{Charge, Difference, RatedWallet, advance, beyond, differences};
use exchequer_core::{
    Contract, Day, Instant, Money, OrganizationId, Period, PeriodInput, State, TimeRange, Usage,
    rate, zone_data_version,
};
use exchequer_ledger::Seq;
use exchequer_store::billing::Chain;
use exchequer_store::billing::entries::NewEntry;
use exchequer_store::billing::periods::ClosedPeriod;
use exchequer_store::billing::terms::LedgerTerms;
use exchequer_store::catalog::contracts::Stored;
use exchequer_store::{AsOf, Touched};
use exchequer_types::dates;
use jiff::civil::Date;

use super::contract_at::contract_at;
use super::opening::{opening_after, opening_of_purchases, read};
use super::record::{
    Basis, FORM, RATING, Record, RecordedCharge, RecordedPeriod, RecordedProduct, RecordedState,
    RecordedUsage, RecordedWallet, Row, hexadecimal,
};
use crate::billing_view::BillingView;
use crate::documents::contract::load;
use crate::error::Error;

/// The most periods that are closed with one transaction: those of a year and its advance.
const MOST_PERIODS: usize = 13;

/// What somebody asks of a contract.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ask {
    /// Close what is over, however short a time ago.
    pub at_once: bool,
    /// Close no period after the one that contains this day.
    pub through: Option<Date>,
    /// Adjust what is due, also if nothing is closed.
    pub adjust: bool,
    /// Nothing is stored: all periods are looked at at once, also where it is not said from
    /// when on periods are billed here.
    pub dry_run: bool,
}

/// Other terms for days that are closed.
#[derive(Clone, Debug)]
pub(super) struct Correction {
    /// The contract as it is to be, with the ends that it is known to have had.
    pub(super) contract: Contract,
    /// The reason.
    pub(super) reason: String,
}

/// What is stored of a contract, if it still is as it was.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The contract as it was seen.
    pub chain: Chain,
    /// The entries to add, in order.
    pub records: Vec<Record>,
    /// The same, as they are stored.
    pub entries: Vec<NewEntry>,
    /// Where periods stand then.
    pub periods: Vec<ClosedPeriod>,
    /// The instant from which there may be more to do. None if there never is.
    pub again: Option<Instant>,
    /// True if there are more periods to close than were looked at.
    pub more: bool,
    /// True if it is not said from when on periods are billed here.
    pub is_unset: bool,
}

/// A contract that is looked at.
struct Look<'a> {
    view: &'a BillingView<'a>,
    now: Instant,
    ask: Ask,
    stored: Stored,
    contract: Contract,
    put: Instant,
    ledger: LedgerTerms,
    seller: OrganizationId,
    organization_name: String,
    /// The point that the snapshot is.
    revisions: AsOf,
    /// The digest of the last entry.
    previous: Option<[u8; 32]>,
    /// The periods that are closed or charged, as they stand so far.
    closed: Vec<ClosedPeriod>,
    plan: Plan,
}

/// A closed period as it is rated by other terms.
#[derive(Default)]
struct Corrected {
    charges: Vec<Charge>,
    wallets: Vec<RatedWallet>,
    closing: Option<State>,
    usage: Option<Usage>,
}

/// What an entry says beside its period.
struct Said<'a> {
    kind: &'static str,
    basis: Basis,
    opening: &'a State,
    usage: Option<&'a Usage>,
    charges: &'a [Charge],
    closing: Option<&'a State>,
    wallets: &'a [RatedWallet],
    rows: &'a [Difference],
    follows: Option<Date>,
    reason: Option<&'a str>,
}

/// Looks at a contract of the organisation of a view. None if it has no such contract.
///
/// # Errors
/// If the database fails, or a period cannot be rated.
pub(super) fn plan(
    view: &BillingView<'_>,
    number: &str,
    now: Instant,
    ask: Ask,
) -> Result<Option<Plan>, Error> {
    let Some(mut look) = Look::new(view, number, now, ask)? else {
        return Ok(None);
    };
    look.run()?;
    Ok(Some(look.plan))
}

/// Looks at a contract that is corrected. What is due from events is stored first, at the
/// same mark, as entries of its own.
///
/// # Errors
/// As [`plan`].
pub(super) fn plan_correction(
    view: &BillingView<'_>,
    number: &str,
    now: Instant,
    correction: Correction,
) -> Result<Option<Plan>, Error> {
    let Some(mut look) = Look::new(view, number, now, Ask::default())? else {
        return Ok(None);
    };
    look.adjust()?;
    look.correct(&correction)?;
    // It is looked at again as it is then.
    look.plan.again = Some(now);
    Ok(Some(look.plan))
}

impl<'a> Look<'a> {
    fn new(
        view: &'a BillingView<'a>,
        number: &str,
        now: Instant,
        ask: Ask,
    ) -> Result<Option<Self>, Error> {
        let all = view.contracts()?;
        let loaded = all.iter().map(load).collect::<Result<Vec<_>, _>>()?;
        let contract = in_succession(loaded)
            .into_iter()
            .find(|it| it.number() == number);
        let stored = all.into_iter().find(|it| it.number == number);
        let (Some(contract), Some(stored)) = (contract, stored) else {
            return Ok(None);
        };
        let revisions = view.usage.now()?;
        let last = view.last_entry(number)?;
        let chain = Chain {
            organization: stored.organization,
            contract: number.to_owned(),
            version: stored.version,
            last: last.map_or(0, |last| last.entry),
            meters: revisions.meters,
            aliases: revisions.aliases,
        };
        Ok(Some(Self {
            put: view.put_first(number)?,
            ledger: view.closing_terms()?,
            seller: view.operator()?,
            organization_name: view.organization_name()?,
            closed: view.closed(number)?,
            previous: last.map(|last| last.digest),
            plan: Plan {
                chain,
                records: Vec::new(),
                entries: Vec::new(),
                periods: Vec::new(),
                again: None,
                more: false,
                is_unset: false,
            },
            view,
            now,
            ask,
            stored,
            contract,
            revisions,
        }))
    }

    fn run(&mut self) -> Result<(), Error> {
        let own = self.contract.settings().closing.billing_from;
        let from = own.or(self.ledger.billing_from.and_then(date));
        self.plan.is_unset = from.is_none();
        // A dry run shows what would be if all were billed here.
        let from = from.or(self.ask.dry_run.then_some(Date::MIN));
        let Some(first) = from.and_then(|from| self.first_billed(from)) else {
            return Ok(());
        };
        let to_close = self.to_close(first);
        let most = self.most_periods();
        self.plan.more = to_close.len() > most;
        if !to_close.is_empty() || self.ask.adjust || self.ends_adjusting() {
            self.adjust()?;
        }
        for period in to_close.into_iter().take(most) {
            self.close(&period)?;
        }
        if self.plan.more {
            self.plan.again = Some(self.now);
            return Ok(());
        }
        self.charge_in_advance(first)?;
        self.plan.again = self.next(first);
        Ok(())
    }

    /// Returns the first period that is billed here. None if the contract ends before.
    fn first_billed(&self, from: Date) -> Option<Period> {
        let mut periods = (0..).map_while(|number| self.contract.calendar().period(number));
        periods.find(|period| from < period.next)
    }

    /// Returns the periods that are to be closed now, in order.
    fn to_close(&self, first: Period) -> Vec<Period> {
        let done = self.closed.iter().filter(|it| it.closed.is_some());
        let next = done.map(|it| it.number + 1).max();
        let next = next.map_or(first.number, |next| next.max(first.number));
        let calendar = self.contract.calendar();
        let periods = (next..).map_while(|number| calendar.period(number));
        let periods = periods.take_while(|period| {
            let through = self.ask.through.is_none_or(|day| period.first <= day);
            let over = period.range.end() <= self.now;
            through && over && (self.ask.at_once || self.closes(period) <= self.now)
        });
        // One more than are closed says that there are more.
        periods
            .take(self.most_periods().saturating_add(1))
            .collect()
    }

    fn most_periods(&self) -> usize {
        match self.ask.dry_run {
            true => usize::MAX,
            false => MOST_PERIODS,
        }
    }

    fn closes(&self, period: &Period) -> Instant {
        let hours = self.ledger.close_after;
        self.contract.closes(period, self.put, hours)
    }

    /// Returns true if the contract has no period left to close, and a month of adjusting what
    /// is closed is over.
    fn ends_adjusting(&self) -> bool {
        let over = self.contract.calendar().ends();
        over.is_some_and(|ends| ends <= self.now) && !self.closed.is_empty()
    }

    /// Returns a period with the border at which the one before it was closed: a border that
    /// is closed does not follow newer rules of its time zone.
    fn bordered(&self, period: Period) -> Period {
        let before = period.number.checked_sub(1);
        let own = self.closed.iter().find(|it| it.number == period.number);
        let before = self
            .closed
            .iter()
            .find(|it| Some(it.number) == before && it.closed.is_some());
        let begins = own
            .map(|it| it.range.start())
            .or(before.map(|it| it.range.end()));
        let range = begins.and_then(|begins| TimeRange::new(begins, period.range.end()));
        Period {
            range: range.unwrap_or(period.range),
            ..period
        }
    }

    /// Rates closed periods again that late events may have changed, and those that follow
    /// from them.
    fn adjust(&mut self) -> Result<(), Error> {
        let mut moved: Option<(State, Date)> = None;
        let closed = self.closed.iter().filter(|it| it.closed.is_some());
        let spans: Vec<TimeRange> = closed.map(|it| it.range).collect();
        let (Some(first), Some(last)) = (spans.first(), spans.last()) else {
            return Ok(());
        };
        let span = TimeRange::new(first.start(), last.end()).expect("periods are in order");
        let touched = self.view.usage.touched(span)?;
        for at in 0..self.closed.len() {
            let closed = self.closed[at].clone();
            if closed.closed.is_none() {
                continue;
            }
            moved = self.adjust_one(at, &closed, moved, &touched)?;
        }
        Ok(())
    }

    /// Rates one closed period again if it is due, or opens otherwise than it did. Returns
    /// the state with which it closes, if that is another one now, and the period that is the
    /// cause.
    fn adjust_one(
        &mut self,
        at: usize,
        closed: &ClosedPeriod,
        moved: Option<(State, Date)>,
        touched: &Touched<'_>,
    ) -> Result<Option<(State, Date)>, Error> {
        let live = self.contract.calendar().period(closed.number);
        let until = live.map(|period| self.contract.adjusted_until(&period));
        let limit = match until {
            Some(until) if until <= self.now => self.view.usage.last_before(until)?,
            _ => self.revisions.seq,
        };
        // What has come since may touch it; rated as of its own mark, it stays as it is.
        let known = AsOf {
            seq: Seq::new(closed.mark),
            meters: closed.meters,
            ..self.revisions
        };
        let is_due = known.seq < limit && touched.is_above(closed.range, &known)?;
        if !is_due && moved.is_none() {
            return Ok(None);
        }
        let records = self.records(closed.number)?;
        let stands = stand(&records)?;
        let basis = records.iter().rev().find(|it| it.kind != "advance");
        let record = basis.ok_or_else(|| missing(closed.number))?;
        let basis = record.basis.clone();
        let contract = contract_at(self.view, &self.plan.chain.contract, &basis)?;
        let Some(period) = contract.calendar().period(closed.number) else {
            // A correction has dropped it: what was used is billed no more.
            return Ok(None);
        };
        let period = Period {
            range: closed.range,
            ..period
        };
        let as_of = AsOf {
            seq: limit.max(known.seq),
            meters: basis.meters,
            aliases: basis.aliases,
        };
        let mark = as_of.seq.number();
        let usage = self
            .view
            .usage_as_of(&contract.usage_ranges(&period), &as_of)?;
        let opening = match &moved {
            Some((state, _)) => state.clone(),
            None => self.opened(at, record)?,
        };
        let products = basis.products()?;
        let input = PeriodInput {
            contract: &contract,
            period: &period,
            products: &products,
            usage: &usage,
        };
        let again = adjust(
            opening.clone(),
            &[ToAdjust {
                input,
                standing: &stands,
            }],
        )?;
        let again = again.into_iter().next().expect("one for each period");
        let cause = moved.map_or(period.first, |(_, cause)| cause);
        let now = serde_json::to_string(&RecordedState::of(&again.rated.closing))?;
        let other = closed.state.as_ref() != Some(&now);
        self.stand_at(at, mark, now);
        if !again.differences.is_empty() {
            let said = Said {
                kind: "adjustment",
                basis,
                opening: &opening,
                usage: Some(&usage),
                charges: &again.rated.bill.charges,
                closing: Some(&again.rated.closing),
                wallets: &again.rated.bill.wallets,
                rows: &again.differences,
                follows: (cause != period.first).then_some(cause),
                reason: None,
            };
            self.add(&period, mark, said)?;
        }
        Ok(other.then_some((again.rated.closing, cause)))
    }

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
        let basis = Basis {
            contract_version: self.stored.version + 1,
            known_ends: contract.known_ends().to_string(),
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
        let products = self.products_of(&basis, contract)?;
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
        let rows = differences(&stands, &said.charges).map_err(internal)?;
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

    /// Returns the entries of a period, those of this plan among them.
    fn records(&self, number: u32) -> Result<Vec<Record>, Error> {
        let contract = &self.plan.chain.contract;
        let entries = self.view.entries(contract, number..=number)?;
        let stored = entries.iter().map(|entry| Record::parse(&entry.body));
        let mut records = stored.collect::<Result<Vec<_>, _>>()?;
        let planned = self.plan.records.iter();
        records.extend(planned.filter(|it| it.period.number == number).cloned());
        Ok(records)
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

    /// Returns the state with which a closed period opened.
    fn opened(&self, at: usize, record: &Record) -> Result<State, Error> {
        let before = at.checked_sub(1).and_then(|before| self.closed.get(before));
        match before.and_then(|before| before.state.as_deref()) {
            Some(state) => Ok(read(state)?),
            None => Ok(record.opening.read()?),
        }
    }

    /// Notes that a closed period is rated up to a mark.
    fn stand_at(&mut self, at: usize, mark: u64, state: String) {
        let closed = &mut self.closed[at];
        closed.mark = mark;
        closed.state = Some(state);
        let closed = closed.clone();
        self.note(closed);
    }

    fn note(&mut self, period: ClosedPeriod) {
        self.plan.periods.retain(|it| it.number != period.number);
        self.plan.periods.push(period);
    }

    /// Closes a period.
    fn close(&mut self, period: &Period) -> Result<(), Error> {
        let period = &self.bordered(*period);
        let opening = opening_after(self.view, &self.contract, period, &self.closed)?;
        let ranges = self.contract.usage_ranges(period);
        let usage = self.view.usage(&ranges)?;
        let products = self.products(usage.totals.keys(), ranges.period.last_day)?;
        let rated = rate(&opening, &self.contract, period, &products, &usage)?;
        let charged = stand(&self.records(period.number)?)?;
        let rows = beyond(&charged, &rated.bill.charges).map_err(internal)?;
        let said = Said {
            kind: "close",
            basis: self.basis(&products, ranges.period.last_day)?,
            opening: &opening,
            usage: Some(&usage),
            charges: &rated.bill.charges,
            closing: Some(&rated.closing),
            wallets: &rated.bill.wallets,
            rows: &rows,
            follows: None,
            reason: None,
        };
        let mark = self.revisions.seq.number();
        self.add(period, mark, said)?;
        let state = serde_json::to_string(&RecordedState::of(&rated.closing))?;
        self.stands(period, Some(self.now), Some(state));
        Ok(())
    }

    /// Notes a period that is closed or charged.
    fn stands(&mut self, period: &Period, closed: Option<Instant>, state: Option<String>) {
        let period = ClosedPeriod {
            number: period.number,
            seller: self.seller,
            range: period.range,
            closed,
            mark: self.revisions.seq.number(),
            meters: self.revisions.meters,
            state,
        };
        self.closed.retain(|it| it.number != period.number);
        self.closed.push(period.clone());
        self.note(period);
    }

    /// Charges what is bought on the first day of the current period, once.
    fn charge_in_advance(&mut self, first: Period) -> Result<(), Error> {
        let current = self.contract.calendar().latest(self.now);
        let current = current
            .filter(|period| period.range.contains(self.now) && first.number <= period.number);
        let Some(period) = current.map(|period| self.bordered(period)) else {
            return Ok(());
        };
        let through = self.ask.through.is_none_or(|day| period.first <= day);
        if !through || self.closed.iter().any(|it| it.number == period.number) {
            return Ok(());
        }
        let day = self.contract.usage_ranges(&period).period.last_day;
        let products = self.products(std::iter::empty(), day)?;
        let opening = opening_of_purchases(&self.contract, &period, &self.closed, &products)?;
        let charges = advance(&opening, &self.contract, &period, &products)?;
        if charges.is_empty() {
            return Ok(());
        }
        let rows = differences(&[], &charges).map_err(internal)?;
        let said = Said {
            kind: "advance",
            basis: self.basis(&products, day)?,
            opening: &opening,
            usage: None,
            charges: &charges,
            closing: None,
            wallets: &[],
            rows: &rows,
            follows: None,
            reason: None,
        };
        let mark = self.revisions.seq.number();
        self.add(&period, mark, said)?;
        self.stands(&period, None, None);
        Ok(())
    }

    fn products<'m>(
        &self,
        meters: impl Iterator<Item = &'m String>,
        day: Day,
    ) -> Result<Products, Error> {
        Ok(self.view.products(meters, day)?)
    }

    fn basis(&self, products: &Products, day: Day) -> Result<Basis, Error> {
        let former = self.view.former_name(day)?;
        let begins = self.contract.calendar().begins();
        Ok(Basis {
            contract_version: self.stored.version,
            known_ends: self.stored.known_ends.to_string(),
            contract_begins: dates::format_exact(begins.micros()),
            meters: self.revisions.meters,
            aliases: self.revisions.aliases,
            products: products.values().map(RecordedProduct::of).collect(),
            organization_name: former.unwrap_or_else(|| self.organization_name.clone()),
            zone_data: zone_data_version().to_owned(),
            currency_digits: self.contract.currency().minor_digits(),
            rating: RATING,
        })
    }

    /// Adds an entry to the chain.
    fn add(&mut self, period: &Period, mark: u64, said: Said<'_>) -> Result<(), Error> {
        let nothing = Money::zero(self.contract.currency());
        let amounts = said.rows.iter().map(|row| row.amount);
        let mut amounts = amounts;
        let total = amounts
            .try_fold(nothing, Money::checked_add)
            .map_err(internal)?;
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
            total: exchequer_core::Exact::from(total).to_string(),
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

    /// Returns the instant from which there may be something to do again.
    fn next(&self, first: Period) -> Option<Instant> {
        let calendar = self.contract.calendar();
        let done = self.closed.iter().filter(|it| it.closed.is_some());
        let open = done.map(|it| it.number + 1).max().unwrap_or(first.number);
        let closes = calendar.period(open.max(first.number));
        // What is overdue was left open on purpose, and not by the job.
        let closes = closes.map(|period| self.closes(&period).max(self.now));
        // What is bought with the next period is charged when it begins.
        let latest = calendar
            .latest(self.now)
            .map_or(0, |latest| latest.number + 1);
        let begins = calendar.period(latest.max(first.number));
        let begins = begins.map(|period| period.range.start());
        let next = closes.into_iter().chain(begins);
        next.min().or_else(|| self.adjusts_next())
    }

    /// Returns the next anchor day of a contract that is over, as long as what arrives late
    /// adjusts its last period.
    fn adjusts_next(&self) -> Option<Instant> {
        let calendar = self.contract.calendar();
        let last = calendar.latest(self.now)?;
        let endless = calendar.with_end(None);
        let next = endless.latest(self.now)?.number + 1;
        let next = endless.period(next)?.range.start();
        let until = self.contract.adjusted_until(&last);
        // Once more after the last that counts has come.
        let before = endless.latest(until)?.number + 1;
        (next <= endless.period(before)?.range.start()).then_some(next)
    }
}

/// Returns the charges of a period that stand after some of its entries.
fn stand(records: &[Record]) -> Result<Vec<Charge>, Error> {
    let mut stands = Vec::new();
    for record in records {
        stands = match record.kind.as_str() {
            // What costs nothing stands as well, and makes no row.
            "close" => record.charges()?,
            _ => standing(stands, &record.differences()?).map_err(internal)?,
        };
    }
    Ok(stands)
}

/// Returns a day as a date. None beyond the years of the calendar.
pub(crate) fn date(day: Day) -> Option<Date> {
    let (year, month, day) = day.ymd();
    let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    Date::new(i16::try_from(year).ok()?, month, day).ok()
}

fn missing(number: u32) -> exchequer_store::StoreError {
    exchequer_store::StoreError::corrupt(format!("closed period {number}"), "it has no entry")
}

fn internal(error: exchequer_core::MoneyError) -> Error {
    exchequer_core::RatingError::from(error).into()
}
