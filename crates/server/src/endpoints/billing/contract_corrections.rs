//! `POST /api/v2/billing/contracts/{contractId}/corrections`.

use axum::extract::{Path, State};
use axum::response::Response;
use exchequer_app::{App, closing};
use exchequer_types::{ClosedPeriods, CorrectContract};

use super::closings::Outcome;
use crate::auth::Operator;
use crate::body::Document;
use crate::endpoints::ok;
use crate::error::ApiError;

const PATH: &str = "/api/v2/billing/contracts";

/// Corrects what closed periods were charged.
///
/// What was closed stays. Closed periods are rated again with the terms of `contract`, from
/// the first with a day that changes on, and with what `again` names as it is in force now;
/// each difference is an entry of its own, with the reason. What is due from late events is
/// stored before it. With `dryRun` nothing is stored; with the `token` of its answer exactly
/// that is stored, or nothing. Organisation, currency, time zone and start stay as they are.
#[utoipa::path(
    post,
    context_path = PATH,
    path = "/{contractId}/corrections",
    tag = "Closing",
    operation_id = "postBillingContractCorrections",
    params(("contractId" = String, Path, description = "The number of the contract.")),
    request_body = CorrectContract,
    responses(
        (status = 200, description = "The outcome.", body = ClosedPeriods),
        (status = 404, description = "There is no such contract."),
        (status = 409, description = "The contract has changed meanwhile, what is to change stays, or no period is closed."),
    ),
)]
pub(crate) async fn post(
    State(app): State<App>,
    operator: Operator,
    Path(number): Path<String>,
    Document(body): Document<CorrectContract>,
) -> Result<Response, ApiError> {
    let actor = operator.actor(&app);
    let corrected = closing::correct(&app, actor, &number, &body).await?;
    let mut answer = Outcome::of(&corrected.closed, body.dry_run);
    answer.token = body.dry_run.then_some(corrected.token);
    ok(&answer)
}
