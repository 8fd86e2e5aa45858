//! The canonical form of what is kept of a close: JSON with its fields in one order, numbers
//! as exact decimals or fractions, and nothing that is absent.
//!
//! It is what a digest is made of, and it is read again for ever, so its form only grows:
//! a field that is added later is absent from what is there.

mod charge;
mod state;

use exchequer_core::contract::{Product, Products};
use exchequer_core::rating::{Charge, Difference};
use exchequer_core::{
    Contract, Currency, Exact, Instant, Money, Period, Quantity, TimeRange, Usage,
};
use exchequer_store::{Cause, StoreError};
use exchequer_types::dates;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

pub use charge::{RecordedCharge, RecordedStep, Row};
pub use state::{RecordedState, RecordedUsage, RecordedWallet};

/// The version of the canonical form.
pub(super) const FORM: u32 = 1;

/// The revision of the rules by which periods are rated.
pub(super) const RATING: u32 = 1;

/// An entry of the chain of a contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// The version of this form.
    pub form: u32,
    /// The digest of the entry before, in hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<String>,
    /// `advance`, `close`, `adjustment` or `correction`.
    pub kind: String,
    /// The id of the organisation that charges.
    pub seller: String,
    /// The id of the organisation of the contract.
    pub organization: String,
    /// The number of the contract.
    pub contract: String,
    /// The period.
    pub period: RecordedPeriod,
    /// The instant at which the entry was made.
    pub made: String,
    /// The first period that was rated again, if this one only follows from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<String>,
    /// The reason of a correction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What the period was rated from, by revision.
    pub basis: Basis,
    /// The state with which it opened.
    pub opening: RecordedState,
    /// What was used. An advance does not depend on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<RecordedUsage>,
    /// All that the period is charged.
    pub charges: Vec<RecordedCharge>,
    /// The state with which it closes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closing: Option<RecordedState>,
    /// What became of its wallets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wallets: Vec<RecordedWallet>,
    /// What this entry charges: all that is charged, less what was charged before.
    pub rows: Vec<Row>,
    /// The currency of all amounts.
    pub currency: String,
    /// The sum of the rows.
    pub total: String,
}

/// A billing period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedPeriod {
    /// Its number in its contract, from 0.
    pub number: u32,
    /// Its first day.
    pub first: String,
    /// Its last day.
    pub last: String,
    /// Its first instant.
    pub begins: String,
    /// The first instant after it.
    pub ends: String,
}

/// The revisions of all that a period is rated from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Basis {
    /// The version of the contract.
    pub contract_version: u64,
    /// The ends that the contract was given by then.
    pub known_ends: String,
    /// The first instant of the contract, where it follows another one.
    pub contract_begins: String,
    /// The revision of the meters.
    pub meters: u64,
    /// The version of the aliases.
    pub aliases: u64,
    /// The products, as they were called.
    pub products: Vec<RecordedProduct>,
    /// The name of the organisation.
    pub organization_name: String,
    /// The version of the rules of time zones.
    pub zone_data: String,
    /// The decimals of the currency.
    pub currency_digits: u32,
    /// The revision of the rules of rating.
    pub rating: u32,
}

/// A product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordedProduct {
    sku: String,
    name: String,
    charge: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    meter: Option<String>,
    grouping: String,
    unit: String,
    unit_of_measure: String,
    bundle: String,
    third_party: bool,
    charged_in_ramp: bool,
    cancellable: bool,
}

/// The reason for which a record cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{0} cannot be read")]
struct Unreadable(String);

type Read<T> = Result<T, StoreError>;

fn unreadable(what: &str) -> StoreError {
    StoreError::corrupt(
        "billing entry",
        Cause::from_error(Unreadable(what.to_owned())),
    )
}

fn read<T: std::str::FromStr>(text: &str) -> Read<T> {
    text.parse().map_err(|_| unreadable(text))
}

fn money(text: &str, currency: Currency) -> Read<Money> {
    let exact: Exact = read(text)?;
    exact.to_money(currency).map_err(|_| unreadable(text))
}

fn shown(money: Money) -> String {
    Exact::from(money).to_string()
}

/// Returns a digest as text.
pub(super) fn hexadecimal(digest: [u8; 32]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Record {
    /// Returns the canonical form and its digest.
    ///
    /// # Errors
    /// None is expected.
    pub(super) fn sealed(&self) -> Result<(String, [u8; 32]), serde_json::Error> {
        let body = serde_json::to_string(self)?;
        let digest = Sha256::digest(body.as_bytes()).into();
        Ok((body, digest))
    }

    /// Reads a canonical form.
    pub(super) fn parse(body: &str) -> Read<Self> {
        let record: Self = serde_json::from_str(body)
            .map_err(|error| StoreError::corrupt("billing entry", Cause::from_error(error)))?;
        match record.form {
            FORM => Ok(record),
            newer => Err(unreadable(&format!("form {newer}"))),
        }
    }

    /// Returns the period, with the borders that it has had.
    pub(crate) fn period(&self, contract: &Contract) -> Read<Period> {
        let period = contract.calendar().period(self.period.number);
        let period = period.ok_or_else(|| unreadable(&self.period.first))?;
        Ok(Period {
            range: self.range()?,
            ..period
        })
    }

    /// Returns the period as it is shown, where the contract has none any more.
    pub(super) fn shown_period(&self) -> Read<Period> {
        let (first, last): (Date, Date) = (read(&self.period.first)?, read(&self.period.last)?);
        let next = last.tomorrow().map_err(|_| unreadable(&self.period.last))?;
        let period = Period {
            number: self.period.number,
            first,
            next,
            full_days: 0,
            range: self.range()?,
        };
        Ok(Period {
            full_days: period.days(),
            ..period
        })
    }

    fn range(&self) -> Read<TimeRange> {
        let instant = |text: &str| -> Read<Instant> {
            let micros = dates::parse(text).map_err(|_| unreadable(text))?;
            Ok(Instant::from_micros(micros))
        };
        let range = TimeRange::new(instant(&self.period.begins)?, instant(&self.period.ends)?);
        range.ok_or_else(|| unreadable(&self.period.ends))
    }

    /// Returns what was used.
    pub(super) fn usage(&self) -> Read<Usage> {
        let usage = self.usage.as_ref();
        usage.map_or_else(|| Err(unreadable("usage")), RecordedUsage::read)
    }

    /// Returns all charges of the period.
    pub(super) fn charges(&self) -> Read<Vec<Charge>> {
        let currency = read(&self.currency)?;
        self.charges.iter().map(|it| it.read(currency)).collect()
    }

    /// Returns what the entry charges.
    pub(super) fn differences(&self) -> Read<Vec<Difference>> {
        let currency = read(&self.currency)?;
        self.rows.iter().map(|it| it.read(currency)).collect()
    }
}

impl RecordedProduct {
    pub(super) fn of(product: &Product) -> Self {
        let product = product.clone();
        Self {
            sku: product.sku,
            name: product.name,
            charge: product.charge,
            meter: product.meter,
            grouping: product.grouping,
            unit: product.unit,
            unit_of_measure: product.unit_of_measure,
            bundle: product.bundle.to_string(),
            third_party: product.third_party,
            charged_in_ramp: product.charged_in_ramp,
            cancellable: product.cancellable,
        }
    }

    fn read(&self) -> Read<Product> {
        let it = self.clone();
        Ok(Product {
            bundle: quantity(&it.bundle)?,
            sku: it.sku,
            name: it.name,
            charge: it.charge,
            meter: it.meter,
            grouping: it.grouping,
            unit: it.unit,
            unit_of_measure: it.unit_of_measure,
            third_party: it.third_party,
            charged_in_ramp: it.charged_in_ramp,
            cancellable: it.cancellable,
        })
    }
}

impl Basis {
    /// Returns the products by part number.
    pub(crate) fn products(&self) -> Read<Products> {
        let products = self
            .products
            .iter()
            .map(|it| Ok((it.sku.clone(), it.read()?)));
        products.collect()
    }
}

fn quantity(text: &str) -> Read<Quantity> {
    Quantity::parse(text).map_err(|_| unreadable(text))
}
