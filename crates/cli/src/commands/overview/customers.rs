//! The overviews of all customers of a partner.

use std::time::Duration;

use exchequer_client::{Client, Error};
use exchequer_types::Trustor;

use super::query::{self, Flags, Overview};
use super::{csv, table};
use crate::commands::day_label::end;
use crate::exit::Exit;
use crate::output::{self, DataFormat, message, printable};

/// The time for which a call is tried again: with many customers, the limit of requests a
/// minute has to pass.
pub(super) const RETRY_BUDGET: Duration = Duration::from_secs(180);

/// Reads one overview after the other, and prints those that could be read.
pub(super) async fn run(client: &Client, flags: &Flags) -> anyhow::Result<Exit> {
    let mut overviews = Vec::new();
    let outcome = read_all(client, flags, &mut overviews).await;
    let some = !overviews.is_empty();
    match outcome {
        // With nothing to show, the reason is all there is to say.
        Err(error) | Ok(Some(error)) if !some => return Err(error.into()),
        _ => print(&overviews, flags)?,
    }
    match outcome? {
        None => Ok(Exit::Success),
        Some(_) => Ok(Exit::Incomplete),
    }
}

/// Fills the list. A customer without a contract in force is reported and left out: what
/// it last paid belongs to another month than the others' bills. So is one whose trust does
/// not open the period, or is not enabled and opens none; one that trusts no more is asked,
/// because it may have then. The error of a single customer is reported as well, and the
/// first of these errors returned; an error of the server as a whole ends it.
async fn read_all(
    client: &Client,
    flags: &Flags,
    overviews: &mut Vec<Overview>,
) -> Result<Option<Error>, Error> {
    let mut failure = None;
    let customers = client.trustors().all().await?;
    for customer in customers {
        let dates = dates(&customer);
        let whose = {
            let name = customer.organization.and_then(|of| of.name);
            let name = name.map(|name| format!("{name} ")).unwrap_or_default();
            format!("{name}({})", customer.id)
        };
        let tell = |what: &str| message(&format!("{}: {what}", printable(&whose)));
        if !customer.enabled {
            tell("its trust in you is not enabled; left out");
            continue;
        }
        match query::customer(client, &customer.id, flags).await {
            Ok(overview) if overview.contract_ended == Some(true) => tell(&ended(&overview)),
            Ok(overview) => overviews.push(overview),
            Err(error) if error.status() == Some(404) => tell(&match (flags.index, dates) {
                (index, Some(dates)) => {
                    format!(
                        "no billing period {index} that began while it trusted you ({dates}); left out"
                    )
                }
                (0, None) => "no contract; left out".to_owned(),
                (index, None) => format!("no billing period {index}; left out"),
            }),
            // The server is away, or refuses this client: every other customer would fail
            // as well.
            Err(error) if error.is_passing() || matches!(error, Error::Untrusted(_)) => {
                return Err(error);
            }
            Err(error) => {
                tell(&error.to_string());
                failure = failure.or(Some(error));
            }
        }
    }
    Ok(failure)
}

/// Returns the dates of a trust, if it has some.
fn dates(customer: &Trustor) -> Option<String> {
    let range = |from: &Option<String>, until: Option<&String>| match (from, until) {
        (None, None) => None,
        (Some(from), None) => Some(format!("from {from}")),
        (None, Some(until)) => Some(format!("until {until}")),
        (Some(from), Some(until)) => Some(format!("{from} to {until}")),
    };
    let earlier = customer.earlier.iter();
    let earlier = earlier.map(|it| range(&it.from, Some(&it.until)));
    let all = earlier.chain([range(&customer.from, customer.until.as_ref())]);
    let all: Vec<String> = all.flatten().collect();
    Some(all.join(", ")).filter(|text| !text.is_empty())
}

/// Says that a contract has ended, and how its last bill can be seen.
fn ended(overview: &Overview) -> String {
    let when = overview.contract_end_date.as_deref().map(end);
    let when = when.map(|day| format!(" on {day}")).unwrap_or_default();
    format!(
        "the contract ended{when}; left out: `exchequer overview {}` shows its periods",
        overview.organization.id
    )
}

fn print(overviews: &[Overview], flags: &Flags) -> anyhow::Result<()> {
    match flags.format {
        DataFormat::Json => output::data(&array(overviews)),
        DataFormat::Csv => {
            let all = overviews.iter().map(|overview| &**overview);
            output::data(&csv::render(all, flags)?)
        }
        DataFormat::Table if overviews.is_empty() => output::line("no customers with a contract"),
        DataFormat::Table => {
            let tables = overviews.iter().map(|of| table::render(of, flags.charges));
            let tables: Vec<String> = tables.collect();
            output::line(&tables.join("\n\n"))
        }
    }
}

/// Returns one JSON array of the bodies, byte for byte.
fn array(overviews: &[Overview]) -> Vec<u8> {
    let bodies: Vec<&[u8]> = overviews.iter().map(|of| &of.body()[..]).collect();
    [b"[", &*bodies.join(&b","[..]), b"]\n"].concat()
}
