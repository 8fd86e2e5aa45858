//! `GET /api/v2/billing/reports/billableusage`.

use axum::extract::State;
use axum::http::header::{CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use exchequer_store::report_jobs::ReportScope;
use exchequer_types::{BillingUsageReport, ReportStatus};

use super::range;
use crate::app::looks::{Look, Trace};
use crate::app::reports::{self, Answer};
use crate::auth::Tenant;
use crate::endpoints::ok;
use crate::error::ApiError;
use crate::params::Params;
use crate::state::AppState;

/// Returns a report of the billable usages.
///
/// The report lists the billable usages (e.g. licenses and devices used) of a
/// given period. If the status of the answer is InProgress, wait a few seconds,
/// then send the same request again. The range is `[startDate, endDate)`. Dates
/// without a zone are UTC, and an end of 23:59:59 means the next midnight.
#[utoipa::path(
    get,
    path = "/api/v2/billing/reports/billableusage",
    tag = "Billing",
    operation_id = "getBillingReportsBillableusage",
    params(
        ("startDate" = String, Query,
            description = "The period start date, e.g. yyyy-MM-ddTHH:mm:ss[.mmm]Z"),
        ("endDate" = String, Query,
            description = "The period end date, e.g. yyyy-MM-ddTHH:mm:ss[.mmm]Z"),
        ("organizationId" = Option<String>, Query, description = "For operators: the organization to report on."),
        ("If-None-Match" = Option<String>, Header, description = "The `ETag` of a report that the caller already has."),
    ),
    responses(
        (status = 200, description = "The report, or the answer that it is in progress.",
            body = BillingUsageReport, headers(("ETag" = String))),
        (status = 304, description = "The report that the caller has is still current."),
    ),
)]
pub(crate) async fn get(
    State(state): State<AppState>,
    tenant: Tenant,
    params: Params,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let subject = ReportScope {
        organization: tenant.id(),
        range: range::parse(&params)?,
    };
    let look = Look {
        organization: subject.organization,
        action: "report.read",
        object: "billableusage",
        detail: range::to_text(subject.range),
    };
    let trace = Trace::of(&state, &tenant, look);
    if subject.range.is_empty() {
        trace.left().await?;
        let nothing = reports::in_progress(&subject);
        return ok(&BillingUsageReport {
            status: Some(ReportStatus::Complete),
            ..nothing
        });
    }
    let has_one = headers.contains_key(IF_NONE_MATCH);
    let has_it = has_one.then_some(|tag: &str| has(&headers, tag));
    let found = reports::report(&state, subject, &trace, has_it);
    // The trace is durable before anything is shown, and costs no extra time.
    let (_, found) = tokio::join!(trace.left(), found);
    trace.left().await?;
    match found? {
        Answer::InProgress => ok(&reports::in_progress(&subject)),
        Answer::Complete { etag, body } if !has(&headers, &etag) => {
            let headers = [
                (ETAG, quoted(&etag)),
                (CONTENT_TYPE, "application/json".to_owned()),
            ];
            Ok((headers, body.into_body()).into_response())
        }
        Answer::NotModified { etag } | Answer::Complete { etag, .. } => {
            Ok((StatusCode::NOT_MODIFIED, [(ETAG, quoted(&etag))]).into_response())
        }
    }
}

/// Returns true if the caller says that it has the report with this tag.
fn has(headers: &HeaderMap, tag: &str) -> bool {
    headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|list| {
            list.split(',').map(str::trim).any(|known| {
                known == "*" || known.strip_prefix("W/").unwrap_or(known).trim_matches('"') == tag
            })
        })
}

fn quoted(tag: &str) -> String {
    format!("\"{tag}\"")
}
