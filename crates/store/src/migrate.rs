//! Moving up: a copy of an embedded ledger in PostgreSQL.
//!
//! Every commit of the old ledger is made again, in its order and with its
//! instant, so that marks say the same and all that is derived from events is
//! derived again. An event that is there already is a duplicate, so a copy that was cut
//! short goes on where its last note says, or a little before.

mod catalog;
mod digest;
mod marks;
mod source;

use std::collections::BTreeMap;
use std::path::Path;

use exchequer_core::{Instant, OrganizationId};
use exchequer_ledger::{Partitions, Request, RequestBuilder, Verdict};

pub use digest::Digest;

use crate::catalog::organizations;
use crate::error::StoreError;
use crate::limits::{MIGRATED_EVENTS, PARTITIONS};
use crate::location::{Location, PostgresConfig};
use crate::postgres::Postgres;
use crate::settings;
use crate::sql::{Snapshot, Transaction};
use crate::sqlite;
use crate::store::Store;
use digest::{Held, Ledger};
use marks::Marks;
use source::Source;

/// The result of a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migrated {
    /// Events of both ledgers.
    pub events: u64,
    /// The digest of both.
    pub digest: Digest,
}

/// Copies the ledger of a directory, which nobody serves meanwhile, into a
/// database that holds none, or an unfinished copy of it. `progress` is told
/// how many of all events are copied or compared: two passes in all.
///
/// # Errors
/// The ledger is served, damaged or of an older version; the database holds
/// another one, or fails; or the two differ, which would be a defect.
pub fn migrate(
    from: &Path,
    to: &PostgresConfig,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Migrated, StoreError> {
    run(
        from,
        to,
        Partitions::new(PARTITIONS),
        MIGRATED_EVENTS,
        progress,
    )
}

fn run(
    from: &Path,
    to: &PostgresConfig,
    partitions: Partitions,
    at_once: u64,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Migrated, StoreError> {
    sqlite::must_exist(from)?;
    let _lock = sqlite::lock(from)?;
    let mut connection = sqlite::open_reader(from)?;
    let snapshot = connection.transaction()?;
    let old = Snapshot::sqlite(&snapshot);
    let source = Source::open(old)?;
    let postgres = Postgres::open(to)?;
    let noted = postgres.serialized(|tx| begin(&old, tx, partitions))?;
    let store = Store::resume(&Location::from(to.clone()))?;
    let mut note = |copied| {
        postgres.change(|tx| settings::note_copied(tx, copied))?;
        progress(copied, 2 * source.last());
        Ok(())
    };
    let copied = copy(&source, &store, noted, at_once, &mut note);
    let copied = copied.and_then(|()| store.settle());
    let mut marks = Marks::read(&old, store.partitions())?;
    store.close();
    copied?;
    let migrated = compare(&old, &postgres, source.last(), &mut marks, progress)?;
    postgres.change(|tx| {
        catalog::copy_marked(&old, tx, &marks.in_copy())?;
        settings::forget_copied(tx)
    })?;
    Ok(migrated)
}

/// Makes the new ledger, or finds the copy that was begun; up to which seq it
/// is known to be made.
fn begin(
    old: &Snapshot<'_>,
    tx: &Transaction<'_>,
    partitions: Partitions,
) -> Result<u64, StoreError> {
    let secret = settings::secret(old)?.ok_or(StoreError::NotFound)?;
    match (settings::secret(tx)?, settings::copied(tx)?) {
        (None, _) => {
            settings::fix(tx, secret, partitions)?;
            catalog::copy(old, tx)?;
            settings::note_copied(tx, 0)?;
            Ok(0)
        }
        (Some(same), Some(copied)) if same == secret => {
            // The old ledger may have been served since.
            catalog::copy(old, tx)?;
            Ok(copied)
        }
        (Some(same), None) if same == secret => {
            let why = "the database holds this ledger already, complete";
            Err(StoreError::Conflict(why.to_owned()))
        }
        _ => {
            let why = "the database holds another ledger already";
            Err(StoreError::Conflict(why.to_owned()))
        }
    }
}

fn copy(
    source: &Source<'_>,
    store: &Store,
    noted: u64,
    at_once: u64,
    note: &mut dyn FnMut(u64) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let last = source.last();
    let mut done = noted;
    while done < last {
        let commits = source.commits(done, at_once)?;
        let Some((upto, _)) = commits.last().copied() else {
            let what = format!("mark {last}");
            return Err(StoreError::corrupt(what, "it is missing"));
        };
        let mut events = source.events(done, upto)?.into_iter().peekable();
        for (seq, received) in commits {
            let mut builder = RequestBuilder::new(store.partitions());
            while let Some(event) = events.next_if(|event| event.seq <= seq) {
                builder.sent_by(event.client);
                builder.push(event.organization, event.as_new());
            }
            send(store, builder.build(&store.identity_key()), received)?;
        }
        done = upto;
        note(done)?;
    }
    Ok(())
}

/// Makes a commit again. What an earlier attempt has made is known already.
fn send(store: &Store, request: Request, received: Instant) -> Result<(), StoreError> {
    let verdicts = store.ingest_and_wait(request, received)?.verdicts;
    let conflicts = |verdict: &Verdict| matches!(verdict, Verdict::Conflict { .. });
    if verdicts.iter().any(conflicts) {
        let why = "an event of the new ledger is another one";
        return Err(StoreError::Conflict(why.to_owned()));
    }
    Ok(())
}

/// Compares what both ledgers hold, and counts the events for the marks.
fn compare(
    old: &Snapshot<'_>,
    postgres: &Postgres,
    last: u64,
    marks: &mut Marks,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Migrated, StoreError> {
    let mut migrated = Migrated {
        events: 0,
        digest: Digest::default(),
    };
    // The old one first: the new one's snapshot must not wait for it.
    let (mut held, mut ledger) = (BTreeMap::new(), Ledger::open(*old)?);
    let mut looked_at = 0;
    for id in organizations::ids(old)? {
        let before = ledger.held(id, |seq| marks.count(id, seq))?;
        looked_at += before.events;
        held.insert(id, before);
        progress(last + looked_at / 2, 2 * last);
    }
    postgres.snapshot(|new| {
        let mut ledger = Ledger::open(*new)?;
        let mut held: Vec<_> = held.into_iter().collect();
        held.sort_by_key(|(id, _)| ledger.partition(*id));
        for (id, before) in held {
            let after = ledger.held(id, |_| ())?;
            if before != after {
                return Err(differs(id, &before, &after));
            }
            migrated.events += before.events;
            migrated.digest += before.digest;
            progress(last + (looked_at + migrated.events) / 2, 2 * last);
        }
        Ok(())
    })?;
    if migrated.events != last {
        let why = format!(
            "{last} events, {} of them in organisations",
            migrated.events
        );
        return Err(StoreError::corrupt("ledger", why));
    }
    Ok(migrated)
}

fn differs(id: OrganizationId, before: &Held, after: &Held) -> StoreError {
    let what = format!("copy of organization {id}");
    StoreError::corrupt(what, format!("it held {before}, and holds {after}"))
}

#[cfg(test)]
mod tests;
