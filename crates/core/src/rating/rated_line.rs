//! The usage, commitment, allowance and overage of each line of a contract.

use super::allowance::{Allowance, allow};
use super::committed::{Committed, committed};
use super::conversion::convert;
use super::part::{Part, parts};
use super::prepaid::PaidAhead;
use super::{Converted, RatingError, State, Usage};
use crate::contract::{Contract, Line, Overage, Product, Products};
use crate::exact::Exact;
use crate::money::Price;
use crate::period::Period;

/// A line of a contract with its usage in a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RatedLine {
    /// The product.
    pub product: Product,
    /// The line of the contract, with the prices that apply on the first day.
    pub line: Line,
    /// The parts of the period in which the prices stay.
    pub parts: Vec<Part>,
    /// True if usage is a level: how many there were, rather than how much.
    pub level: bool,
    /// The units used: the total of the product's meter, or the tokens that other lines
    /// convert.
    pub usage: Exact,
    /// The units (or bundles) committed for the period, weighed by days.
    pub prepaid: Exact,
    /// True if other units are committed on some days than on others, or the period is
    /// short.
    pub weighs_by_days: bool,
    /// The units (or bundles) that are paid for until the end of the contract year, if
    /// fewer are committed for the time after it.
    pub kept: Option<Exact>,
    /// The units that the commitment includes: of a level the most that are committed on
    /// a day, else those that are committed, weighed by days.
    pub included: Exact,
    /// The units allowed beyond the commitment, if the line has an allowance.
    pub allowance: Option<Allowance>,
    /// The units that are converted into tokens, if the line says so.
    pub converted: Option<Converted>,
    /// The units used beyond commitment and allowance that are charged: not those that count
    /// as tokens of another line, or that a wallet covers.
    pub overage: Exact,
    /// The units paid ahead, if the period is one of these.
    pub(super) paid_ahead: Option<PaidAhead>,
}

/// Returns the lines of the contract with their usage, in the order of the contract. What
/// wallets cover, and so their overage, is not known yet.
pub(super) fn rate_lines(
    opening: &State,
    contract: &Contract,
    period: &Period,
    products: &Products,
    usage: &Usage,
) -> Result<Vec<RatedLine>, RatingError> {
    let rates = contract.terms_at(period.first);
    let mut held = opening.prepaid.keys();
    if let Some(unknown) = held.find(|product| rates.line(product).is_none()) {
        return Err(RatingError::NotInContract(unknown.clone()));
    }
    let mut rated = Vec::with_capacity(rates.lines.len());
    for line in &rates.lines {
        let unknown = || RatingError::UnknownProduct(line.product.clone());
        let product = products.get(&line.product).ok_or_else(unknown)?;
        let paid_ahead = PaidAhead::of(opening, contract, period, &line.product);
        let committed = committed(contract, period, &line.product, paid_ahead.as_ref());
        let parts = parts(contract, period, product, &committed, usage)?;
        let prepaid: Exact = parts.iter().map(|part| part.prepaid.clone()).sum();
        let level = usage.is_level(product);
        let included = match level {
            true => most(&committed),
            false => prepaid.clone(),
        };
        rated.push(RatedLine {
            product: product.clone(),
            line: if rates.subscription.is_developer() {
                for_developers(line)
            } else {
                line.clone()
            },
            usage: usage.total(product).into(),
            included: included * Exact::from(product.bundle),
            weighs_by_days: committed.iter().any(|it| it.units != prepaid),
            kept: kept(&committed),
            prepaid,
            parts,
            level,
            allowance: None,
            converted: None,
            overage: Exact::zero(),
            paid_ahead,
        });
    }
    // A second pass: an allowance depends on the licences of other lines.
    for at in 0..rated.len() {
        let allowance = allow(contract, period, &rated[at].line, &rated);
        rated[at].allowance = allowance;
    }
    // A third one: what is converted is what an allowance leaves.
    convert(&mut rated, usage)?;
    for line in &rated {
        assert!(line.usage >= Exact::zero(), "usage is never negative");
        assert!(line.included >= Exact::zero());
    }
    Ok(rated)
}

/// Returns the most units (or bundles) that are committed on a day.
fn most(committed: &[Committed<'_>]) -> Exact {
    let most = committed.iter().map(|it| &it.units).max();
    most.expect("a period has a day").clone()
}

/// Returns the units that are held on the last day, if they are more than the line says.
fn kept(committed: &[Committed<'_>]) -> Option<Exact> {
    let last = committed.last().expect("a period has a day");
    let more = last.units > Exact::from(last.line.prepay_quantity);
    more.then(|| last.units.clone())
}

impl RatedLine {
    /// Returns the units beyond commitment and allowance, of so many units used.
    pub(super) fn beyond(&self, used: Exact) -> Exact {
        let free = self
            .allowance
            .as_ref()
            .map_or_else(Exact::zero, Allowance::total);
        let beyond = used - self.included.clone() - free;
        beyond.max(Exact::zero())
    }

    /// Returns the units that are charged beyond commitment and allowance, of so many used.
    pub(super) fn charged(&self, used: Exact) -> Exact {
        let beyond = self.beyond(used);
        match &self.converted {
            Some(converted) => converted.charged(beyond),
            None => beyond,
        }
    }
}

/// Returns the line as developers have it: every price is 0.
pub(super) fn for_developers(line: &Line) -> Line {
    let overage = match &line.overage {
        Overage::Flat(_) => Overage::Flat(Price::ZERO),
        Overage::Tiers(mode, tiers) => {
            let mut tiers = tiers.clone();
            for tier in &mut tiers {
                tier.price = Price::ZERO;
                tier.flat = tier.flat.map(|_| Price::ZERO);
            }
            Overage::Tiers(*mode, tiers)
        }
    };
    Line {
        prepay_price: line.prepay_price.map(|_| Price::ZERO),
        overage,
        ..line.clone()
    }
}
