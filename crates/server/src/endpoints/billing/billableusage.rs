//! `GET /api/v2/billing/reports/billableusage`.

use axum::extract::State;
use axum::http::header::{CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use exchequer_store::report_jobs::ReportScope;
use exchequer_types::{BillingUsageReport, ReportStatus};

use super::range::{self, range};
use crate::app::looks::{Look, Trace};
use crate::app::reports::{self, Answer};
use crate::auth::Tenant;
use crate::endpoints::ok;
use crate::error::ApiError;
use crate::params::Params;
use crate::state::AppState;

/// Get a report of the billable usages.
///
/// Report is of the billable usages (e.g. licenses and devices utilized) for a
/// given period. If response's status is InProgress, wait a few seconds, then
/// try the same request again. The range is `[startDate, endDate)`; dates
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
        ("organizationId" = Option<String>, Query, description = "Operators: whose report."),
        ("If-None-Match" = Option<String>, Header, description = "The `ETag` of a report at hand."),
    ),
    responses(
        (status = 200, description = "The report, or that it is in progress.",
            body = BillingUsageReport, headers(("ETag" = String))),
        (status = 304, description = "The report at hand is still the same."),
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
        range: range(&params)?,
    };
    let look = Look {
        organization: subject.organization,
        action: "report.read",
        object: "billableusage",
        detail: range::text(subject.range),
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

/// Whether the caller says that it has the report with this tag.
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
