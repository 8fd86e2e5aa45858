//! The canonical form of what is kept of a close: JSON with its fields in one order, numbers
//! as exact decimals or fractions, and nothing that is absent.
//!
//! It is what a digest is made of, and it is read again for ever, so its form only grows:
//! a field that is added later is absent from what is there.

use std::collections::BTreeMap;

use exchequer_core::contract::{Product, Products};
use exchequer_core::rating::{Charge, ChargeKind, Difference, Pot, Purchase, RatedWallet, Step};
use exchequer_core::{
    Contract, Currency, Exact, Instant, Money, Period, Quantity, State, TimeRange, Totals, Usage,
};
use exchequer_store::{Cause, StoreError};
use exchequer_types::dates;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

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

/// A charge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordedCharge {
    /// Its kind.
    pub kind: String,
    /// The part number of its product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// True for a product of a third party.
    pub third_party: bool,
    /// Its steps.
    pub steps: Vec<RecordedStep>,
    /// Its amount.
    pub amount: String,
}

/// A step of a charge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedStep {
    /// The units.
    pub quantity: String,
    /// The price of one.
    pub price: String,
    /// An amount that is charged once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flat: Option<String>,
    /// The first day of the purchase that it gives back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<String>,
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
    pub(super) fn of(wallet: &RatedWallet) -> Self {
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

/// A difference that an entry charges.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// Its kind.
    pub kind: String,
    /// The part number of its product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// True for a product of a third party.
    pub third_party: bool,
    /// The steps that were charged before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<RecordedStep>,
    /// The steps that are charged now.
    pub after: Vec<RecordedStep>,
    /// The difference.
    pub amount: String,
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

impl RecordedCharge {
    pub(super) fn of(charge: &Charge) -> Self {
        Self {
            kind: charge.kind.to_string(),
            product: charge.product.clone(),
            third_party: charge.third_party,
            steps: charge.steps.iter().map(RecordedStep::of).collect(),
            amount: shown(charge.amount),
        }
    }

    fn read(&self, currency: Currency) -> Read<Charge> {
        Ok(Charge {
            kind: read::<ChargeKind>(&self.kind)?,
            product: self.product.clone(),
            third_party: self.third_party,
            steps: RecordedStep::all(&self.steps)?,
            amount: money(&self.amount, currency)?,
        })
    }
}

impl RecordedStep {
    fn of(step: &Step) -> Self {
        Self {
            quantity: step.quantity.to_string(),
            price: step.price.to_string(),
            flat: step.flat.as_ref().map(Exact::to_string),
            undoes: step.undoes.map(|day| day.to_string()),
        }
    }

    fn read(&self) -> Read<Step> {
        Ok(Step {
            quantity: read(&self.quantity)?,
            price: read(&self.price)?,
            flat: self.flat.as_deref().map(read).transpose()?,
            undoes: self.undoes.as_deref().map(read).transpose()?,
        })
    }

    fn all(steps: &[Self]) -> Read<Vec<Step>> {
        steps.iter().map(Self::read).collect()
    }
}

impl Row {
    pub(super) fn of(difference: &Difference) -> Self {
        let steps = |steps: &[Step]| steps.iter().map(RecordedStep::of).collect();
        Self {
            kind: difference.kind.to_string(),
            product: difference.product.clone(),
            third_party: difference.third_party,
            before: steps(&difference.before),
            after: steps(&difference.after),
            amount: shown(difference.amount),
        }
    }

    fn read(&self, currency: Currency) -> Read<Difference> {
        Ok(Difference {
            kind: read::<ChargeKind>(&self.kind)?,
            product: self.product.clone(),
            third_party: self.third_party,
            before: RecordedStep::all(&self.before)?,
            after: RecordedStep::all(&self.after)?,
            amount: money(&self.amount, currency)?,
        })
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

impl RecordedUsage {
    pub(super) fn of(usage: &Usage) -> Self {
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

    fn read(&self) -> Read<Usage> {
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
