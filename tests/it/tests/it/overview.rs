//! The billing overview: of a partner's customer, and of one's own organisation.

use exchequer_store::Snapshot;
use exchequer_store::audit;
use serde_json::{Value, json};

use exchequer_support::World;
use exchequer_support::world::{ACME, ACME_CLIENT, CATALOG, GLOBEX, GLOBEX_CLIENT, SECRET, login};

const OVERVIEW: &str = "/api/v2/billing/trusteebillingoverview";
const OWN: &str = "/api/v2/billing/subscriptionoverview";
const PERIODS: &str = "/api/v2/billing/periods";

/// Globex is the partner, Acme its customer with 2 of 3 seats committed.
async fn market(world: &World) -> [String; 3] {
    let [operator, ..] = world.populate().await;
    for (id, organization) in [(ACME_CLIENT, ACME), (GLOBEX_CLIENT, GLOBEX)] {
        let body = json!({"organization": organization, "name": "reader", "permissions": [
            "affiliateOrganization:clientBilling:view", "authorization:orgTrustee:view",
            "authorization:orgTrustor:view", "billing:subscription:view", "billing:usage:add"],
            "sources": ["/pbx", "/test"]});
        put(world, &operator, &format!("clients/{id}"), &body, 200).await;
    }
    put(world, &operator, "products/CX3", &product("logins"), 201).await;
    put(world, &operator, "contracts/C-1", &contract(), 201).await;
    let trust = format!("trusts/{GLOBEX}:{ACME}");
    put(world, &operator, &trust, &json!({}), 201).await;
    let acme = world.token(ACME_CLIENT, SECRET).await;
    let globex = world.token(GLOBEX_CLIENT, SECRET).await;
    let events = json!([
        login("e-1", "ada", "2026-10-20T00:00:00Z"),
        login("e-2", "ada", "2026-11-01T00:00:00Z"),
        login("e-3", "ben", "2026-11-14T23:59:59.999999Z"),
        login("e-4", "cyd", "2026-11-02T00:00:00Z"),
        login("e-5", "dee", "2026-11-15T00:00:00Z"),
    ]);
    assert_eq!(world.ingest(&acme, &events).await.json()["accepted"], 5);
    [operator, acme, globex]
}

async fn put(world: &World, token: &str, path: &str, body: &Value, status: u16) -> Value {
    let answer = world.put(token, &format!("{CATALOG}/{path}"), body).await;
    assert_eq!(answer.status.as_u16(), status, "{path}: {}", answer.text);
    answer.json()
}

fn product(meter: &str) -> Value {
    json!({"name": "Cloud CX 3", "charge": "PureCloud3Overage", "meter": meter,
        "grouping": "user-license", "unit": "seat", "unitOfMeasure": "User", "cancellable": true})
}

fn contract() -> Value {
    json!({"organization": ACME, "subscription": "PREPAY_MONTHLY_COMMITMENT", "currency": "USD",
        "start": "2026-01-15", "end": "2027-01-14", "rampStart": "2026-01-15",
        "rampEnd": "2026-02-14", "minimumMonthly": "300.00",
        "lines": [{"product": "CX3", "prepayQuantity": "2", "prepayPrice": "115.00",
            "overagePrice": "140.00"}],
        "amendments": [{"effective": "2026-06-15", "lines": [
            {"product": "CX3", "prepayQuantity": "2.5"}]}]})
}

#[tokio::test]
async fn a_partner_sees_its_customer() {
    let world = World::start().await;
    let [operator, acme, globex] = market(&world).await;
    let path = format!("{OVERVIEW}/{ACME}?billingPeriodIndex=1");
    let answer = world.get(&globex, &path).await;
    let mut body = answer.json();
    let id = body["id"].take();
    assert_eq!(id.as_str().unwrap().len(), 36);
    let expected = json!({
        "id": null, "name": "C-1",
        "organization": {"id": ACME, "name": "Acme Ltd"},
        "currency": "USD", "enabledProducts": ["PureCloud3Overage"],
        "subscriptionType": "PREPAY_MONTHLY_COMMITMENT",
        "rampPeriodStartDate": "2026-01-15T00:00:00.000Z",
        "rampPeriodEndDate": "2026-02-14T23:59:59.999Z",
        "billingPeriodStartDate": "2026-10-15T00:00:00.000Z",
        "billingPeriodEndDate": "2026-11-14T23:59:59.999Z",
        "usages": [{"name": "Cloud CX 3", "partNumber": "CX3", "grouping": "user-license",
            "unitOfMeasureType": "seat", "usageQuantity": "3", "overagePrice": "140",
            "prepayQuantity": "2.5", "prepayPrice": "115", "isCancellable": true,
            "bundleQuantity": "1", "isThirdParty": false}],
        "contractAmendmentDate": "2026-06-15T00:00:00.000Z",
        "contractEffectiveDate": "2026-01-15T00:00:00.000Z",
        "contractEndDate": "2027-01-14T23:59:59.999Z",
        "minimumMonthlyAmount": "300", "inRampPeriod": false, "selfUri": path,
    });
    assert_eq!(body, expected);
    assert_eq!(world.get(&globex, &path).await.text, answer.text);
    // The customer sees the same, and so does the operator in the partner's place.
    for (token, uri) in [
        (&acme, format!("{OWN}?billingPeriodIndex=1")),
        (&operator, format!("{path}&organizationId={GLOBEX}")),
        (
            &operator,
            format!("{OWN}?billingPeriodIndex=1&organizationId={ACME}"),
        ),
    ] {
        let mut same = world.get(token, &uri).await.json();
        assert_eq!(same["selfUri"].take(), uri);
        body["selfUri"] = Value::Null;
        body["id"].clone_from(&id);
        assert_eq!(same, body);
    }
}

#[tokio::test]
async fn charges_are_shown_on_demand_and_add_up() {
    let world = World::start().await;
    let [_, _, globex] = market(&world).await;
    let of = async |query: &str| {
        let path = format!("{OVERVIEW}/{ACME}?expand=charges&{query}");
        world.get(&globex, &path).await.json()["charges"].clone()
    };
    let expected = json!({"lines": [
        {"kind": "commitment", "name": "Cloud CX 3", "partNumber": "CX3",
            "steps": [{"quantity": "2.5", "price": "115"}], "amount": "287.5"},
        {"kind": "overage", "name": "Cloud CX 3", "partNumber": "CX3",
            "steps": [{"quantity": "0.5", "price": "140"}], "amount": "70"}],
        "total": "357.5"});
    assert_eq!(of("billingPeriodIndex=1").await, expected);
    // Nobody but dee has been seen since the 15th: the minimum makes up for it.
    let current = of("").await;
    assert_eq!(current["lines"][1]["kind"], "minimum");
    assert_eq!(current["lines"][1]["amount"], "12.5");
    assert_eq!(current["total"], "300");
    // In the ramp nothing is charged at all.
    let ramp = of("billingPeriodIndex=10").await;
    assert_eq!(ramp, json!({"lines": [], "total": "0"}));
}

#[tokio::test]
async fn an_index_beyond_the_first_period_is_not_found_and_a_wrong_one_refused() {
    let world = World::start().await;
    let [_, acme, globex] = market(&world).await;
    for (query, expected) in [
        ("billingPeriodIndex=10", (200, "")),
        ("billingPeriodIndex=11", (404, "not.found")),
        ("billingPeriodIndex=4294967296", (404, "not.found")),
        ("billingPeriodIndex=-1", (400, "invalid.query.param.value")),
        ("billingPeriodIndex=1.5", (400, "invalid.query.param.value")),
    ] {
        for (token, path) in [
            (&globex, format!("{OVERVIEW}/{ACME}")),
            (&acme, OWN.to_owned()),
        ] {
            let answer = world.get(token, &format!("{path}?{query}")).await;
            if expected.0 == 200 {
                assert_eq!(answer.status, 200, "{query}");
            } else {
                let (status, code) = answer.refusal();
                assert_eq!((status, code.as_str()), expected, "{query}");
            }
        }
    }
}

#[tokio::test]
async fn a_trust_that_ends_ends_at_once() {
    let world = World::start().await;
    let [operator, _, globex] = market(&world).await;
    let path = format!("{OVERVIEW}/{ACME}");
    let trust = format!("{CATALOG}/trusts/{GLOBEX}:{ACME}");
    assert_eq!(world.get(&globex, &path).await.status, 200);
    let off = world
        .put(&operator, &trust, &json!({"enabled": false}))
        .await;
    assert_eq!(off.json()["version"], 2);
    let hidden = world.get(&globex, &path).await.refusal();
    assert_eq!(hidden, (404, "not.found".to_owned()));
    let listed = world
        .get(&globex, "/api/v2/orgauthorization/trustors")
        .await;
    assert_eq!(listed.json()["entities"][0]["enabled"], false);
    world.put(&operator, &trust, &json!({})).await;
    assert_eq!(world.get(&globex, &path).await.status, 200);
    assert_eq!(world.delete(&operator, &trust).await.status, 204);
    // As if it had never been: the same answer as for what does not exist.
    let gone = world.get(&globex, &path).await.refusal();
    let nobody = format!("{OVERVIEW}/99999999-9999-4999-8999-999999999999");
    assert_eq!(gone, world.get(&globex, &nobody).await.refusal());
    assert_eq!(
        gone,
        world.get(&globex, &format!("{OVERVIEW}/x")).await.refusal()
    );
    // Neither does trust work backwards.
    let back = format!("{OVERVIEW}/{GLOBEX}");
    world.put(&operator, &trust, &json!({})).await;
    let acme = world.token(ACME_CLIENT, SECRET).await;
    assert_eq!(world.get(&acme, &back).await.refusal().0, 404);
}

#[tokio::test]
async fn what_a_partner_reads_is_in_the_customers_audit_trail() {
    let world = World::start().await;
    let [operator, acme, globex] = market(&world).await;
    let trail = async || {
        let acme = ACME.parse().unwrap();
        let list = move |sql: &Snapshot<'_>| audit::list(sql, acme, 100);
        let read = world.store().database().read(list);
        let entries = read.await.unwrap().into_iter();
        let seen = entries.filter(|entry| entry.action == "overview.read");
        seen.map(|entry| (entry.client.to_string(), entry.object, entry.detail))
            .collect::<Vec<_>>()
    };
    world
        .get(&globex, &format!("{OVERVIEW}/{ACME}?billingPeriodIndex=3"))
        .await;
    world.get(&acme, OWN).await;
    let by_partner = (
        GLOBEX_CLIENT.to_owned(),
        "trusteebillingoverview".to_owned(),
        format!("billingPeriodIndex 3 by {GLOBEX}"),
    );
    assert_eq!(trail().await, std::slice::from_ref(&by_partner));
    let own = format!("{OWN}?organizationId={ACME}");
    world.get(&operator, &own).await;
    assert_eq!(trail().await[0].2, "billingPeriodIndex 0");
}

#[tokio::test]
async fn both_sides_list_whom_they_are_bound_to() {
    let world = World::start().await;
    let [operator, acme, globex] = market(&world).await;
    for (token, many, other, name) in [
        (&globex, "trustors", ACME, "Acme Ltd"),
        (&acme, "trustees", GLOBEX, "Globex"),
    ] {
        let path = format!("/api/v2/orgauthorization/{many}");
        let page = world.get(token, &path).await.json();
        assert_eq!((&page["total"], &page["pageSize"]), (&json!(1), &json!(25)));
        let one = &page["entities"][0];
        assert_eq!(one["id"], other);
        assert_eq!(one["organization"]["name"], name);
        assert_eq!(one["dateCreated"], "2026-11-15T12:00:00.000Z");
        let alone = world.get(token, one["selfUri"].as_str().unwrap()).await;
        assert_eq!(alone.json(), *one);
        let whose = if token == &globex { GLOBEX } else { ACME };
        let named = format!("{path}?organizationId={whose}");
        let for_operator = world.get(&operator, &named).await.json();
        let uri = for_operator["entities"][0]["selfUri"].as_str().unwrap();
        assert_eq!(world.get(&operator, uri).await.json()["id"], other);
        let beyond = world.get(token, &format!("{path}?pageNumber=2")).await;
        assert_eq!(beyond.json()["entities"], json!([]));
        let wrong = if token == &globex { GLOBEX } else { ACME };
        assert_eq!(
            world
                .get(token, &format!("{path}/{wrong}"))
                .await
                .refusal()
                .0,
            404
        );
    }
}

#[tokio::test]
async fn periods_are_listed_from_the_newest_and_lead_to_their_overviews() {
    let world = World::start().await;
    let [_, acme, globex] = market(&world).await;
    let page = world
        .get(&acme, &format!("{PERIODS}?pageSize=2"))
        .await
        .json();
    assert_eq!(page["total"], 11);
    assert_eq!(
        page["entities"][1],
        json!({
        "id": "2026-10-15", "startDate": "2026-10-15T00:00:00.000Z",
        "endDate": "2026-11-14T23:59:59.999Z", "billingPeriodIndex": 1, "contractId": "C-1",
        "selfUri": format!("{OWN}?billingPeriodIndex=1")})
    );
    let mut path = Some(format!("{PERIODS}?pageSize=4"));
    let mut seen = Vec::new();
    while let Some(next) = path {
        let page = world.get(&acme, &next).await.json();
        for entity in page["entities"].as_array().unwrap() {
            let uri = entity["selfUri"].as_str().unwrap();
            let overview = world.get(&acme, uri).await.json();
            assert_eq!(overview["billingPeriodStartDate"], entity["startDate"]);
            assert_eq!(overview["billingPeriodEndDate"], entity["endDate"]);
            seen.push(entity["billingPeriodIndex"].as_u64().unwrap());
        }
        path = page["nextUri"].as_str().map(str::to_owned);
    }
    assert_eq!(seen, (0..11).collect::<Vec<_>>());
    // Whoever has no contract has no periods.
    let none = world.get(&globex, PERIODS).await.json();
    assert_eq!((&none["total"], &none["entities"]), (&json!(0), &json!([])));
    assert_eq!(world.get(&globex, OWN).await.refusal().0, 404);
}

#[tokio::test]
async fn a_period_can_be_named_by_its_last_millisecond() {
    let world = World::start().await;
    let [_, acme, _] = market(&world).await;
    let of = async |timestamp: &str| {
        let path = format!("{OWN}?periodEndingTimestamp={timestamp}");
        world.get(&acme, &path).await
    };
    // 2026-11-14T23:59:59.999Z
    let named = of("1794700799999").await.json();
    assert_eq!(named["billingPeriodStartDate"], "2026-10-15T00:00:00.000Z");
    assert_eq!(named["selfUri"], format!("{OWN}?billingPeriodIndex=1"));
    assert_eq!(of("1794700800000").await.json()["inRampPeriod"], false);
    // An index that is given, but empty, is none.
    let both = of("1794700799999&billingPeriodIndex=").await.json();
    assert_eq!(both, named);
    assert_eq!(of("0").await.refusal().0, 404);
    assert_eq!(of("soon").await.refusal().0, 400);
    assert_eq!(of("9223372036854775807").await.refusal().0, 404);
}

#[tokio::test]
async fn a_report_lists_what_the_contract_entitles_to_as_zero() {
    let world = World::start().await;
    let [operator, acme, _] = market(&world).await;
    let meter = json!({"eventType": "call", "aggregation": "sum", "quantity": "minutes"});
    put(&world, &operator, "meters/minutes", &meter, 201).await;
    put(
        &world,
        &operator,
        "products/VOICE",
        &product("minutes"),
        201,
    )
    .await;
    let before = world.report(&acme, "2026-10-15", "2026-11-15").await;
    let mut contract = contract();
    let line = json!({"product": "VOICE", "overagePrice": "0.1"});
    contract["amendments"] = json!([{"effective": "2026-06-15", "lines": [line]}]);
    put(&world, &operator, "contracts/C-1", &contract, 200).await;
    let after = world.report(&acme, "2026-10-15", "2026-11-15").await;
    assert_ne!(before.header("etag"), after.header("etag"));
    let usages = after.json()["usages"].clone();
    let zero = json!({"name": "minutes", "totalUsage": "0", "resources": []});
    assert_eq!((&usages[0]["name"], &usages[1]), (&json!("logins"), &zero));
    // From the day on which the contract prices it, and while it lasts.
    for (start, end, count) in [
        ("2026-05-15", "2026-06-15", 1),
        ("2026-06-14", "2026-06-16", 2),
        ("2025-12-01", "2026-01-15", 0),
        ("2027-01-14", "2027-02-01", 2),
        ("2027-01-15", "2027-02-01", 0),
    ] {
        let report = world.report(&acme, start, end).await.json();
        assert_eq!(report["usages"].as_array().unwrap().len(), count, "{start}");
    }
}

/// Nobody's usage is lost between contracts, and beside them.
#[tokio::test]
async fn usage_that_no_contract_bills_is_listed_with_the_reason() {
    let world = World::start().await;
    let [operator, acme, _] = market(&world).await;
    let meter = json!({"eventType": "call.ended", "aggregation": "sum", "quantity": "minutes"});
    put(&world, &operator, "meters/minutes", &meter, 201).await;
    put(
        &world,
        &operator,
        "products/VOICE",
        &product("minutes"),
        201,
    )
    .await;
    let line = |product: &str| json!({"product": product, "overagePrice": "1"});
    let of_october = json!({"organization": ACME, "subscription": "MONTH_TO_MONTH",
        "currency": "USD", "start": "2026-10-01", "end": "2026-10-31", "lines": [line("CX3")]});
    let mut of_november = of_october.clone();
    of_november["start"] = "2026-11-05".into();
    of_november["end"] = "2026-12-31".into();
    put(&world, &operator, "contracts/C-1", &of_october, 200).await;
    put(&world, &operator, "contracts/C-2", &of_november, 201).await;
    let call = |id: &str, day: &str| {
        json!({"specversion": "1.0", "id": id, "source": "/pbx", "type": "call.ended",
            "subject": "ada", "time": format!("{day}T08:00:00Z"), "data": {"minutes": "2.5"}})
    };
    let events = json!([
        call("c-1", "2026-10-02"),
        call("c-2", "2026-09-30"),
        login("e-9", "fay", "2026-09-30T23:59:59.999Z")
    ]);
    assert_eq!(world.ingest(&acme, &events).await.json()["accepted"], 3);
    const UNBILLED: &str = "/api/v2/billing/usage/unbilled";
    let path = format!("{UNBILLED}?startDate=2026-09-01&endDate=2026-12-01");
    let of = |from: &str, to: &str, meter: &str, usage: &str, reason: &str, contract: &str| {
        let [from, to] = [from, to].map(|day| format!("2026-{day}T00:00:00.000Z"));
        let mut entity = json!({"startDate": from, "endDate": to, "meter": meter, "usage": usage,
            "reason": reason});
        if !contract.is_empty() {
            entity["contractId"] = contract.into();
        }
        entity
    };
    let expected = json!({"startDate": "2026-09-01T00:00:00.000Z",
        "endDate": "2026-12-01T00:00:00.000Z", "entities": [
        of("09-01", "10-01", "logins", "1", "beforeContract", ""),
        of("09-01", "10-01", "minutes", "2.5", "beforeContract", ""),
        of("10-01", "11-01", "minutes", "2.5", "notInContract", "C-1"),
        // ada on the 1st, cyd on the 2nd; ben and dee come with the next contract.
        of("11-01", "11-05", "logins", "2", "betweenContracts", "C-1")]});
    assert_eq!(world.get(&acme, &path).await.json(), expected);
    let foreign = format!("{path}&organizationId={ACME}");
    assert_eq!(world.get(&operator, &foreign).await.json(), expected);
    // Without contracts nobody is billed for anything.
    for contract in ["C-1", "C-2"] {
        let path = format!("{CATALOG}/contracts/{contract}");
        assert_eq!(world.delete(&operator, &path).await.status, 204);
    }
    let all = world.get(&acme, &path).await.json();
    assert_eq!(
        all["entities"],
        json!([
            of("09-01", "12-01", "logins", "5", "noContract", ""),
            of("09-01", "12-01", "minutes", "5", "noContract", "")
        ])
    );
    let reversed = format!("{UNBILLED}?startDate=2026-12-01&endDate=2026-09-01");
    assert_eq!(world.get(&acme, &reversed).await.status, 400);
}

#[tokio::test]
async fn after_the_end_index_0_is_the_last_period_and_says_so() {
    let world = World::start().await;
    let [operator, acme, globex] = market(&world).await;
    let mut ended = contract();
    ended["end"] = "2026-11-14".into();
    put(&world, &operator, "contracts/C-1", &ended, 200).await;
    let path = format!("{OVERVIEW}/{ACME}");
    let last = world.get(&globex, &path).await.json();
    assert_eq!(last["billingPeriodEndDate"], "2026-11-14T23:59:59.999Z");
    assert_eq!(last["contractEnded"], true);
    // dee came on the 15th, and nobody pays.
    let row = &last["usages"][1];
    assert_eq!(
        (
            &row["grouping"],
            &row["usageQuantity"],
            &row["overagePrice"]
        ),
        (&json!("unbilled"), &json!("1"), &Value::Null)
    );
    let before = world
        .get(&globex, &format!("{path}?billingPeriodIndex=1"))
        .await
        .json();
    assert_eq!(before["contractEnded"], true);
    assert_eq!(before["usages"].as_array().unwrap().len(), 1);
    // It goes on, from month to month.
    ended["afterEnd"] = "month_to_month".into();
    put(&world, &operator, "contracts/C-1", &ended, 200).await;
    let current = world.get(&acme, OWN).await.json();
    assert_eq!(
        current["billingPeriodStartDate"],
        "2026-11-15T00:00:00.000Z"
    );
    assert_eq!(current["subscriptionType"], "MONTH_TO_MONTH");
    assert_eq!(current["contractEnded"], Value::Null);
    assert_eq!(current["usages"][0]["usageQuantity"], "1");
    // It must end with a period for that.
    ended["end"] = "2026-11-10".into();
    let path = format!("{CATALOG}/contracts/C-1");
    let refused = world.put(&operator, &path, &ended).await;
    assert_eq!(refused.status, 400, "{}", refused.text);
}
