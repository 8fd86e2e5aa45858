//! `exchequer apply`: brings the catalogue to what TOML files say.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use exchequer_types::{CatalogClient, CatalogMeter, CatalogOrganization};
use exchequer_types::{PutClient, PutMeter, PutOrganization};
use reqwest::Method;
use serde::{Serialize, de::DeserializeOwned};

use crate::api::Api;
use crate::args::Connection;
use crate::catalogue::{self, Catalogue, Item};
use crate::exit::Exit;
use crate::output::{self, Format, note, printable};
use crate::random;
use crate::settings::Settings;

/// A large catalogue runs into the limit of requests a minute, and waits it out.
const PATIENCE: Duration = Duration::from_secs(180);

/// Flags of `apply`.
#[derive(Debug, Args)]
pub(crate) struct Flags {
    /// Catalogue files (TOML); all are checked before the first change is sent
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// How to print what changed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    connection: Connection,
}

/// What became of one thing.
#[derive(Debug, Serialize)]
struct Outcome {
    kind: &'static str,
    id: String,
    change: Change,
    /// A secret that was made for a new client, shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Change {
    Created,
    Updated,
    Unchanged,
}

/// Reads the files, sends what differs, and prints it.
pub(crate) async fn run(settings: &Settings<'_>, flags: Flags) -> anyhow::Result<Exit> {
    let environment = |name: &str| settings.variable(name);
    let catalogue = catalogue::load(&flags.files, &environment)?;
    let api = Api::new(settings, &flags.connection)?.patient(PATIENCE);
    let mut outcomes = Vec::new();
    let sent = send(&api, &catalogue, &mut outcomes).await;
    // Also after a failure: what was done was done, and secrets show only once.
    let printed = print(&outcomes, flags.format);
    sent.and(printed)?;
    Ok(Exit::Success)
}

async fn send(api: &Api, catalogue: &Catalogue, done: &mut Vec<Outcome>) -> anyhow::Result<()> {
    for item in &catalogue.organizations {
        let place = || format!("{}: organization {}", item.at, item.id);
        done.push(organization(api, item).await.with_context(place)?);
    }
    for item in &catalogue.clients {
        let place = || format!("{}: client {}", item.at, item.id);
        done.push(client(api, item).await.with_context(place)?);
    }
    for item in &catalogue.meters {
        let place = || format!("{}: meter {}", item.at, item.id);
        done.push(meter(api, item).await.with_context(place)?);
    }
    Ok(())
}

async fn organization(api: &Api, item: &Item<PutOrganization>) -> anyhow::Result<Outcome> {
    let current: Option<CatalogOrganization> = get(api, "organizations", &item.id).await?;
    let mut put = item.put.clone();
    let version = current.as_ref().map(|current| current.version);
    put.version = version;
    let change = match current {
        Some(current) if current.name == put.name => Change::Unchanged,
        _ => {
            let new: CatalogOrganization = send_put(api, "organizations", &item.id, &put).await?;
            Change::between(version, new.version)
        }
    };
    Ok(Outcome::new("organization", &item.id, change))
}

async fn client(api: &Api, item: &Item<PutClient>) -> anyhow::Result<Outcome> {
    let current: Option<CatalogClient> = get(api, "clients", &item.id).await?;
    let mut put = item.put.clone();
    let version = current.as_ref().map(|current| current.version);
    put.version = version;
    let same = current.is_some_and(|current| {
        let validity = put.access_token_validity_seconds;
        current.organization == put.organization
            && current.name == put.name
            && current.permissions == put.permissions
            && validity.is_none_or(|seconds| seconds == current.access_token_validity_seconds)
    });
    if same && put.secret.is_none() {
        return Ok(Outcome::new("client", &item.id, Change::Unchanged));
    }
    // Made here and not by the server: if its answer is lost, the repeated call
    // still sets the secret that is printed below.
    let generated = match (version, &put.secret) {
        (None, None) => Some(generate_secret()?),
        _ => None,
    };
    put.secret = put.secret.or_else(|| generated.clone());
    // Only the server knows whether it has this secret already; it answers
    // with the same version if so.
    let new: CatalogClient = send_put(api, "clients", &item.id, &put).await?;
    let change = Change::between(version, new.version);
    let secret = generated.filter(|_| change == Change::Created);
    Ok(Outcome {
        secret,
        ..Outcome::new("client", &item.id, change)
    })
}

async fn meter(api: &Api, item: &Item<PutMeter>) -> anyhow::Result<Outcome> {
    let current: Option<CatalogMeter> = get(api, "meters", &item.id).await?;
    let mut put = item.put.clone();
    let version = current.as_ref().map(|current| current.version);
    put.version = version;
    let same = current.is_some_and(|current| {
        let since = current.versions.last().map(|newest| &newest.effective);
        current.rule == put.rule && (put.effective.is_none() || put.effective.as_ref() == since)
    });
    let change = if same {
        Change::Unchanged
    } else {
        let new: CatalogMeter = send_put(api, "meters", &item.id, &put).await?;
        Change::between(version, new.version)
    };
    Ok(Outcome::new("meter", &item.id, change))
}

/// What the server has, or `None`.
async fn get<T: DeserializeOwned>(api: &Api, kind: &str, id: &str) -> anyhow::Result<Option<T>> {
    let call = api.call(Method::GET, &["billing", "catalog", kind, id]);
    match api.send(&call).await {
        Ok(answer) => Ok(Some(answer.json()?)),
        Err(error) if error.status() == Some(404) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

async fn send_put<T: DeserializeOwned>(
    api: &Api,
    kind: &str,
    id: &str,
    body: &impl Serialize,
) -> anyhow::Result<T> {
    let call = api
        .call(Method::PUT, &["billing", "catalog", kind, id])
        .body("application/json", serde_json::to_vec(body)?);
    Ok(api.send(&call).await?.json()?)
}

/// 256 random bits as hexadecimal digits.
fn generate_secret() -> anyhow::Result<String> {
    let bytes: [u8; 32] = random::bytes()?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

impl Change {
    fn between(before: Option<u64>, after: u64) -> Self {
        match before {
            None => Self::Created,
            Some(before) if before == after => Self::Unchanged,
            Some(_) => Self::Updated,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
        }
    }
}

impl Outcome {
    fn new(kind: &'static str, id: &str, change: Change) -> Self {
        Self {
            kind,
            id: id.to_owned(),
            change,
            secret: None,
        }
    }
}

fn print(outcomes: &[Outcome], format: Format) -> anyhow::Result<()> {
    if format == Format::Json {
        return output::line(&serde_json::to_string(outcomes)?);
    }
    let mut header = vec!["CHANGE", "KIND", "ID"];
    let secrets = outcomes.iter().any(|outcome| outcome.secret.is_some());
    if secrets {
        header.push("SECRET");
    }
    let mut table = output::table(&header);
    for outcome in outcomes {
        let id = printable(&outcome.id);
        let mut row = vec![outcome.change.as_str(), outcome.kind, &id];
        row.extend(outcome.secret.as_deref());
        table.add_row(row);
    }
    if !outcomes.is_empty() {
        output::line(&output::render(table))?;
    }
    if secrets {
        note("keep the secrets above: they are shown only once");
    }
    Ok(())
}
