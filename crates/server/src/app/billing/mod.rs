//! Billing periods and overviews: contracts, usage and rating brought together.

mod charges;
mod notes;
mod rows;
mod view;

use exchequer_core::{Contract, Instant, Period, RatingError, Schedule, rate};
use exchequer_store::catalog::contracts::{self, Stored};
use exchequer_store::catalog::organizations::Organization;
use exchequer_store::{Snapshot, StoreError};
use exchequer_types::{TrusteeBillingOverview, dates};

use crate::contract::load;
use crate::error::ApiError;
use crate::state::AppState;

/// Which period is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    /// The one of this index: 0 is the current or last one.
    Index(u32),
    /// The one that contains an instant.
    Containing(Instant),
}

impl std::fmt::Display for Which {
    /// As a trail keeps it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Index(index) => write!(f, "billingPeriodIndex {index}"),
            Self::Containing(instant) => {
                write!(f, "period of {}", dates::format(instant.micros()))
            }
        }
    }
}

/// A period that was found.
struct Chosen {
    contract: Contract,
    period: Period,
    index: u32,
}

/// The overview of an organisation's period; with its charges if wanted.
///
/// The contracts, the usage and the products are of one snapshot.
pub(crate) async fn overview(
    state: &AppState,
    organization: &Organization,
    which: Which,
    with_charges: bool,
) -> Result<(TrusteeBillingOverview, u32), ApiError> {
    let now = state.now();
    let found = state
        .store()
        .period_usage(organization.id, move |stored| {
            let chosen = choose(&stored, now, which)?;
            Ok(chosen.map(|chosen| (chosen.period.range, chosen)))
        })
        .await?;
    let (chosen, usage) = found.ok_or_else(ApiError::not_found)?;
    let Chosen {
        contract,
        period,
        index,
    } = chosen;
    let bill = rate(&contract, &period, &usage.products, &usage.totals).map_err(failed)?;
    let mut overview = view::overview(organization, &contract, &period, &bill);
    rows::push_unpriced(&mut overview.usages, &bill, &usage);
    if with_charges {
        overview.charges = Some(charges::show(&bill));
    }
    Ok((overview, index))
}

fn choose(stored: &[Stored], now: Instant, which: Which) -> Result<Option<Chosen>, StoreError> {
    let contracts: Vec<Contract> = stored.iter().map(load).collect::<Result<_, _>>()?;
    let schedule = Schedule::new(&contracts, now);
    let found = match which {
        Which::Index(index) => schedule.at(index),
        Which::Containing(instant) => schedule.containing(instant),
    };
    Ok(found.map(|found| Chosen {
        contract: found.contract.clone(),
        period: found.period,
        index: found.index,
    }))
}

fn failed(error: RatingError) -> ApiError {
    tracing::error!(%error, "a period could not be rated");
    ApiError::internal()
}

/// A period of an organisation.
pub(crate) struct Listed {
    /// Its index.
    pub(crate) index: u32,
    /// The number of its contract.
    pub(crate) contract: String,
    /// The period.
    pub(crate) period: Period,
}

/// The periods of an organisation that have begun, newest first: those of
/// these indices, and how many there are.
pub(crate) async fn periods(
    state: &AppState,
    organization: &Organization,
    indices: std::ops::Range<u64>,
) -> Result<(Vec<Listed>, u64), ApiError> {
    let (id, now) = (organization.id, state.now());
    let list = move |db: &Snapshot<'_>| {
        let stored = contracts::of(db, id)?;
        let contracts: Vec<Contract> = stored.iter().map(load).collect::<Result<_, _>>()?;
        let schedule = Schedule::new(&contracts, now);
        let indices = indices.start..indices.end.min(u64::from(schedule.len()));
        let periods = indices.filter_map(|index| schedule.at(u32::try_from(index).ok()?));
        let periods = periods.map(|found| Listed {
            index: found.index,
            contract: found.contract.number().to_owned(),
            period: found.period,
        });
        Ok((periods.collect(), u64::from(schedule.len())))
    };
    Ok(state.database().read(list).await?)
}

pub(crate) use view::ends;
