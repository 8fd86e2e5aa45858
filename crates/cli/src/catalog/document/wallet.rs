//! `[[contract.wallet]]` and `[[contract.amendment.wallet]]`: units that are bought ahead.

use std::collections::HashMap;

use exchequer_types::catalog::ContractWallet;
use serde::Deserialize;
use toml::Spanned;

use super::fields::word;
use super::scalar::Number;
use crate::catalog::position::Source;

const TERMS: [&str; 2] = ["year", "period"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    product: Spanned<String>,
    term: Option<Spanned<String>>,
    quantity: Option<Number>,
    price: Option<Number>,
}

/// Returns the wallets of a contract, or of one amendment.
pub(super) fn wallets(
    source: &Source<'_>,
    tables: Vec<Table>,
) -> anyhow::Result<Vec<ContractWallet>> {
    let mut seen = HashMap::new();
    for table in &tables {
        let (product, offset) = (table.product.get_ref(), table.product.span().start);
        if let Some(before) = seen.insert(product, offset) {
            let at = source.at(before);
            let message = format!("{product} has a wallet already at {at}");
            return Err(source.error(offset, message));
        }
    }
    tables
        .into_iter()
        .map(|table| wallet(source, table))
        .collect()
}

fn wallet(source: &Source<'_>, table: Table) -> anyhow::Result<ContractWallet> {
    let term = match table.term {
        Some(term) => Some(word(source, "term", term, &TERMS)?),
        None => None,
    };
    Ok(ContractWallet {
        product: table.product.into_inner(),
        term,
        quantity: table.quantity.map(Number::into),
        price: table.price.map(Number::into),
    })
}
