//! Ingestion: from the body of a request to durable events.

use std::collections::HashSet;

use bytes::Bytes;
use exchequer_core::{ClientId, Instant, OrganizationId};
use exchequer_ledger::{Request, Verdict};
use tokio::sync::OwnedRwLockReadGuard;

use crate::access::{Caller, Tenant};
use crate::app::App;
use crate::error::{Error, Fault};
use crate::ingest::{self, BodyError, Format, IngestContext, Parsed, Rejection};
use crate::limits::PARSED_AT_ONCE;

/// The outcome of one body of events.
#[derive(Debug, Default)]
pub struct Ingested {
    /// Events that were kept.
    pub accepted: u64,
    /// Kept events that no meter listens to.
    pub unmetered: u64,
    /// Events that were kept before.
    pub duplicates: u64,
    /// Events that differ from the kept event of their id.
    pub conflicts: Vec<Conflict>,
    /// Events that were refused.
    pub rejected: Vec<Rejection>,
}

/// An event that differs from the kept event of its id.
#[derive(Debug)]
pub struct Conflict {
    /// True if another client has sent the event that stands.
    pub of_another_client: bool,
    /// The client that has sent the event that stands, if it is another one and the
    /// caller may know which: an operator's client.
    pub client: Option<ClientId>,
    /// Its position in the request, from 0.
    pub index: u32,
    /// Its id.
    pub id: String,
}

/// Keeps the events of one body, and returns once they are durable. A dry run
/// checks them and keeps nothing.
///
/// # Errors
/// [`Error::Invalid`] if the body as a whole cannot be read.
pub async fn ingest(
    app: &App,
    tenant: &Tenant,
    body: Bytes,
    format: Format,
    dry_run: bool,
) -> Result<Ingested, Error> {
    app.catch_up().await?;
    // Held until the events are durable: no organisation vanishes meanwhile.
    let known = app.organizations().clone().read_owned().await;
    let received = app.now();
    let reader = Reader {
        app: app.clone(),
        received,
        home: tenant.id(),
        caller: tenant.caller().clone(),
        known,
        body: body.clone(),
        format,
    };
    let read = if body.len() <= PARSED_AT_ONCE {
        reader.parse()?
    } else {
        let turn = app.parsers().acquire().await;
        let _turn = turn.map_err(|closed| Error::Unavailable(closed.into()))?;
        tokio::task::spawn_blocking(move || reader.parse()).await??
    };
    let verdicts = if dry_run {
        vec![Verdict::Accepted; read.request.len()]
    } else {
        app.store().ingest(read.request, received).await?
    };
    drop(read.known);
    let ingested = settle(read.parsed, &verdicts, &body, tenant.caller());
    if !dry_run {
        count(&ingested);
    }
    Ok(ingested)
}

type KnownOrganizations = OwnedRwLockReadGuard<HashSet<OrganizationId>>;

/// A body and all that reading it takes; it may be read on another thread.
struct Reader {
    app: App,
    received: Instant,
    home: OrganizationId,
    caller: Caller,
    known: KnownOrganizations,
    body: Bytes,
    format: Format,
}

/// A body that was read: its events as they are to be kept, and the rest.
struct ParsedRequest {
    parsed: Parsed,
    request: Request,
    known: KnownOrganizations,
}

impl Reader {
    fn parse(self) -> Result<ParsedRequest, Error> {
        let meters = self.app.store().meters();
        let context = IngestContext {
            now: self.received,
            home: self.home,
            operator: self.caller.is_operator(),
            sender: self.caller.sender(),
            meters: &meters,
            partitions: self.app.store().partitions(),
            organization_exists: &|id| self.known.contains(&id),
        };
        let mut parsed = ingest::parse(&self.body, self.format, &context)?;
        let builder = std::mem::take(&mut parsed.builder);
        let request = builder.build(&self.app.store().identity_key());
        Ok(ParsedRequest {
            parsed,
            request,
            known: self.known,
        })
    }
}

impl From<BodyError> for Error {
    fn from(error: BodyError) -> Self {
        let (unit, limit) = match error {
            BodyError::TooManyEvents { limit } => ("events", limit as usize),
            BodyError::TooLarge { limit } => ("bytes", limit),
            other => return Self::unreadable(other.to_string()),
        };
        Self::Invalid {
            field: "body",
            why: Fault::TooMany { unit, limit },
        }
    }
}

/// Brings the verdicts together with the places that the events had in the request.
fn settle(parsed: Parsed, verdicts: &[Verdict], body: &[u8], caller: &Caller) -> Ingested {
    // A verdict of the wrong event would be a figure that nobody can trust.
    assert_eq!(verdicts.len(), parsed.indices.len(), "a verdict an event");
    assert_eq!(verdicts.len(), parsed.unmetered.len(), "a flag an event");
    let mut ingested = Ingested::default();
    for (pushed, verdict) in verdicts.iter().enumerate() {
        match verdict {
            Verdict::Accepted => {
                ingested.accepted += 1;
                ingested.unmetered += u64::from(parsed.unmetered[pushed]);
            }
            Verdict::Duplicate => ingested.duplicates += 1,
            Verdict::Conflict { client } => {
                let other = client.filter(|client| *client != caller.client.id);
                ingested.conflicts.push(Conflict {
                    index: parsed.indices[pushed],
                    id: parsed.ids.get(pushed, body),
                    of_another_client: other.is_some(),
                    client: other.filter(|_| caller.is_operator()),
                });
            }
        }
    }
    ingested.rejected = parsed.rejected;
    ingested
}

fn count(ingested: &Ingested) {
    let outcomes = [
        ("accepted", ingested.accepted),
        ("duplicate", ingested.duplicates),
        ("conflict", ingested.conflicts.len() as u64),
        ("rejected", ingested.rejected.len() as u64),
    ];
    for (outcome, events) in outcomes {
        metrics::counter!("exchequer_events_total", "outcome" => outcome).increment(events);
    }
    metrics::counter!("exchequer_events_unmetered_total").increment(ingested.unmetered);
}
