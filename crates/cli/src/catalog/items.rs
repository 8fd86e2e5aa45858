//! The catalog as its files define it: bodies that are sent to the API.

use exchequer_types::{
    PutAliases, PutClient, PutClosingTerms, PutContract, PutMeter, PutOrganization, PutProduct,
    PutTrust,
};

/// The content of catalog files.
#[derive(Default)]
pub struct Catalog {
    /// Organisations.
    pub organizations: Vec<CatalogItem<PutOrganization>>,
    /// Aliases.
    pub aliases: Vec<CatalogItem<PutAliases>>,
    /// Clients.
    pub clients: Vec<CatalogItem<PutClient>>,
    /// Trusts.
    pub trusts: Vec<CatalogItem<PutTrust>>,
    /// Meters.
    pub meters: Vec<CatalogItem<PutMeter>>,
    /// Products.
    pub products: Vec<CatalogItem<PutProduct>>,
    /// The terms of closing, at most one.
    pub closing: Vec<CatalogItem<PutClosingTerms>>,
    /// Contracts.
    pub contracts: Vec<CatalogItem<PutContract>>,
}

/// One item of the catalog.
pub struct CatalogItem<T> {
    /// The id of the item: `TRUSTEE:TRUSTOR` for a trust, that of the organisation for aliases, the name for a meter, the
    /// part number for a product, the number for a contract, `ledger` for the terms of closing.
    pub id: String,
    /// `FILE:LINE`, for messages.
    pub at: String,
    /// The body that is sent.
    pub put: T,
}
