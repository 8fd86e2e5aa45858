//! Usage that no contract bills.

use std::collections::BTreeSet;

use exchequer_core::{
    Contract, MeteredRange, OrganizationId, Products, Quantity, TimeRange, Totals,
};
use exchequer_store::catalog::contracts::Stored;

use crate::app::App;
use crate::documents::contract;
use crate::error::Error;

/// The usage of a meter that no contract bills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unbilled {
    /// The stretch of time.
    pub range: TimeRange,
    /// The meter.
    pub meter: String,
    /// The total of the meter in the stretch.
    pub usage: Quantity,
    /// The reason.
    pub reason: Reason,
    /// The number of the contract that is in force, or was before.
    pub contract: Option<String>,
}

/// The reason for which nobody is billed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The organisation has no contract.
    NoContract,
    /// Its first contract has not begun.
    BeforeContract,
    /// One contract has ended, and the next has not begun.
    BetweenContracts,
    /// Its last contract has ended.
    AfterContract,
    /// A contract is in force, and has no line for it.
    NotInContract,
}

/// A stretch of time in which the same is billed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stretch {
    range: TimeRange,
    metered: MeteredRange,
    reason: Reason,
    contract: Option<String>,
    /// The products that are priced.
    products: BTreeSet<String>,
}

/// Lists the usage of a range that no contract bills, in order of time and by meter.
///
/// # Errors
/// If the database fails, or something in it cannot be read.
pub async fn list(
    app: &App,
    organization: OrganizationId,
    range: TimeRange,
) -> Result<Vec<Unbilled>, Error> {
    let choose = move |stored: Vec<Stored>| {
        let stretches = stretches(&contract::load_all(&stored)?, range).into_iter();
        Ok(stretches
            .map(|stretch| (stretch.metered, stretch))
            .collect())
    };
    let (counted, products) = app.store().usage_of(organization, choose).await?;
    let unbilled = counted
        .into_iter()
        .flat_map(|(stretch, totals)| unbilled(&stretch, totals, &products));
    Ok(unbilled.collect())
}

/// Returns what of these totals nobody is billed for.
fn unbilled(stretch: &Stretch, totals: Totals, products: &Products) -> Vec<Unbilled> {
    let priced = stretch.products.iter().filter_map(|sku| products.get(sku));
    let priced: BTreeSet<&str> = priced
        .filter_map(|product| product.meter.as_deref())
        .collect();
    let beside = totals
        .into_iter()
        .filter(|(meter, usage)| !priced.contains(meter.as_str()) && *usage > Quantity::ZERO);
    beside
        .map(|(meter, usage)| Unbilled {
            range: stretch.range,
            meter,
            usage,
            reason: stretch.reason,
            contract: stretch.contract.clone(),
        })
        .collect()
}

/// Cuts a range where contracts begin and end, and where they get new lines. `contracts`
/// are all of the organisation, in succession.
fn stretches(contracts: &[Contract], range: TimeRange) -> Vec<Stretch> {
    let mut stretches = Vec::new();
    let mut add = |from, to, reason, contract: Option<&Contract>, products| {
        let part = TimeRange::new(from, to).and_then(|part| part.intersect(range));
        stretches.extend(part.map(|range| Stretch {
            range,
            // As a report of just this range is counted.
            metered: match (reason, contract) {
                (Reason::NotInContract, Some(contract)) => contract.calendar().metered(range),
                _ => MeteredRange::utc(range),
            },
            reason,
            contract: contract.map(|contract| contract.number().to_owned()),
            products,
        }));
    };
    let mut at = range.start();
    let mut before = None;
    for contract in contracts {
        let calendar = contract.calendar();
        let reason = match before {
            None => Reason::BeforeContract,
            Some(_) => Reason::BetweenContracts,
        };
        add(at, calendar.begins(), reason, before, BTreeSet::new());
        let ends = calendar.ends().unwrap_or_else(|| range.end());
        let mut priced = priced(contract).peekable();
        while let Some((from, products)) = priced.next() {
            // Lines only ever come: each set holds until the next one begins.
            let to = priced.peek().map_or(ends, |(next, _)| ends.min(*next));
            add(from, to, Reason::NotInContract, Some(contract), products);
        }
        at = at.max(ends);
        before = Some(contract);
    }
    let reason = match before {
        None => Reason::NoContract,
        Some(_) => Reason::AfterContract,
    };
    add(at, range.end(), reason, before, BTreeSet::new());
    stretches
}

/// Returns the products of a contract from each instant on at which one is added.
fn priced(
    contract: &Contract,
) -> impl Iterator<Item = (exchequer_core::Instant, BTreeSet<String>)> {
    let mut known = 0;
    contract.versions().iter().filter_map(move |version| {
        let lines = &version.terms.lines;
        if lines.len() == known {
            return None;
        }
        known = lines.len();
        let products = lines.iter().map(|line| line.product.clone()).collect();
        Some((contract.calendar().opens(version.effective), products))
    })
}
