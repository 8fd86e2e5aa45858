//! `exchequer apply`: creates and updates catalog entries from TOML files.

mod closing;
mod correct;
mod kinds;
mod many;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use exchequer_client::catalog::BulkEntry;
use exchequer_client::{Client, Error};
use exchequer_types::{
    CatalogAliases, CatalogClient, CatalogContract, CatalogMeter, CatalogOrganization,
    CatalogProduct, CatalogTrust, RecentEvents,
};
use serde::Serialize;

use self::kinds::Kind;
use crate::catalog::{self, Catalog, CatalogItem};
use crate::connection::Connection;
use crate::exit::Exit;
use crate::output::{self, Format, message, printable};
use crate::settings::Settings;

/// The time for which a call is tried again: with a large catalog, the limit of requests a
/// minute has to pass.
const RETRY_BUDGET: Duration = Duration::from_secs(180);

/// Up to so many items of a kind are read and sent one by one: that takes no longer than
/// to list what the server has, and the first refusal ends it.
const FEW: usize = 20;

/// Flags of `apply`.
#[derive(Debug, Args)]
pub(crate) struct Flags {
    /// Catalog files (TOML); all are validated before the first change is sent
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Also move contracts to another organization, if a file says so
    #[arg(long = "move")]
    moves: bool,
    /// Also change closed days of contracts, and what priced products count, for this reason
    #[arg(long, value_name = "REASON", value_parser = NonEmptyStringValueParser::new())]
    correct: Option<String>,
    /// Print the changes as a table or as JSON
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    connection: Connection,
}

/// Changes that are made only if that is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Allowed<'a> {
    /// Contracts may move to another organisation.
    moves: bool,
    /// The reason for which closed days may be corrected.
    correct: Option<&'a str>,
}

/// The outcome of one catalog item.
#[derive(Debug, Serialize)]
pub(super) struct Outcome {
    kind: &'static str,
    id: String,
    change: Change,
    /// The secret that was generated for a new client, shown only once.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    /// The outcome of a changed meter for recent events.
    #[serde(rename = "recentEvents", skip_serializing_if = "Option::is_none")]
    recent: Option<RecentEvents>,
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
    let catalog = catalog::load(&flags.files, &environment)?;
    let client = flags.connection.client(settings, RETRY_BUDGET)?;
    let mut outcomes = Vec::new();
    let allowed = Allowed {
        moves: flags.moves,
        correct: flags.correct.as_deref(),
    };
    let sent = send(&client, &catalog, allowed, &mut outcomes).await;
    // Also after a failure: changes before it are made, and their secrets are
    // shown only once.
    let printed = print(&outcomes, flags.format);
    sent.and(printed)?;
    Ok(Exit::Success)
}

/// Sends all kinds, each after those that it refers to.
pub(super) async fn send(
    client: &Client,
    catalog: &Catalog,
    allowed: Allowed<'_>,
    done: &mut Vec<Outcome>,
) -> anyhow::Result<()> {
    all::<CatalogOrganization>(client, &catalog.organizations, allowed, done).await?;
    all::<CatalogAliases>(client, &catalog.aliases, allowed, done).await?;
    all::<CatalogClient>(client, &catalog.clients, allowed, done).await?;
    // Meters are few.
    each::<CatalogMeter>(client, &catalog.meters, allowed, done).await?;
    all::<CatalogProduct>(client, &catalog.products, allowed, done).await?;
    // A contract may be closed as soon as it is there.
    closing::send(client, &catalog.closing, done).await?;
    all::<CatalogContract>(client, &catalog.contracts, allowed, done).await?;
    all::<CatalogTrust>(client, &catalog.trusts, allowed, done).await
}

async fn all<T: Kind + BulkEntry>(
    client: &Client,
    items: &[CatalogItem<T::Put>],
    allowed: Allowed<'_>,
    done: &mut Vec<Outcome>,
) -> anyhow::Result<()> {
    if items.len() > FEW {
        many::send::<T>(client, items, allowed, done).await
    } else {
        each::<T>(client, items, allowed, done).await
    }
}

async fn each<T: Kind>(
    client: &Client,
    items: &[CatalogItem<T::Put>],
    allowed: Allowed<'_>,
    done: &mut Vec<Outcome>,
) -> anyhow::Result<()> {
    for item in items {
        let place = || format!("{}: {} {}", item.at, T::NAME, item.id);
        done.push(one::<T>(client, item, allowed).await.with_context(place)?);
    }
    Ok(())
}

/// Creates or updates one item, unless the server has it already.
async fn one<T: Kind>(
    client: &Client,
    item: &CatalogItem<T::Put>,
    allowed: Allowed<'_>,
) -> anyhow::Result<Outcome> {
    let catalog = client.catalog::<T>();
    let current = catalog.find(&item.id).await?;
    let mut put = item.put.clone();
    if current
        .as_ref()
        .is_some_and(|current| current.is_same(&put))
    {
        return Ok(Outcome::new(T::NAME, &item.id, Change::Unchanged));
    }
    if let Some(current) = &current {
        check_move::<T>(current, &put, allowed.moves)?;
    }
    // If somebody changes the item after this read, the server refuses the change.
    let version = current.map(|current| current.version());
    T::tie(&mut put, version);
    let secret = match version {
        None => T::complete(&mut put)?,
        Some(_) => None,
    };
    let new = match catalog.put(&item.id, &put).await {
        Ok(new) => new.into_inner(),
        Err(refusal) if version.is_some() && is_conflict(&refusal) => {
            T::correct(client, &item.id, &put, allowed.correct, refusal).await?
        }
        Err(error) => return Err(error.into()),
    };
    Ok(Outcome {
        secret,
        recent: new.recent(),
        ..Outcome::new(T::NAME, &item.id, Change::between(version, new.version()))
    })
}

/// Returns true for a change that contradicts what is there.
fn is_conflict(error: &Error) -> bool {
    error.status() == Some(409)
}

/// Refuses to take an item away from an organisation, unless that is asked for.
fn check_move<T: Kind>(current: &T, put: &T::Put, moves: bool) -> anyhow::Result<()> {
    match current.moves(put) {
        Some(owner) if !moves => bail!(
            "it belongs to organization {owner}; if this is no other contract with the same \
             number, `apply --move` moves it"
        ),
        _ => Ok(()),
    }
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
            recent: None,
        }
    }

    /// Says what the change would have made of recent events that it cannot read.
    fn unread(&self) -> Option<String> {
        let recent = self.recent.as_ref()?;
        let fates = [
            (recent.refused, "would have been refused"),
            (recent.skipped, "would not have counted"),
            (recent.zero, "would have counted as 0"),
        ];
        // What is unreadable for a version has one fate.
        let (count, fate) = fates.into_iter().find(|(count, _)| *count > 0)?;
        let newest = if recent.partial { " newest" } else { "" };
        Some(format!(
            "{} {}: {count} of the {}{newest} events of its type since {} {fate}: it cannot \
             read their quantity",
            self.kind,
            printable(&self.id),
            recent.events,
            recent.since,
        ))
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
    for line in outcomes.iter().filter_map(Outcome::unread) {
        output::line(&line)?;
    }
    if secrets {
        message("store the secrets above now: they are not shown again");
    }
    Ok(())
}
