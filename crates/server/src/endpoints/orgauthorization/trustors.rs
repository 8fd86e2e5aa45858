//! `GET /api/v2/orgauthorization/trustors`.

use axum::extract::State;
use axum::response::Response;
use exchequer_app::App;
use exchequer_app::catalog::trusts;
use exchequer_store::catalog::trusts::Side;
use exchequer_types::{Listing, Trustor};

use super::show::{TRUSTORS, trustor};
use crate::auth::Tenant;
use crate::endpoints::ok;
use crate::error::ApiError;
use crate::paging::Paging;
use crate::params::Params;

/// Lists the customers that trust the caller's organisation, sorted by id.
///
/// Those whose trust has ended are listed too, with `trustEnded`: their periods of then
/// can still be read.
#[utoipa::path(
    get,
    path = TRUSTORS,
    tag = "Organization Authorization",
    operation_id = "getOrgauthorizationTrustors",
    params(
        ("pageSize" = Option<u32>, Query, minimum = 1, description = "The size of a page: 25 by default, at most 200."),
        ("pageNumber" = Option<u32>, Query, minimum = 1, description = "The number of the page, from 1."),
        ("organizationId" = Option<uuid::Uuid>, Query, description = "For operators: the organisation whose customers to list."),
    ),
    responses((status = 200, description = "A page of the list.", body = Listing<Trustor>)),
)]
pub(crate) async fn get(
    State(app): State<App>,
    tenant: Tenant,
    params: Params,
) -> Result<Response, ApiError> {
    let paging = Paging::parse(&params)?;
    let (id, window) = (tenant.id(), paging.window());
    let page = trusts::list_of(&app, id, Side::Trustors, window).await?;
    ok(&paging.listing(page, TRUSTORS, tenant.foreign(), |seen| {
        trustor(&app, seen, &tenant)
    }))
}
