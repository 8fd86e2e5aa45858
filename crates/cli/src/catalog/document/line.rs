//! `[[contract.line]]` and `[[contract.amendment.line]]`: the price of a product.

use std::collections::HashMap;

use exchequer_types::catalog::{ContractConversion, ContractFairUse, ContractLine, ContractTier};
use serde::Deserialize;
use toml::Spanned;

use super::fields::word;
use super::scalar::Number;
use crate::catalog::position::Source;

const TIER_MODES: [&str; 3] = ["graduated", "volume", "package"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    product: Spanned<String>,
    prepay_quantity: Option<Number>,
    prepay_price: Option<Number>,
    overage_price: Option<Number>,
    tier_mode: Option<Spanned<String>>,
    size: Option<Number>,
    #[serde(default)]
    tier: Vec<TierTable>,
    allowance: Option<Number>,
    #[serde(default)]
    fair_use: Option<Vec<FairUseTable>>,
    conversion: Option<ConversionTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TierTable {
    up_to: Option<Number>,
    price: Number,
    flat: Option<Number>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FairUseTable {
    licence: String,
    amount: Number,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConversionTable {
    line: Option<String>,
    wallet: Option<String>,
    units_per_token: Option<Number>,
    tokens_per_unit: Option<Number>,
}

/// Returns the lines of a contract, or of one amendment.
pub(super) fn lines(source: &Source<'_>, tables: Vec<Table>) -> anyhow::Result<Vec<ContractLine>> {
    let mut seen = HashMap::new();
    for table in &tables {
        let (product, offset) = (table.product.get_ref(), table.product.span().start);
        if let Some(before) = seen.insert(product, offset) {
            let message = format!("{product} is priced already at {}", source.at(before));
            return Err(source.error(offset, message));
        }
    }
    tables
        .into_iter()
        .map(|table| line(source, table))
        .collect()
}

fn line(source: &Source<'_>, table: Table) -> anyhow::Result<ContractLine> {
    let tier_mode = match table.tier_mode {
        Some(mode) => Some(word(source, "tier_mode", mode, &TIER_MODES)?),
        None => None,
    };
    Ok(ContractLine {
        product: table.product.into_inner(),
        prepay_quantity: table.prepay_quantity.map(Number::into),
        prepay_price: table.prepay_price.map(Number::into),
        overage_price: table.overage_price.map(Number::into),
        tier_mode,
        size: table.size.map(Number::into),
        tiers: table.tier.into_iter().map(tier).collect(),
        allowance: table.allowance.map(Number::into),
        fair_use: table
            .fair_use
            .map(|each| each.into_iter().map(fair_use).collect()),
        conversion: table.conversion.map(conversion),
    })
}

fn tier(table: TierTable) -> ContractTier {
    ContractTier {
        up_to: table.up_to.map(Number::into),
        price: table.price.into(),
        flat: table.flat.map(Number::into),
    }
}

fn conversion(table: ConversionTable) -> ContractConversion {
    ContractConversion {
        line: table.line,
        wallet: table.wallet,
        units_per_token: table.units_per_token.map(Number::into),
        tokens_per_unit: table.tokens_per_unit.map(Number::into),
    }
}

fn fair_use(table: FairUseTable) -> ContractFairUse {
    ContractFairUse {
        licence: table.licence,
        amount: table.amount.into(),
    }
}
