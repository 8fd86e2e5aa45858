//! Meters of the catalog.

mod rule;

use axum::extract::{Path, State};
use axum::response::Response;
use exchequer_app::catalog::meters::{self, TriedOnRecent};
use exchequer_app::documents::{meter, name};
use exchequer_app::{App, Error};
use exchequer_core::{Day, Meter, Unreadable};
use exchequer_types::{CatalogMeter, CatalogMeterVersion, Listing, PutMeter, RecentEvents};

use super::condition::Condition;
use super::{deletion_answer, versioned, written};
use crate::auth::Operator;
use crate::body::Document;
use crate::endpoints::ok;
use crate::error::ApiError;
use crate::paging::Paging;
use crate::params::Params;
use crate::uri;

const PATH: &str = "/api/v2/billing/catalog/meters";

/// Returns the number of the newest version.
fn newest(meter: &Meter) -> u64 {
    meter
        .versions
        .iter()
        .map(|version| u64::from(version.version))
        .max()
        .expect("a meter has a version")
}

/// Returns the meter as it is on a day.
fn to_wire(meter: Meter, today: Day) -> CatalogMeter {
    let number = newest(&meter);
    let in_force = meter.at(today);
    let shown = in_force.or_else(|| meter.first());
    let shown = shown.expect("a meter has a version");
    let effective = in_force.is_none().then(|| shown.begins.to_string());
    let rule = rule::to_wire(shown);
    let in_force = in_force.map(|version| u64::from(version.version));
    let mut versions: Vec<_> = meter
        .versions
        .iter()
        .map(|version| CatalogMeterVersion {
            version: u64::from(version.version),
            effective: version.begins.to_string(),
            rule: rule::to_wire(version),
        })
        .collect();
    versions.sort_by_key(|version| version.version);
    CatalogMeter {
        id: meter.name.clone(),
        version: number,
        in_force,
        effective,
        rule,
        versions,
        recent_events: None,
        self_uri: Some(format!("{PATH}/{}", uri::escape(&meter.name))),
        name: meter.shown_on(today).to_owned(),
    }
}

/// Returns what a change would have made of the events of the last days.
fn recent(tried: &TriedOnRecent) -> RecentEvents {
    let TriedOnRecent { recent, unreadable } = tried;
    let unless = |of| {
        if *unreadable == of {
            recent.unreadable
        } else {
            0
        }
    };
    RecentEvents {
        since: recent.since.to_string(),
        events: recent.events,
        refused: unless(Unreadable::Reject),
        skipped: unless(Unreadable::Skip),
        zero: unless(Unreadable::Zero),
        partial: recent.partial,
    }
}

/// Lists meters, sorted by name.
#[utoipa::path(
    get,
    path = PATH,
    tag = "Catalog",
    operation_id = "getBillingCatalogMeters",
    params(
        ("pageSize" = Option<u32>, Query, minimum = 1, description = "The size of a page: 25 by default, at most 200."),
        ("pageNumber" = Option<u32>, Query, minimum = 1, description = "The number of the page, from 1."),
    ),
    responses((status = 200, description = "A page of the list.", body = Listing<CatalogMeter>)),
)]
pub(crate) async fn list(
    State(app): State<App>,
    _operator: Operator,
    params: Params,
) -> Result<Response, ApiError> {
    let paging = Paging::parse(&params)?;
    let window = paging.window();
    let page = meters::list(&app, window).await?;
    let today = app.now().day();
    ok(&paging.listing(page, PATH, None, |meter| to_wire(meter, today)))
}

/// Returns a meter with all of its versions.
#[utoipa::path(
    get,
    context_path = PATH,
    path = "/{id}",
    tag = "Catalog",
    operation_id = "getBillingCatalogMeter",
    params(("id" = String, Path, description = "The name.")),
    responses((status = 200, description = "The meter.", body = CatalogMeter)),
)]
pub(crate) async fn get(
    State(app): State<App>,
    _operator: Operator,
    Path(name): Path<String>,
) -> Result<Response, ApiError> {
    let meter = meters::find(&app, &name).await?;
    let version = newest(&meter);
    versioned(ok(&to_wire(meter, app.now().day()))?, version)
}

/// Creates a meter or adds a version to it.
///
/// A rule that differs from the one in force on its first day (`effective`, or
/// today) becomes a new version. The earlier versions stay in force for the days
/// before it. Usage that is already stored is counted again. The answer says in
/// `recentEvents` what a new version would have refused of the events of the last days.
#[utoipa::path(
    put,
    context_path = PATH,
    path = "/{id}",
    tag = "Catalog",
    operation_id = "putBillingCatalogMeter",
    params(
        ("id" = String, Path, min_length = 1, max_length = 128, description = "The id, 1 to 128 bytes."),
        ("If-Match" = Option<String>, Header, description = "Makes the change only if this is the current `ETag`."),
        ("If-None-Match" = Option<String>, Header, description = "`*` makes the change only if there is none with this id."),
    ),
    request_body = PutMeter,
    responses(
        (status = 200, description = "Updated or unchanged.", body = CatalogMeter),
        (status = 201, description = "Created.", body = CatalogMeter),
        (status = 409, description = "The meter contradicts another meter."),
        (status = 412, description = "The current version does not match `If-Match`."),
    ),
)]
pub(crate) async fn put(
    State(app): State<App>,
    operator: Operator,
    Path(name): Path<String>,
    condition: Condition,
    Document(body): Document<PutMeter>,
) -> Result<Response, ApiError> {
    name::check_meter(&name).map_err(Error::from)?;
    let condition = condition.or_version(body.version)?;
    let effective = body.effective.as_deref().map(meter::parse_effective);
    let effective = effective.transpose().map_err(Error::from)?;
    let rule = meter::parse(body.rule).map_err(Error::from)?;
    let actor = operator.actor(&app);
    let today = actor.at.day();
    let put = meters::put(&app, actor, name, rule, effective, condition.expect());
    let (put, tried) = put.await?;
    let to_wire = |meter| CatalogMeter {
        recent_events: tried.map(|tried| recent(&tried)),
        ..to_wire(meter, today)
    };
    written(put, condition, newest, to_wire)?.answer()
}

/// Deletes a meter that cannot have counted any usage yet.
#[utoipa::path(
    delete,
    context_path = PATH,
    path = "/{id}",
    tag = "Catalog",
    operation_id = "deleteBillingCatalogMeter",
    params(
        ("id" = String, Path, min_length = 1, max_length = 128, description = "The name."),
        ("If-Match" = Option<String>, Header, description = "Makes the change only if this is the current `ETag`."),
    ),
    responses(
        (status = 204, description = "Deleted."),
        (status = 409, description = "There is usage since the meter began."),
        (status = 412, description = "The current version does not match `If-Match`."),
    ),
)]
pub(crate) async fn delete(
    State(app): State<App>,
    operator: Operator,
    Path(name): Path<String>,
    condition: Condition,
) -> Result<Response, ApiError> {
    let actor = operator.actor(&app);
    let deletion = meters::delete(&app, actor, name, condition.expect()).await?;
    deletion_answer(deletion, condition)
}
