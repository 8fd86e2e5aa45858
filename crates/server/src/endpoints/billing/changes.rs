//! `GET /api/v2/billing/changes`.

use axum::extract::State;
use axum::response::Response;
use exchequer_app::App;
use exchequer_app::changes::{self, Start};
use exchequer_store::changes as stored;
use exchequer_store::changes::Seen;
use exchequer_types::{Change, CursorListing, dates};

use crate::auth::Tenant;
use crate::cursor;
use crate::endpoints::ok;
use crate::error::ApiError;
use crate::paging::size;
use crate::params::Params;
use crate::routes::permissions::VIEW_TRUSTEES;

const PATH: &str = "/api/v2/billing/changes";

const DEFAULT_SIZE: u32 = 100;
const LARGEST_SIZE: u32 = 1_000;

/// Lists what has changed of the things that bills are made from, and of the bills.
///
/// These are changes of organisations, aliases, meters, products, contracts, trusts and terms
/// of closing, and the entries of contracts; usage events are none. A change says what has
/// changed and not how: read the object again. Every page has a `nextUri`, which leads to
/// what comes after it: follow it again and again. An empty page says that nothing is new.
///
/// A change is listed after those that were made in its partition before, and none ever
/// appears before a place that was read. Between partitions there is no order. The first page
/// begins with the oldest change that is kept, or with `from=now` at the end.
///
/// Clients of the operator see the changes of all organisations, unless they name one. Others
/// see those of their own, and of its trusts if they may view the trustees.
#[utoipa::path(
    get,
    path = PATH,
    tag = "Billing",
    operation_id = "getBillingChanges",
    params(
        ("after" = Option<String>, Query, description = "The cursor of a `nextUri`."),
        ("from" = Option<String>, Query, description = "`now` begins at the end, if there is no `after`."),
        ("pageSize" = Option<u32>, Query, minimum = 1, description = "The size of a page: 100 by default, at most 1,000."),
        ("organizationId" = Option<uuid::Uuid>, Query, description = "For operators: the organisation whose changes to list."),
    ),
    responses((status = 200, description = "A page of the feed.", body = CursorListing<Change>)),
)]
pub(crate) async fn get(
    State(app): State<App>,
    tenant: Tenant,
    params: Params,
) -> Result<Response, ApiError> {
    let page_size = size(&params, DEFAULT_SIZE, LARGEST_SIZE)?;
    let seen = seen(&tenant, &params);
    let given = |name| params.get(name).filter(|text: &&str| !text.is_empty());
    let start = match (given("after"), given("from")) {
        (Some(text), _) => Start::After(cursor::parse_changes(tenant.id(), seen, text)?),
        (None, None) => Start::Oldest,
        (None, Some("now")) => Start::Now,
        (None, Some(other)) => return Err(ApiError::invalid_param(other, "from", "now")),
    };
    let page = changes::page(&app, seen, start, page_size).await?;
    let page = page.ok_or_else(|| {
        let text = given("after").unwrap_or_default();
        ApiError::invalid_param(text, "after", "the cursor of a nextUri of this ledger")
    })?;
    // Whoever has named its own organisation sees other changes than who has named none.
    let named = seen
        .organization()
        .filter(|_| tenant.caller().is_operator());
    let uri = |more: &str| {
        let of = named.map_or_else(String::new, |id| format!("&organizationId={id}"));
        format!("{PATH}?pageSize={page_size}{more}{of}")
    };
    let current = match (given("after"), given("from")) {
        (Some(text), _) => uri(&format!("&after={text}")),
        (None, Some(text)) => uri(&format!("&from={text}")),
        (None, None) => uri(""),
    };
    let next = cursor::changes_to_text(tenant.id(), seen, &page.next);
    ok(&CursorListing {
        entities: page.changes.into_iter().map(to_wire).collect(),
        page_size,
        next_uri: Some(uri(&format!("&after={next}"))),
        self_uri: Some(current),
    })
}

/// Returns what the caller sees of the feed.
fn seen(tenant: &Tenant, params: &Params) -> Seen {
    let caller = tenant.caller();
    let may = |any: &[&str]| any.iter().any(|permission| caller.client.may(permission));
    match (caller.is_operator(), params.get("organizationId")) {
        (true, None) => Seen::All,
        _ if caller.is_operator() || may(VIEW_TRUSTEES) => Seen::Of(tenant.id()),
        _ => Seen::WithoutTrusts(tenant.id()),
    }
}

fn to_wire(change: stored::Change) -> Change {
    let is_entry = change.action.starts_with("entry.");
    let number = Some(change.version).filter(|number| *number > 0);
    Change {
        partition: change.partition,
        number: change.number,
        date_created: dates::format(change.at.micros()),
        action: change.action,
        object: change.object,
        organization_id: change.organization.to_string(),
        version: number.filter(|_| !is_entry),
        entry: number.filter(|_| is_entry),
    }
}
