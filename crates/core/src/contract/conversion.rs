//! Conversion: units of a product that count as tokens of another one.

use super::Line;
use crate::exact::Exact;
use crate::quantity::Quantity;

/// What becomes of the units of a line beyond what is included and allowed: they are converted
/// into tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversion {
    /// Where the tokens count.
    pub target: ConversionTarget,
    /// The rate at which units are converted.
    pub rate: ConversionRate,
}

/// The place where tokens count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConversionTarget {
    /// They are usage of the line of a product without a meter, which commits, allows and
    /// prices them. The line that is converted has no overage of its own.
    Line(String),
    /// They are taken from the wallet of a product. What it does not hold is overage of the
    /// line that is converted.
    Wallet(String),
}

/// The rate at which units become tokens. It is exact: a seventeenth of a token is none that
/// is rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConversionRate {
    /// So many units are one token.
    UnitsPerToken(Quantity),
    /// One unit is so many tokens.
    TokensPerUnit(Quantity),
}

impl Conversion {
    /// Returns the part number of the product whose line the tokens are usage of.
    #[must_use]
    pub fn line(&self) -> Option<&str> {
        match &self.target {
            ConversionTarget::Line(product) => Some(product),
            ConversionTarget::Wallet(_) => None,
        }
    }

    /// Returns the part number of the product from whose wallet the tokens are taken.
    #[must_use]
    pub fn wallet(&self) -> Option<&str> {
        match &self.target {
            ConversionTarget::Line(_) => None,
            ConversionTarget::Wallet(product) => Some(product),
        }
    }
}

impl ConversionRate {
    /// Returns the tokens that units are.
    #[must_use]
    pub fn tokens(self, units: Exact) -> Exact {
        match self {
            Self::UnitsPerToken(rate) => units.divided_by(rate),
            Self::TokensPerUnit(rate) => units * rate.into(),
        }
    }

    /// Returns the units that tokens are.
    #[must_use]
    pub fn units(self, tokens: Exact) -> Exact {
        match self {
            Self::UnitsPerToken(rate) => tokens * rate.into(),
            Self::TokensPerUnit(rate) => tokens.divided_by(rate),
        }
    }

    /// Returns true if units are converted into something.
    pub(super) fn is_sound(self) -> bool {
        let (Self::UnitsPerToken(rate) | Self::TokensPerUnit(rate)) = self;
        rate > Quantity::ZERO
    }
}

impl Line {
    /// Returns true if the line converts into usage of the line of a product.
    pub(crate) fn converts_into(&self, product: &str) -> bool {
        let conversion = self.conversion.as_ref();
        conversion.and_then(Conversion::line) == Some(product)
    }

    /// Returns true if the line draws from the wallet of a product.
    pub(crate) fn draws_from(&self, product: &str) -> bool {
        let conversion = self.conversion.as_ref();
        conversion.and_then(Conversion::wallet) == Some(product)
    }
}
