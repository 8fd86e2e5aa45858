//! When periods are closed.

use axum::extract::State;
use axum::response::Response;
use exchequer_app::App;
use exchequer_app::closing;
use exchequer_core::Day;
use exchequer_store::billing::terms::LedgerTerms;
use exchequer_types::{ClosingTerms, PutClosingTerms};

use super::condition::Condition;
use super::{versioned, written};
use crate::auth::Operator;
use crate::body::Json;
use crate::endpoints::ok;
use crate::error::ApiError;

const PATH: &str = "/api/v2/billing/catalog/closing";

fn to_wire(terms: LedgerTerms) -> ClosingTerms {
    ClosingTerms {
        billing_from: terms.billing_from.map(|day| day.to_string()),
        close_after: terms.close_after,
        version: terms.version,
    }
}

/// Returns when periods are closed, where a contract says nothing else.
#[utoipa::path(
    get,
    path = PATH,
    tag = "Catalog",
    operation_id = "getBillingCatalogClosing",
    responses((status = 200, description = "The terms of closing.", body = ClosingTerms)),
)]
pub(crate) async fn get(State(app): State<App>, _operator: Operator) -> Result<Response, ApiError> {
    let terms = closing::find_terms(&app).await?;
    versioned(ok(&to_wire(terms))?, terms.version)
}

/// Says when periods are closed, where a contract says nothing else.
///
/// Until `billingFrom` is set, no period is closed. Periods that end before that day are
/// billed elsewhere. What is closed stays closed, whatever is said later.
#[utoipa::path(
    put,
    path = PATH,
    tag = "Catalog",
    operation_id = "putBillingCatalogClosing",
    params(
        ("If-Match" = Option<String>, Header, description = "Makes the change only if this is the current `ETag`."),
        ("If-None-Match" = Option<String>, Header, description = "`*` makes the change only if nothing was ever said."),
    ),
    request_body = PutClosingTerms,
    responses(
        (status = 200, description = "Updated or unchanged.", body = ClosingTerms),
        (status = 201, description = "Said for the first time.", body = ClosingTerms),
        (status = 412, description = "The current version does not match `If-Match`."),
    ),
)]
pub(crate) async fn put(
    State(app): State<App>,
    operator: Operator,
    condition: Condition,
    Json(body): Json<PutClosingTerms>,
) -> Result<Response, ApiError> {
    // What was never said has no version.
    let condition = condition.or_version(body.version.filter(|version| *version > 0))?;
    let day = body.billing_from.as_deref().map(|text| {
        let refused = || ApiError::invalid_value(text, "billingFrom", "days such as 2026-10-01");
        text.parse::<Day>().map_err(|_| refused())
    });
    let hours = match body.close_after {
        Some(hours) => hours,
        None => closing::find_terms(&app).await?.close_after,
    };
    let actor = operator.actor(&app);
    let put = closing::put_terms(&app, actor, day.transpose()?, hours, condition.expect()).await?;
    written(put, condition, |terms| terms.version, to_wire)?.answer()
}
