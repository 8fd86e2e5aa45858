//! Ingestion: from the body of a request to durable events.

use std::collections::HashSet;

use bytes::Bytes;
use exchequer_core::{ClientId, Instant, OrganizationId};
use exchequer_ledger::{Request, Verdict};
use exchequer_store::Admission;
use tokio::sync::OwnedRwLockReadGuard;

use crate::access::{Caller, Tenant};
use crate::app::App;
use crate::error::{Error, Fault};
use crate::ingest::{self, BodyError, Format, IngestContext, Parsed, Rejection};
use crate::limits::PARSED_AT_ONCE;

/// The outcome of one body of events.
#[derive(Debug, Default)]
pub struct Ingested {
    /// True if the body was one event and no list of events.
    pub alone: bool,
    /// Events that were kept.
    pub accepted: u64,
    /// Kept events that no meter listens to.
    pub unmetered: u64,
    /// Kept events that a meter of their type cannot read and leaves out.
    pub skipped: u64,
    /// Voids, new or repeated, that meet no event: none has come yet, or not at an
    /// instant that they reach.
    pub unmatched: u64,
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
    let admission = if dry_run {
        read.unanswered()
    } else {
        app.store().ingest(read.request, received).await?
    };
    drop(read.known);
    let ingested = settle(read.parsed, &admission, &body, tenant.caller());
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
    /// The events to keep, and behind them those that are only compared.
    request: Request,
    known: KnownOrganizations,
}

impl ParsedRequest {
    /// Returns what would be decided if nothing were kept yet.
    fn unanswered(&self) -> Admission {
        let mut verdicts = vec![Verdict::Accepted; self.parsed.indices.len()];
        verdicts.resize(self.request.len(), Verdict::Unknown);
        Admission {
            verdicts,
            unmatched: 0,
        }
    }
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
        let key = self.app.store().identity_key();
        let request = std::mem::take(&mut parsed.builder).build(&key);
        let compared = std::mem::take(&mut parsed.compared).build(&key);
        Ok(ParsedRequest {
            parsed,
            request: request.and_compare(compared),
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
fn settle(mut parsed: Parsed, decided: &Admission, body: &[u8], caller: &Caller) -> Ingested {
    let taken = parsed.indices.len();
    // A verdict of the wrong event would be a figure that nobody can trust.
    let places = std::mem::take(&mut parsed.compared_places);
    assert_eq!(
        decided.verdicts.len(),
        taken + places.len(),
        "a verdict an event"
    );
    assert_eq!(taken, parsed.unmetered.len(), "a flag an event");
    assert_eq!(taken, parsed.skipped.len(), "a flag an event");
    let (kept, compared) = decided.verdicts.split_at(taken);
    let mut ingested = Ingested {
        alone: parsed.alone,
        unmatched: decided.unmatched,
        ..Ingested::default()
    };
    for (pushed, verdict) in kept.iter().enumerate() {
        match verdict {
            Verdict::Accepted => {
                ingested.accepted += 1;
                ingested.unmetered += u64::from(parsed.unmetered[pushed]);
                ingested.skipped += u64::from(parsed.skipped[pushed]);
            }
            Verdict::Duplicate => ingested.duplicates += 1,
            Verdict::Conflict { client } => {
                let (index, id) = (parsed.indices[pushed], parsed.ids.get(pushed, body));
                ingested
                    .conflicts
                    .push(Conflict::new(index, id, *client, caller));
            }
            Verdict::Unknown => unreachable!("an event that was to be kept was only compared"),
        }
    }
    ingested.rejected = parsed.rejected;
    ingested.take_known(places.into_iter().zip(compared), caller);
    ingested
}

impl Ingested {
    /// Takes the events that are kept already out of the rejected ones, which a meter
    /// cannot read today. Each of them comes with its place there.
    fn take_known<'a>(
        &mut self,
        compared: impl Iterator<Item = (usize, &'a Verdict)>,
        caller: &Caller,
    ) {
        let mut known = vec![false; self.rejected.len()];
        for (place, verdict) in compared {
            known[place] = *verdict != Verdict::Unknown;
            match verdict {
                Verdict::Unknown => {}
                Verdict::Duplicate => self.duplicates += 1,
                Verdict::Conflict { client } => {
                    let rejection = &self.rejected[place];
                    let id = rejection.id.clone().expect("a valid event has an id");
                    let conflict = Conflict::new(rejection.index, id, *client, caller);
                    self.conflicts.push(conflict);
                }
                Verdict::Accepted => unreachable!("an event that was to be compared was kept"),
            }
        }
        let mut known = known.into_iter();
        self.rejected
            .retain(|_| !known.next().expect("a flag for each"));
        self.conflicts.sort_by_key(|conflict| conflict.index);
    }
}

impl Conflict {
    /// Describes the conflict with an event that this client has sent, if that is known.
    fn new(index: u32, id: String, client: Option<ClientId>, caller: &Caller) -> Self {
        let other = client.filter(|client| *client != caller.client.id);
        Self {
            index,
            id,
            of_another_client: other.is_some(),
            client: other.filter(|_| caller.is_operator()),
        }
    }
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
    metrics::counter!("exchequer_events_skipped_total").increment(ingested.skipped);
    metrics::counter!("exchequer_events_unmatched_total").increment(ingested.unmatched);
}
