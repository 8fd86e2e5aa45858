//! Taking in usage events.

use std::collections::HashSet;

use axum::body::Bytes;
use exchequer_core::{Instant, OrganizationId};
use exchequer_ledger::{Request, Verdict};
use exchequer_types::{IngestConflict, IngestRejection, IngestResponse};

use tokio::sync::OwnedRwLockReadGuard;

use crate::auth::Tenant;
use crate::error::ApiError;
use crate::ingest::{self, BodyError, Door, Format, Parsed};
use crate::state::AppState;

/// Bodies beyond this are parsed off the threads that answer everybody.
const SMALL: usize = 64 * 1024;

/// Keeps the events of one body, and answers once they are durable. A dry run
/// checks them and keeps nothing.
pub(crate) async fn take_in(
    state: &AppState,
    tenant: &Tenant,
    body: Bytes,
    format: Format,
    dry_run: bool,
) -> Result<IngestResponse, ApiError> {
    state.catch_up().await?;
    // Held until the events are durable: no organisation vanishes meanwhile.
    let known = state.organizations().clone().read_owned().await;
    let received = state.now();
    let reader = Reader {
        state: state.clone(),
        received,
        home: tenant.id(),
        operator: tenant.caller.is_operator(),
        known,
        body: body.clone(),
        format,
    };
    let read = if body.len() <= SMALL {
        reader.read()?
    } else {
        let _turn = state
            .parsers()
            .acquire()
            .await
            .map_err(|_| ApiError::unavailable())?;
        let read = tokio::task::spawn_blocking(move || reader.read());
        read.await.map_err(|_| ApiError::internal())??
    };
    let verdicts = if dry_run {
        vec![Verdict::Accepted; read.request.len()]
    } else {
        state.store().ingest(read.request, received).await?
    };
    drop(read.known);
    let answer = answer(read.parsed, &verdicts, &body);
    if !dry_run {
        count(&answer);
    }
    Ok(answer)
}

type Known = OwnedRwLockReadGuard<HashSet<OrganizationId>>;

/// What reading a body takes; it may happen on another thread.
struct Reader {
    state: AppState,
    received: Instant,
    home: OrganizationId,
    operator: bool,
    known: Known,
    body: Bytes,
    format: Format,
}

/// A body that was read: its events as they are to be kept, and the rest.
struct Read {
    parsed: Parsed,
    request: Request,
    known: Known,
}

impl Reader {
    fn read(self) -> Result<Read, ApiError> {
        let meters = self.state.store().meters();
        let door = Door {
            now: self.received,
            home: self.home,
            operator: self.operator,
            meters: &meters,
            partitions: self.state.store().partitions(),
            organization_exists: &|id| self.known.contains(&id),
        };
        let mut parsed = ingest::parse(&self.body, self.format, &door).map_err(refusal)?;
        let builder = std::mem::take(&mut parsed.builder);
        let request = builder.build(&self.state.store().identity_key());
        Ok(Read {
            parsed,
            request,
            known: self.known,
        })
    }
}

fn refusal(error: BodyError) -> ApiError {
    match error {
        BodyError::TooManyEvents { limit } => {
            ApiError::too_large("events", usize::try_from(limit).unwrap_or(usize::MAX))
        }
        BodyError::TooLarge { limit } => ApiError::too_large("bytes", limit),
        other => ApiError::malformed(other.to_string()),
    }
}

/// What became of each event, in the places of the request.
fn answer(parsed: Parsed, verdicts: &[Verdict], body: &[u8]) -> IngestResponse {
    let mut answer = IngestResponse::default();
    for (pushed, verdict) in verdicts.iter().enumerate() {
        match verdict {
            Verdict::Accepted => {
                answer.accepted += 1;
                answer.unmetered += u64::from(parsed.unmetered.get(pushed) == Some(&true));
            }
            Verdict::Duplicate => answer.duplicates += 1,
            Verdict::Conflict => answer.conflicts.push(IngestConflict {
                index: parsed.indices.get(pushed).copied().unwrap_or_default(),
                id: parsed.ids.get(pushed, body),
            }),
        }
    }
    let rejected = parsed.rejected.into_iter();
    answer.rejected = rejected
        .map(|rejection| IngestRejection {
            index: rejection.index,
            id: rejection.id,
            code: rejection.code.to_owned(),
            message: rejection.message,
        })
        .collect();
    answer
}

fn count(answer: &IngestResponse) {
    let outcomes = [
        ("accepted", answer.accepted),
        ("duplicate", answer.duplicates),
        ("conflict", answer.conflicts.len() as u64),
        ("rejected", answer.rejected.len() as u64),
    ];
    for (outcome, events) in outcomes {
        metrics::counter!("exchequer_events_total", "outcome" => outcome).increment(events);
    }
    metrics::counter!("exchequer_events_unmetered_total").increment(answer.unmetered);
}
