//! Wallets: units that are bought ahead, and used up by several products.

use std::fmt;
use std::str::FromStr;

use super::UnknownName;
use crate::money::Price;
use crate::quantity::Quantity;

/// A wallet: units (most often tokens) that are bought ahead. Lines draw from it what they use
/// beyond what is included and allowed, in the order of the contract. What is left lapses with
/// the contract year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wallet {
    /// The part number of the product that is bought.
    pub product: String,
    /// The time that the units are bought for.
    pub term: WalletTerm,
    /// The units that are bought for each such time.
    pub quantity: Quantity,
    /// The price of one of them, once, however long it is held.
    pub price: Price,
}

/// The time that the units of a wallet are bought for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WalletTerm {
    /// The contract year: they are bought when it begins.
    Year,
    /// A period: they are bought when each begins. The rest adds up until the end of the
    /// contract year.
    Period,
}

impl fmt::Display for WalletTerm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Year => "year",
            Self::Period => "period",
        })
    }
}

impl FromStr for WalletTerm {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "year" => Ok(Self::Year),
            "period" => Ok(Self::Period),
            _ => Err(UnknownName("year, period")),
        }
    }
}

/// A new wallet, or the change of a wallet. An absent field stays as it was.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WalletChange {
    /// See [`Wallet::product`].
    pub product: String,
    /// See [`Wallet::term`]; a new wallet needs one.
    pub term: Option<WalletTerm>,
    /// See [`Wallet::quantity`]; 0 for a new wallet without one.
    pub quantity: Option<Quantity>,
    /// See [`Wallet::price`]; a new wallet needs one.
    pub price: Option<Price>,
}

impl Wallet {
    /// Returns the new wallet of a change. None without a term or a price.
    pub(super) fn new(change: &WalletChange) -> Option<Self> {
        Some(Self {
            product: change.product.clone(),
            term: change.term?,
            quantity: change.quantity.unwrap_or(Quantity::ZERO),
            price: change.price?,
        })
    }

    pub(super) fn apply(&mut self, change: &WalletChange) {
        self.term = change.term.unwrap_or(self.term);
        self.quantity = change.quantity.unwrap_or(self.quantity);
        self.price = change.price.unwrap_or(self.price);
    }
}
