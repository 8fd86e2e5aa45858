//! The prices and quantities of one product in a contract.

use super::Conversion;
use crate::money::Price;
use crate::quantity::Quantity;

/// A line of a contract: it prices one product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The part number of the product.
    pub product: String,
    /// The units (or bundles) committed for each period.
    pub prepay_quantity: Quantity,
    /// The price of one of them for a period. Present if any are committed.
    pub prepay_price: Option<Price>,
    /// The price of usage beyond the commitment.
    pub overage: Overage,
    /// The units that are free for the organisation each period.
    pub allowance: Option<Quantity>,
    /// The units that are free for each licence.
    pub fair_use: Vec<FairUse>,
    /// What units beyond those that are included and free are converted into, if they are.
    pub conversion: Option<Conversion>,
}

/// The price of usage beyond what is included and allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Overage {
    /// One price a unit (or bundle).
    Flat(Price),
    /// Prices by the number of units, from 0, without a gap.
    Tiers(TierMode, Vec<Tier>),
}

/// The way in which tiers count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TierMode {
    /// Each unit at the price of its tier.
    Graduated,
    /// All units at the price of the tier reached.
    Volume,
    /// All in packages of so many units, at the price of the tier reached.
    Package(Quantity),
}

/// The price of units up to a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tier {
    /// The last unit of the tier. Only the last tier has none.
    pub up_to: Option<Quantity>,
    /// The price of a unit or package.
    pub price: Price,
    /// An amount that is charged once if the tier is reached.
    pub flat: Option<Price>,
}

/// The units that are free for each licence of another line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FairUse {
    /// The part number of the licence.
    pub licence: String,
    /// Free units for each, committed or used, whichever are more.
    pub amount: Quantity,
}

/// A new line, or the change of a line. An absent field stays as it was.
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
    /// See [`Line::conversion`].
    pub conversion: Option<Conversion>,
}

impl Line {
    /// Returns the new line of a change. None without a price.
    pub(super) fn new(change: &LineChange) -> Option<Self> {
        let mut line = Self {
            product: change.product.clone(),
            prepay_quantity: Quantity::ZERO,
            prepay_price: None,
            overage: change.overage.clone()?,
            allowance: None,
            fair_use: Vec::new(),
            conversion: None,
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
        if let Some(conversion) = &change.conversion {
            self.conversion = Some(conversion.clone());
        }
    }

    /// Returns true if the line has a fixed allowance or one for each licence.
    #[must_use]
    pub fn has_allowance(&self) -> bool {
        self.allowance.is_some() || !self.fair_use.is_empty()
    }

    /// Returns true if both have the same prices.
    pub(crate) fn same_prices(&self, other: &Self) -> bool {
        self.prepay_price == other.prepay_price && self.overage == other.overage
    }

    /// Returns true if both differ only in quantities and prices, which may change on
    /// any day: tiers have the same borders, and fair use and conversion are the same.
    pub(super) fn same_model(&self, other: &Self) -> bool {
        let same_overage = match (&self.overage, &other.overage) {
            (Overage::Flat(_), Overage::Flat(_)) => true,
            (Overage::Tiers(mode, tiers), Overage::Tiers(other_mode, others)) => {
                let borders = tiers.iter().map(|tier| tier.up_to);
                mode == other_mode && borders.eq(others.iter().map(|tier| tier.up_to))
            }
            (Overage::Flat(_), Overage::Tiers(..)) | (Overage::Tiers(..), Overage::Flat(_)) => {
                false
            }
        };
        same_overage && self.fair_use == other.fair_use && self.conversion == other.conversion
    }
}
