//! `exchequer apply` of aliases, products, contracts and trusts: what is sent in which
//! order, and what counts as a change.

use serde_json::{Value, json};

use crate::run::{ACME, CATALOG, run};
use crate::stub::{Request, Stub};

const PARTNER: &str = "11111111-1111-4111-8111-111111111111";

const SOLD: &str = r#"
[[aliases]]
organization = "22222222-2222-4222-8222-222222222222"
resources = { "ada@example.com" = ["ada@old.example", "Ada"] }

[[trust]]
trustee = "11111111-1111-4111-8111-111111111111"
trustor = "22222222-2222-4222-8222-222222222222"

[[product]]
sku = "CX3"
name = "Genesys Cloud CX 3"
charge = "PureCloud3Overage"
meter = "users"
grouping = "user-license"
unit = "seat"
unit_of_measure = "User"

[[contract]]
number = "C-1"
organization = "22222222-2222-4222-8222-222222222222"
subscription = "PREPAY_MONTHLY_COMMITMENT"
currency = "USD"
start = 2026-01-15

[[contract.line]]
product = "CX3"
prepay_quantity = "80"
prepay_price = "115.00"
overage_price = "140.00"
"#;

/// A server that keeps what it is sent, and writes prices in its own way.
fn server() -> Stub {
    let kept = std::sync::Mutex::new(std::collections::HashMap::<String, Value>::new());
    Stub::start(move |request: &Request| {
        let mut kept = kept.lock().unwrap();
        let (method, path) = request.line.split_once(' ').unwrap();
        if method == "PUT" {
            let mut new: Value = serde_json::from_str(&request.body).unwrap();
            new["id"] = json!(path.rsplit('/').next().unwrap());
            complete(path, &mut new);
            let old = kept
                .get(path)
                .cloned()
                .unwrap_or_else(|| json!({"version": 0}));
            new["version"] = old["version"].clone();
            if new != old {
                new["version"] = json!(old["version"].as_u64().unwrap() + 1);
            }
            kept.insert(path.to_owned(), new);
        }
        match kept.get(path) {
            Some(thing) => (200, thing.to_string()),
            None => (404, "{}".to_owned()),
        }
    })
}

/// The fields that a server adds to its answers, or writes otherwise.
fn complete(path: &str, thing: &mut Value) {
    if path.contains("/meters/") {
        thing["name"] = thing["id"].clone();
        thing["inForce"] = json!(1);
    } else if path.contains("/aliases/") {
        thing["dateModified"] = json!("2026-01-01T00:00:00.000Z");
    } else if path.contains("/clients/") {
        thing["accessTokenValiditySeconds"] = json!(86_400);
        thing["secrets"] = json!(1);
        thing["secret"].take();
    } else if path.contains("/trusts/") {
        thing["trustee"] = json!(PARTNER);
        thing["trustor"] = json!(ACME);
        thing["enabled"] = json!(thing["enabled"] != json!(false));
        thing["dateCreated"] = json!("2026-01-01T00:00:00.000Z");
    } else if path.contains("/contracts/") {
        let line = &mut thing["lines"][0];
        for price in ["prepayPrice", "overagePrice"] {
            let short = line[price]
                .as_str()
                .unwrap()
                .trim_end_matches(".00")
                .to_owned();
            line[price] = json!(short);
        }
    }
}

fn apply(stub: &Stub, text: &str) -> Vec<(String, String)> {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("catalog.toml");
    std::fs::write(&file, text).unwrap();
    let outcomes = run(stub.command(&["apply", "--format", "json"]).arg(file)).json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let outcomes = outcomes.as_array().unwrap().iter();
    outcomes
        .map(|of| (text(&of["kind"]), text(&of["change"])))
        .collect()
}

#[test]
fn each_kind_comes_after_those_that_it_names() {
    let stub = server();
    let catalog = format!("{SOLD}{CATALOG}");
    let made = apply(&stub, &catalog);
    let order = [
        "organization",
        "aliases",
        "client",
        "meter",
        "meter",
        "product",
        "contract",
        "trust",
    ];
    let all = |change: &str| order.map(|kind| (kind.to_owned(), change.to_owned()));
    assert_eq!(made, all("created"));
    let last = stub.asked().pop().unwrap();
    let id = format!("PUT /api/v2/billing/catalog/trusts/{PARTNER}:{ACME}");
    assert_eq!(last.line, id);

    assert_eq!(apply(&stub, &catalog), all("unchanged"));
    // The contract reads otherwise than it was written, so it was sent to see.
    let puts = stub.asked();
    let puts = puts
        .iter()
        .filter(|request| request.line.starts_with("PUT"));
    let puts: Vec<&str> = puts.map(|request| &*request.line).collect();
    assert_eq!(puts, ["PUT /api/v2/billing/catalog/contracts/C-1"]);

    let raised = catalog
        .replace("140.00", "150.00")
        .replace("\"seat\"", "\"user\"");
    let changes = apply(&stub, &raised);
    for (kind, change) in changes {
        let expected = match kind.as_str() {
            "product" | "contract" => "updated",
            _ => "unchanged",
        };
        assert_eq!(change, expected, "{kind}");
    }
    let contract = stub
        .asked()
        .into_iter()
        .rfind(|request| request.line.starts_with("PUT"));
    let body: Value = serde_json::from_str(&contract.unwrap().body).unwrap();
    assert_eq!(body["version"], 1, "the change is tied to what was seen");
}
