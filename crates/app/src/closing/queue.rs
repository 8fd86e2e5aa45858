//! The queue: contracts that are due, a partition at a time.

use exchequer_core::Instant;
use exchequer_store::billing::due::{self, Due};
use exchequer_store::{Snapshot, Transaction};

use super::plan::{Ask, Plan};
use super::settle::{fail, plan_of, store};
use crate::app::App;
use crate::error::Error;

/// Contracts that are looked at before what that gives is stored.
const AT_ONCE: u32 = 64;

/// How long a node keeps a partition to itself.
const LEASE_SECONDS: i64 = 60;

/// The shortest and the longest time until a contract is tried again that failed.
const BACKOFF_SECONDS: (i64, i64) = (60, 6 * 3_600);

const SECOND: i64 = exchequer_core::MICROS_PER_SECOND;

/// Closes what is due of all contracts. Returns the number of contracts that were looked at.
///
/// # Errors
/// If the database fails.
pub async fn close_due(app: &App, node: [u8; 16]) -> Result<u64, Error> {
    let mut looked_at = 0;
    for partition in app.database().read(due::partitions).await? {
        loop {
            let now = app.now();
            let until = Instant::from_micros(now.micros() + LEASE_SECONDS * SECOND);
            let lease = move |tx: &Transaction<'_>| due::lease(tx, partition, node, now, until);
            let list = move |db: &Snapshot<'_>| due::list(db, partition, now, AT_ONCE);
            let found = app.database().read(list).await?;
            // Only who has something to do takes the partition.
            if found.is_empty() || !app.database().write_one(lease).await? {
                break;
            }
            looked_at += found.len() as u64;
            close_some(app, found).await?;
        }
    }
    Ok(looked_at)
}

/// Closes contracts of one partition.
async fn close_some(app: &App, found: Vec<Due>) -> Result<(), Error> {
    let mut plans: Vec<Plan> = Vec::new();
    for due in found {
        match plan_of(app, due.organization, &due.contract, Ask::default()).await {
            Ok(Some(plan)) => plans.push(plan),
            Ok(None) => {}
            Err(passing) if passing.is_passing() => return Err(passing),
            Err(error) => put_off(app, due, error).await?,
        }
    }
    let Some(first) = plans.first() else {
        return Ok(());
    };
    let organization = first.chain.organization;
    // What has changed meanwhile is still due, and is looked at again.
    store(app, organization, plans, None).await?;
    Ok(())
}

/// Notes that a contract could not be closed: nobody else waits for it.
async fn put_off(app: &App, due: Due, error: Error) -> Result<(), Error> {
    let (shortest, longest) = BACKOFF_SECONDS;
    let seconds = shortest << due.failures.min(16);
    let again = app.now().micros() + seconds.min(longest) * SECOND;
    let why = error.chain();
    tracing::error!(
        contract = due.contract,
        error = why,
        "a contract cannot be closed"
    );
    fail(
        app,
        due.organization,
        due.contract,
        Instant::from_micros(again),
        why,
    )
    .await
}
