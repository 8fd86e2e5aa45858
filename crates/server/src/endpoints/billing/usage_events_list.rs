//! `GET /api/v2/billing/usage/events`.

use axum::extract::State;
use axum::response::Response;
use exchequer_app::audited_reads::AuditedRead;
use exchequer_app::limits::MAX_NAME;
use exchequer_app::{App, evidence};
use exchequer_core::{OrganizationId, TimeRange};
use exchequer_store::EventQuery;
use exchequer_types::{CursorListing, RecordedEvent};

use super::USAGE_EVENTS;
use super::range;
use crate::auth::Tenant;
use crate::cursor;
use crate::endpoints::ok;
use crate::error::ApiError;
use crate::paging::size;
use crate::params::Params;
use crate::uri::escape;
use crate::wire::usage::event_to_wire;

const DEFAULT_SIZE: u32 = 100;
const LARGEST_SIZE: u32 = 1_000;

/// Lists the usage events behind a figure, in order of time.
///
/// With `meter`, the list holds only the events that this meter reads: those in
/// `[startDate, endDate)`, or sessions that overlap that range, even if they
/// began before it. Without `meter`, it holds every event of the range.
/// `nextUri` leads to the next page. All pages show the events that were stored
/// when the first page was read, whatever arrives meanwhile. A page may hold
/// fewer than `pageSize` events, even none, and still have a `nextUri`. A
/// voided event counts nowhere and is left out, unless the request has
/// `expand=voided`.
#[utoipa::path(
    get,
    path = USAGE_EVENTS,
    tag = "Usage",
    operation_id = "getBillingUsageEvents",
    params(
        ("startDate" = String, Query, format = DateTime,
            description = "The start of the range, e.g. yyyy-MM-ddTHH:mm:ss[.mmm]Z."),
        ("endDate" = String, Query, format = DateTime,
            description = "The end of the range, e.g. yyyy-MM-ddTHH:mm:ss[.mmm]Z."),
        ("meter" = Option<String>, Query, description = "Lists only the events that this meter reads."),
        ("resource" = Option<String>, Query, max_length = 256, description = "Lists only the events of this resource."),
        ("expand" = Option<String>, Query, description = "`voided` adds voided events."),
        ("after" = Option<String>, Query, description = "The cursor of a `nextUri`."),
        ("pageSize" = Option<u32>, Query, minimum = 1, description = "The size of a page: 100 by default, at most 1,000."),
        ("organizationId" = Option<uuid::Uuid>, Query, description = "For operators: the organisation whose events to list."),
    ),
    responses((status = 200, description = "A page of the list.", body = CursorListing<RecordedEvent>)),
)]
pub(crate) async fn get(
    State(app): State<App>,
    tenant: Tenant,
    params: Params,
) -> Result<Response, ApiError> {
    let page_size = size(&params, DEFAULT_SIZE, LARGEST_SIZE)?;
    app.catch_up().await?;
    let query = query(
        &app,
        &params,
        tenant.id(),
        range::parse(&params)?,
        page_size,
    )?;
    let read = AuditedRead {
        organization: tenant.id(),
        action: "events.read",
        object: "usage/events",
        detail: detail(&query),
    };
    read.record_if_foreign(&app, &tenant).await?;
    let page = evidence::events(&app, tenant.id(), query).await?;
    let events = page.events.into_iter();
    let entities = events.map(|(event, received)| event_to_wire(event, received));
    let entities = entities.collect::<Result<_, _>>()?;
    let uri = |after: Option<&str>| uri(&params, page_size, after, tenant.foreign());
    let next = page.next.map(|next| cursor::to_text(tenant.id(), next));
    ok(&CursorListing {
        entities,
        page_size,
        next_uri: next.map(|next| uri(Some(&next))),
        self_uri: Some(uri(params.get("after").filter(|after| !after.is_empty()))),
    })
}

fn query(
    app: &App,
    params: &Params,
    organization: OrganizationId,
    range: TimeRange,
    page_size: u32,
) -> Result<EventQuery, ApiError> {
    let given = |name| params.get(name).filter(|text: &&str| !text.is_empty());
    let meter = given("meter").map(|name| evidence::meter(app, name));
    let resource = given("resource").map(str::to_owned);
    if let Some(long) = resource.as_ref().filter(|name| name.len() > MAX_NAME) {
        let allowed = "names of at most 256 bytes";
        return Err(ApiError::invalid_param(long, "resource", allowed));
    }
    let from = given("after").map(|text| cursor::parse(organization, text));
    Ok(EventQuery {
        range,
        meter: meter.transpose()?,
        resource,
        voided: params.expands("voided"),
        from: from.transpose()?,
        limit: page_size as usize,
    })
}

/// Returns the question as the audit trail records it.
fn detail(query: &EventQuery) -> String {
    let mut detail = range::to_text(query.range);
    for (of, name) in [(" of ", &query.meter), (" at ", &query.resource)] {
        if let Some(name) = name {
            detail.push_str(of);
            detail.push_str(name);
        }
    }
    detail
}

/// Returns the path of a page. Dates stay as the caller wrote them: written again they
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
