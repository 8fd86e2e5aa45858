//! `[[client]]`: an OAuth client of the API.

use exchequer_types::PutClient;
use serde::Deserialize;
use toml::Spanned;

use super::fields::id;
use crate::catalog::items::CatalogItem;
use crate::catalog::position::Source;
use crate::settings::Environment;

/// The length from which a secret is too long to guess.
const SHORTEST_SECRET: usize = 32;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    id: Spanned<String>,
    organization: Spanned<String>,
    name: String,
    secret_env: Option<Spanned<String>>,
    permissions: Vec<String>,
    #[serde(default)]
    sources: Vec<String>,
    access_token_validity_seconds: Option<u32>,
}

pub(super) fn client(
    source: &Source<'_>,
    environment: Environment<'_>,
    table: Spanned<Table>,
) -> anyhow::Result<CatalogItem<PutClient>> {
    let at = source.at(table.span().start);
    let table = table.into_inner();
    let secret = match &table.secret_env {
        Some(variable) => secret(source, environment, variable)?,
        None => None,
    };
    // The server keeps permissions and sources sorted. The same set in another order,
    // or with a repetition, is no change.
    let [permissions, sources] = [table.permissions, table.sources].map(|mut texts| {
        texts.sort();
        texts.dedup();
        texts
    });
    Ok(CatalogItem {
        id: id(source, &table.id)?,
        at,
        put: PutClient {
            organization: id(source, &table.organization)?,
            name: table.name,
            permissions,
            sources,
            access_token_validity_seconds: table.access_token_validity_seconds,
            secret,
            ..PutClient::default()
        },
    })
}

/// Returns the secret in a variable, if it is set.
fn secret(
    source: &Source<'_>,
    environment: Environment<'_>,
    variable: &Spanned<String>,
) -> anyhow::Result<Option<String>> {
    let name = variable.get_ref();
    // Without the variable, an existing client keeps its secret, and a new one
    // gets a generated secret.
    let secret = environment(name).filter(|text| !text.is_empty());
    if let Some(secret) = &secret
        && secret.chars().count() < SHORTEST_SECRET
    {
        let message = format!("the secret in {name} has fewer than {SHORTEST_SECRET} characters");
        return Err(source.error(variable.span().start, message));
    }
    Ok(secret)
}
