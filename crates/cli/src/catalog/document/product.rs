//! `[[product]]`: a product and the meter that counts it, if one does.

use exchequer_types::PutProduct;
use exchequer_types::catalog::Product;
use serde::Deserialize;
use toml::Spanned;

use super::fields::name;
use super::scalar::{Day, Number};
use crate::catalog::items::CatalogItem;
use crate::catalog::position::Source;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    sku: Spanned<String>,
    name: String,
    charge: String,
    meter: Option<String>,
    grouping: String,
    unit: String,
    unit_of_measure: String,
    bundle: Option<Number>,
    #[serde(default)]
    third_party: bool,
    charged_in_ramp: Option<bool>,
    #[serde(default)]
    cancellable: bool,
    effective: Option<Day>,
}

pub(super) fn product(
    source: &Source<'_>,
    table: Spanned<Table>,
) -> anyhow::Result<CatalogItem<PutProduct>> {
    let at = source.at(table.span().start);
    let table = table.into_inner();
    Ok(CatalogItem {
        id: name(source, table.sku, "a product needs an sku")?,
        at,
        put: PutProduct {
            product: Product {
                name: table.name,
                charge: table.charge,
                meter: table.meter,
                grouping: table.grouping,
                unit: table.unit,
                unit_of_measure: table.unit_of_measure,
                bundle: table.bundle.map(Number::into),
                third_party: table.third_party,
                charged_in_ramp: table.charged_in_ramp,
                cancellable: table.cancellable,
            },
            effective: table.effective.map(Day::into),
            reason: None,
            version: None,
        },
    })
}
