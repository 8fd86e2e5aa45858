//! `[[aliases]]`: names of an organisation that are one resource.

use std::collections::BTreeMap;

use exchequer_types::{AliasedResource, PutAliases};
use serde::Deserialize;
use toml::Spanned;

use super::fields::id;
use super::scalar::Day;
use crate::catalog::items::CatalogItem;
use crate::catalog::position::Source;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    organization: Spanned<String>,
    /// By resource, its aliases.
    resources: BTreeMap<String, Vec<String>>,
    effective: Option<Day>,
}

pub(super) fn aliases(
    source: &Source<'_>,
    table: Spanned<Table>,
) -> anyhow::Result<CatalogItem<PutAliases>> {
    let at = source.at(table.span().start);
    let table = table.into_inner();
    let resources = table.resources.into_iter();
    let resources = resources.map(|(name, mut aliases)| {
        // As the server gives them back, so that what is the same is not sent.
        aliases.sort_unstable();
        aliases.dedup();
        AliasedResource { name, aliases }
    });
    Ok(CatalogItem {
        id: id(source, &table.organization)?,
        at,
        put: PutAliases {
            resources: resources.collect(),
            effective: table.effective.map(Day::into),
            version: None,
        },
    })
}
