//! The reading of events by meters: quantities that they cannot read, decimals in excess, and
//! resources with several spellings.

use serde_json::{Value, json};

use exchequer_support::World;
use exchequer_support::world::{ACME, CATALOG};

const EVENTS: &str = "/api/v2/billing/usage/events";
const SERIES: &str = "/api/v2/billing/usage/series";
const OCTOBER: &str = "startDate=2026-10-01&endDate=2026-11-01";

/// A customer that sends calls, and whoever makes meters.
pub(crate) struct Platform {
    pub(crate) world: World,
    pub(crate) operator: String,
    pub(crate) acme: String,
}

/// An event of November, when the world is.
pub(crate) fn call(id: &str, who: &str, time: &str, data: Value) -> Value {
    let mut event = json!({"specversion": "1.0", "id": id, "source": "/test",
        "type": "call.ended", "subject": who, "time": time});
    if !data.is_null() {
        event["data"] = data;
    }
    event
}

pub(crate) fn meter(aggregation: &str, more: Value) -> Value {
    let mut rule = json!({"eventType": "call.ended", "aggregation": aggregation});
    for (name, value) in more.as_object().unwrap() {
        rule[name] = value.clone();
    }
    rule
}

impl Platform {
    pub(crate) async fn start() -> Self {
        let world = World::start().await;
        let [operator, acme, _] = world.populate().await;
        Self {
            world,
            operator,
            acme,
        }
    }

    /// Puts a meter, which is thereby made or changed.
    pub(crate) async fn put(&self, name: &str, rule: &Value) -> Value {
        let path = format!("{CATALOG}/meters/{name}");
        let answer = self.world.put(&self.operator, &path, rule).await;
        assert!(answer.status.is_success(), "{}", answer.text);
        answer.json()
    }

    async fn meter(&self, name: &str) -> Value {
        let path = format!("{CATALOG}/meters/{name}");
        self.world.get(&self.operator, &path).await.json()
    }

    pub(crate) async fn send(&self, events: &[Value]) -> Value {
        let answer = self.world.ingest(&self.acme, &json!(events)).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }

    /// The usage of a meter in October: its total, and the names of its resources.
    pub(crate) async fn usage(&self, name: &str) -> Option<(String, Vec<String>)> {
        let report = self.world.report(&self.acme, "2026-10-01", "2026-11-01");
        let report = report.await.json();
        let usages = report["usages"].as_array().unwrap();
        let usage = usages.iter().find(|usage| usage["name"] == name)?;
        let resources = usage["resources"].as_array().unwrap().iter();
        let resources = resources.map(|it| it["name"].as_str().unwrap().to_owned());
        let total = usage["totalUsage"].as_str().unwrap().to_owned();
        let series = format!("{SERIES}?meter={name}&granularity=month&{OCTOBER}");
        let series = self.world.get(&self.acme, &series).await.json();
        assert_eq!(series["entities"][0]["usage"], total, "{series}");
        Some((total, resources.collect()))
    }

    /// The evidence of October: ids and quantities.
    pub(crate) async fn evidence(&self, query: &str) -> Vec<(String, String)> {
        let path = format!("{EVENTS}?{OCTOBER}&{query}");
        let answer = self.world.get(&self.acme, &path).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let page = answer.json();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let entities = page["entities"].as_array().unwrap().iter();
        entities
            .map(|it| (text(&it["id"]), text(&it["quantity"])))
            .collect()
    }

    /// Folds everything, and rolls up again what is stale.
    pub(crate) async fn settle(&self) {
        self.world.store().fold().await.unwrap();
        self.world.store().tidy().await.unwrap();
    }

    async fn refused(&self, name: &str, rule: &Value) -> (u16, String) {
        let path = format!("{CATALOG}/meters/{name}");
        let refusal = self.world.put(&self.operator, &path, rule).await.refusal();
        let kept = self.world.get(&self.operator, &path).await;
        assert_eq!(kept.status, 404, "{}", kept.text);
        refusal
    }
}

pub(crate) fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let pairs = pairs.iter();
    pairs
        .map(|(id, quantity)| ((*id).to_owned(), (*quantity).to_owned()))
        .collect()
}

pub(crate) fn used(total: &str, resources: &[&str]) -> Option<(String, Vec<String>)> {
    let resources = resources.iter().map(|name| (*name).to_owned());
    Some((total.to_owned(), resources.collect()))
}

pub(crate) const AT: &str = "2026-10-05T08:00:00Z";

#[tokio::test]
async fn a_new_meter_refuses_nothing_that_was_taken_before() {
    let it = Platform::start().await;
    let calls = it.put("calls", &meter("count", json!({}))).await;
    assert_eq!(calls.get("unreadable"), None, "{calls}");
    assert_eq!(calls.get("recentEvents"), None, "{calls}");
    let recent = "2026-11-14T08:00:00Z";
    it.send(&[
        call("e-1", "ada", recent, json!({"minutes": 1})),
        call("e-2", "ada", recent, json!({"minutes": 1, "bytes": 5})),
        call("e-3", "ada", AT, Value::Null),
    ])
    .await;
    let rule = meter("sum", json!({"quantity": "bytes"}));
    let made = it.put("bytes", &rule).await;
    assert_eq!(made["unreadable"], "skip", "{made}");
    // The third event is of more than 31 days ago.
    let expected = json!({"since": "2026-10-16", "events": 2, "refused": 0, "skipped": 1,
        "zero": 0});
    assert_eq!(made["recentEvents"], expected, "{made}");
    let answer = it
        .send(&[
            call("e-4", "ben", AT, json!({"minutes": 2})),
            call("e-5", "cyd", AT, json!({"bytes": "x"})),
            call("e-6", "cyd", AT, json!({"bytes": 7})),
            call("e-1", "ada", recent, json!({"minutes": 1})),
        ])
        .await;
    let counts = json!({"accepted": 3, "duplicates": 1, "skipped": 2, "unmetered": 0,
        "unmatched": 0, "conflicts": [], "rejected": []});
    assert_eq!(answer, counts);
    for _ in 0..2 {
        assert_eq!(it.usage("bytes").await, used("7", &["cyd"]));
        assert_eq!(it.usage("calls").await.unwrap().0, "4");
        assert_eq!(it.evidence("meter=bytes").await, owned(&[("e-6", "7")]));
        it.settle().await;
    }
    let metrics = it.world.request(reqwest::Method::GET, "/metrics");
    let metrics = it.world.send(metrics).await.text;
    assert!(
        metrics.contains("exchequer_events_skipped_total "),
        "{metrics}"
    );
}

#[tokio::test]
async fn what_a_put_does_not_say_of_unreadable_quantities_stays() {
    let it = Platform::start().await;
    it.put("calls", &meter("count", json!({}))).await;
    let rule = meter("sum", json!({"quantity": "bytes"}));
    it.put("bytes", &rule).await;
    // What is shown can be put, and so can what was put.
    let shown = it.meter("bytes").await;
    assert_eq!(
        (&shown["unreadable"], &shown["version"]),
        (&json!("skip"), &json!(1))
    );
    assert_eq!(shown.get("recentEvents"), None);
    assert_eq!(it.put("bytes", &shown).await["version"], 1);
    let again = it.put("bytes", &rule).await;
    assert_eq!(
        (&again["version"], again.get("recentEvents")),
        (&json!(1), None)
    );
    let zero = meter("sum", json!({"quantity": "bytes", "unreadable": "zero"}));
    assert_eq!(it.put("bytes", &zero).await["version"], 2);
    let renamed = meter("sum", json!({"quantity": "octets"}));
    let changed = it.put("bytes", &renamed).await;
    assert_eq!(
        (&changed["unreadable"], &changed["version"]),
        (&json!("zero"), &json!(3))
    );
    // Before today the first version holds.
    let mut before = meter("sum", json!({"quantity": "kilobytes"}));
    before["effective"] = json!("2026-06-01");
    let changed = it.put("bytes", &before).await;
    let versions = changed["versions"].as_array().unwrap();
    assert_eq!(versions[3]["unreadable"], "skip", "{changed}");
    assert_eq!(changed["unreadable"], "zero", "today's is shown: {changed}");
}

#[tokio::test]
async fn a_meter_on_a_type_that_nobody_uses_rejects() {
    let it = Platform::start().await;
    let rule = meter("hours", json!({}));
    let made = it.put("talk", &rule).await;
    assert_eq!(made["unreadable"], "reject", "{made}");
    assert_eq!(made["recentEvents"]["events"], 0, "{made}");
    let answer = it.send(&[call("e-1", "ada", AT, Value::Null)]).await;
    assert_eq!(answer["rejected"][0]["code"], "invalid.value", "{answer}");
    // Another meter listens to the type, though to none of its days.
    let mut ended = meter("count", json!({"effective": "2026-03-01"}));
    ended["eventType"] = json!("old");
    it.put("old", &ended).await;
    ended["eventType"] = json!("other");
    ended["effective"] = json!("2026-04-01");
    it.put("old", &ended).await;
    let mut of_old = meter("sum", json!({"quantity": "n", "effective": "2026-04-01"}));
    of_old["eventType"] = json!("old");
    assert_eq!(it.put("after", &of_old).await["unreadable"], "reject");
    of_old["effective"] = json!("2026-03-31");
    assert_eq!(it.put("during", &of_old).await["unreadable"], "skip");
    // Events of the type are kept, of which nobody has asked anything so far.
    let mut chat = call("e-2", "ada", "2026-11-01T08:00:00Z", Value::Null);
    chat["type"] = json!("chat");
    assert_eq!(it.send(&[chat]).await["unmetered"], 1);
    it.settle().await;
    let mut chats = meter("max", json!({"quantity": "n"}));
    chats["eventType"] = json!("chat");
    let made = it.put("chats", &chats).await;
    assert_eq!(made["unreadable"], "skip", "{made}");
    assert_eq!(made["recentEvents"]["skipped"], 1, "{made}");
    chats["unreadable"] = json!("reject");
    let strict = it.put("strict", &chats).await;
    assert_eq!(strict["recentEvents"]["refused"], 1, "{strict}");
    chats["unreadable"] = json!("zero");
    let lenient = it.put("lenient", &chats).await;
    assert_eq!(lenient["recentEvents"]["zero"], 1, "{lenient}");
}

#[tokio::test]
async fn what_cannot_be_read_counts_as_zero() {
    let it = Platform::start().await;
    let zero = |aggregation, field: &str| {
        meter(
            aggregation,
            json!({"quantity": field, "unreadable": "zero"}),
        )
    };
    for (name, rule) in [
        ("sum", zero("sum", "n")),
        ("max", zero("max", "n")),
        ("talk", zero("hours", "s")),
        ("peak", zero("peak", "s")),
    ] {
        it.put(name, &rule).await;
    }
    let answer = it
        .send(&[
            call("e-1", "ada", AT, Value::Null),
            call("e-2", "ben", AT, json!({"n": "-3", "s": 3600})),
        ])
        .await;
    assert_eq!(
        (&answer["accepted"], &answer["skipped"]),
        (&json!(2), &json!(0))
    );
    for _ in 0..2 {
        assert_eq!(it.usage("sum").await, used("0", &["ada", "ben"]));
        assert_eq!(it.usage("max").await, used("0", &["ada", "ben"]));
        // A session of 0 seconds lists no resource.
        assert_eq!(it.usage("talk").await, used("1", &["ben"]));
        assert_eq!(it.usage("peak").await, used("1", &["ben"]));
        let both = owned(&[("e-1", "0"), ("e-2", "0")]);
        assert_eq!(it.evidence("meter=sum").await, both);
        assert_eq!(it.evidence("meter=talk").await, owned(&[("e-2", "3600")]));
        it.settle().await;
    }
}

#[tokio::test]
async fn settings_that_make_no_sense_are_refused() {
    let it = Platform::start().await;
    let invalid = (400, "invalid.value".to_owned());
    let broken = (400, "constraint.validation".to_owned());
    for (setting, value) in [
        ("unreadable", "ignore"),
        ("excessDecimals", "ceil"),
        ("resources", "fold"),
    ] {
        let mut rule = meter("sum", json!({"quantity": "n"}));
        rule[setting] = json!(value);
        assert_eq!(it.refused("m", &rule).await, invalid, "{rule}");
    }
    for (setting, value) in [("unreadable", "reject"), ("excessDecimals", "round")] {
        for aggregation in ["unique", "count"] {
            let mut rule = meter(aggregation, json!({}));
            rule[setting] = json!(value);
            assert_eq!(it.refused("m", &rule).await, broken, "{rule}");
        }
    }
}

#[tokio::test]
async fn numbers_of_programs_are_read_as_the_meter_says() {
    let it = Platform::start().await;
    let rule = |name: &str| meter("sum", json!({"quantity": "n", "excessDecimals": name}));
    it.put("strict", &rule("reject")).await;
    let sent = call("e-1", "ada", AT, json!({"n": 0.1 + 0.2}));
    let answer = it.send(std::slice::from_ref(&sent)).await;
    assert_eq!(answer["rejected"][0]["code"], "invalid.value", "{answer}");
    let mut round = rule("round");
    round["effective"] = json!("2000-01-01");
    assert_eq!(it.put("strict", &round).await["excessDecimals"], "round");
    it.put("cut", &rule("cut")).await;
    let large = "999999999999998.9999999996";
    it.send(&[sent, call("e-2", "ada", AT, json!({"n": large}))])
        .await;
    for _ in 0..2 {
        let rounded = owned(&[("e-1", "0.3"), ("e-2", "999999999999999")]);
        assert_eq!(it.evidence("meter=strict").await, rounded);
        assert_eq!(
            it.usage("strict").await,
            used("999999999999999.3", &["ada"])
        );
        let cut = "999999999999998.999999999";
        assert_eq!(it.evidence("meter=cut").await[1].1, cut);
        assert_eq!(
            it.usage("cut").await.unwrap().0,
            "999999999999999.299999999"
        );
        it.settle().await;
    }
    // The event is kept as it was sent.
    let path = format!("{EVENTS}?{OCTOBER}");
    let page = it.world.get(&it.acme, &path).await.text;
    assert!(
        page.contains("0.30000000000000004") && page.contains(large),
        "{page}"
    );
}

#[tokio::test]
async fn spellings_of_a_resource_are_one_where_the_meter_says_so() {
    let it = Platform::start().await;
    let folded = |aggregation, field: Option<&str>| {
        let mut rule = meter(aggregation, json!({"resources": "folded"}));
        if let Some(field) = field {
            rule["quantity"] = json!(field);
        }
        rule
    };
    it.put("people", &folded("unique", None)).await;
    it.put("minutes", &folded("sum", Some("n"))).await;
    it.put("talk", &folded("hours", Some("s"))).await;
    it.put("exact", &meter("unique", json!({}))).await;
    let data = json!({"n": 2, "s": 3600});
    let at = |minute: &str| format!("2026-10-05T08:{minute}:00Z");
    it.send(&[
        call("e-2", "ADA ", &at("30"), data.clone()),
        call("e-1", "Ada", &at("00"), data.clone()),
        call("e-3", "ben", &at("00"), data.clone()),
        call("e-4", "BEN", &at("00"), data),
    ])
    .await;
    for _ in 0..2 {
        assert_eq!(
            it.usage("people").await,
            used("2", &["Ada", "BEN"]).map(|mut it| {
                it.1.sort();
                it
            })
        );
        assert_eq!(it.usage("minutes").await, used("8", &["Ada", "BEN"]));
        // 08:00 to 09:30, and an hour that was sent twice.
        assert_eq!(it.usage("talk").await, used("3", &["Ada", "BEN"]));
        let exact = used("4", &["Ada", "BEN", "ben", "ADA "]);
        assert_eq!(it.usage("exact").await, exact);
        let of_ada = owned(&[("e-1", "2"), ("e-2", "2")]);
        for name in ["ada", "Ada", "%20ADA"] {
            let query = format!("meter=minutes&resource={name}");
            assert_eq!(it.evidence(&query).await, of_ada, "{name}");
        }
        let exact = it.evidence("meter=exact&resource=Ada").await;
        assert_eq!(exact, owned(&[("e-1", "1")]));
        assert_eq!(it.evidence("resource=ada").await, []);
        it.settle().await;
    }
    // Of the range from half past eight on, another spelling is the first.
    let report = it
        .world
        .report(&it.acme, "2026-10-05T08:30:00Z", "2026-11-01")
        .await;
    let report = report.json();
    let people = &report["usages"].as_array().unwrap()[2];
    assert_eq!(
        (&people["name"], &people["resources"][0]["name"]),
        (&json!("people"), &json!("ADA "))
    );
    // The version of the last day holds for the range, whatever is rolled up.
    let mut rule = meter("unique", json!({}));
    rule["effective"] = json!("2026-10-31");
    it.put("people", &rule).await;
    assert_eq!(it.usage("people").await.unwrap().0, "4");
    rule["effective"] = json!("2026-11-01");
    rule["resources"] = json!("folded");
    it.put("people", &rule).await;
    it.settle().await;
    assert_eq!(it.usage("people").await.unwrap().0, "4");
    let november = it
        .world
        .report(&it.acme, "2026-10-01", "2026-11-02")
        .await
        .json();
    let people = &november["usages"].as_array().unwrap()[2];
    assert_eq!(
        (&people["name"], &people["totalUsage"]),
        (&json!("people"), &json!("2"))
    );
}

#[tokio::test]
async fn spellings_are_one_resource_for_a_family() {
    let it = Platform::start().await;
    let tier = |kind: &str, rank: u32, resources: &str| {
        let mut rule = meter("unique", json!({"family": "seat", "rank": rank}));
        rule["eventType"] = json!(kind);
        rule["resources"] = json!(resources);
        rule
    };
    it.put("tier-1", &tier("one", 1, "exact")).await;
    it.put("tier-2", &tier("two", 2, "folded")).await;
    it.put("tier-3", &tier("three", 3, "exact")).await;
    let of = |id: &str, kind: &str, who: &str| {
        let mut event = call(id, who, AT, Value::Null);
        event["type"] = json!(kind);
        event
    };
    it.send(&[
        of("e-1", "one", "ada"),
        of("e-2", "one", "Ada"),
        of("e-3", "one", "ben"),
        of("e-4", "two", "ADA"),
        of("e-5", "two", "cyd"),
        of("e-6", "three", "CYD"),
        of("e-7", "three", "Ben"),
    ])
    .await;
    for _ in 0..2 {
        assert_eq!(it.usage("tier-3").await, used("2", &["Ben", "CYD"]));
        assert_eq!(it.usage("tier-2").await, used("1", &["ADA"]));
        // Neither tier-1 nor tier-3 folds, so Ben is not ben.
        assert_eq!(it.usage("tier-1").await, used("1", &["ben"]));
        it.settle().await;
    }
    let overview = format!("/api/v2/billing/usage/unbilled?{OCTOBER}&organizationId={ACME}");
    let unbilled = it.world.get(&it.operator, &overview).await.json();
    let entities = unbilled["entities"].as_array().unwrap();
    let tier_1 = entities.iter().find(|it| it["meter"] == "tier-1").unwrap();
    assert_eq!(tier_1["usage"], "1", "{unbilled}");
}
