//! The outcome of a body of events on the wire.

use exchequer_app::usage::{Conflict, Ingested};
use exchequer_types::{IngestConflict, IngestRejection, IngestResponse};

use crate::error::ApiError;

/// Returns the refusal of the event of a body that holds no other, if it does not count.
pub(crate) fn refusal(ingested: &mut Ingested) -> Option<ApiError> {
    if let Some(rejection) = ingested.rejected.pop() {
        return Some(ApiError::rejected(rejection));
    }
    let Conflict {
        id,
        of_another_client,
        client,
        ..
    } = ingested.conflicts.pop()?;
    let by = match (client, of_another_client) {
        (Some(client), _) => format!(", sent by client {client}"),
        (None, true) => ", sent by another client".to_owned(),
        (None, false) => String::new(),
    };
    let why = format!("an event with the id {id} and its source is kept with other content{by}");
    Some(ApiError::conflict(why))
}

/// Returns the answer to a body of events.
pub(crate) fn to_wire(ingested: Ingested) -> IngestResponse {
    let conflicts = ingested
        .conflicts
        .into_iter()
        .map(|conflict| IngestConflict {
            index: conflict.index,
            id: conflict.id,
            other_client: conflict.of_another_client,
            client: conflict.client.map(|client| client.to_string()),
        });
    let rejected = ingested
        .rejected
        .into_iter()
        .map(|rejection| IngestRejection {
            index: rejection.index,
            id: rejection.id,
            code: rejection.code.to_owned(),
            message: rejection.message,
        });
    IngestResponse {
        accepted: ingested.accepted,
        unmetered: ingested.unmetered,
        skipped: ingested.skipped,
        unmatched: ingested.unmatched,
        duplicates: ingested.duplicates,
        conflicts: conflicts.collect(),
        rejected: rejected.collect(),
    }
}
