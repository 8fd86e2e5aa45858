//! Why a usage event is on a bill, or on none.

use std::collections::BTreeSet;

use exchequer_core::{Contract, Instant, OrganizationId, Period, Products, Quantity, TimeRange};
use exchequer_ledger::ListedEvent;
use exchequer_store::billing::entries::Entry;
use exchequer_store::billing::periods::ClosedPeriod;
use exchequer_store::billing::terms::LedgerTerms;
use exchequer_store::{EventQuery, UsageView};

use crate::app::App;
use crate::billing_view::BillingView;
use crate::closing::{ListedEntry, billing_from};
use crate::documents::contract::load_all;
use crate::error::Error;
use crate::evidence;

/// The events that are read at a time while one of an instant is looked for.
const PAGE: usize = 1_000;

/// The entries that are read at a time while those that follow from one are looked for.
const FOLLOWING: u32 = 20;

/// Quantities have nine decimals, and instants six.
const NANOS_PER_MICRO: i128 = 1_000;

/// An event, and where it counts.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// The event.
    pub event: ListedEvent,
    /// The instant of its acknowledgement.
    pub received: Instant,
    /// The meters that count it.
    pub meters: Vec<CountedBy>,
    /// The billing periods that it is in.
    pub periods: Vec<ExplainedPeriod>,
    /// The reason for which nobody is billed for it.
    pub unbilled: Option<Unbilled>,
}

/// A meter that counts an event.
#[derive(Debug, Clone)]
pub struct CountedBy {
    /// The name of the meter.
    pub meter: String,
    /// The quantity that it reads; of a session, its seconds.
    pub quantity: Option<Quantity>,
    /// True if it reads sessions.
    is_session: bool,
}

/// A billing period that an event is in.
#[derive(Debug, Clone)]
pub struct ExplainedPeriod {
    /// The number of the contract.
    pub contract: String,
    /// The period.
    pub period: Period,
    /// The part numbers of the products that the contract prices, and that a meter of the event
    /// counts.
    pub products: Vec<String>,
    /// What has become of the event.
    pub stage: Stage,
    /// The entry with which it was charged, and those of later periods that follow from it.
    pub entries: Vec<ListedEntry>,
}

/// What has become of an event in a billing period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The period is open, and counts it.
    Open,
    /// The period was closed with it.
    Closed,
    /// It came after the close, and an entry has charged it.
    Adjusted,
    /// It came after the close, and makes no difference to what is charged.
    NoDifference,
    /// It came after the close, and is charged with the next adjustment.
    Due,
    /// It came too late to adjust the period.
    TooLate,
    /// The period is billed elsewhere.
    BilledElsewhere,
}

/// The reason for which nobody is billed for an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unbilled {
    /// It voids another one, and counts nothing itself.
    Void,
    /// Another one voids it.
    Voided,
    /// No meter reads it.
    Unmetered,
    /// It is in no period of a contract.
    NoContract,
    /// No contract prices what counts it.
    NotInContract,
}

/// Explains what an event of an organisation has come to.
///
/// # Errors
/// [`Error::NotFound`] if there is no event of that source and id at that instant.
pub async fn event(
    app: &App,
    organization: OrganizationId,
    source: &str,
    id: &str,
    time: Instant,
) -> Result<Explanation, Error> {
    let named = |event: &ListedEvent| event.source == source && event.id == id;
    let found = find(app, organization, time, None, named).await?;
    let (event, received) = found.ok_or(Error::NotFound)?;
    let meters = counted_by(app, organization, &event).await?;
    let mut explanation = Explanation {
        unbilled: unbilled(&event, &meters),
        event,
        received,
        meters,
        periods: Vec::new(),
    };
    if explanation.unbilled.is_some() {
        return Ok(explanation);
    }
    let (now, asked) = (app.now(), explanation.clone());
    let look = move |usage: &UsageView<'_>| {
        let view = BillingView::new(usage, organization);
        Ok(Explained::new(&view, &asked, now).and_then(|explained| explained.periods()))
    };
    explanation.periods = app.store().read_usage(organization, look).await??;
    let priced = |period: &ExplainedPeriod| !period.products.is_empty();
    explanation.unbilled = match explanation.periods.as_slice() {
        [] => Some(Unbilled::NoContract),
        periods if !periods.iter().any(priced) => Some(Unbilled::NotInContract),
        _ => None,
    };
    Ok(explanation)
}

/// The shortest range that holds an instant.
fn just(time: Instant) -> Result<TimeRange, Error> {
    let next = time.checked_add_micros(1);
    let range = next.and_then(|next| TimeRange::new(time, next));
    range.ok_or_else(|| Error::rule("time", "time must be before the year 10000"))
}

/// Finds one of the events of an instant: of those that a meter counts, or of all, voided or
/// not.
async fn find(
    app: &App,
    organization: OrganizationId,
    time: Instant,
    meter: Option<&str>,
    is_meant: impl Fn(&ListedEvent) -> bool,
) -> Result<Option<(ListedEvent, Instant)>, Error> {
    let mut query = EventQuery {
        range: just(time)?,
        meter: meter.map(str::to_owned),
        resource: None,
        voided: meter.is_none(),
        from: None,
        limit: PAGE,
    };
    loop {
        let page = evidence::events(app, organization, query.clone()).await?;
        let mut events = page.events.into_iter();
        let found = events.find(|(event, _)| is_meant(event));
        if found.is_some() || page.next.is_none() {
            return Ok(found);
        }
        query.from = page.next;
    }
}

/// Returns the meters that count an event, in order of their names.
async fn counted_by(
    app: &App,
    organization: OrganizationId,
    event: &ListedEvent,
) -> Result<Vec<CountedBy>, Error> {
    let mut counted = Vec::new();
    let meters = app.store().meters();
    for (meter, version) in meters.listening(&event.kind, event.time.day()) {
        let same = |it: &ListedEvent| it.seq == event.seq;
        let found = find(app, organization, event.time, Some(&meter.name), same).await?;
        counted.extend(found.map(|(found, _)| CountedBy {
            meter: meter.name.clone(),
            quantity: found.quantity,
            is_session: version.aggregation.is_session(),
        }));
    }
    Ok(counted)
}

/// Returns why nobody can be billed for an event, whatever the contracts are.
fn unbilled(event: &ListedEvent, meters: &[CountedBy]) -> Option<Unbilled> {
    if !event.voids.is_empty() {
        return Some(Unbilled::Void);
    }
    if event.voided_by.is_some() {
        return Some(Unbilled::Voided);
    }
    meters.is_empty().then_some(Unbilled::Unmetered)
}

/// The event beside the contracts of its organisation.
struct Explained<'a> {
    view: &'a BillingView<'a>,
    asked: &'a Explanation,
    now: Instant,
    ledger: LedgerTerms,
    products: Products,
    /// The last instant that it reaches: that of its start, unless a meter reads sessions.
    last: Instant,
}

impl<'a> Explained<'a> {
    fn new(view: &'a BillingView<'a>, asked: &'a Explanation, now: Instant) -> Result<Self, Error> {
        let event = &asked.event;
        let meters: BTreeSet<&String> = asked.meters.iter().map(|it| &it.meter).collect();
        let sessions = asked.meters.iter().filter(|it| it.is_session);
        let lasts = sessions.filter_map(|it| it.quantity).max();
        let lasts = lasts.map_or(0, |seconds| seconds.scaled() / NANOS_PER_MICRO);
        let last = i64::try_from(lasts).ok().map(|micros| (micros - 1).max(0));
        let last = last.and_then(|micros| event.time.checked_add_micros(micros));
        Ok(Self {
            products: view.products(meters.into_iter(), event.time.day())?,
            ledger: view.closing_terms()?,
            last: last.unwrap_or(event.time),
            view,
            asked,
            now,
        })
    }

    /// Returns the periods of all contracts that the event is in.
    fn periods(&self) -> Result<Vec<ExplainedPeriod>, Error> {
        let mut periods = Vec::new();
        for contract in load_all(&self.view.contracts()?)? {
            let calendar = contract.calendar();
            let Some(last) = calendar.latest(self.last) else {
                continue;
            };
            let first = calendar.latest(self.asked.event.time);
            let first = first.map_or(0, |first| first.number);
            let closed = self.view.closed(contract.number())?;
            for period in (first..=last.number).filter_map(|it| calendar.period(it)) {
                let (start, end) = (period.range.start(), period.range.end());
                if start <= self.last && self.asked.event.time < end {
                    let closed = closed.iter().find(|it| it.number == period.number);
                    periods.push(self.period(&contract, period, closed)?);
                }
            }
        }
        Ok(periods)
    }

    fn period(
        &self,
        contract: &Contract,
        period: Period,
        closed: Option<&ClosedPeriod>,
    ) -> Result<ExplainedPeriod, Error> {
        let terms = contract.terms_at(period.last());
        let lines = terms.lines.iter().filter(|line| {
            let product = self.products.get(&line.product);
            let meter = product.and_then(|product| product.meter.as_ref());
            meter.is_some_and(|meter| self.asked.meters.iter().any(|it| it.meter == *meter))
        });
        let products = lines.map(|line| line.product.clone()).collect();
        let closed = closed.filter(|it| it.closed.is_some());
        let (stage, entries) = match closed {
            Some(closed) => self.charged(contract, &period, closed)?,
            None => {
                let from = billing_from(contract, &self.ledger);
                let elsewhere = from.is_some_and(|from| period.next <= from);
                let stage = match elsewhere {
                    true => Stage::BilledElsewhere,
                    false => Stage::Open,
                };
                (stage, Vec::new())
            }
        };
        Ok(ExplainedPeriod {
            contract: contract.number().to_owned(),
            period,
            products,
            stage,
            entries,
        })
    }

    /// Returns what has become of the event in a closed period, and the entries that it has
    /// led to.
    fn charged(
        &self,
        contract: &Contract,
        period: &Period,
        closed: &ClosedPeriod,
    ) -> Result<(Stage, Vec<ListedEntry>), Error> {
        let seq = self.asked.event.seq;
        let number = period.number;
        let entries = self.view.entries(contract.number(), number..=number)?;
        let mut knowing = entries.into_iter();
        let first = knowing.find(|it| it.kind != "advance" && seq.number() <= it.mark);
        if let Some(first) = first {
            if first.kind == "close" {
                return Ok((Stage::Closed, vec![ListedEntry::read(first)?]));
            }
            return Ok((Stage::Adjusted, self.following(contract, first)?));
        }
        if seq.number() <= closed.mark {
            return Ok((Stage::NoDifference, Vec::new()));
        }
        let until = contract.adjusted_until(period);
        let too_late = until <= self.now && self.view.usage.last_before(until)? < seq;
        let stage = match too_late {
            true => Stage::TooLate,
            false => Stage::Due,
        };
        Ok((stage, Vec::new()))
    }

    /// Returns an entry, and those of later periods that say that they follow from it.
    fn following(&self, contract: &Contract, first: Entry) -> Result<Vec<ListedEntry>, Error> {
        let (number, mark) = (first.entry, first.mark);
        let mut all = vec![ListedEntry::read(first)?];
        let cause = all[0].record.period.first.clone();
        let after = self
            .view
            .entries_after(contract.number(), number, FOLLOWING)?;
        for entry in after.into_iter().take_while(|it| it.mark == mark) {
            let entry = ListedEntry::read(entry)?;
            if entry.record.follows.as_ref() != Some(&cause) {
                break;
            }
            all.push(entry);
        }
        Ok(all)
    }
}
