//! One call of each route, and the answer that is expected.

use serde_json::{Value, json};

use super::names::{ABSENT, GAVIN, HOOLI, HOOLI_CLIENT, INITECH};
use exchequer_support::world::login;

/// One route's call.
pub(crate) struct Call {
    /// The path of something of Hooli's.
    pub(crate) path: String,
    /// The same path with the name of something that there is not.
    pub(crate) absent: String,
    /// The ids in the path that are not the same in both.
    pub(crate) names: &'static [&'static str],
    pub(crate) body: Option<Value>,
    /// The status for the operator, or for anybody on a public route.
    pub(crate) operator: u16,
    /// A text that the operator is shown.
    pub(crate) shows: Option<&'static str>,
    /// The status for a caller's own organisation, which has a contract.
    pub(crate) with_contract: u16,
    /// The status for a caller's own organisation without a contract.
    pub(crate) without_contract: u16,
}

fn named(path: String, name: &'static [&'static str], absent: &str) -> Call {
    Call {
        absent: path.replace(name[0], absent),
        path,
        names: name,
        body: None,
        operator: 200,
        shows: None,
        with_contract: 200,
        without_contract: 200,
    }
}

/// Public: there is nothing to name.
fn public(path: &str, operator: u16) -> Option<Call> {
    Some(Call {
        operator,
        ..named(path.to_owned(), &["nobody"], "")
    })
}

/// One's own, or Hooli's where the caller may name it.
fn own(path: &str, query: &str, shows: &'static str) -> Option<Call> {
    let path = format!("{path}?{query}organizationId={HOOLI}");
    Some(Call {
        shows: Some(shows),
        ..named(path, &[HOOLI], ABSENT)
    })
}

/// A contract of Hooli's, or one of its periods. For everybody else it is not there.
fn own_contract(path: &str) -> Option<Call> {
    let path = path.replace("{contractId}", "HOOLI-77");
    let path = path.replace("{billingPeriodId}", "2026-11-01");
    Some(Call {
        shows: Some("Cloud CX 3"),
        with_contract: 404,
        without_contract: 404,
        ..named(
            format!("{path}?organizationId={HOOLI}"),
            &["HOOLI-77"],
            "HOOLI-78",
        )
    })
}

/// Something of Hooli's or Initech's by its id. For the operator in Initech's
/// place, or Hooli's, it is there.
fn trust(path: &str, name: &'static [&'static str], acting: &str) -> Option<Call> {
    let path = format!("{path}/{}?organizationId={acting}", name[0]);
    Some(Call {
        shows: Some(name[0]),
        ..named(path, name, ABSENT)
    })
}

/// The terms of closing, of which there is one.
fn closing_terms(method: &str) -> Option<Call> {
    let call = named(
        "/api/v2/billing/catalog/closing".to_owned(),
        &["nobody"],
        "",
    );
    match method {
        "GET" => Some(Call {
            shows: Some("closeAfter"),
            ..call
        }),
        // A text is none; validation says so.
        "PUT" => Some(Call {
            body: Some(json!("nothing")),
            operator: 400,
            ..call
        }),
        _ => None,
    }
}

/// One of the catalog's kinds: an id that is there, and one that is not.
fn catalog(method: &str, rest: &str) -> Option<Call> {
    const PAIR: &str = "44444444-4444-4444-8444-444444444444:55555555-5555-4555-8555-555555555555";
    if rest == "closing" {
        return closing_terms(method);
    }
    let (kind, one) = match rest.split_once('/') {
        None => (rest, false),
        Some((kind, "{id}")) => (kind, true),
        Some(_) => return None,
    };
    let (name, absent): (&'static [&'static str], String) = match kind {
        "organizations" => (&[HOOLI], ABSENT.to_owned()),
        "aliases" => (&[HOOLI], ABSENT.to_owned()),
        "clients" => (&[HOOLI_CLIENT], ABSENT.to_owned()),
        "meters" => (&["logins"], "logouts".to_owned()),
        "trusts" => (&[PAIR], format!("{ABSENT}:{HOOLI}")),
        "products" => (&["CX3"], "CX4".to_owned()),
        "contracts" => (&["HOOLI-77"], "HOOLI-78".to_owned()),
        _ => return None,
    };
    let path = format!("/api/v2/billing/catalog/{kind}");
    if !one {
        let shows = Some(name[0]);
        let call = named(path, &["nothing"], "");
        return match method {
            "GET" => Some(Call { shows, ..call }),
            // No list of resources; validation says so.
            "POST" => Some(Call {
                body: Some(json!("nothing")),
                operator: 400,
                ..call
            }),
            _ => None,
        };
    }
    let call = named(format!("{path}/{}", name[0]), name, &absent);
    match method {
        "GET" => Some(Call {
            shows: Some(name[0]),
            ..call
        }),
        // A text is no organisation, meter and so on; validation says so.
        "PUT" => Some(Call {
            body: Some(json!("nothing")),
            operator: 400,
            ..call
        }),
        // All of them are in use, but for the trust, the client and the contract.
        "DELETE" => Some(Call {
            operator: match kind {
                "trusts" | "clients" | "contracts" => 204,
                _ => 409,
            },
            ..call
        }),
        _ => None,
    }
}

/// The expectation of a route; `None` if nobody has thought of it.
pub(crate) fn call(method: &str, path: &str) -> Option<Call> {
    const RANGE: &str = "startDate=2026-11-01&endDate=2026-12-01&";
    // Nobody but Hooli has a figure on this day.
    const HOOLIS_DAY: &str = r#""startDate":"2026-11-01T00:00:00.000Z","endDate":"2026-11-02T00:00:00.000Z","usage":"1""#;
    if let Some(rest) = path.strip_prefix("/api/v2/billing/catalog/") {
        return catalog(method, rest);
    }
    match (method, path) {
        ("POST", "/oauth/token" | "/token") => public(path, 400),
        ("GET", "/.well-known/oauth-authorization-server") => public(path, 200),
        ("GET", "/health/live" | "/health/ready" | "/metrics" | "/openapi.json" | "/docs") => {
            public(path, 200)
        }
        ("GET", "/docs/{file}") => public("/docs/start.js", 200),
        ("GET", "/api/v2/tokens/me") => own(path, "", "Platform"),
        ("DELETE", "/api/v2/tokens/me") => own(path, "", ""),
        ("GET", "/api/v2/organizations/me") => own(path, "", "Hooli"),
        ("POST", "/api/v2/billing/usage/events") => own(path, "dryRun=true&", "\"accepted\":1")
            .map(|call| {
                let event = login("e-9", "somebody", "2026-11-03T00:00:00Z");
                Call {
                    body: Some(json!([event])),
                    ..call
                }
            }),
        ("GET", "/api/v2/billing/usage/events") => {
            own(path, &format!("meter=logins&{RANGE}"), GAVIN)
        }
        ("GET", "/api/v2/billing/usage/series") => {
            own(path, &format!("meter=logins&{RANGE}"), HOOLIS_DAY)
        }
        ("GET", "/api/v2/billing/usage/unbilled") => own(path, RANGE, "entities"),
        ("GET", "/api/v2/billing/usage/explanation") => {
            // Nobody but Hooli has an event of this id.
            let event = "source=/test&id=e-2&time=2026-11-01T00:00:00Z&";
            own(path, event, GAVIN).map(|call| Call {
                with_contract: 404,
                without_contract: 404,
                ..call
            })
        }
        ("GET", "/api/v2/billing/reports/billableusage") => own(path, RANGE, GAVIN),
        ("GET", "/api/v2/billing/subscriptionoverview") => {
            own(path, "", "HOOLI-77").map(|call| Call {
                without_contract: 404,
                ..call
            })
        }
        ("GET", "/api/v2/billing/contracts/{contractId}/entries") => {
            let path = path.replace("{contractId}", "HOOLI-77");
            let path = format!("{path}?organizationId={HOOLI}");
            Some(Call {
                shows: Some("HOOLI-77"),
                // It is none of theirs.
                with_contract: 404,
                without_contract: 404,
                ..named(path, &["HOOLI-77"], "HOOLI-78")
            })
        }
        ("GET", "/api/v2/billing/changes") => own(path, "", "HOOLI-77"),
        ("POST", "/api/v2/billing/closings") => Some(Call {
            body: Some(json!({"contract": "HOOLI-77", "dryRun": true})),
            shows: Some("HOOLI-77"),
            ..named(path.to_owned(), &["nobody"], "")
        }),
        ("GET", "/api/v2/billing/closings/failures") => Some(Call {
            shows: Some("entities"),
            ..named(path.to_owned(), &["nobody"], "")
        }),
        // A text is no correction; validation says so.
        ("POST", "/api/v2/billing/contracts/{contractId}/corrections") => Some(Call {
            body: Some(json!("nothing")),
            operator: 400,
            ..named(path.replace("{contractId}", "HOOLI-77"), &["nobody"], "")
        }),
        ("GET", "/api/v2/billing/periods") => own(path, "", "HOOLI-77"),
        ("GET", "/api/v2/billing/contracts") => own(path, "", "HOOLI-77"),
        (
            "GET",
            "/api/v2/billing/contracts/{contractId}"
            | "/api/v2/billing/contracts/{contractId}/billingperiods/{billingPeriodId}",
        ) => own_contract(path),
        ("GET", "/api/v2/orgauthorization/trustors") => own(path, "", "entities"),
        ("GET", "/api/v2/orgauthorization/trustees") => own(path, "", INITECH),
        ("GET", "/api/v2/billing/trusteebillingoverview/{trustorOrgId}") => {
            trust(path.split_once("/{")?.0, &[HOOLI], INITECH)
        }
        ("GET", "/api/v2/orgauthorization/trustors/{trustorOrgId}") => {
            trust(path.split_once("/{")?.0, &[HOOLI], INITECH)
        }
        ("GET", "/api/v2/orgauthorization/trustees/{trusteeOrgId}") => {
            trust(path.split_once("/{")?.0, &[INITECH], HOOLI)
        }
        _ => None,
    }
}
