//! `POST /api/v2/billing/contracts/{contractId}/corrections`.

use axum::extract::{Path, State};
use axum::response::Response;
use exchequer_app::documents::contract;
use exchequer_app::{App, Error, closing};
use exchequer_types::{ClosedPeriods, CorrectContract};

use super::closings::Outcome;
use crate::auth::Operator;
use crate::body::Document;
use crate::endpoints::ok;
use crate::error::ApiError;

const PATH: &str = "/api/v2/billing/contracts";

/// Corrects a contract, also for days that are closed.
///
/// What was closed stays. Closed periods are rated again with the new terms, from the first
/// with a day that changes on; each difference is an entry of its own, with the reason. What
/// is due from late events is stored before it. With `dryRun` nothing is stored. Organisation,
/// currency, time zone and start stay as they are.
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
        (status = 409, description = "The contract has changed meanwhile, or what is to change stays."),
    ),
)]
pub(crate) async fn post(
    State(app): State<App>,
    operator: Operator,
    Path(number): Path<String>,
    Document(body): Document<CorrectContract>,
) -> Result<Response, ApiError> {
    let said = body.contract;
    let parsed = contract::parse(&number, &said).map_err(Error::from)?;
    contract::check_as_new(&parsed).map_err(Error::from)?;
    let actor = operator.actor(&app);
    let closed = closing::correct(&app, actor, parsed, &said, &body.reason, body.dry_run).await?;
    ok(&Outcome::of(&closed, body.dry_run))
}
