//! What one product costs.

use crate::money::Price;
use crate::quantity::Quantity;

/// A line of a contract: it prices one product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The part number of the product.
    pub product: String,
    /// Units (or bundles) committed for each period.
    pub prepay_quantity: Quantity,
    /// The price of one of them for a period; there if any are committed.
    pub prepay_price: Option<Price>,
    /// The price of what is used beyond.
    pub overage: Overage,
    /// Units that are free for the organisation each period.
    pub allowance: Option<Quantity>,
    /// Units that are free for each licence.
    pub fair_use: Vec<FairUse>,
}

/// The price of usage beyond what is included and allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Overage {
    /// One price a unit (or bundle).
    Flat(Price),
    /// Prices by how many units there are, from 0, without a gap.
    Tiers(TierMode, Vec<Tier>),
}

/// How tiers count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TierMode {
    /// Each unit at the price of its tier.
    Graduated,
    /// All units at the price of the tier reached.
    Volume,
    /// All in packages of so many units, at the price of the tier reached.
    Package(Quantity),
}

/// The price of units up to a border.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tier {
    /// The last unit; only the last tier has none.
    pub up_to: Option<Quantity>,
    /// The price of a unit or package.
    pub price: Price,
    /// Charged once if the tier is reached.
    pub flat: Option<Price>,
}

/// Units that are free for each licence of another line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FairUse {
    /// The part number of the licence.
    pub licence: String,
    /// Free units for each, committed or used, whichever are more.
    pub amount: Quantity,
}

/// A new line, or what changes of one: what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LineChange {
    /// The part number of the product.
    pub product: String,
    /// See [`Line::prepay_quantity`].
    pub prepay_quantity: Option<Quantity>,
    /// See [`Line::prepay_price`].
    pub prepay_price: Option<Price>,
    /// See [`Line::overage`]; a new line needs one.
    pub overage: Option<Overage>,
    /// See [`Line::allowance`].
    pub allowance: Option<Quantity>,
    /// See [`Line::fair_use`].
    pub fair_use: Option<Vec<FairUse>>,
}

impl Line {
    /// The line that a change makes of nothing; none without a price.
    pub(super) fn new(change: &LineChange) -> Option<Self> {
        let mut line = Self {
            product: change.product.clone(),
            prepay_quantity: Quantity::ZERO,
            prepay_price: None,
            overage: change.overage.clone()?,
            allowance: None,
            fair_use: Vec::new(),
        };
        line.apply(change);
        Some(line)
    }

    pub(super) fn apply(&mut self, change: &LineChange) {
        if let Some(quantity) = change.prepay_quantity {
            self.prepay_quantity = quantity;
        }
        self.prepay_price = change.prepay_price.or(self.prepay_price);
        if let Some(overage) = &change.overage {
            self.overage = overage.clone();
        }
        self.allowance = change.allowance.or(self.allowance);
        if let Some(fair_use) = &change.fair_use {
            self.fair_use.clone_from(fair_use);
        }
    }

    /// Whether it has a fixed allowance or one for each licence.
    #[must_use]
    pub fn has_allowance(&self) -> bool {
        self.allowance.is_some() || !self.fair_use.is_empty()
    }

    /// Whether both differ in quantities only, which may change on any day.
    pub(super) fn same_rates(&self, other: &Self) -> bool {
        self.prepay_price == other.prepay_price
            && self.overage == other.overage
            && self.fair_use == other.fair_use
    }
}
