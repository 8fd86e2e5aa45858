//! Many resources in one request. Each is put as if it were alone: a refusal is the
//! outcome of one, and the others are made.

use axum::extract::{FromRequest, Request};
use axum::response::Response;
use exchequer_types::{BulkAnswer, BulkOutcome};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Written;
use crate::body::{Document, Put, read_object, unreadable};
use crate::endpoints::ok;
use crate::error::ApiError;
use crate::limits::{BULK_BODY, BULK_ENTITIES};
use crate::middleware::CorrelationId;
use crate::state::HttpState;

/// The resources of a request, not yet read, each with its id.
pub(crate) struct Bulk {
    entities: Vec<(String, Map<String, Value>)>,
    correlation: CorrelationId,
}

impl FromRequest<HttpState> for Bulk {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &HttpState) -> Result<Self, ApiError> {
        let correlation = request.extensions().get::<CorrelationId>();
        let correlation = correlation.expect("the edge has set it").clone();
        let body = read_object(request, state, BULK_BODY).await?;
        let BulkObjects { entities } = serde_json::from_slice(&body).map_err(unreadable)?;
        if entities.len() > BULK_ENTITIES {
            return Err(ApiError::too_large("entities", BULK_ENTITIES));
        }
        // Without an id there is no outcome: this ends the request, so nothing of it may
        // have been put. The secret of a client that is made is told only once.
        let entities: Option<_> = entities.into_iter().map(identified).collect();
        Ok(Self {
            entities: entities
                .ok_or_else(|| ApiError::malformed("Each entity needs a string `id`."))?,
            correlation,
        })
    }
}

/// A [`BulkPut`](exchequer_types::BulkPut) whose entities are not yet read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BulkObjects {
    entities: Vec<Map<String, Value>>,
}

/// Takes the id out of an entity, if it has one.
fn identified(mut entity: Map<String, Value>) -> Option<(String, Map<String, Value>)> {
    match entity.remove("id") {
        Some(Value::String(id)) => Some((id, entity)),
        _ => None,
    }
}

impl Bulk {
    /// Puts one after the other: a contract may follow another of the same request.
    ///
    /// # Errors
    /// If the server fails. What was put before stays, and can be put again.
    pub(super) async fn put_each<T, B, F>(
        self,
        put: impl Fn(String, T) -> F,
    ) -> Result<Response, ApiError>
    where
        T: Put,
        B: Serialize,
        F: Future<Output = Result<Written<B>, ApiError>>,
    {
        let mut outcomes = Vec::with_capacity(self.entities.len());
        for (id, entity) in self.entities {
            let put = match Document::parse(&id, Value::Object(entity)) {
                Ok(Document(body)) => put(id.clone(), body).await,
                Err(refusal) => Err(refusal),
            };
            let outcome = match put {
                Ok(written) => BulkOutcome {
                    id,
                    status: written.status.as_u16(),
                    entity: Some(written.body),
                    error: None,
                },
                Err(refusal) if refusal.is_final() => {
                    let error = refusal.plain_body(&self.correlation.0);
                    BulkOutcome {
                        id,
                        status: error.status,
                        entity: None,
                        error: Some(error),
                    }
                }
                Err(failure) => return Err(failure),
            };
            outcomes.push(outcome);
        }
        ok(&BulkAnswer { entities: outcomes })
    }
}
