//! `GET /api/v2/billing/usage/events`.

use axum::extract::State;
use axum::response::Response;
use exchequer_core::{OrganizationId, TimeRange};
use exchequer_store::EventQuery;
use exchequer_types::{CursorListing, RecordedEvent};

use super::USAGE_EVENTS;
use super::range::{self, range};
use crate::app::evidence;
use crate::app::looks::{self, Look};
use crate::auth::Tenant;
use crate::cursor;
use crate::endpoints::ok;
use crate::error::ApiError;
use crate::paging::size;
use crate::params::Params;
use crate::state::AppState;
use crate::uri::escape;

const DEFAULT_SIZE: u32 = 100;
const LARGEST_SIZE: u32 = 1_000;
/// The longest name of a resource that the door lets in, in bytes.
const LONGEST_NAME: usize = 256;

/// Lists usage events, in order of time: the evidence of a figure.
///
/// With `meter`, only what this meter reads: its events in
/// `[startDate, endDate)`, or its sessions that overlap that range, also those
/// that began before. Without, every event of the range. `nextUri` leads to the
/// next page; its pages show what was there at the first one, whatever arrives
/// meanwhile. A page may hold less than `pageSize`, even nothing, and still have
/// a `nextUri`. An event that another one voids counts nowhere and is left out,
/// unless `expand=voided` asks for it.
#[utoipa::path(
    get,
    path = USAGE_EVENTS,
    tag = "Usage",
    operation_id = "getBillingUsageEvents",
    params(
        ("startDate" = String, Query, description = "As of reports."),
        ("endDate" = String, Query, description = "As of reports."),
        ("meter" = Option<String>, Query, description = "Name of a meter."),
        ("resource" = Option<String>, Query, description = "Only what happened to this one."),
        ("expand" = Option<String>, Query, description = "`voided` shows also what is voided."),
        ("after" = Option<String>, Query, description = "A cursor, from a `nextUri`."),
        ("pageSize" = Option<u32>, Query, description = "100 unless given, at most 1,000."),
        ("organizationId" = Option<String>, Query, description = "Operators: whose events."),
    ),
    responses((status = 200, description = "A page.", body = CursorListing<RecordedEvent>)),
)]
pub(crate) async fn get(
    State(state): State<AppState>,
    tenant: Tenant,
    params: Params,
) -> Result<Response, ApiError> {
    let page_size = size(&params, DEFAULT_SIZE, LARGEST_SIZE)?;
    state.catch_up().await?;
    let query = query(&state, &params, tenant.id(), range(&params)?, page_size)?;
    if tenant.is_foreign() {
        let look = Look {
            organization: tenant.id(),
            action: "events.read",
            object: "usage/events",
            detail: detail(&query),
        };
        looks::record(&state, &tenant, look).await?;
    }
    let (entities, next) = evidence::events(&state, tenant.id(), query).await?;
    let uri = |after: Option<&str>| uri(&params, page_size, after, tenant.foreign());
    let next = next.map(|next| cursor::write(tenant.id(), next));
    ok(&CursorListing {
        entities,
        page_size,
        next_uri: next.map(|next| uri(Some(&next))),
        self_uri: Some(uri(params.get("after").filter(|after| !after.is_empty()))),
    })
}

fn query(
    state: &AppState,
    params: &Params,
    organization: OrganizationId,
    range: TimeRange,
    page_size: u32,
) -> Result<EventQuery, ApiError> {
    let given = |name| params.get(name).filter(|text: &&str| !text.is_empty());
    let meter = given("meter").map(|name| evidence::meter(state, name));
    let resource = given("resource").map(str::to_owned);
    if let Some(long) = resource.as_ref().filter(|name| name.len() > LONGEST_NAME) {
        let allowed = "names of at most 256 bytes";
        return Err(ApiError::invalid_param(long, "resource", allowed));
    }
    let from = given("after").map(|text| cursor::read(organization, text));
    Ok(EventQuery {
        range,
        meter: meter.transpose()?,
        resource,
        voided: params.expands("voided"),
        from: from.transpose()?,
        limit: page_size as usize,
    })
}

/// What was looked at, as a trail keeps it.
fn detail(query: &EventQuery) -> String {
    let mut detail = range::text(query.range);
    for (of, name) in [(" of ", &query.meter), (" at ", &query.resource)] {
        if let Some(name) = name {
            detail.push_str(of);
            detail.push_str(name);
        }
    }
    detail
}

/// The path of a page. Dates stay as the caller wrote them: written anew they
/// would be cut to milliseconds, and the next page would be of another range.
fn uri(
    params: &Params,
    page_size: u32,
    after: Option<&str>,
    organization: Option<OrganizationId>,
) -> String {
    let mut uri = format!("{USAGE_EVENTS}?pageSize={page_size}");
    let mut add = |name: &str, value: &str| {
        uri.push_str(&format!("&{name}={}", escape(value)));
    };
    for name in ["meter", "resource", "startDate", "endDate", "expand"] {
        if let Some(value) = params.get(name).filter(|value| !value.is_empty()) {
            add(name, value);
        }
    }
    if let Some(after) = after {
        add("after", after);
    }
    if let Some(id) = organization {
        add("organizationId", &id.to_string());
    }
    uri
}
