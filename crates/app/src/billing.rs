//! Billing periods: contracts, usage and rating brought together.

use exchequer_core::{
    Bill, Contract, Instant, MICROS_PER_SECOND, MeteredRange, OrganizationId, Period, Schedule,
    Scheduled, State, TimeRange, TrustDates, TrustStretch, UsageRanges, rate,
};
use exchequer_store::catalog::contracts::{self, Stored};
use exchequer_store::{PeriodUsage, Snapshot, StoreError};
use exchequer_types::dates;

use crate::app::App;
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
    let select = move |stored: Vec<Stored>| {
        let found = select(&stored, now, selector, &opened)?;
        Ok(found.map(|found| (found.ranges.clone(), found)))
    };
    let found = app.store().period_usage(organization, select).await?;
    let (found, usage) = found.ok_or(Error::NotFound)?;
    let Selected {
        index,
        contract,
        period,
        contract_ended,
        ranges: _,
    } = found;
    let opening = State::before(&contract, &period)?;
    let rated = rate(&opening, &contract, &period, &usage.products, &usage.usage)?;
    Ok(RatedPeriod {
        index,
        contract,
        period,
        contract_ended,
        usage,
        bill: rated.bill,
    })
}

/// A period that was found.
struct Selected {
    index: u32,
    contract: Contract,
    period: Period,
    contract_ended: bool,
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
