//! The terms of closing of the ledger, of which there is one.

use anyhow::Context;
use exchequer_client::Client;
use exchequer_types::{ClosingTerms, PutClosingTerms};

use super::{Change, Outcome};
use crate::catalog::CatalogItem;

const NAME: &str = "closing";

/// Sets the terms, unless the server has them already.
pub(super) async fn send(
    client: &Client,
    items: &[CatalogItem<PutClosingTerms>],
    done: &mut Vec<Outcome>,
) -> anyhow::Result<()> {
    for item in items {
        let change = one(client, &item.put).await;
        let change = change.with_context(|| format!("{}: {NAME}", item.at))?;
        done.push(Outcome::new(NAME, &item.id, change));
    }
    Ok(())
}

async fn one(client: &Client, said: &PutClosingTerms) -> anyhow::Result<Change> {
    let current = client.closing_terms().await?.into_inner();
    let put = merged(&current, said);
    if put == current.clone().into() {
        return Ok(Change::Unchanged);
    }
    // If somebody changes the terms after this read, the server refuses the change.
    let new = client.put_closing_terms(&put).await?;
    let before = (current.version > 0).then_some(current.version);
    Ok(Change::between(before, new.version))
}

/// Returns the terms with what a file says of them. What it leaves out stays: a day that was
/// dropped by mistake would end all closing.
fn merged(current: &ClosingTerms, said: &PutClosingTerms) -> PutClosingTerms {
    let current = PutClosingTerms::from(current.clone());
    PutClosingTerms {
        billing_from: said.billing_from.clone().or(current.billing_from),
        close_after: said.close_after.or(current.close_after),
        version: current.version,
    }
}
