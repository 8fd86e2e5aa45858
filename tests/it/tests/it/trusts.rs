//! The dates of trusts: every partner reads the billing periods in which it was the
//! partner, and no others.

use serde_json::{Value, json};

use exchequer_support::World;
use exchequer_support::world::{ACME, ACME_CLIENT, CATALOG, GLOBEX, GLOBEX_CLIENT, SECRET, login};

const OVERVIEW: &str = "/api/v2/billing/trusteebillingoverview";
const TRUSTORS: &str = "/api/v2/orgauthorization/trustors";
const INITECH: &str = "44444444-4444-4444-8444-444444444444";
const INITECH_CLIENT: &str = "aaaaaaaa-0000-4000-8000-000000000004";

struct Partners {
    world: World,
    operator: String,
    /// Tokens of Globex and Initech.
    globex: String,
    initech: String,
    acme: String,
}

impl Partners {
    /// Acme has a contract by the month from January 2026 on, in a time zone. Now is the
    /// middle of November, the period with the index 0; June has the index 5.
    async fn of(zone: &str, end: Option<&str>) -> Self {
        let world = World::start().await;
        let [operator, acme, _] = world.populate().await;
        let reader = |organization: &str| {
            json!({"organization": organization, "name": "reader", "secret": SECRET,
                "permissions": ["affiliateOrganization:clientBilling:view",
                    "authorization:orgTrustor:view", "authorization:orgTrustee:view",
                    "billing:subscription:view", "billing:usage:add"],
                "sources": ["/test", "/pbx"]})
        };
        let product = json!({"name": "Cloud CX 3", "charge": "CX3", "meter": "logins",
            "grouping": "user-license", "unit": "seat", "unitOfMeasure": "User"});
        let mut contract = json!({"organization": ACME, "subscription": "MONTH_TO_MONTH",
            "currency": "USD", "timeZone": zone, "start": "2026-01-01",
            "lines": [{"product": "CX3", "overagePrice": "140.00"}]});
        if let Some(end) = end {
            contract["end"] = json!(end);
        }
        for (path, body) in [
            (
                format!("organizations/{INITECH}"),
                json!({"name": "Initech"}),
            ),
            (format!("clients/{INITECH_CLIENT}"), reader(INITECH)),
            (format!("clients/{GLOBEX_CLIENT}"), reader(GLOBEX)),
            (format!("clients/{ACME_CLIENT}"), reader(ACME)),
            ("products/CX3".to_owned(), product),
            ("contracts/C-1".to_owned(), contract),
        ] {
            let put = world
                .put(&operator, &format!("{CATALOG}/{path}"), &body)
                .await;
            assert!(put.status.is_success(), "{path}: {}", put.text);
        }
        let globex = world.token(GLOBEX_CLIENT, SECRET).await;
        let initech = world.token(INITECH_CLIENT, SECRET).await;
        Self {
            world,
            operator,
            globex,
            initech,
            acme,
        }
    }

    async fn trust(&self, partner: &str, body: Value) -> Value {
        let path = format!("{CATALOG}/trusts/{partner}:{ACME}");
        let put = self.world.put(&self.operator, &path, &body).await;
        assert!(put.status.is_success(), "{body}: {}", put.text);
        put.json()
    }

    /// The indices of the periods that a partner can read, of all that there are and two
    /// more.
    async fn seen(&self, partner: &str) -> Vec<u32> {
        let mut seen = Vec::new();
        for index in 0..13 {
            let path = format!("{OVERVIEW}/{ACME}?billingPeriodIndex={index}");
            let answer = self.world.get(partner, &path).await;
            if answer.status == 200 {
                seen.push(index);
            } else {
                // As if there were no such period.
                assert_eq!(answer.refusal(), (404, "not.found".to_owned()));
            }
        }
        seen
    }
}

#[tokio::test]
async fn each_partner_sees_the_periods_that_begin_within_its_dates() {
    // East and west of UTC the first of June begins on another day of UTC.
    for zone in ["Pacific/Kiritimati", "UTC", "Pacific/Niue"] {
        let partners = Partners::of(zone, None).await;
        let old = json!({"until": "2026-05-31"});
        let made = partners.trust(GLOBEX, old.clone()).await;
        assert_eq!(
            (&made["until"], &made["from"]),
            (&old["until"], &Value::Null)
        );
        partners.trust(INITECH, json!({"from": "2026-06-01"})).await;
        assert_eq!(
            partners.seen(&partners.globex).await,
            [6, 7, 8, 9, 10],
            "{zone}"
        );
        assert_eq!(
            partners.seen(&partners.initech).await,
            [0, 1, 2, 3, 4, 5],
            "{zone}"
        );
        // A border within May leaves May to whoever was the partner when it began.
        partners.trust(GLOBEX, json!({"until": "2026-05-01"})).await;
        partners.trust(INITECH, json!({"from": "2026-05-02"})).await;
        assert_eq!(
            partners.seen(&partners.globex).await,
            [6, 7, 8, 9, 10],
            "{zone}"
        );
        assert_eq!(
            partners.seen(&partners.initech).await,
            [0, 1, 2, 3, 4, 5],
            "{zone}"
        );
        partners.trust(GLOBEX, json!({"until": "2026-04-30"})).await;
        partners.trust(INITECH, json!({"from": "2026-05-01"})).await;
        assert_eq!(
            partners.seen(&partners.globex).await,
            [7, 8, 9, 10],
            "{zone}"
        );
        assert_eq!(
            partners.seen(&partners.initech).await,
            [0, 1, 2, 3, 4, 5, 6],
            "{zone}"
        );
    }
}

#[tokio::test]
async fn a_customer_that_comes_back_has_several_stretches() {
    let partners = Partners::of("Europe/Berlin", None).await;
    let body = json!({"from": "2026-07-01",
        "earlier": [{"until": "2026-01-31"}, {"from": "2026-03-01", "until": "2026-03-01"}]});
    let made = partners.trust(GLOBEX, body.clone()).await;
    assert_eq!(made["earlier"], body["earlier"]);
    partners
        .trust(
            INITECH,
            json!({"from": "2026-04-01", "until": "2026-06-30"}),
        )
        .await;
    assert_eq!(
        partners.seen(&partners.globex).await,
        [0, 1, 2, 3, 4, 8, 10]
    );
    assert_eq!(partners.seen(&partners.initech).await, [5, 6, 7]);
    // Put again, nothing changes; without its earlier stretches it has lost them.
    assert_eq!(partners.trust(GLOBEX, body).await, made);
    let last = partners.trust(GLOBEX, json!({"from": "2026-07-01"})).await;
    assert_eq!((&last["version"], last.get("earlier")), (&json!(2), None));
    assert_eq!(partners.seen(&partners.globex).await, [0, 1, 2, 3, 4]);
    // A trust that is off opens nothing, whatever its dates.
    partners
        .trust(GLOBEX, json!({"from": "2026-07-01", "enabled": false}))
        .await;
    assert!(partners.seen(&partners.globex).await.is_empty());
}

#[tokio::test]
async fn customers_that_have_gone_are_listed_and_marked() {
    let partners = Partners::of("UTC", None).await;
    let listed = async |token: &str| {
        let page = partners.world.get(token, TRUSTORS).await.json();
        let one = page["entities"][0].clone();
        let uri = one["selfUri"].as_str().unwrap();
        assert_eq!(partners.world.get(token, uri).await.json(), one);
        one
    };
    // It is noon of 15 November: the 14th is over everywhere at UTC-12.
    for (body, ended) in [
        (json!({}), None),
        (json!({"until": "2026-11-13"}), Some(&json!(true))),
        (json!({"until": "2026-11-14"}), Some(&json!(true))),
        (json!({"until": "2026-11-15"}), None),
        (json!({"from": "2027-01-01"}), None),
    ] {
        partners.trust(GLOBEX, body.clone()).await;
        let one = listed(&partners.globex).await;
        assert_eq!(one.get("trustEnded"), ended, "{body}");
        assert_eq!(
            (one["id"].as_str(), one["enabled"].as_bool()),
            (Some(ACME), Some(true))
        );
        for field in ["from", "until"] {
            assert_eq!(one.get(field), body.get(field), "{body}");
        }
    }
    // The customer sees of its partners the same.
    partners.trust(GLOBEX, json!({"until": "2026-01-01"})).await;
    let trustees = partners
        .world
        .get(&partners.acme, "/api/v2/orgauthorization/trustees")
        .await;
    let [trustee] = trustees.json()["entities"]
        .as_array()
        .unwrap()
        .clone()
        .try_into()
        .unwrap();
    assert_eq!(
        (&trustee["until"], &trustee["trustEnded"]),
        (&json!("2026-01-01"), &json!(true))
    );
}

/// Usage after the end of a contract stands in the overview of its last period. A
/// partner that had gone by then does not see it.
#[tokio::test]
async fn usage_after_the_contract_is_seen_up_to_the_end_of_the_trust() {
    let partners = Partners::of("Pacific/Kiritimati", Some("2026-07-31")).await;
    // 14 hours before UTC: 11 August begins there at 10:00Z of the 10th.
    let events = json!([
        login("e-1", "ada", "2026-07-10T00:00:00Z"),
        login("e-2", "ben", "2026-08-05T00:00:00Z"),
        login("e-3", "cyd", "2026-08-10T09:59:59.999999Z"),
        login("e-4", "dee", "2026-08-10T10:00:00Z"),
    ]);
    let sent = partners.world.ingest(&partners.acme, &events).await;
    assert_eq!(sent.json()["accepted"], 4, "{}", sent.text);
    for (dates, expected) in [
        (json!({}), vec!["1", "3"]),
        (json!({"until": "2026-08-11"}), vec!["1", "3"]),
        (json!({"until": "2026-08-10"}), vec!["1", "2"]),
        (json!({"until": "2026-07-31"}), vec!["1"]),
        (json!({"until": "2026-07-01"}), vec!["1"]),
        // The second stretch begins too late for July.
        (
            json!({"from": "2026-08-01", "earlier": [{"until": "2026-07-15"}]}),
            vec!["1"],
        ),
    ] {
        partners.trust(GLOBEX, dates.clone()).await;
        let overview = partners
            .world
            .get(&partners.globex, &format!("{OVERVIEW}/{ACME}"))
            .await;
        let overview = overview.json();
        assert_eq!(
            overview["billingPeriodStartDate"],
            "2026-06-30T10:00:00.000Z"
        );
        let used = overview["usages"].as_array().unwrap().iter();
        let used: Vec<_> = used
            .map(|row| row["usageQuantity"].as_str().unwrap())
            .collect();
        assert_eq!(used, expected, "{dates}");
    }
    // The customer and the operator see all of it.
    for path in [
        "/api/v2/billing/subscriptionoverview".to_owned(),
        format!("/api/v2/billing/subscriptionoverview?organizationId={ACME}"),
    ] {
        let token = if path.contains('?') {
            &partners.operator
        } else {
            &partners.acme
        };
        let overview = partners.world.get(token, &path).await.json();
        assert_eq!(overview["usages"][1]["usageQuantity"], "3");
    }
    // And nothing but the overview is a partner's to read.
    for path in [
        "reports/billableusage?startDate=2026-07-01&endDate=2026-08-01",
        "usage/series?meter=logins&startDate=2026-07-01&endDate=2026-08-01",
        "usage/events?startDate=2026-07-01&endDate=2026-08-01",
        "usage/unbilled?startDate=2026-07-01&endDate=2026-09-01",
        "periods?",
    ] {
        let path = format!("/api/v2/billing/{path}&organizationId={ACME}");
        let answer = partners.world.get(&partners.globex, &path).await;
        assert!(
            !answer.text.contains("ada") && !answer.text.contains("C-1"),
            "{}",
            answer.text
        );
    }
}

#[tokio::test]
async fn dates_that_cannot_be_are_refused() {
    let partners = Partners::of("UTC", None).await;
    let path = format!("{CATALOG}/trusts/{GLOBEX}:{ACME}");
    let many: Vec<Value> = (0..51)
        .map(|at| json!({"until": format!("{:04}-01-01", 1900 + at)}))
        .collect();
    for (body, field) in [
        (json!({"from": "2026-02-30"}), "from"),
        (json!({"from": "2026-01-01T00:00:00Z"}), "from"),
        (json!({"from": "0000-12-31"}), "from"),
        (json!({"until": "10000-01-01"}), "until"),
        (
            json!({"from": "2026-02-01", "until": "2026-01-31"}),
            "until",
        ),
        (json!({"earlier": [{"until": "2026-01-01"}]}), "earlier"),
        (
            json!({"from": "2026-01-01", "earlier": [{"until": "2026-01-01"}]}),
            "earlier",
        ),
        (
            json!({"from": "2026-03-01", "earlier": [{"from": "2026-01-02", "until": "2026-01-01"}]}),
            "until",
        ),
        (
            json!({"from": "2026-03-01", "earlier": [{"until": "2026-02-01"}, {"until": "2026-02-02"}]}),
            "earlier",
        ),
        (json!({"from": "2026-03-01", "earlier": many}), "earlier"),
    ] {
        let answer = partners.world.put(&partners.operator, &path, &body).await;
        assert_eq!(
            answer.refusal(),
            (400, "constraint.validation".to_owned()),
            "{body}"
        );
        assert_eq!(answer.json()["details"][0]["fieldName"], field, "{body}");
    }
    for body in [
        json!({"until": "2026-01-01", "form": "2025-01-01"}),
        json!({"from": "2026-03-01", "earlier": [{"from": "2026-01-02"}]}),
        json!({"from": "2026-03-01", "earlier": [{"until": "2026-01-02", "enabled": true}]}),
    ] {
        let answer = partners.world.put(&partners.operator, &path, &body).await;
        assert_eq!(answer.refusal(), (400, "bad.request".to_owned()), "{body}");
    }
    let far = partners
        .trust(GLOBEX, json!({"from": "0001-01-01", "until": "9999-12-31"}))
        .await;
    assert_eq!(
        (&far["from"], &far["until"]),
        (&json!("0001-01-01"), &json!("9999-12-31"))
    );
    assert_eq!(partners.seen(&partners.globex).await.len(), 11);
    let trustor = partners
        .world
        .get(&partners.globex, &format!("{TRUSTORS}/{ACME}"))
        .await;
    assert_eq!(trustor.json().get("trustEnded"), None);
    // Each change says in the trail what it opened.
    let trail = partners.world.store().database();
    let trail = trail.read(|db| exchequer_store::audit::list(db, ACME.parse().unwrap(), 100));
    let mut trail = trail.await.unwrap().into_iter();
    let put = trail.find(|entry| entry.action == "trust.put").unwrap();
    assert_eq!(put.detail, "enabled, 0001-01-01..9999-12-31");
    let deleted = partners.world.delete(&partners.operator, &path).await;
    assert_eq!(deleted.status, 204);
    assert!(partners.seen(&partners.globex).await.is_empty());
}
