//! The overviews of all customers of a partner.

use std::time::Duration;

use exchequer_client::{Client, Error};

use super::query::{self, Flags, Overview};
use super::{csv, table};
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

/// Fills the list. The error of a single customer is reported, and the first of
/// these errors returned; an error of the server as a whole ends it.
async fn read_all(
    client: &Client,
    flags: &Flags,
    overviews: &mut Vec<Overview>,
) -> Result<Option<Error>, Error> {
    let mut failure = None;
    let customers = client.trustors().all().await?;
    for customer in customers.into_iter().filter(|customer| customer.enabled) {
        match query::customer(client, &customer.id, flags).await {
            Ok(overview) => overviews.push(overview),
            // The server is away, or refuses this client: every other customer would fail
            // as well.
            Err(error) if error.is_passing() || matches!(error, Error::Untrusted(_)) => {
                return Err(error);
            }
            Err(error) => {
                let name = customer.organization.and_then(|of| of.name);
                let name = name.map(|name| format!("{name} ")).unwrap_or_default();
                let whose = format!("{name}({})", customer.id);
                message(&format!("{}: {error}", printable(&whose)));
                failure = failure.or(Some(error));
            }
        }
    }
    Ok(failure)
}

fn print(overviews: &[Overview], flags: &Flags) -> anyhow::Result<()> {
    match flags.format {
        DataFormat::Json => output::data(&array(overviews)),
        DataFormat::Csv => {
            let all = overviews.iter().map(|overview| &**overview);
            output::data(&csv::render(all, flags.charges)?)
        }
        DataFormat::Table if overviews.is_empty() => {
            output::line("no customers: no organisation trusts yours")
        }
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
