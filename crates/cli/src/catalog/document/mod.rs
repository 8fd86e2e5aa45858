//! The tables of a catalog file, parsed into request bodies of the API.

mod aliases;
mod client;
mod closing;
mod contract;
mod fields;
mod line;
mod meter;
mod product;
mod scalar;
mod trust;
mod wallet;

use exchequer_types::PutOrganization;
use serde::Deserialize;
use toml::Spanned;

use self::fields::id;
use self::scalar::Day;
use super::items::{Catalog, CatalogItem};
use super::position::Source;
use crate::settings::Environment;

/// A whole file. `Spanned` keeps the position of each table for messages.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    organization: Vec<Spanned<OrganizationTable>>,
    #[serde(default)]
    aliases: Vec<Spanned<aliases::Table>>,
    #[serde(default)]
    client: Vec<Spanned<client::Table>>,
    #[serde(default)]
    trust: Vec<Spanned<trust::Table>>,
    #[serde(default)]
    meter: Vec<Spanned<meter::Table>>,
    #[serde(default)]
    product: Vec<Spanned<product::Table>>,
    closing: Option<Spanned<closing::Table>>,
    #[serde(default)]
    contract: Vec<Spanned<contract::Table>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OrganizationTable {
    id: Spanned<String>,
    name: String,
    effective: Option<Day>,
}

/// Adds the content of one file to the catalog.
pub(super) fn parse(
    source: &Source<'_>,
    environment: Environment<'_>,
    catalog: &mut Catalog,
) -> anyhow::Result<()> {
    let document: Document =
        toml::from_str(source.text).map_err(|error| source.toml_error(&error))?;
    for table in document.organization {
        catalog.organizations.push(organization(source, table)?);
    }
    for table in document.aliases {
        catalog.aliases.push(aliases::aliases(source, table)?);
    }
    for table in document.client {
        let client = client::client(source, environment, table)?;
        catalog.clients.push(client);
    }
    for table in document.trust {
        catalog.trusts.push(trust::trust(source, table)?);
    }
    for table in document.meter {
        catalog.meters.push(meter::meter(source, table)?);
    }
    for table in document.product {
        catalog.products.push(product::product(source, table)?);
    }
    let closing = document
        .closing
        .map(|table| closing::closing(source, table));
    catalog.closing.extend(closing);
    for table in document.contract {
        catalog.contracts.push(contract::contract(source, table)?);
    }
    Ok(())
}

fn organization(
    source: &Source<'_>,
    table: Spanned<OrganizationTable>,
) -> anyhow::Result<CatalogItem<PutOrganization>> {
    let at = source.at(table.span().start);
    let table = table.into_inner();
    Ok(CatalogItem {
        id: id(source, &table.id)?,
        at,
        put: PutOrganization {
            name: table.name,
            effective: table.effective.map(Day::into),
            version: None,
        },
    })
}
