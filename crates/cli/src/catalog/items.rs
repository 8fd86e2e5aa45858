//! The catalog as its files define it: bodies that are sent to the API.

use exchequer_types::{PutClient, PutContract, PutMeter, PutOrganization, PutProduct, PutTrust};

/// What the files say, in the order in which it is sent.
#[derive(Default)]
pub struct Catalog {
    /// Organisations.
    pub organizations: Vec<CatalogItem<PutOrganization>>,
    /// Clients.
    pub clients: Vec<CatalogItem<PutClient>>,
    /// Trusts.
    pub trusts: Vec<CatalogItem<PutTrust>>,
    /// Meters.
    pub meters: Vec<CatalogItem<PutMeter>>,
    /// Products.
    pub products: Vec<CatalogItem<PutProduct>>,
    /// Contracts.
    pub contracts: Vec<CatalogItem<PutContract>>,
}

/// One thing of the catalog.
pub struct CatalogItem<T> {
    /// Its id: of a trust `TRUSTEE:TRUSTOR`, of a meter its name, of a product
    /// its part number, of a contract its number.
    pub id: String,
    /// `FILE:LINE`, for messages.
    pub at: String,
    /// The body that is sent.
    pub put: T,
}
