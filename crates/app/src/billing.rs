//! Billing periods: contracts, usage and rating brought together.

use exchequer_core::{
    Bill, Contract, Instant, MICROS_PER_SECOND, MeteredRange, OrganizationId, Period, Products,
    Schedule, Scheduled, TimeRange, Totals, TrustDates, TrustStretch, Usage, UsageRanges, rate,
};
use exchequer_store::catalog::contracts::{self, Stored};
use exchequer_store::{Snapshot, StoreError, UsageView};
use exchequer_types::dates;

use crate::app::App;
use crate::billing_view::BillingView;
use crate::closing::record::Record;
use crate::closing::{Frozen, ListedEntry, frozen, opening};
use crate::documents::contract;
use crate::error::Error;
use crate::limits::AHEAD_MINUTES;

/// The period that a caller asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeriodSelector {
    /// The one of this index: 0 is the current or last one.
    Index(u32),
    /// The one that contains an instant.
    Containing(Instant),
}

impl std::fmt::Display for PeriodSelector {
    /// Writes the selector as an audit trail keeps it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Index(index) => write!(f, "billingPeriodIndex {index}"),
            Self::Containing(instant) => {
                write!(f, "period of {}", dates::format(instant.micros()))
            }
        }
    }
}

/// A period of an organisation.
pub struct ListedPeriod {
    /// Its index: 0 is the current or last one.
    pub index: u32,
    /// The number of its contract.
    pub contract: String,
    /// The period.
    pub period: Period,
}

/// A period with its usage and its bill.
pub struct RatedPeriod {
    /// Its index: 0 is the current or last one.
    pub index: u32,
    /// Its contract.
    pub contract: Contract,
    /// The period.
    pub period: Period,
    /// True if the last contract of the organisation has ended, so that no contract is
    /// in force now.
    pub contract_ended: bool,
    /// The usage of the period, and the products concerned.
    pub usage: PeriodUsage,
    /// The charges.
    pub bill: Bill,
    /// What was made of it since it was closed, in order. None if it is open.
    pub closed: Option<ClosedBill>,
}

/// What is known of a closed period beside its bill.
pub struct ClosedBill {
    /// The close.
    pub close: Record,
    /// The adjustments and corrections since.
    pub later: Vec<ListedEntry>,
}

/// The usage that the bill of a period is made from.
#[derive(Debug, Clone)]
pub struct PeriodUsage {
    /// What the period's meters count.
    pub usage: Usage,
    /// What they count after the end of the contract, if the period is its last one.
    pub after: Totals,
    /// The products that contracts of the organisation price, and those that
    /// a meter with usage counts.
    pub products: Products,
    /// The name of the organisation on the last day, if it was another than now.
    pub former_name: Option<String>,
}

/// Rates a period of an organisation, as far as these dates open it: all of it to the
/// organisation itself, to a partner those of its trust. The contracts, the usage and the
/// products are of one snapshot.
///
/// # Errors
/// [`Error::NotFound`] if there is no such period, or the dates do not open it.
pub async fn rate_period(
    app: &App,
    organization: OrganizationId,
    selector: PeriodSelector,
    opened: TrustDates,
) -> Result<RatedPeriod, Error> {
    let now = app.now();
    let rated = move |usage: &UsageView<'_>| {
        let view = BillingView::new(usage, organization);
        let found = select(&view.contracts()?, now, selector, &opened)?;
        Ok(found.map(|found| rate_selected(&view, found)))
    };
    let rated = app.store().read_usage(organization, rated).await?;
    rated.ok_or(Error::NotFound)?
}

/// Rates a period of a contract, all of it; a closed one comes back as it was closed.
///
/// # Errors
/// If the database fails, or the period cannot be rated.
pub(crate) fn rate_one(
    view: &BillingView<'_>,
    contract: Contract,
    period: Period,
) -> Result<RatedPeriod, Error> {
    // The contract may have been ended before a period that is closed.
    if let Some(frozen) = frozen(view, contract.number(), &period)? {
        return Ok(frozen.into());
    }
    let found = Selected {
        index: 0,
        ranges: contract.usage_ranges(&period),
        contract,
        period,
        contract_ended: false,
        is_over: false,
    };
    rate_selected(view, found)
}

fn rate_selected(view: &BillingView<'_>, found: Selected) -> Result<RatedPeriod, Error> {
    let Selected {
        index,
        contract,
        period,
        contract_ended,
        is_over,
        ranges,
    } = found;
    let after = ranges.after.map(|range| view.usage.totals(range));
    let after = after.transpose()?.unwrap_or_default();
    let closed = match is_over {
        true => frozen(view, contract.number(), &period)?,
        false => None,
    };
    if let Some(frozen) = closed {
        let mut rated = RatedPeriod::from(frozen);
        if !after.is_empty() {
            // What was closed keeps its words.
            for (sku, product) in view.products(after.keys(), ranges.period.last_day)? {
                rated.usage.products.entry(sku).or_insert(product);
            }
            rated.usage.after = after;
        }
        return Ok(RatedPeriod {
            index,
            contract_ended,
            ..rated
        });
    }
    let usage = view.usage(&ranges)?;
    // The words of a period are those of its last day.
    let day = ranges.period.last_day;
    let meters = usage.totals.keys().chain(after.keys());
    let usage = PeriodUsage {
        products: view.products(meters, day)?,
        former_name: view.former_name(day)?,
        after,
        usage,
    };
    let opening = opening(view, &contract, &period)?;
    let rated = rate(&opening, &contract, &period, &usage.products, &usage.usage)?;
    Ok(RatedPeriod {
        index,
        contract,
        period,
        contract_ended,
        usage,
        bill: rated.bill,
        closed: None,
    })
}

impl From<Frozen> for RatedPeriod {
    fn from(frozen: Frozen) -> Self {
        Self {
            index: 0,
            contract: frozen.contract,
            period: frozen.period,
            contract_ended: false,
            usage: PeriodUsage {
                usage: frozen.usage,
                after: Totals::new(),
                products: frozen.products,
                former_name: Some(frozen.organization_name),
            },
            bill: frozen.bill,
            closed: Some(ClosedBill {
                close: frozen.close,
                later: frozen.later,
            }),
        }
    }
}

/// A period that was found.
struct Selected {
    index: u32,
    contract: Contract,
    period: Period,
    contract_ended: bool,
    /// True if it is over, and may be closed.
    is_over: bool,
    ranges: UsageRanges,
}

fn select(
    stored: &[Stored],
    now: Instant,
    selector: PeriodSelector,
    opened: &TrustDates,
) -> Result<Option<Selected>, StoreError> {
    let contracts = contract::load_all(stored)?;
    let schedule = Schedule::new(&contracts, now);
    let found = match selector {
        PeriodSelector::Index(index) => schedule.at(index),
        PeriodSelector::Containing(instant) => schedule.containing(instant),
    };
    let opened = found.and_then(|found| Some((found, opened.stretch_of(&found.period)?)));
    Ok(opened.map(|(found, stretch)| Selected {
        index: found.index,
        contract: found.contract.clone(),
        period: found.period,
        contract_ended: schedule.contract_ended(),
        is_over: found.period.range.end() <= now,
        ranges: UsageRanges {
            after: after_end(&contracts, &found, now, stretch).map(MeteredRange::utc),
            ..found.contract.usage_ranges(&found.period)
        },
    }))
}

/// Returns the time after a contract, up to the next one, to the end of the trust or to the
/// last event that there can be, if the period is the last one of the contract and over.
fn after_end(
    contracts: &[Contract],
    found: &Scheduled<'_>,
    now: Instant,
    stretch: TrustStretch,
) -> Option<TimeRange> {
    let ends = found.contract.calendar().ends()?;
    if found.period.range.end() != ends || now < ends {
        return None;
    }
    // Whole days are read from what is summed up already.
    let ahead = AHEAD_MINUTES * 60 * MICROS_PER_SECOND;
    let latest = now.checked_add_micros(ahead)?.day().next().start();
    let number = found.contract.number();
    let mut later = contracts.iter().skip_while(|it| it.number() != number);
    let next = later.nth(1).map(|next| next.calendar().begins());
    let end = next.map_or(latest, |begins| begins.min(latest));
    // A partner that has gone by then does not see what was used since.
    let gone = stretch.ends(found.contract.calendar());
    let end = gone.map_or(end, |gone| gone.min(end));
    TimeRange::new(ends, end).filter(|range| !range.is_empty())
}

/// Lists the periods of an organisation that have begun, newest first: those of
/// these indices, and how many there are.
///
/// # Errors
/// If the database fails, or a contract in it cannot be read.
pub async fn periods(
    app: &App,
    organization: OrganizationId,
    indices: std::ops::Range<u64>,
) -> Result<(Vec<ListedPeriod>, u64), Error> {
    let now = app.now();
    let list = move |db: &Snapshot<'_>| {
        let contracts = contract::load_all(&contracts::of_organization(db, organization)?)?;
        let schedule = Schedule::new(&contracts, now);
        let count = schedule.len();
        // Beyond the last period an index need not fit.
        let [start, end] = [indices.start, indices.end]
            .map(|index| u32::try_from(index).map_or(count, |index| index.min(count)));
        let periods = (start..end).map(|index| {
            let found = schedule.at(index).expect("an index below their number");
            ListedPeriod {
                index: found.index,
                contract: found.contract.number().to_owned(),
                period: found.period,
            }
        });
        Ok((periods.collect(), u64::from(count)))
    };
    Ok(app.database().read(list).await?)
}
