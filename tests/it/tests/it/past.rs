//! What has ended does not change by what begins later.

use std::time::Duration;

use serde_json::{Value, json};

use exchequer_support::world::{ACME, CATALOG, GLOBEX, login};
use exchequer_support::{Answer, World};

const OWN: &str = "/api/v2/billing/subscriptionoverview";

/// Two customers, west and east of UTC, and one meter of agents that both pay for.
struct Past {
    world: World,
    operator: String,
}

/// Each customer with the zone and number of its contract.
const CUSTOMERS: [(&str, &str, &str); 2] = [
    (ACME, "America/New_York", "C-1"),
    (GLOBEX, "Europe/Berlin", "C-2"),
];

impl Past {
    async fn start() -> Self {
        let world = World::start().await;
        let [operator, ..] = world.populate().await;
        let past = Self { world, operator };
        past.made("meters/agents", &agents(30)).await;
        past.made("products/AGENT", &product("Agents")).await;
        for (organization, zone, number) in CUSTOMERS {
            let contract = json!({"organization": organization, "currency": "USD",
                "subscription": "MONTH_TO_MONTH", "start": "2026-01-01", "timeZone": zone,
                "lines": [{"product": "AGENT", "overagePrice": "10"}]});
            past.made(&format!("contracts/{number}"), &contract).await;
        }
        past
    }

    async fn put(&self, path: &str, body: &Value) -> Answer {
        let path = format!("{CATALOG}/{path}");
        self.world.put(&self.operator, &path, body).await
    }

    async fn made(&self, path: &str, body: &Value) {
        let answer = self.put(path, body).await;
        assert_eq!(answer.status, 201, "{path}: {}", answer.text);
    }

    async fn changed(&self, path: &str, body: &Value) -> Value {
        let answer = self.put(path, body).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        answer.json()
    }

    async fn overview(&self, organization: &str, index: u32) -> Value {
        let path = format!(
            "{OWN}?billingPeriodIndex={index}&expand=charges&organizationId={organization}"
        );
        let answer = self.world.get(&self.operator, &path).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }

    async fn report(&self, organization: &str, start: &Value, end: &Value) -> Value {
        let (start, end) = (start.as_str().unwrap(), end.as_str().unwrap());
        let path = format!("/api/v2/billing/reports/billableusage?startDate={start}&endDate={end}");
        let path = format!("{path}&organizationId={organization}");
        let answer = self.world.get(&self.operator, &path).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }

    async fn session(&self, organization: &str, id: &str, time: &str, minutes: u32) {
        let mut event = login(id, "ada", time);
        event["type"] = json!("agent.session");
        event["organization"] = json!(organization);
        event["data"] = json!({"seconds": minutes * 60});
        let answer = self.world.ingest(&self.operator, &json!([event])).await;
        assert_eq!(answer.json()["accepted"], 1, "{}", answer.text);
    }
}

fn agents(minutes: u32) -> Value {
    json!({"eventType": "agent.session", "aggregation": "peak", "peakMinutes": minutes})
}

fn product(name: &str) -> Value {
    json!({"name": name, "charge": "Agents", "meter": "agents", "grouping": "user-license",
        "unit": "agent", "unitOfMeasure": "User"})
}

#[tokio::test]
async fn a_version_of_a_meter_that_begins_on_the_first_leaves_the_month_before() {
    let past = Past::start().await;
    for (organization, ..) in CUSTOMERS {
        past.session(organization, "e-1", "2026-10-15T12:00:00Z", 15)
            .await;
        past.session(organization, "e-2", "2026-11-05T12:00:00Z", 15)
            .await;
    }
    let mut shorter = agents(10);
    shorter["effective"] = json!("2026-11-01");
    past.changed("meters/agents", &shorter).await;
    for (organization, zone, _) in CUSTOMERS {
        let [november, october] = [
            past.overview(organization, 0).await,
            past.overview(organization, 1).await,
        ];
        assert_eq!(november["usages"][0]["usageQuantity"], "1", "{zone}");
        assert_eq!(october["usages"][0]["usageQuantity"], "0", "{zone}");
        // A report of the period agrees with it, and one of the month of UTC too.
        let [start, end] = ["billingPeriodStartDate", "billingPeriodEndDate"];
        let of_period = past
            .report(organization, &october[start], &october[end])
            .await;
        assert_eq!(of_period["usages"][0]["totalUsage"], "0", "{zone}");
        let [start, end] = [json!("2026-10-01"), json!("2026-11-01")];
        let of_month = past.report(organization, &start, &end).await;
        assert_eq!(of_month["usages"][0]["totalUsage"], "0", "{zone}");
        let of_both = past
            .report(organization, &start, &json!("2026-11-02"))
            .await;
        assert_eq!(of_both["usages"][0]["totalUsage"], "1", "{zone}");
    }
}

#[tokio::test]
async fn what_is_renamed_keeps_its_old_words_in_old_periods() {
    let past = Past::start().await;
    let names = async |organization, index| {
        let overview = past.overview(organization, index).await;
        [
            overview["organization"]["name"].clone(),
            overview["usages"][0]["name"].clone(),
            overview["enabledProducts"][0].clone(),
        ]
    };
    let mut renamed = product("Assistants");
    renamed["charge"] = json!("Assistants");
    let answer = past.changed("products/AGENT", &renamed).await;
    let earlier = json!([{"until": "2026-11-15", "name": "Agents", "charge": "Agents",
        "grouping": "user-license", "unit": "agent", "unitOfMeasure": "User"}]);
    assert_eq!(answer["earlier"], earlier);
    let acme = format!("organizations/{ACME}");
    let answer = past.changed(&acme, &json!({"name": "Acme Inc"})).await;
    assert_eq!(
        answer["earlier"],
        json!([{"name": "Acme Ltd", "until": "2026-11-15"}])
    );
    let (old, new) = (
        ["Acme Ltd", "Agents", "Agents"],
        ["Acme Inc", "Assistants", "Assistants"],
    );
    assert_eq!(names(ACME, 0).await, new);
    assert_eq!(names(ACME, 1).await, old);
    assert_eq!(names(GLOBEX, 1).await[1], "Agents");
    // Sent again, nothing changes; named for earlier days, it does.
    let again = past.changed("products/AGENT", &renamed).await;
    assert_eq!(
        (&again["version"], &again["earlier"]),
        (&json!(2), &earlier)
    );
    renamed["effective"] = json!("2026-10-01");
    let answer = past.changed("products/AGENT", &renamed).await;
    assert_eq!(answer["earlier"][0]["until"], "2026-09-30");
    assert_eq!(
        names(ACME, 1).await,
        ["Acme Ltd", "Assistants", "Assistants"]
    );
    assert_eq!(names(ACME, 2).await, old);
    assert_eq!(past.changed("products/AGENT", &renamed).await, answer);
    for day in ["2026-11-17", "1999-12-31", "soon"] {
        renamed["effective"] = json!(day);
        let refused = past.put("products/AGENT", &renamed).await;
        assert_eq!(refused.refusal().0, 400, "{day}");
    }
}

/// At 23:30 of UTC the month is over in Berlin, and not in New York.
#[tokio::test]
async fn a_period_that_has_ended_keeps_its_words_within_the_day() {
    let past = Past::start().await;
    let until_new_year = Duration::from_secs((46 * 24 + 11) * 3_600 + 1_800);
    past.world.clock.advance(until_new_year);
    let past = Past {
        operator: past.world.operator().await,
        ..past
    };
    past.changed("products/AGENT", &product("Assistants")).await;
    past.changed(
        &format!("organizations/{GLOBEX}"),
        &json!({"name": "Globex AG"}),
    )
    .await;
    let berlin = [
        past.overview(GLOBEX, 0).await,
        past.overview(GLOBEX, 1).await,
    ];
    assert_eq!(
        berlin[0]["billingPeriodStartDate"],
        "2026-12-31T23:00:00.000Z"
    );
    for (overview, name, organization) in [
        (&berlin[0], "Assistants", "Globex AG"),
        (&berlin[1], "Agents", "Globex"),
    ] {
        assert_eq!(overview["usages"][0]["name"], name);
        assert_eq!(overview["organization"]["name"], organization);
    }
    // It ends in hours, with the words that it had for all of its days.
    let new_york = past.overview(ACME, 0).await;
    assert_eq!(
        new_york["billingPeriodStartDate"],
        "2026-12-01T05:00:00.000Z"
    );
    assert_eq!(new_york["usages"][0]["name"], "Agents");
}

#[tokio::test]
async fn a_meter_that_is_renamed_keeps_its_old_name_in_old_ranges() {
    let past = Past::start().await;
    past.session(ACME, "e-1", "2026-10-15T12:00:00Z", 60).await;
    past.session(ACME, "e-2", "2026-11-05T12:00:00Z", 60).await;
    let mut renamed = agents(30);
    renamed["shownAs"] = json!("assistants");
    renamed["effective"] = json!("2026-11-01");
    let answer = past.changed("meters/agents", &renamed).await;
    assert_eq!(
        (&answer["id"], &answer["name"], &answer["shownAs"]),
        (&json!("agents"), &json!("assistants"), &json!("assistants"))
    );
    let shown = async |start: &str, end: &str| {
        let report = past.report(ACME, &json!(start), &json!(end)).await;
        let usages = report["usages"].as_array().unwrap().clone();
        assert_eq!(usages.len(), 1, "{report}");
        (usages[0]["name"].clone(), usages[0]["totalUsage"].clone())
    };
    let one = json!("1");
    assert_eq!(
        shown("2026-10-01", "2026-11-01").await,
        (json!("agents"), one.clone())
    );
    assert_eq!(
        shown("2026-11-01", "2026-11-15").await,
        (json!("assistants"), one.clone())
    );
    // What is priced and not used has the name of its days, too.
    let zero = json!("0");
    assert_eq!(
        shown("2026-09-01", "2026-10-01").await,
        (json!("agents"), zero.clone())
    );
    assert_eq!(
        shown("2026-11-10", "2026-11-15").await,
        (json!("assistants"), zero)
    );
    // Bills go on, and a series is found by either name.
    for index in [0, 1] {
        let overview = past.overview(ACME, index).await;
        assert_eq!(overview["usages"][0]["usageQuantity"], "1");
    }
    for name in ["agents", "assistants"] {
        let path = format!(
            "/api/v2/billing/usage/series?meter={name}&granularity=month&organizationId={ACME}\
             &startDate=2026-10-01&endDate=2026-12-01"
        );
        let series = past.world.get(&past.operator, &path).await.json();
        assert_eq!(series["entities"][1]["usage"], "1", "{series}");
    }
    // A name is for ever its meter's.
    let logins = json!({"eventType": "user.login", "aggregation": "unique", "shownAs": "agents"});
    assert_eq!(past.put("meters/logins", &logins).await.refusal().0, 409);
    let other = json!({"eventType": "x", "aggregation": "count"});
    assert_eq!(past.put("meters/assistants", &other).await.refusal().0, 409);
    renamed["shownAs"] = json!("");
    assert_eq!(past.put("meters/agents", &renamed).await.refusal().0, 400);
}

#[tokio::test]
async fn a_priced_meter_that_begins_later_counts_nothing_until_then() {
    let past = Past::start().await;
    let mut calls = json!({"eventType": "call.ended", "aggregation": "count"});
    calls["effective"] = json!("2026-11-01");
    past.made("meters/calls", &calls).await;
    let mut product = product("Calls");
    product["meter"] = json!("calls");
    past.made("products/CALL", &product).await;
    let contract = json!({"organization": ACME, "currency": "USD",
        "subscription": "MONTH_TO_MONTH", "start": "2026-01-01",
        "lines": [{"product": "CALL", "overagePrice": "1"}]});
    past.changed("contracts/C-1", &contract).await;
    for (id, day) in [("e-1", "2026-10-31"), ("e-2", "2026-11-01")] {
        let mut event = login(id, "ada", &format!("{day}T12:00:00Z"));
        event["type"] = json!("call.ended");
        event["organization"] = json!(ACME);
        let answer = past.world.ingest(&past.operator, &json!([event])).await;
        assert_eq!(answer.json()["accepted"], 1);
    }
    for (index, used, total) in [(1, "0", "0"), (0, "1", "1")] {
        let overview = past.overview(ACME, index).await;
        assert_eq!(overview["usages"][0]["usageQuantity"], used);
        assert_eq!(overview["charges"]["total"], total);
    }
    let october = [json!("2026-10-01"), json!("2026-11-01")];
    let report = past.report(ACME, &october[0], &october[1]).await;
    let none = json!([{"name": "calls", "totalUsage": "0", "resources": []}]);
    assert_eq!(report["usages"], none, "it is priced, and not there yet");
}

const NEW: &str = "44444444-4444-4444-8444-444444444444";

/// Ten agents at 20.00, paid for a year in advance from March on.
fn prepaid(end: Option<&str>) -> Value {
    let mut contract = json!({"organization": NEW, "currency": "USD", "subscription": "PREPAY",
        "start": "2026-03-01", "lines": [{"product": "AGENT", "prepayQuantity": "10",
            "prepayPrice": "20", "overagePrice": "30"}]});
    if let Some(end) = end {
        contract["end"] = json!(end);
    }
    contract
}

impl Past {
    async fn total(&self, day: &str) -> Value {
        let at = exchequer_types::dates::parse(day).unwrap() / 1_000;
        let path = format!("{OWN}?periodEndingTimestamp={at}&expand=charges&organizationId={NEW}");
        let answer = self.world.get(&self.operator, &path).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()["charges"]["total"].clone()
    }
}

#[tokio::test]
async fn an_earlier_end_leaves_what_was_paid_in_advance() {
    let past = Past::start().await;
    past.made(&format!("organizations/{NEW}"), &json!({"name": "New"}))
        .await;
    past.made("contracts/C-3", &prepaid(None)).await;
    assert_eq!(past.total("2026-03-31").await, "2400");
    // It was over when the end came, which changes no period before its own.
    past.changed("contracts/C-3", &prepaid(Some("2026-12-31")))
        .await;
    for (day, total) in [
        ("2026-03-31", "2400"),
        ("2026-04-30", "0"),
        ("2026-11-14", "0"),
    ] {
        assert_eq!(past.total(day).await, total, "{day}");
    }
    // October is over: the contract can end with it, and not before.
    for end in ["2026-10-30", "2026-03-31"] {
        let refused = past.put("contracts/C-3", &prepaid(Some(end))).await;
        assert_eq!(refused.refusal().0, 409, "{end}");
        assert!(refused.text.contains("2026-10-31"), "{}", refused.text);
    }
    past.changed("contracts/C-3", &prepaid(Some("2026-10-31")))
        .await;
    assert_eq!(past.total("2026-03-31").await, "2400");
    // It goes on after all: what was bought for the year is bought already.
    past.changed("contracts/C-3", &prepaid(None)).await;
    for (day, total) in [("2026-03-31", "2400"), ("2026-11-14", "0")] {
        assert_eq!(past.total(day).await, total, "{day}");
    }
    past.changed("contracts/C-3", &prepaid(Some("2026-11-10")))
        .await;
    assert_eq!(past.total("2026-03-31").await, "2400");
}

#[tokio::test]
async fn a_contract_that_gives_back_does_so_where_it_ends() {
    let past = Past::start().await;
    past.made(&format!("organizations/{NEW}"), &json!({"name": "New"}))
        .await;
    let gives_back = |end: Option<&str>| {
        let mut contract = prepaid(end);
        contract["decrease"] = json!("given_back");
        contract
    };
    past.made("contracts/C-3", &gives_back(None)).await;
    past.changed("contracts/C-3", &gives_back(Some("2026-10-31")))
        .await;
    // Four months of the year are left. Nothing before October changes.
    for (day, total) in [
        ("2026-03-31", "2400"),
        ("2026-09-30", "0"),
        ("2026-10-31", "-800"),
    ] {
        assert_eq!(past.total(day).await, total, "{day}");
    }
    past.changed("contracts/C-3", &gives_back(Some("2026-11-10")))
        .await;
    // October stays as it was. Ten days of November are bought again: 10 × 20 × 10/30.
    for (day, total) in [
        ("2026-03-31", "2400"),
        ("2026-10-31", "-800"),
        ("2026-11-10", "66.67"),
    ] {
        assert_eq!(past.total(day).await, total, "{day}");
    }
}

#[tokio::test]
async fn a_contract_says_what_a_decrease_means_and_keeps_it() {
    let past = Past::start().await;
    past.made(&format!("organizations/{NEW}"), &json!({"name": "New"}))
        .await;
    let fewer = |decrease: Option<&str>| {
        let mut contract = prepaid(None);
        let line = json!({"product": "AGENT", "prepayQuantity": "7"});
        contract["amendments"] = json!([{"effective": "2026-09-01", "lines": [line]}]);
        if let Some(decrease) = decrease {
            contract["decrease"] = json!(decrease);
        }
        contract
    };
    past.made("contracts/C-3", &fewer(None)).await;
    let get = async || {
        let path = format!("{CATALOG}/contracts/C-3");
        past.world.get(&past.operator, &path).await.json()
    };
    let shown = get().await;
    assert_eq!(
        (&shown["decrease"], &shown["yearStart"]),
        (&json!("next_year"), &json!("contract"))
    );
    let mut again = shown.clone();
    for field in ["id", "selfUri", "version"] {
        again.as_object_mut().unwrap().remove(field);
    }
    let unchanged = past.changed("contracts/C-3", &again).await;
    assert_eq!(unchanged, shown, "what is shown can be put back");
    assert_eq!(past.total("2026-09-30").await, "0");
    let answer = past
        .changed("contracts/C-3", &fewer(Some("given_back")))
        .await;
    assert_eq!(
        (&answer["decrease"], &answer["version"]),
        (&json!("given_back"), &json!(2))
    );
    assert_eq!(past.total("2026-09-30").await, "-360");
    // What says nothing of it leaves it.
    let unchanged = past.changed("contracts/C-3", &fewer(None)).await;
    assert_eq!(unchanged, answer);
    let refused = past.put("contracts/C-3", &fewer(Some("refused"))).await;
    assert_eq!(refused.refusal().0, 400, "{}", refused.text);
    assert!(refused.text.contains("2026-09-01"), "{}", refused.text);
    let mut refuses = prepaid(None);
    refuses["decrease"] = json!("refused");
    past.changed("contracts/C-3", &refuses).await;
    let refused = past.put("contracts/C-3", &fewer(None)).await;
    assert_eq!(refused.refusal().0, 409, "{}", refused.text);
    assert!(refused.text.contains("2026-09-01"), "{}", refused.text);
    // It can end, and gives nothing back.
    refuses["end"] = json!("2026-10-31");
    past.changed("contracts/C-3", &refuses).await;
    assert_eq!(past.total("2026-10-31").await, "0");
    // What is charged in a ramp is a matter of the figures.
    let mut agents = product("Agents");
    agents["chargedInRamp"] = json!(true);
    let refused = past.put("products/AGENT", &agents).await;
    assert_eq!(refused.refusal().0, 409, "{}", refused.text);
    for third_party in [false, true] {
        agents["thirdParty"] = json!(third_party);
        agents.as_object_mut().unwrap().remove("chargedInRamp");
        let answer = past
            .put(&format!("products/OTHER-{third_party}"), &agents)
            .await;
        assert_eq!(answer.json()["chargedInRamp"], third_party);
    }
}

#[tokio::test]
async fn a_contract_that_is_prolonged_buys_the_rest_of_its_year_then() {
    let past = Past::start().await;
    past.made(&format!("organizations/{NEW}"), &json!({"name": "New"}))
        .await;
    past.made("contracts/C-3", &prepaid(Some("2026-12-31")))
        .await;
    assert_eq!(past.total("2026-03-31").await, "2000");
    past.changed("contracts/C-3", &prepaid(None)).await;
    past.world.clock.advance(Duration::from_secs(60 * 86_400));
    let past = Past {
        operator: past.world.operator().await,
        ..past
    };
    for (day, total) in [
        ("2026-03-31", "2000"),
        ("2026-11-14", "0"),
        ("2026-12-31", "0"),
        ("2027-01-01", "400"),
    ] {
        assert_eq!(past.total(day).await, total, "{day}");
    }
}

#[tokio::test]
async fn a_period_that_an_end_cut_short_stays_so_once_it_is_over() {
    let past = Past::start().await;
    past.made(&format!("organizations/{NEW}"), &json!({"name": "New"}))
        .await;
    past.made("contracts/C-3", &prepaid(Some("2026-10-20")))
        .await;
    let refused = past.put("contracts/C-3", &prepaid(None)).await;
    assert_eq!(refused.refusal().0, 409, "{}", refused.text);
    // Another contract can follow it; and one that is not cut short goes on.
    past.made(
        "contracts/C-4",
        &json!({"organization": NEW, "currency": "USD",
        "subscription": "MONTH_TO_MONTH", "start": "2026-10-21", "end": "2026-11-14",
        "lines": [{"product": "AGENT", "overagePrice": "30"}]}),
    )
    .await;
}

#[tokio::test]
async fn months_that_went_on_after_an_end_stay_so_whatever_end_comes() {
    let past = Past::start().await;
    past.made(&format!("organizations/{NEW}"), &json!({"name": "New"}))
        .await;
    let mut contract = prepaid(Some("2026-05-31"));
    contract["subscription"] = json!("PREPAY_MONTHLY_COMMITMENT");
    contract["afterEnd"] = json!("month_to_month");
    past.made("contracts/C-3", &contract).await;
    assert_eq!(past.total("2026-05-31").await, "200");
    for end in [Some("2026-12-31"), Some("2026-06-30"), None] {
        for more in [
            json!({}),
            json!({"currency": "EUR"}),
            json!({"afterEnd": "stop"}),
        ] {
            let mut other = contract.clone();
            other.as_object_mut().unwrap().remove("end");
            other
                .as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            if let Some(end) = end {
                other["end"] = json!(end);
            }
            let refused = past.put("contracts/C-3", &other).await;
            assert_eq!(refused.refusal().0, 409, "{other}");
            assert!(refused.text.contains("2026-06-01"), "{}", refused.text);
        }
    }
    assert_eq!(past.total("2026-06-30").await, "0");
}

#[tokio::test]
async fn an_end_changes_nothing_that_is_over_with_another_correction_either() {
    let past = Past::start().await;
    past.made(&format!("organizations/{NEW}"), &json!({"name": "New"}))
        .await;
    past.made("contracts/C-3", &prepaid(None)).await;
    let with = |end: &str, field: &str, value: &str| {
        let mut contract = prepaid(Some(end));
        contract[field] = json!(value);
        contract
    };
    for (field, value) in [("currency", "EUR"), ("timeZone", "Etc/UTC")] {
        let refused = past
            .put("contracts/C-3", &with("2026-04-30", field, value))
            .await;
        assert_eq!(refused.refusal().0, 409, "{field}");
        // What was bought until then stays bought, also if something else is mended.
        past.changed("contracts/C-3", &prepaid(Some("2026-12-31")))
            .await;
        past.changed("contracts/C-3", &with("2026-12-31", field, value))
            .await;
        assert_eq!(past.total("2026-03-31").await, "2400", "{field}");
        past.changed("contracts/C-3", &prepaid(None)).await;
    }
}

#[tokio::test]
async fn what_was_given_back_stays_given_back_once_it_is_over() {
    let past = Past::start().await;
    past.made(&format!("organizations/{NEW}"), &json!({"name": "New"}))
        .await;
    let giving = |end| {
        let mut contract = prepaid(end);
        contract["decrease"] = json!("given_back");
        contract
    };
    past.made("contracts/C-3", &giving(None)).await;
    past.changed("contracts/C-3", &giving(Some("2026-10-31")))
        .await;
    assert_eq!(past.total("2026-10-31").await, "-800");
    past.changed("contracts/C-3", &giving(None)).await;
    for (day, total) in [
        ("2026-03-31", "2400"),
        ("2026-10-31", "-800"),
        ("2026-11-15", "800"),
    ] {
        assert_eq!(past.total(day).await, total, "{day}");
    }
}
