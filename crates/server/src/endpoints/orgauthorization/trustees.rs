//! `GET /api/v2/orgauthorization/trustees`.

use axum::extract::State;
use axum::response::Response;
use exchequer_app::App;
use exchequer_app::catalog::trusts;
use exchequer_store::catalog::trusts::Side;
use exchequer_types::{Listing, Trustee};

use super::show::{TRUSTEES, trustee};
use crate::auth::Tenant;
use crate::endpoints::ok;
use crate::error::ApiError;
use crate::paging::Paging;
use crate::params::Params;

/// Lists the partners that the caller's organisation trusts, sorted by id.
#[utoipa::path(
    get,
    path = TRUSTEES,
    tag = "Organization Authorization",
    operation_id = "getOrgauthorizationTrustees",
    params(
        ("pageSize" = Option<u32>, Query, minimum = 1, description = "The size of a page: 25 by default, at most 200."),
        ("pageNumber" = Option<u32>, Query, minimum = 1, description = "The number of the page, from 1."),
        ("organizationId" = Option<uuid::Uuid>, Query, description = "For operators: the organisation whose partners to list."),
    ),
    responses((status = 200, description = "A page of the list.", body = Listing<Trustee>)),
)]
pub(crate) async fn get(
    State(app): State<App>,
    tenant: Tenant,
    params: Params,
) -> Result<Response, ApiError> {
    let paging = Paging::parse(&params)?;
    let (id, window) = (tenant.id(), paging.window());
    let page = trusts::list_of(&app, id, Side::Trustees, window).await?;
    ok(&paging.listing(page, TRUSTEES, tenant.foreign(), |seen| {
        trustee(&app, seen, &tenant)
    }))
}
