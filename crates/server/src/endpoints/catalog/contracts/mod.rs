//! Contracts of the catalog.

pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod put;

use exchequer_store::catalog::contracts::Stored;
use exchequer_types::CatalogContract;

use crate::contract;
use crate::error::ApiError;
use crate::uri;

const PATH: &str = "/api/v2/billing/catalog/contracts";

fn show(stored: Stored) -> Result<CatalogContract, ApiError> {
    Ok(CatalogContract {
        contract: contract::document(&stored)?,
        self_uri: Some(format!("{PATH}/{}", uri::escape(&stored.number))),
        id: stored.number,
        version: stored.version,
    })
}
