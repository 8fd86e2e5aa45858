//! `POST /api/v2/billing/closings`, and `GET /api/v2/billing/closings/failures`.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::Response;
use exchequer_app::App;
use exchequer_app::closing::{self, Ask, Closed};
use exchequer_core::Exact;
use exchequer_types::{
    ClosePeriods, ClosedPeriods, ClosedTotal, ClosingFailure, FailingContract, Listing, dates,
};
use jiff::civil::Date;

use crate::auth::Operator;
use crate::body::Json;
use crate::endpoints::ok;
use crate::error::ApiError;
use crate::paging::Paging;
use crate::params::Params;
use crate::wire::entries;

const PATH: &str = "/api/v2/billing/closings";
const FAILURES: &str = "/api/v2/billing/closings/failures";

/// Closes billing periods that are over.
///
/// The periods of a contract are closed in order, however short a time ago they have
/// ended, and what has come late for those that are closed already is adjusted. What is
/// closed never changes. A period that is named and has not ended is refused. With `dryRun` nothing is stored, and the answer says what would
/// be; before it is said from when on periods are billed here, that is all there is.
#[utoipa::path(
    post,
    path = PATH,
    tag = "Closing",
    operation_id = "postBillingClosings",
    request_body = ClosePeriods,
    responses(
        (status = 200, description = "The outcome.", body = ClosedPeriods),
        (status = 404, description = "There is no such contract."),
        (status = 409, description = "It is not said from when on periods are billed here."),
    ),
)]
pub(crate) async fn post(
    State(app): State<App>,
    operator: Operator,
    Json(body): Json<ClosePeriods>,
) -> Result<Response, ApiError> {
    let actor = operator.actor(&app);
    let ask = Ask {
        at_once: true,
        adjust: true,
        through: body.through.as_deref().map(day).transpose()?,
        dry_run: body.dry_run,
    };
    let mut outcome = Outcome::default();
    match &body.contract {
        Some(contract) => {
            let closed = closing::close(&app, actor, contract, ask).await?;
            return ok(&Outcome::of(&closed, body.dry_run));
        }
        None => {
            let add = |closed: Closed| outcome.add(&closed);
            closing::close_all(&app, actor, ask, add).await?;
        }
    }
    ok(&outcome.answer(body.dry_run))
}

/// Lists the contracts that cannot be closed, those first that have failed most often.
///
/// Each is tried again, after a minute, then two, four and so on up to six hours, and holds
/// back no other. One that has failed eight times in a row is `dead`: it is still tried, but
/// somebody should look at it. A change of the contract or of the terms of closing lets it be
/// tried at once, and its failures count anew; closing it by hand tries it as well.
#[utoipa::path(
    get,
    context_path = PATH,
    path = "/failures",
    tag = "Closing",
    operation_id = "getBillingClosingsFailures",
    params(
        ("pageSize" = Option<u32>, Query, minimum = 1, description = "The size of a page: 25 by default, at most 200."),
        ("pageNumber" = Option<u32>, Query, minimum = 1, description = "The number of the page, from 1."),
    ),
    responses((status = 200, description = "A page of the list.", body = Listing<FailingContract>)),
)]
pub(crate) async fn failures(
    State(app): State<App>,
    _: Operator,
    params: Params,
) -> Result<Response, ApiError> {
    let paging = Paging::parse(&params)?;
    let page = closing::failing(&app, paging.window()).await?;
    ok(&paging.listing(page, FAILURES, None, to_wire))
}

fn to_wire(contract: closing::FailingContract) -> FailingContract {
    let failing = contract.failing;
    FailingContract {
        contract: failing.due.contract,
        organization_id: failing.due.organization.to_string(),
        reason: failing.error,
        failures: failing.due.failures,
        dead: contract.is_dead,
        date_next_attempt: failing.again.map(|at| dates::format(at.micros())),
    }
}

fn day(text: &str) -> Result<Date, ApiError> {
    let refused = || ApiError::invalid_value(text, "through", "days such as 2026-10-01");
    text.parse().map_err(|_| refused())
}

/// What is counted of an outcome.
#[derive(Default)]
pub(super) struct Outcome {
    answer: ClosedPeriods,
    totals: BTreeMap<(String, String), (u64, Exact)>,
}

impl Outcome {
    /// Returns what is answered of one contract.
    pub(super) fn of(closed: &Closed, dry_run: bool) -> ClosedPeriods {
        let mut outcome = Self::default();
        outcome.add(closed);
        outcome.answer.entries = entries::added(closed);
        outcome.answer(dry_run)
    }

    fn add(&mut self, closed: &Closed) {
        self.answer.contracts += 1;
        for record in &closed.records {
            let key = (record.kind.clone(), record.currency.clone());
            let (entries, total) = self.totals.entry(key).or_insert((0, Exact::zero()));
            *entries += 1;
            let amount: Exact = record.total.parse().expect("a total is an exact number");
            *total = total.clone() + amount;
        }
        let failure = closed.error.as_ref().map(|reason| ClosingFailure {
            contract: closed.contract.clone(),
            reason: reason.clone(),
        });
        self.answer.failures.extend(failure);
    }

    fn answer(self, dry_run: bool) -> ClosedPeriods {
        let totals = self.totals.into_iter();
        let totals = totals.map(|((kind, currency), (entries, total))| ClosedTotal {
            kind,
            currency,
            entries,
            total: total.to_string(),
        });
        ClosedPeriods {
            dry_run,
            totals: totals.collect(),
            ..self.answer
        }
    }
}
