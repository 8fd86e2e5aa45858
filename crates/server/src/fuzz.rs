//! Doors for the fuzzer and nobody else: readers that the API has inside.

use exchequer_core::{Contract, Product};
use exchequer_types::{MeterRule, catalog};

use crate::endpoints::catalog::{meters, products};
use crate::{contract, ingest};

/// The canonical form of the `data` of an event, or why there is none.
///
/// # Errors
/// The text has no canonical form at the door.
pub fn canonical(json: &str) -> Result<String, String> {
    ingest::canonical_data(json)
}

/// The time of an event, in microseconds since 1970.
#[must_use]
pub fn time(text: &str) -> Option<i64> {
    ingest::event_time(text)
}

/// Reads a contract as a put does.
#[must_use]
pub fn contract(number: &str, said: &catalog::Contract) -> Option<Contract> {
    contract::check_number(number).ok()?;
    contract::read(number, said).ok()
}

/// Reads a product as a put does.
#[must_use]
pub fn product(sku: &str, said: &catalog::Product) -> Option<Product> {
    products::read(sku.to_owned(), said.clone()).ok()
}

/// Whether a put would take the rule of a meter, looked at on its own.
#[must_use]
pub fn takes_rule(rule: &MeterRule) -> bool {
    meters::rule::read(rule.clone()).is_ok()
}
