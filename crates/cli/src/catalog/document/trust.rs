//! `[[trust]]`: a customer that trusts a partner to read its billing.

use exchequer_types::{PutTrust, TrustStretch};
use serde::Deserialize;
use toml::Spanned;

use super::fields::id;
use super::scalar::Day;
use crate::catalog::items::CatalogItem;
use crate::catalog::position::Source;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    trustee: Spanned<String>,
    trustor: Spanned<String>,
    enabled: Option<bool>,
    from: Option<Day>,
    until: Option<Day>,
    #[serde(default)]
    earlier: Vec<StretchTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StretchTable {
    from: Option<Day>,
    until: Day,
}

pub(super) fn trust(
    source: &Source<'_>,
    table: Spanned<Table>,
) -> anyhow::Result<CatalogItem<PutTrust>> {
    let at = source.at(table.span().start);
    let table = table.into_inner();
    let (trustee, trustor) = (id(source, &table.trustee)?, id(source, &table.trustor)?);
    if trustee == trustor {
        let message = "an organisation is no partner of itself";
        return Err(source.error(table.trustor.span().start, message));
    }
    Ok(CatalogItem {
        id: format!("{trustee}:{trustor}"),
        at,
        put: PutTrust {
            enabled: table.enabled,
            from: table.from.map(Day::into),
            until: table.until.map(Day::into),
            earlier: table.earlier.into_iter().map(stretch).collect(),
            version: None,
        },
    })
}

fn stretch(table: StretchTable) -> TrustStretch {
    TrustStretch {
        from: table.from.map(Day::into),
        until: table.until.into(),
    }
}
