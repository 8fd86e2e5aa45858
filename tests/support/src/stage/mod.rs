//! The world of the official SDKs: a customer with usage and a contract, and the
//! partner that it trusts.

mod contract;

use reqwest::Method;
use serde_json::{Value, json};

use contract::PARTNER;

use crate::world::{ACME, ACME_CLIENT, CATALOG, GLOBEX, GLOBEX_CLIENT, SECRET, World, login};

/// The partner's client.
pub const PARTNER_CLIENT: &str = "aaaaaaaa-0000-4000-8000-000000000003";
/// Of Acme too, without any permission.
const NOBODY_CLIENT: &str = "aaaaaaaa-0000-4000-8000-000000000004";

/// Name, organisation and client of everybody whom a script may act for.
pub const CLIENTS: [(&str, &str, &str); 4] = [
    ("ACME", ACME, ACME_CLIENT),
    ("GLOBEX", GLOBEX, GLOBEX_CLIENT),
    ("PARTNER", PARTNER, PARTNER_CLIENT),
    ("NOBODY", ACME, NOBODY_CLIENT),
];

/// Fills a new world.
pub async fn set(world: &World) {
    let [operator, acme, _] = world.populate().await;
    for (path, body) in catalog().into_iter().chain(contract::all()) {
        let put = world
            .put(&operator, &format!("{CATALOG}/{path}"), &body)
            .await;
        assert_eq!(put.status, 201, "{path}: {}", put.text);
    }
    let answer = world.ingest(&acme, &usage()).await.json();
    let sent = usage().as_array().unwrap().len();
    assert_eq!(answer["accepted"], sent, "{answer}");
}

/// Closes October, and adjusts it for what then comes late.
///
/// October as it is closed: 2 seats are committed and used, 230.00; 12.75 minutes of 250 and
/// 2 × 100 that are free; a bundle of messages is committed, 9.50, and not used. Messages are a
/// third party's, so 270.00 are missing to the minimum of 500.00.
///
/// With what comes late, a third seat costs 140.00, and of 120 messages 20 begin a bundle,
/// 12.00. 370.00 count towards the minimum, so that the shortfall is 130.00: 140.00 less.
///
/// November, which is open: 2 seats are committed for 15 days and 4 for 15, 3 × 115.00; 900.5
/// minutes of 250 and 4 × 100 that are free, 250.5 × 0.20 = 50.10; 150 of 250 messages begin 2
/// bundles, 24.00, beside that which is committed, 9.50. 395.10 count towards the minimum, and
/// 104.90 are missing. September, which is billed elsewhere, is a free ramp.
pub async fn close(world: &World) {
    let operator = world.operator().await;
    let from = json!({"billingFrom": "2026-10-01"});
    let closing = format!("{CATALOG}/closing");
    let put = world.put(&operator, &closing, &from).await;
    assert_eq!(put.status, 201);
    close_contract(world, &operator).await;
    let late = json!([
        login("l-1", "cyd@example.com", "2026-10-15T00:00:00Z"),
        {
            "specversion": "1.0", "id": "l-2", "source": "/test", "type": "messages.sent",
            "subject": "bot", "time": "2026-10-20T00:00:00Z", "data": {"count": "120"},
        },
    ]);
    let acme = world.token(ACME_CLIENT, SECRET).await;
    assert_eq!(world.ingest(&acme, &late).await.json()["accepted"], 2);
    close_contract(world, &operator).await;
}

async fn close_contract(world: &World, operator: &str) {
    let request = world.request(Method::POST, "/api/v2/billing/closings");
    let request = request.json(&json!({"contract": "C-1001"}));
    let answer = world.send(request.bearer_auth(operator)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

fn catalog() -> Vec<(String, Value)> {
    let sum = |kind: &str, field: &str| json!({"eventType": kind, "aggregation": "sum", "quantity": field});
    let reads = json!([
        "affiliateOrganization:clientBilling:view",
        "authorization:orgTrustor:view",
        "billing:subscription:view",
    ]);
    let client = |organization: &str, name: &str, permissions: Value| {
        json!({
            "organization": organization, "name": name, "secret": SECRET,
            "permissions": permissions,
        })
    };
    vec![
        (
            format!("organizations/{PARTNER}"),
            json!({"name": "Northwind Partners"}),
        ),
        (
            format!("clients/{PARTNER_CLIENT}"),
            client(PARTNER, "partner", reads),
        ),
        (
            format!("clients/{NOBODY_CLIENT}"),
            client(ACME, "nobody", json!([])),
        ),
        (
            "meters/voice-minutes".to_owned(),
            sum("call.ended", "minutes"),
        ),
        ("meters/messages".to_owned(), sum("messages.sent", "count")),
    ]
}

/// Usage of October and November 2026; now is noon of 15 November.
fn usage() -> Value {
    let event = |id: &str, kind: &str, who: &str, time: &str, data: Value| {
        json!({
            "specversion": "1.0", "id": id, "source": "/test", "type": kind,
            "subject": who, "time": time, "data": data,
        })
    };
    json!([
        login("o-1", "bob@example.com", "2026-10-02T09:00:00.250Z"),
        login("o-2", "ada@example.com", "2026-10-01T00:00:00Z"),
        login("o-3", "ada@example.com", "2026-10-20T08:00:00Z"),
        event(
            "o-4",
            "call.ended",
            "ada@example.com",
            "2026-10-31T23:59:59.999999Z",
            json!({"minutes": "12.5"})
        ),
        event(
            "o-5",
            "call.ended",
            "Zürich \"Süd\" 📞",
            "2026-10-10T10:00:00Z",
            json!({"minutes": "0.25"})
        ),
        login("n-1", "ada@example.com", "2026-11-01T00:00:00Z"),
        login("n-2", "bob@example.com", "2026-11-02T00:00:00Z"),
        login("n-3", "cyd@example.com", "2026-11-03T00:00:00Z"),
        login("n-4", "dee@example.com", "2026-11-04T00:00:00Z"),
        event(
            "n-5",
            "call.ended",
            "ada@example.com",
            "2026-11-05T00:00:00Z",
            json!({"minutes": "900.5"})
        ),
        event(
            "n-6",
            "messages.sent",
            "bot",
            "2026-11-06T00:00:00Z",
            json!({"count": "250"})
        ),
    ])
}
