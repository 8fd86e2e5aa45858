//! A kind of which a catalog has many: read by the page, and sent by the hundred.

use std::collections::HashMap;

use anyhow::{Context, bail};
use exchequer_client::catalog::BulkEntry;
use exchequer_client::{Client, Error};
use exchequer_types::{BulkEntity, BulkOutcome};

use super::kinds::Kind;
use super::{Allowed, Change, Outcome, check_move, is_conflict};
use crate::catalog::CatalogItem;
use crate::output::message;

/// Entries of a page of a listing.
const PAGE: u32 = 200;

/// Returns what the server has of these items.
async fn existing<T: Kind>(
    client: &Client,
    items: &[CatalogItem<T::Put>],
) -> Result<HashMap<String, T>, Error> {
    let catalog = client.catalog::<T>();
    let mut pages = catalog.list().page_size(PAGE);
    let mut found = HashMap::new();
    while let Some(page) = pages.next().await? {
        if page.page_count as usize > items.len() {
            // The server has far more: one call for each of these is less to ask.
            found.clear();
            for item in items {
                let entry = catalog.find(&item.id).await?;
                found.extend(entry.map(|entry| (item.id.clone(), entry.into_inner())));
            }
            return Ok(found);
        }
        let entries = page.into_inner().entities.into_iter();
        found.extend(entries.map(|entry| (entry.id(), entry)));
    }
    Ok(found)
}

/// A change that is sent.
struct Sent<'a> {
    at: &'a str,
    /// The place of its outcome.
    place: usize,
    before: Option<u64>,
    secret: Option<String>,
}

/// Creates or updates all items, unless the server has them already. One that is refused
/// keeps none of the others back; the first refusal is the error.
pub(super) async fn send<T: Kind + BulkEntry>(
    client: &Client,
    items: &[CatalogItem<T::Put>],
    allowed: Allowed<'_>,
    done: &mut Vec<Outcome>,
) -> anyhow::Result<()> {
    let existing = existing::<T>(client, items).await?;
    let (mut sent, mut entities) = (Vec::new(), Vec::new());
    let mut outcomes = Vec::with_capacity(items.len());
    for (place, item) in items.iter().enumerate() {
        let current = existing.get(&item.id);
        if current.is_some_and(|current| current.is_same(&item.put)) {
            outcomes.push(Some(Outcome::new(T::NAME, &item.id, Change::Unchanged)));
            continue;
        }
        if let Some(current) = current {
            let place = || format!("{}: {} {}", item.at, T::NAME, item.id);
            check_move::<T>(current, &item.put, allowed.moves).with_context(place)?;
        }
        let mut put = item.put.clone();
        // If somebody changes the item after it was read, the server refuses the change.
        let before = current.map(|current| current.version());
        T::tie(&mut put, before);
        let secret = match before {
            None => T::complete(&mut put)?,
            Some(_) => None,
        };
        outcomes.push(None);
        sent.push(Sent {
            at: &item.at,
            place,
            before,
            secret,
        });
        entities.push(BulkEntity {
            id: item.id.clone(),
            put,
        });
    }
    let result = put_all::<T>(client, &entities, sent, allowed, &mut outcomes).await;
    done.extend(outcomes.into_iter().flatten());
    result
}

async fn put_all<T: Kind + BulkEntry>(
    client: &Client,
    mut entities: &[BulkEntity<T::Put>],
    sent: Vec<Sent<'_>>,
    allowed: Allowed<'_>,
    outcomes: &mut [Option<Outcome>],
) -> anyhow::Result<()> {
    let mut sent = sent.into_iter();
    let mut refusals = Vec::new();
    while !entities.is_empty() {
        let answers = client.catalog::<T>().put_many(entities).await?;
        anyhow::ensure!(
            (1..=entities.len()).contains(&answers.len()),
            "the server has answered {} of {} changes",
            answers.len(),
            entities.len()
        );
        let (asked, rest) = entities.split_at(answers.len());
        entities = rest;
        let answers = answers.into_iter().zip(asked).zip(sent.by_ref());
        for ((answer, asked), sent) in answers {
            let (place, at) = (sent.place, sent.at);
            let id = answer.id.clone();
            match outcome(client, answer, &asked.put, sent, allowed).await {
                Ok(outcome) => outcomes[place] = Some(outcome),
                Err(error) => refusals.push((format!("{at}: {} {id}", T::NAME), error)),
            }
        }
    }
    let mut refusals = refusals.into_iter();
    let Some((first, error)) = refusals.next() else {
        return Ok(());
    };
    for (place, error) in refusals {
        message(&format!("{place}: {error:#}"));
    }
    Err(error).context(first)
}

async fn outcome<T: Kind>(
    client: &Client,
    answer: BulkOutcome<T>,
    put: &T::Put,
    sent: Sent<'_>,
    allowed: Allowed<'_>,
) -> anyhow::Result<Outcome> {
    let entity = match (answer.entity, answer.error.map(Error::from)) {
        (Some(entity), _) => entity,
        (None, Some(refusal)) if sent.before.is_some() && is_conflict(&refusal) => {
            T::correct(client, &answer.id, put, allowed.correct, refusal).await?
        }
        (None, Some(error)) => return Err(error.into()),
        (None, None) => bail!("the server gives no outcome for {}", answer.id),
    };
    let change = Change::between(sent.before, entity.version());
    Ok(Outcome {
        secret: sent.secret,
        ..Outcome::new(T::NAME, &answer.id, change)
    })
}
