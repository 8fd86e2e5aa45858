//! What was used, and what a period hands to the next one.

use std::collections::BTreeMap;

use exchequer_core::rating::{Pot, Purchase, RatedWallet};
use exchequer_core::{State, Totals, Usage};
use exchequer_store::{Cause, StoreError};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Read, quantity, read};

/// The usage of a period.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedUsage {
    /// The total of each meter.
    totals: BTreeMap<String, String>,
    /// The totals up to each day on which prices change.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    until: BTreeMap<String, BTreeMap<String, String>>,
    /// The meters whose total is a level.
    levels: Vec<String>,
}

/// What a period hands to the next one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordedState {
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    prepaid: BTreeMap<String, Vec<RecordedPurchase>>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    wallets: BTreeMap<String, Vec<RecordedPot>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    paid_through: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct RecordedPurchase {
    from: String,
    until: String,
    quantity: String,
    price: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct RecordedPot {
    bought: String,
    until: String,
    quantity: String,
    price: String,
    left: String,
}

/// A wallet in a period, in units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedWallet {
    /// The part number of its product.
    pub product: String,
    /// What the period opened with.
    pub opening: String,
    /// What was bought in it.
    pub increase: String,
    /// What a change of the contract took from it.
    pub decrease: String,
    /// What lines drew from it.
    pub consumption: String,
    /// What lines charge beyond it.
    pub overage: String,
    /// What lapsed with the period.
    pub lapse: String,
    /// What the period closed with.
    pub closing: String,
}

impl RecordedWallet {
    pub(in crate::closing) fn of(wallet: &RatedWallet) -> Self {
        Self {
            product: wallet.product.sku.clone(),
            opening: wallet.opening.to_string(),
            increase: wallet.increase.to_string(),
            decrease: wallet.decrease.to_string(),
            consumption: wallet.consumption.to_string(),
            overage: wallet.overage.to_string(),
            lapse: wallet.lapse.to_string(),
            closing: wallet.closing.to_string(),
        }
    }
}

impl RecordedUsage {
    pub(in crate::closing) fn of(usage: &Usage) -> Self {
        let totals = |totals: &Totals| -> BTreeMap<String, String> {
            let totals = totals.iter();
            totals
                .map(|(meter, total)| (meter.clone(), total.to_string()))
                .collect()
        };
        let until = usage.until.iter();
        Self {
            totals: totals(&usage.totals),
            until: until
                .map(|(day, until)| (day.to_string(), totals(until)))
                .collect(),
            levels: usage.levels.iter().cloned().collect(),
        }
    }

    pub(super) fn read(&self) -> Read<Usage> {
        let totals = |totals: &BTreeMap<String, String>| -> Read<Totals> {
            let totals = totals.iter();
            totals
                .map(|(meter, total)| Ok((meter.clone(), quantity(total)?)))
                .collect()
        };
        let until = self.until.iter();
        Ok(Usage {
            totals: totals(&self.totals)?,
            until: until
                .map(|(day, until)| Ok((read(day)?, totals(until)?)))
                .collect::<Read<_>>()?,
            levels: self.levels.iter().cloned().collect(),
        })
    }
}

impl RecordedState {
    /// Returns the form of a state.
    #[must_use]
    pub fn of(state: &State) -> Self {
        let purchase = |it: &Purchase| RecordedPurchase {
            from: it.from.to_string(),
            until: it.until.to_string(),
            quantity: it.quantity.to_string(),
            price: it.price.to_string(),
        };
        let pot = |it: &Pot| RecordedPot {
            bought: it.bought.to_string(),
            until: it.until.to_string(),
            quantity: it.quantity.to_string(),
            price: it.price.to_string(),
            left: it.left.to_string(),
        };
        let prepaid = state.prepaid.iter();
        let wallets = state.wallets.iter();
        Self {
            prepaid: prepaid
                .map(|(sku, held)| (sku.clone(), held.iter().map(purchase).collect()))
                .collect(),
            wallets: wallets
                .map(|(sku, pots)| (sku.clone(), pots.iter().map(pot).collect()))
                .collect(),
            paid_through: state.paid_through.map(|day: Date| day.to_string()),
        }
    }

    /// Returns the state.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if it cannot be read.
    pub fn read(&self) -> Read<State> {
        let purchase = |it: &RecordedPurchase| {
            Ok(Purchase {
                from: read(&it.from)?,
                until: read(&it.until)?,
                quantity: read(&it.quantity)?,
                price: read(&it.price)?,
            })
        };
        let pot = |it: &RecordedPot| {
            Ok(Pot {
                bought: read(&it.bought)?,
                until: read(&it.until)?,
                quantity: read(&it.quantity)?,
                price: read(&it.price)?,
                left: read(&it.left)?,
            })
        };
        let prepaid = self.prepaid.iter().map(|(sku, held)| {
            let held = held.iter().map(purchase).collect::<Read<_>>()?;
            Ok((sku.clone(), held))
        });
        let wallets = self.wallets.iter().map(|(sku, pots)| {
            let pots = pots.iter().map(pot).collect::<Read<_>>()?;
            Ok((sku.clone(), pots))
        });
        Ok(State {
            prepaid: prepaid.collect::<Read<_>>()?,
            wallets: wallets.collect::<Read<_>>()?,
            paid_through: self.paid_through.as_deref().map(read).transpose()?,
        })
    }

    /// Reads a stored state.
    ///
    /// # Errors
    /// As [`RecordedState::read`].
    pub fn parse(text: &str) -> Read<State> {
        let state: Self = serde_json::from_str(text)
            .map_err(|error| StoreError::corrupt("closed_period", Cause::from_error(error)))?;
        state.read()
    }
}
