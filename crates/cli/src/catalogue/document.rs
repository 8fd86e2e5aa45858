//! The tables of a catalogue file, and how they become bodies of the API.

use exchequer_types::{MeterRule, PutClient, PutMeter, PutOrganization};
use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;
use uuid::Uuid;

use super::position::Source;
use super::{Catalogue, Item};
use crate::settings::Environment;

/// A secret given at creation must be worth guessing.
const SHORTEST_SECRET: usize = 32;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    organization: Vec<Spanned<OrganizationTable>>,
    #[serde(default)]
    client: Vec<Spanned<ClientTable>>,
    #[serde(default)]
    meter: Vec<Spanned<MeterTable>>,
    // Tables of the catalogue that the server of this version does not keep.
    trust: Option<Spanned<toml::Value>>,
    product: Option<Spanned<toml::Value>>,
    contract: Option<Spanned<toml::Value>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OrganizationTable {
    id: Spanned<String>,
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClientTable {
    id: Spanned<String>,
    organization: Spanned<String>,
    name: String,
    secret_env: Option<Spanned<String>>,
    permissions: Vec<String>,
    access_token_validity_seconds: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MeterTable {
    name: Spanned<String>,
    event_type: String,
    aggregation: Spanned<String>,
    quantity: Option<String>,
    round_up_each: Option<String>,
    peak_minutes: Option<u32>,
    family: Option<String>,
    rank: Option<u32>,
    effective: Option<Spanned<Datetime>>,
}

/// Adds what one file says to the catalogue.
pub(super) fn read(
    source: &Source<'_>,
    environment: Environment<'_>,
    catalogue: &mut Catalogue,
) -> anyhow::Result<()> {
    let document: Document =
        toml::from_str(source.text).map_err(|error| source.toml_error(&error))?;
    for (name, table) in [
        ("trust", document.trust),
        ("product", document.product),
        ("contract", document.contract),
    ] {
        if let Some(table) = table {
            let message = format!("`{name}` is not in this version");
            return Err(source.error(table.span().start, message));
        }
    }
    for table in document.organization {
        catalogue.organizations.push(organization(source, table)?);
    }
    for table in document.client {
        catalogue.clients.push(client(source, environment, table)?);
    }
    for table in document.meter {
        catalogue.meters.push(meter(source, table)?);
    }
    Ok(())
}

fn organization(
    source: &Source<'_>,
    table: Spanned<OrganizationTable>,
) -> anyhow::Result<Item<PutOrganization>> {
    let at = source.at(table.span().start);
    let table = table.into_inner();
    Ok(Item {
        id: id(source, &table.id)?,
        at,
        put: PutOrganization {
            name: table.name,
            version: None,
        },
    })
}

fn client(
    source: &Source<'_>,
    environment: Environment<'_>,
    table: Spanned<ClientTable>,
) -> anyhow::Result<Item<PutClient>> {
    let at = source.at(table.span().start);
    let table = table.into_inner();
    let secret = match &table.secret_env {
        Some(variable) => environment(variable.get_ref()).filter(|text| !text.is_empty()),
        None => None,
    };
    if let (Some(variable), Some(secret)) = (&table.secret_env, &secret)
        && secret.chars().count() < SHORTEST_SECRET
    {
        let message = format!(
            "the secret in {} is shorter than {SHORTEST_SECRET} characters",
            variable.get_ref()
        );
        return Err(source.error(variable.span().start, message));
    }
    let mut permissions = table.permissions;
    permissions.sort();
    permissions.dedup();
    Ok(Item {
        id: id(source, &table.id)?,
        at,
        put: PutClient {
            organization: id(source, &table.organization)?,
            name: table.name,
            permissions,
            access_token_validity_seconds: table.access_token_validity_seconds,
            secret,
            ..PutClient::default()
        },
    })
}

fn meter(source: &Source<'_>, table: Spanned<MeterTable>) -> anyhow::Result<Item<PutMeter>> {
    let at = source.at(table.span().start);
    let table = table.into_inner();
    // The name is a segment of a path, where these mean something else.
    if matches!(table.name.get_ref().as_str(), "" | "." | "..") {
        return Err(source.error(table.name.span().start, "a meter needs a name"));
    }
    const KNOWN: [&str; 6] = ["unique", "sum", "count", "max", "hours", "peak"];
    if !KNOWN.contains(&table.aggregation.get_ref().as_str()) {
        let message = format!("aggregation must be one of {}", KNOWN.join(", "));
        return Err(source.error(table.aggregation.span().start, message));
    }
    let effective = match table.effective {
        Some(day) if day.get_ref().date.is_none() || day.get_ref().time.is_some() => {
            return Err(source.error(day.span().start, "effective must be a day: 2026-10-01"));
        }
        day => day.map(|day| day.get_ref().to_string()),
    };
    Ok(Item {
        id: table.name.into_inner(),
        at,
        put: PutMeter {
            rule: MeterRule {
                event_type: table.event_type,
                aggregation: table.aggregation.into_inner(),
                quantity: table.quantity,
                round_up_each: table.round_up_each,
                peak_minutes: table.peak_minutes,
                family: table.family,
                rank: table.rank,
            },
            effective,
            version: None,
        },
    })
}

/// Ids are UUIDs; written any way, they are sent in the one canonical way.
fn id(source: &Source<'_>, text: &Spanned<String>) -> anyhow::Result<String> {
    match text.get_ref().parse::<Uuid>() {
        Ok(id) => Ok(id.hyphenated().to_string()),
        Err(error) => Err(source.error(text.span().start, format!("not an id: {error}"))),
    }
}
