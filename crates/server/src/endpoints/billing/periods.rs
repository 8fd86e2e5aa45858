//! `GET /api/v2/billing/periods`.

use axum::extract::State;
use axum::response::Response;
use exchequer_app::App;
use exchequer_app::audited_reads::AuditedRead;
use exchequer_app::billing::{ListedPeriod, periods};
use exchequer_store::catalog::Page;
use exchequer_types::{BillingPeriod, Listing, dates};

use super::period::uri;
use super::subscriptionoverview;
use crate::auth::Tenant;
use crate::endpoints::ok;
use crate::error::ApiError;
use crate::paging::Paging;
use crate::params::Params;
use crate::wire::overview::ends;

const PATH: &str = "/api/v2/billing/periods";

/// Lists the billing periods of the caller's organisation that have begun,
/// newest first.
#[utoipa::path(
    get,
    path = PATH,
    tag = "Billing",
    operation_id = "getBillingPeriods",
    params(
        ("pageSize" = Option<u32>, Query, minimum = 1, description = "The size of a page: 25 by default, at most 200."),
        ("pageNumber" = Option<u32>, Query, minimum = 1, description = "The number of the page, from 1."),
        ("organizationId" = Option<uuid::Uuid>, Query, description = "For operators: the organisation whose periods to list."),
    ),
    responses((status = 200, description = "A page of the list.", body = Listing<BillingPeriod>)),
)]
pub(crate) async fn get(
    State(app): State<App>,
    tenant: Tenant,
    params: Params,
) -> Result<Response, ApiError> {
    let paging = Paging::parse(&params)?;
    let read = AuditedRead {
        organization: tenant.id(),
        action: "periods.read",
        object: "periods",
        detail: String::new(),
    };
    read.record_if_foreign(&app, &tenant).await?;
    let window = paging.window();
    let indices = window.offset..window.offset + u64::from(window.limit);
    let (rows, total) = periods(&app, tenant.id(), indices).await?;
    let page = Page { rows, total };
    let to_wire = |listed: ListedPeriod| to_wire(listed, &tenant);
    ok(&paging.listing(page, PATH, tenant.foreign(), to_wire))
}

fn to_wire(listed: ListedPeriod, tenant: &Tenant) -> BillingPeriod {
    let range = listed.period.range;
    BillingPeriod {
        id: Some(listed.period.first.to_string()),
        start_date: dates::format(range.start().micros()),
        end_date: ends(range.end()),
        billing_period_index: Some(listed.index),
        contract_id: Some(listed.contract),
        self_uri: Some(uri(subscriptionoverview::PATH, listed.index, tenant)),
    }
}
