//! `[closing]`: when the periods of contracts are closed that say nothing else.

use exchequer_types::PutClosingTerms;
use serde::Deserialize;
use toml::Spanned;

use super::scalar::Day;
use crate::catalog::items::CatalogItem;
use crate::catalog::position::Source;

/// The ledger has one.
const ID: &str = "ledger";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    billing_from: Option<Day>,
    close_after: Option<u32>,
}

pub(super) fn closing(source: &Source<'_>, table: Spanned<Table>) -> CatalogItem<PutClosingTerms> {
    let at = source.at(table.span().start);
    let table = table.into_inner();
    CatalogItem {
        id: ID.to_owned(),
        at,
        put: PutClosingTerms {
            billing_from: table.billing_from.map(Day::into),
            close_after: table.close_after,
            version: None,
        },
    }
}
