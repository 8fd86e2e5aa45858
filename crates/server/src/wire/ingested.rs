//! The outcome of a body of events on the wire.

use exchequer_app::usage::Ingested;
use exchequer_types::{IngestConflict, IngestRejection, IngestResponse};

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
        unmatched: ingested.unmatched,
        duplicates: ingested.duplicates,
        conflicts: conflicts.collect(),
        rejected: rejected.collect(),
    }
}
