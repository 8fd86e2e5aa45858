//! `GET /api/v2/billing/reports/billableusage`.

use std::convert::Infallible;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use exchequer_app::App;
use exchequer_app::audited_reads::{AuditedRead, Trace};
use exchequer_app::reports::{self, Answer, ReportBody};
use exchequer_store::report_jobs::ReportScope;
use exchequer_types::{BillingUsageReport, ReportStatus};

use super::range;
use crate::auth::Tenant;
use crate::endpoints::ok;
use crate::error::ApiError;
use crate::params::Params;

/// Returns a report of the billable usages.
///
/// The report lists the billable usages (e.g. licenses and devices used) of a
/// given period. If the status of the answer is InProgress, wait a few seconds,
/// then send the same request again. The range is `[startDate, endDate)`. Dates
/// without a zone are UTC, and an end of 23:59:59 means the next midnight. A report
/// holds all usage that was acknowledged before the request, unless it says in
/// `asOfDate` as of when it is.
#[utoipa::path(
    get,
    path = "/api/v2/billing/reports/billableusage",
    tag = "Billing",
    operation_id = "getBillingReportsBillableusage",
    params(
        ("startDate" = String, Query, format = DateTime,
            description = "The period start date, e.g. yyyy-MM-ddTHH:mm:ss[.mmm]Z"),
        ("endDate" = String, Query, format = DateTime,
            description = "The period end date, e.g. yyyy-MM-ddTHH:mm:ss[.mmm]Z"),
        ("organizationId" = Option<uuid::Uuid>, Query, description = "For operators: the organisation to report on."),
        ("If-None-Match" = Option<String>, Header, description = "The `ETag` of a report that the caller already has."),
    ),
    responses(
        (status = 200, description = "The report, or the answer that it is in progress.",
            body = BillingUsageReport, headers(("ETag" = String))),
        (status = 304, description = "The report that the caller has is still current."),
    ),
)]
pub(crate) async fn get(
    State(app): State<App>,
    tenant: Tenant,
    params: Params,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let scope = ReportScope {
        organization: tenant.id(),
        range: range::parse(&params)?,
    };
    let read = AuditedRead {
        organization: scope.organization,
        action: "report.read",
        object: "billableusage",
        detail: range::to_text(scope.range),
    };
    let trace = Trace::new(&app, &tenant, read);
    if scope.range.is_empty() {
        trace.recorded().await?;
        let nothing = reports::in_progress(&scope);
        return ok(&BillingUsageReport {
            status: Some(ReportStatus::Complete),
            ..nothing
        });
    }
    let has_one = headers.contains_key(IF_NONE_MATCH);
    let has_it = has_one.then_some(|tag: &str| has(&headers, tag));
    let found = reports::report(&app, scope, &trace, has_it);
    // The entry is durable before anything is shown, and costs no extra time.
    let (_, found) = tokio::join!(trace.recorded(), found);
    trace.recorded().await?;
    match found? {
        Answer::InProgress => ok(&reports::in_progress(&scope)),
        Answer::Complete { etag, body } if !has(&headers, &etag) => {
            let headers = [
                (ETAG, quoted(&etag)),
                (CONTENT_TYPE, "application/json".to_owned()),
            ];
            Ok((headers, stream(body)).into_response())
        }
        // It has no tag: what it would stand for has changed.
        Answer::Outdated { body } => {
            let headers = [(CONTENT_TYPE, "application/json".to_owned())];
            Ok((headers, stream(body)).into_response())
        }
        Answer::NotModified { etag } | Answer::Complete { etag, .. } => {
            Ok((StatusCode::NOT_MODIFIED, [(ETAG, quoted(&etag))]).into_response())
        }
    }
}

/// Returns the body of an answer: a report of one piece whole, a larger one piece
/// by piece while it is sent.
fn stream(body: ReportBody) -> Body {
    let mut pieces = body.pieces();
    let first = pieces.next().expect("a report is not empty");
    if pieces.is_done() {
        return Body::from(first);
    }
    let all = std::iter::once(first).chain(pieces);
    Body::from_stream(futures_util::stream::iter(all.map(Ok::<_, Infallible>)))
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
