//! `GET /api/v2/billing/catalog/contracts`.

use axum::extract::State;
use axum::response::Response;
use exchequer_core::OrganizationId;
use exchequer_store::catalog::{Page, contracts};
use exchequer_types::{CatalogContract, Listing};

use super::{PATH, show};
use crate::auth::Operator;
use crate::endpoints::ok;
use crate::error::ApiError;
use crate::paging::Paging;
use crate::params::Params;
use crate::state::AppState;

/// Lists contracts, by number.
#[utoipa::path(
    get,
    path = "/api/v2/billing/catalog/contracts",
    tag = "Catalog",
    operation_id = "getBillingCatalogContracts",
    params(
        ("organizationId" = Option<String>, Query, description = "Only those of this organisation."),
        ("pageSize" = Option<u32>, Query, description = "25 unless given, at most 200."),
        ("pageNumber" = Option<u32>, Query, description = "From 1."),
    ),
    responses((status = 200, description = "A page.", body = Listing<CatalogContract>)),
)]
pub(crate) async fn get(
    State(state): State<AppState>,
    _operator: Operator,
    params: Params,
) -> Result<Response, ApiError> {
    let paging = Paging::read(&params)?;
    let window = paging.window();
    let of = params
        .get("organizationId")
        .map(str::parse::<OrganizationId>)
        .transpose()
        .map_err(|_| ApiError::not_found())?;
    let page = state
        .database()
        .read(move |db| contracts::list(db, of, window))
        .await?;
    let rows: Result<_, _> = page.rows.into_iter().map(show).collect();
    let page = Page {
        rows: rows?,
        total: page.total,
    };
    ok(&paging.listing(page, PATH, of, |contract| contract))
}
