//! What is to be closed and adjusted of a contract, as one snapshot says.

mod adjust;
mod correct;
mod entry;
mod token;

use exchequer_core::contract::Products;
use exchequer_core::rating::{advance, beyond, differences};
use exchequer_core::{
    Contract, Day, Instant, OrganizationId, Period, TimeRange, rate, zone_data_version,
};
use exchequer_store::AsOf;
use exchequer_store::billing::Chain;
use exchequer_store::billing::entries::NewEntry;
use exchequer_store::billing::periods::ClosedPeriod;
use exchequer_store::billing::terms::LedgerTerms;
use exchequer_store::catalog::contracts::Stored;
use exchequer_types::dates;
use jiff::civil::Date;

use super::opening::{opening_after, opening_of_purchases};
use super::record::{Basis, RATING, Record, RecordedProduct, RecordedState};
use super::terms::billing_from;
use crate::billing_view::BillingView;
use crate::documents::contract::load_all;
use crate::error::Error;
use entry::{Said, stand};

pub(super) use correct::{Correction, Renewed, plan_correction};
pub(super) use entry::standing_after;
pub(super) use token::Token;

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

/// A contract that is being looked at, and the plan so far.
struct Planner<'a> {
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
    let Some(mut planner) = Planner::new(view, number, now, ask)? else {
        return Ok(None);
    };
    planner.run()?;
    Ok(Some(planner.plan))
}

impl<'a> Planner<'a> {
    fn new(
        view: &'a BillingView<'a>,
        number: &str,
        now: Instant,
        ask: Ask,
    ) -> Result<Option<Self>, Error> {
        let all = view.contracts()?;
        let contract = load_all(&all)?.into_iter().find(|it| it.number() == number);
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
        let from = billing_from(&self.contract, &self.ledger);
        self.plan.is_unset = from.is_none();
        // A dry run shows what would be if all were billed here.
        let from = from.or(self.ask.dry_run.then_some(Date::MIN));
        let Some(first) = from.and_then(|from| self.contract.first_billed(from)) else {
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
        let products = self
            .view
            .products(usage.totals.keys(), ranges.period.last_day)?;
        let rated = rate(&opening, &self.contract, period, &products, &usage)?;
        let charged = stand(&self.records(period.number)?)?;
        let rows = beyond(&charged, &rated.bill.charges)?;
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
        let products = self.view.products(std::iter::empty(), day)?;
        let opening = opening_of_purchases(&self.contract, &period, &self.closed, &products)?;
        let charges = advance(&opening, &self.contract, &period, &products)?;
        if charges.is_empty() {
            return Ok(());
        }
        let rows = differences(&[], &charges)?;
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
