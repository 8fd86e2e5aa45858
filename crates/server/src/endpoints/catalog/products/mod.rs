//! Products of the catalog.

pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod put;

use exchequer_core::{Product, ProductError, Quantity};
use exchequer_store::catalog::products::Stored;
use exchequer_types::{CatalogProduct, catalog};

use crate::error::ApiError;
use crate::uri;

const PATH: &str = "/api/v2/billing/catalog/products";

fn show(stored: Stored) -> CatalogProduct {
    let product = stored.product;
    CatalogProduct {
        self_uri: Some(format!("{PATH}/{}", uri::escape(&product.sku))),
        id: product.sku,
        product: catalog::Product {
            name: product.name,
            charge: product.charge,
            meter: product.meter,
            grouping: product.grouping,
            unit: product.unit,
            unit_of_measure: product.unit_of_measure,
            bundle: Some(product.bundle.to_string()),
            third_party: product.third_party,
            cancellable: product.cancellable,
        },
        version: stored.version,
    }
}

/// Reads and checks a product on its own.
pub(crate) fn read(sku: String, product: catalog::Product) -> Result<Product, ApiError> {
    let bundle = match product.bundle.as_deref() {
        None => Quantity::ONE,
        Some(text) => Quantity::parse(text)
            .map_err(|error| ApiError::constraint("bundle", format!("bundle {error}")))?,
    };
    let product = Product {
        sku,
        name: product.name,
        charge: product.charge,
        meter: product.meter,
        grouping: product.grouping,
        unit: product.unit,
        unit_of_measure: product.unit_of_measure,
        bundle,
        third_party: product.third_party,
        cancellable: product.cancellable,
    };
    match product.validate() {
        Ok(()) => Ok(product),
        Err(error) => Err(ApiError::constraint(field(error), error.to_string())),
    }
}

fn field(error: ProductError) -> &'static str {
    match error {
        ProductError::Text { setting, .. } => setting,
        ProductError::Unit => "unitOfMeasure",
        ProductError::Bundle => "bundle",
    }
}
