//! `POST /api/v2/billing/usage/events`.

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_ENCODING;
use axum::response::Response;
use exchequer_app::ingest::Format;
use exchequer_app::limits::MAX_BODY;
use exchequer_app::usage;
use exchequer_types::IngestResponse;

use crate::auth::Tenant;
use crate::binary_mode;
use crate::body;
use crate::endpoints::ok;
use crate::error::ApiError;
use crate::openapi::UsageEvent;
use crate::params::Params;
use crate::state::HttpState;
use crate::wire::ingested;

/// Ingests usage events (CloudEvents 1.0).
///
/// The answer is sent once everything that it reports is durable. It says of each event
/// whether it counts: look at `rejected` and `conflicts`, because a list is answered 200
/// even if none of its events does. Sending the same events again is harmless: the answer
/// counts them as duplicates.
///
/// Other bodies are read, too, by their `Content-Type`:
/// * one event, an object, as `application/json` or `application/cloudevents+json`. If it
///   does not count, that is an error: 400 if it was refused, 409 if another event with
///   its id is stored;
/// * an array as `application/cloudevents-batch+json`;
/// * one event on each line as `application/x-ndjson`;
/// * the data of one event whose attributes are in headers `ce-id`, `ce-source` and so on
///   (binary mode of CloudEvents).
///
/// `Content-Encoding` may be `gzip` or `zstd`.
#[utoipa::path(
    post,
    path = super::USAGE_EVENTS,
    tag = "Usage",
    operation_id = "postBillingUsageEvents",
    params(
        ("dryRun" = Option<bool>, Query, description = "Checks the events and stores nothing."),
        ("organizationId" = Option<uuid::Uuid>, Query,
            description = "For operators: the organisation of events that name none."),
    ),
    request_body(content = Vec<UsageEvent>, content_type = "application/json",
        description = "The events, at most 10,000 of them and 16 MiB."),
    responses(
        (status = 200, description = "The result for the events.", body = IngestResponse),
        (status = 409, description = "The event, sent alone, is stored with other content."),
    ),
)]
pub(crate) async fn post(
    State(state): State<HttpState>,
    tenant: Tenant,
    params: Params,
    request: Request,
) -> Result<Response, ApiError> {
    let (head, body) = request.into_parts();
    let dry_run = params.flag("dryRun")?;
    let (format, batch) = format(&head.headers)?;
    let mut lease = state.bodies().lease();
    let mut body = body::read(body, MAX_BODY, &mut lease).await?;
    if binary_mode::is_binary(&head.headers) {
        body = binary_mode::to_structured(&head.headers, &body)?;
    }
    let mut ingested = usage::ingest(state.app(), &tenant, body, format, dry_run).await?;
    // A sender of one event looks at the status, and not into a list of outcomes.
    if ingested.alone
        && !batch
        && let Some(refusal) = ingested::refusal(&mut ingested)
    {
        return Err(refusal);
    }
    ok(&ingested::to_wire(ingested))
}

const BATCH: &str = "application/cloudevents-batch+json";

/// Returns the format of the body by its media type, and whether that is of a list.
fn format(headers: &HeaderMap) -> Result<(Format, bool), ApiError> {
    const KNOWN: &str = "application/json, application/cloudevents+json, \
         application/cloudevents-batch+json, application/x-ndjson, with gzip, zstd or no encoding";
    // The decompression layer has removed the encodings that it knows.
    if headers
        .get(CONTENT_ENCODING)
        .is_some_and(|encoding| encoding != "identity")
    {
        return Err(ApiError::unsupported_media_type(KNOWN));
    }
    if binary_mode::is_binary(headers) {
        binary_mode::check_data_type(headers)?;
        return Ok((Format::Json, false));
    }
    match body::media_type(headers).as_deref() {
        None | Some("application/json" | "application/cloudevents+json") => {
            Ok((Format::Json, false))
        }
        Some(BATCH) => Ok((Format::Json, true)),
        Some("application/x-ndjson" | "application/ndjson") => Ok((Format::Ndjson, true)),
        Some(_) => Err(ApiError::unsupported_media_type(KNOWN)),
    }
}
