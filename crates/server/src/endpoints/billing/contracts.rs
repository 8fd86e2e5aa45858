//! `GET /api/v2/billing/contracts`.

use axum::extract::State;
use axum::response::Response;
use exchequer_app::App;
use exchequer_app::audited_reads::AuditedRead;
use exchequer_app::contract_operations::{
    self, ContractPage, ContractQuery, ListedContract, Place,
};
use exchequer_types::{BillingContractListing, dates};
use jiff::civil::Date;

use super::CONTRACTS;
use crate::auth::Tenant;
use crate::cursor;
use crate::endpoints::ok;
use crate::error::ApiError;
use crate::limits::{DEFAULT_PAGE, LARGEST_PAGE};
use crate::paging::size;
use crate::params::Params;
use crate::uri::escape;
use crate::wire::contracts;

/// The parameters that choose contracts, and stay the same from page to page.
const FILTERS: [&str; 4] = ["dateStart", "dateEnd", "status", "externalNumber"];

/// Lists the contracts of the caller's organisation, newest first.
///
/// Contracts that have yet to begin are listed, too, without billing periods. `nextUri` and
/// `previousUri` lead to the neighbouring pages.
#[utoipa::path(
    get,
    path = CONTRACTS,
    tag = "Billing",
    operation_id = "getBillingContracts",
    params(
        ("before" = Option<String>, Query, description = "The cursor of a `previousUri`."),
        ("after" = Option<String>, Query, description = "The cursor of a `nextUri`."),
        ("pageSize" = Option<u32>, Query, minimum = 1, description = "The size of a page: 25 by default, at most 200."),
        ("dateStart" = Option<String>, Query, format = Date,
            description = "Only contracts with this day or a later one, yyyy-MM-dd."),
        ("dateEnd" = Option<String>, Query, format = Date,
            description = "Only contracts with this day or an earlier one, yyyy-MM-dd."),
        ("status" = Option<exchequer_types::names::ContractStatus>, Query, description = "Only contracts of this status."),
        ("externalNumber" = Option<String>, Query, description = "Only the contract of this number."),
        ("organizationId" = Option<uuid::Uuid>, Query, description = "For operators: the organisation whose contracts to list."),
    ),
    responses((status = 200, description = "A page of the list.", body = BillingContractListing)),
)]
pub(crate) async fn get(
    State(app): State<App>,
    tenant: Tenant,
    params: Params,
) -> Result<Response, ApiError> {
    let page_size = size(&params, DEFAULT_PAGE, LARGEST_PAGE)?;
    let query = query(&params, &tenant, page_size)?;
    let read = AuditedRead {
        organization: tenant.id(),
        action: "contracts.read",
        object: "contracts",
        detail: String::new(),
    };
    read.record_if_foreign(&app, &tenant).await?;
    let page = contract_operations::contracts(&app, tenant.id(), query).await?;
    let uris = Uris {
        params: &params,
        tenant: &tenant,
        page_size,
    };
    ok(&uris.listing(&page))
}

fn query(params: &Params, tenant: &Tenant, page_size: u32) -> Result<ContractQuery, ApiError> {
    let cursor = |name| {
        let text = params.get(name).filter(|text| !text.is_empty());
        let place = text.map(|text| cursor::parse_contract(tenant.id(), text, name));
        place.transpose()
    };
    let (from, to) = (day(params, "dateStart")?, day(params, "dateEnd")?);
    if let Some((from, to)) = from.zip(to).filter(|(from, to)| to < from) {
        let allowed = format!("days from dateStart on, {from}");
        return Err(ApiError::invalid_param(
            &to.to_string(),
            "dateEnd",
            &allowed,
        ));
    }
    let number = params.get("externalNumber").filter(|text| !text.is_empty());
    Ok(ContractQuery {
        from,
        to,
        active: active(params)?,
        number: number.map(str::to_owned),
        after: cursor("after")?,
        before: cursor("before")?,
        limit: page_size as usize,
    })
}

/// Parses a day. SDKs send one with a time behind it, too, which counts nothing.
fn day(params: &Params, name: &'static str) -> Result<Option<Date>, ApiError> {
    let Some(text) = params.get(name).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let day = text.get(..10).and_then(|day| day.parse::<Date>().ok());
    let day = day.filter(|_| dates::parse(text).is_ok());
    day.map(Some).ok_or_else(|| ApiError::invalid_date(name))
}

fn active(params: &Params) -> Result<Option<bool>, ApiError> {
    match params.get("status") {
        None | Some("") => Ok(None),
        Some(text) if text.eq_ignore_ascii_case("Active") => Ok(Some(true)),
        Some(text) if text.eq_ignore_ascii_case("Inactive") => Ok(Some(false)),
        Some(text) => Err(ApiError::invalid_param(text, "status", "Active, Inactive")),
    }
}

/// The paths of the pages of a listing.
struct Uris<'a> {
    params: &'a Params,
    tenant: &'a Tenant,
    page_size: u32,
}

impl Uris<'_> {
    fn listing(&self, page: &ContractPage) -> BillingContractListing {
        let place = |listed: &ListedContract| {
            cursor::contract_to_text(self.tenant.id(), &Place::of(&listed.contract))
        };
        let first = page.contracts.first().filter(|_| page.has_previous);
        let last = page.contracts.last().filter(|_| page.has_next);
        let organization = self.tenant.organization();
        let own = page.contracts.iter();
        let own = own.map(|listed| contracts::to_wire(organization, listed));
        BillingContractListing {
            entities: own.collect(),
            next_uri: last.map(|last| self.uri(&[("after", &place(last))])),
            self_uri: Some(self.own()),
            previous_uri: first.map(|first| self.uri(&[("before", &place(first))])),
        }
    }

    fn own(&self) -> String {
        let given = ["before", "after"].map(|name| (name, self.params.get(name)));
        let given = given.into_iter();
        let given: Vec<_> = given
            .filter_map(|(name, text)| Some((name, text.filter(|text| !text.is_empty())?)))
            .collect();
        self.uri(&given)
    }

    fn uri(&self, cursors: &[(&str, &str)]) -> String {
        let mut uri = format!("{CONTRACTS}?pageSize={}", self.page_size);
        let mut add = |name: &str, value: &str| {
            uri.push_str(&format!("&{name}={}", escape(value)));
        };
        for name in FILTERS {
            if let Some(value) = self.params.get(name).filter(|value| !value.is_empty()) {
                add(name, value);
            }
        }
        for (name, value) in cursors {
            add(name, value);
        }
        if let Some(id) = self.tenant.foreign() {
            add("organizationId", &id.to_string());
        }
        uri
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_may_have_a_time_behind_it() {
        let of = |text: &str| {
            let params = Params::parse(&format!("dateStart={text}"));
            day(&params, "dateStart").ok()
        };
        let first = Some(Some(jiff::civil::date(2026, 1, 1)));
        for text in [
            "2026-01-01",
            "2026-01-01T00:00:00",
            "2026-01-01T00:00:00.000Z",
            "2026-01-01T00:00:00%2B01:00",
            "2026-01-01+00:00:00+%2B0000+UTC",
        ] {
            assert_eq!(of(text), first, "{text}");
        }
        assert_eq!(of(""), Some(None));
        for bad in [
            "2026",
            "2026-02-30",
            "2026-01-01x",
            "01/01/2026",
            "yesterday!",
        ] {
            assert_eq!(of(bad), None, "{bad}");
        }
    }
}
