//! `GET /api/v2/billing/contracts/{contractId}/entries`.

use axum::extract::{Path, State};
use axum::response::Response;
use exchequer_app::audited_reads::AuditedRead;
use exchequer_app::{App, closing};
use exchequer_types::{BillingEntry, CursorListing};

use crate::auth::Tenant;
use crate::endpoints::ok;
use crate::error::ApiError;
use crate::paging::size;
use crate::params::Params;
use crate::uri::escape;
use crate::wire::entries;

const PATH: &str = "/api/v2/billing/contracts";

const DEFAULT_SIZE: u32 = 25;
const LARGEST_SIZE: u32 = 200;

/// Lists what a contract was charged, entry by entry, in the order in which it was.
#[utoipa::path(
    get,
    context_path = PATH,
    path = "/{contractId}/entries",
    tag = "Closing",
    operation_id = "getBillingContractEntries",
    params(
        ("contractId" = String, Path, description = "The number of the contract."),
        ("after" = Option<String>, Query, description = "The cursor of a `nextUri`."),
        ("pageSize" = Option<u32>, Query, minimum = 1, description = "The size of a page: 25 by default, at most 200."),
        ("organizationId" = Option<uuid::Uuid>, Query, description = "For operators: the organisation of the contract."),
    ),
    responses((status = 200, description = "A page of the list.", body = CursorListing<BillingEntry>)),
)]
pub(crate) async fn get(
    State(app): State<App>,
    tenant: Tenant,
    Path(contract): Path<String>,
    params: Params,
) -> Result<Response, ApiError> {
    let page_size = size(&params, DEFAULT_SIZE, LARGEST_SIZE)?;
    let given = params.get("after").filter(|text| !text.is_empty());
    let after = given.map(|text| {
        let refused = || ApiError::invalid_param(text, "after", "the cursor of a nextUri");
        text.parse::<u64>().map_err(|_| refused())
    });
    let after = after.transpose()?.unwrap_or(0);
    let read = AuditedRead {
        organization: tenant.id(),
        action: "entries.read",
        object: "contracts/entries",
        detail: contract.clone(),
    };
    read.record_if_foreign(&app, &tenant).await?;
    let found = closing::entries(&app, tenant.id(), &contract, after, page_size).await?;
    let more = found.len() > page_size as usize;
    let shown = found.iter().take(page_size as usize);
    let entities = shown.map(entries::listed);
    let uri = |after: u64| {
        let of = tenant.foreign();
        let of = of.map_or_else(String::new, |id| format!("&organizationId={id}"));
        let path = format!("{PATH}/{}/entries", escape(&contract));
        format!("{path}?pageSize={page_size}&after={after}{of}")
    };
    let entities: Vec<_> = entities.collect();
    let last = entities.last().and_then(|last| last.entry);
    ok(&CursorListing {
        page_size,
        next_uri: last.filter(|_| more).map(&uri),
        self_uri: Some(uri(after)),
        entities,
    })
}
