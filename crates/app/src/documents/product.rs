//! Products as documents.

use exchequer_core::{Product, ProductError, Quantity};
use exchequer_types::catalog;

use super::InvalidDocument;

/// Reads and checks a product on its own.
///
/// # Errors
/// If a field breaks a rule; the error names both.
pub fn parse(sku: String, product: catalog::Product) -> Result<Product, InvalidDocument> {
    let bundle = match product.bundle.as_deref() {
        // A product without a bundle is sold one by one.
        None => Quantity::ONE,
        Some(text) => Quantity::parse(text)
            .map_err(|error| InvalidDocument::rule("bundle", format!("bundle {error}")))?,
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
        charged_in_ramp: product.charged_in_ramp.unwrap_or(product.third_party),
        cancellable: product.cancellable,
    };
    match product.validate() {
        Ok(()) => Ok(product),
        Err(error) => Err(InvalidDocument::rule(field(error), error)),
    }
}

fn field(error: ProductError) -> &'static str {
    match error {
        ProductError::Text { setting, .. } => setting,
        ProductError::Unit => "unitOfMeasure",
        ProductError::Bundle => "bundle",
    }
}
