//! The feed of changes: everything that a route changes is in it, and everybody sees what is
//! theirs.

use std::collections::{BTreeMap, BTreeSet};

use exchequer_server::routes::Access;
use exchequer_support::World;
use exchequer_support::world::{
    ACME, ACME_CLIENT, CATALOG, GLOBEX, PLATFORM, SECRET, SOURCES, login,
};
use reqwest::Method;
use serde_json::{Value, json};

const CHANGES: &str = "/api/v2/billing/changes";
const CLOSINGS: &str = "/api/v2/billing/closings";
const CONTRACTS: &str = "/api/v2/billing/contracts";

/// A world in which nothing is closed unless somebody asks for it.
async fn start() -> World {
    World::with(|config| config.closing_interval = None).await
}

/// A follower of the feed.
struct Follower {
    token: String,
    next: String,
}

impl Follower {
    async fn new(world: &World, token: &str, query: &str) -> (Self, Vec<Value>) {
        let mut follower = Self {
            token: token.to_owned(),
            next: format!("{CHANGES}{query}"),
        };
        let changes = follower.read(world).await;
        (follower, changes)
    }

    /// Reads one page.
    async fn page(&mut self, world: &World) -> Value {
        let answer = world.get(&self.token, &self.next).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let page = answer.json();
        self.next = page["nextUri"].as_str().expect("always one").to_owned();
        page
    }

    /// Reads until nothing is new.
    async fn read(&mut self, world: &World) -> Vec<Value> {
        let mut all = Vec::new();
        loop {
            let page = self.page(world).await;
            match page["entities"].as_array().expect("a list").as_slice() {
                [] => return all,
                some => all.extend_from_slice(some),
            }
        }
    }
}

/// Actions and objects, each partition in its order; of these there is no order between them.
fn told(changes: &[Value]) -> Vec<(String, String)> {
    let text = |change: &Value, name: &str| change[name].as_str().expect("a text").to_owned();
    let mut told: Vec<_> = changes
        .iter()
        .map(|it| (text(it, "action"), text(it, "object")))
        .collect();
    told.sort();
    told
}

/// A request, the route that it is of, and the changes that come of it.
struct Step {
    method: &'static str,
    path: String,
    route: String,
    body: Value,
    changes: Changes,
}

type Changes = &'static [(&'static str, &'static str)];

impl Step {
    fn put(kind: &str, id: &str, body: Value, changes: Changes) -> Self {
        Self {
            method: "PUT",
            path: format!("{CATALOG}/{kind}/{id}"),
            route: format!("{CATALOG}/{kind}/{{id}}"),
            body,
            changes,
        }
    }

    /// A put by a list of one.
    fn post(kind: &str, id: &str, mut body: Value, changes: Changes) -> Self {
        body["id"] = id.into();
        let body = json!({ "entities": [body] });
        Self::at("POST", &format!("{CATALOG}/{kind}"), body, changes)
    }

    fn delete(kind: &str, id: &str, changes: Changes) -> Self {
        Self {
            method: "DELETE",
            ..Self::put(kind, id, Value::Null, changes)
        }
    }

    /// A path without an id.
    fn at(method: &'static str, path: &str, body: Value, changes: Changes) -> Self {
        Self {
            method,
            path: path.to_owned(),
            route: path.to_owned(),
            body,
            changes,
        }
    }
}

const EXTRA: &str = "88888888-8888-4888-8888-888888888888";
/// Acme trusts Globex.
const PAIR: &str = "33333333-3333-4333-8333-333333333333:22222222-2222-4222-8222-222222222222";

/// A contract that goes on after its end, until another one begins.
fn contract(price: &str) -> Value {
    let mut contract = following("2026-09-01", price);
    contract["end"] = "2027-01-31".into();
    contract["afterEnd"] = "month_to_month".into();
    contract
}

fn following(start: &str, price: &str) -> Value {
    json!({"organization": ACME, "subscription": "MONTH_TO_MONTH", "currency": "EUR",
        "start": start, "lines": [{"product": "CALLS", "overagePrice": price}]})
}

fn puts() -> Vec<Step> {
    let named = |name: &str| json!({ "name": name });
    let meter = json!({"eventType": "call.ended", "aggregation": "count"});
    let product = json!({"name": "Calls", "charge": "CallsOverage", "meter": "calls",
        "grouping": "voice", "unit": "call", "unitOfMeasure": "Each"});
    let aliases = |name: &str| json!({"resources": [{"name": "ada", "aliases": [name]}]});
    let (put, post) = (Step::put, Step::post);
    let renamed: Changes = &[("organization.put", ACME)];
    let aliased: Changes = &[("aliases.put", ACME)];
    let trusted: Changes = &[("trust.put", GLOBEX)];
    // The first one goes on up to it.
    let second: Changes = &[("contract.put", "C-2"), ("contract.realign", "C-1")];
    let first = contract("0.01");
    vec![
        put("organizations", ACME, named("Acme plc"), renamed),
        post(
            "organizations",
            EXTRA,
            named("Extra"),
            &[("organization.put", EXTRA)],
        ),
        put("meters", "calls", meter, &[("meter.put", "calls")]),
        put(
            "products",
            "CALLS",
            product.clone(),
            &[("product.put", "CALLS")],
        ),
        post("products", "MORE", product, &[("product.put", "MORE")]),
        put("aliases", ACME, aliases("a"), aliased),
        post("aliases", ACME, aliases("b"), aliased),
        put("trusts", PAIR, json!({}), trusted),
        post("trusts", PAIR, json!({"enabled": false}), trusted),
        put("contracts", "C-1", first, &[("contract.put", "C-1")]),
        post("contracts", "C-2", following("2027-02-01", "0.01"), second),
        // While there is no usage: none can have been counted under it.
        Step::delete("meters", "unused", &[("meter.delete", "unused")]),
    ]
}

fn closing() -> Vec<Step> {
    let correction = json!({"contract": contract("0.02"), "reason": "a typo"});
    let terms = json!({"billingFrom": "2026-01-01"});
    vec![
        Step::at(
            "PUT",
            &format!("{CATALOG}/closing"),
            terms,
            &[("closing.put", "closing")],
        ),
        Step::at(
            "POST",
            CLOSINGS,
            json!({"contract": "C-1"}),
            &[("entry.close", "C-1"), ("entry.close", "C-1")],
        ),
        Step {
            method: "POST",
            path: format!("{CONTRACTS}/C-1/corrections"),
            route: format!("{CONTRACTS}/{{contractId}}/corrections"),
            body: correction,
            // Each closed period is told of the new terms, also one that they leave as it is.
            changes: &[
                ("contract.put", "C-1"),
                ("entry.correction", "C-1"),
                ("entry.correction", "C-1"),
            ],
        },
    ]
}

fn deletions() -> Vec<Step> {
    let apart: Changes = &[("contract.delete", "C-2"), ("contract.realign", "C-1")];
    let delete = Step::delete;
    vec![
        delete("contracts", "C-2", apart),
        delete("trusts", PAIR, &[("trust.delete", GLOBEX)]),
        delete("products", "MORE", &[("product.delete", "MORE")]),
        delete("organizations", EXTRA, &[("organization.delete", EXTRA)]),
    ]
}

/// As [`told`] tells it.
fn expected(changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut expected: Vec<_> = changes
        .iter()
        .map(|(action, object)| ((*action).to_owned(), (*object).to_owned()))
        .collect();
    expected.sort();
    expected
}

/// Takes a step, and looks for what comes of it.
async fn take(world: &World, follower: &mut Follower, step: &Step) {
    let Step { method, path, .. } = step;
    let send = async || {
        let request = world.request(method.parse::<Method>().unwrap(), path);
        let request = request.bearer_auth(world.operator().await);
        world.send(request.json(&step.body)).await
    };
    let answer = send().await;
    assert!(
        answer.status.is_success(),
        "{method} {path}: {}",
        answer.text
    );
    let found = told(&follower.read(world).await);
    assert_eq!(
        found,
        expected(step.changes),
        "{method} {path}: {}",
        answer.text
    );
    // What changes nothing, or is refused, is no change.
    send().await;
    let found = follower.read(world).await;
    assert_eq!(found, Vec::<Value>::new(), "{method} {path}");
}

/// Whoever reads all has each partition in the order of its numbers, without a gap.
fn check_numbers(all: &[Value]) {
    let mut last = BTreeMap::new();
    for change in all {
        let last = last
            .entry(change["partition"].as_u64().unwrap())
            .or_insert(0);
        *last += 1;
        assert_eq!(change["number"].as_u64(), Some(*last), "{change}");
    }
}

/// A route that changes something and stands in no step fails this.
#[tokio::test]
async fn every_route_that_changes_what_bills_say_tells_so() {
    let world = start().await;
    let [operator, acme, _] = world.populate().await;
    let unused = json!({"eventType": "fax.sent", "aggregation": "count"});
    let path = format!("{CATALOG}/meters/unused");
    let put = world.put(&operator, &path, &unused).await;
    assert_eq!(put.status, 201, "{}", put.text);
    let (mut follower, before) = Follower::new(&world, &operator, "?pageSize=2").await;
    let all = [
        ("meter.put", "logins"),
        ("meter.put", "unused"),
        ("organization.put", PLATFORM),
        ("organization.put", ACME),
        ("organization.put", GLOBEX),
    ];
    assert_eq!(told(&before), expected(&all));
    for step in &puts() {
        take(&world, &mut follower, step).await;
    }
    // Usage is no change; what it comes to is.
    let mut call = login("e-1", "ada", "2026-10-02T00:00:00Z");
    call["type"] = "call.ended".into();
    let sent = world.ingest(&acme, &json!([call])).await;
    assert_eq!(sent.json()["accepted"], 1, "{}", sent.text);
    assert_eq!(follower.read(&world).await, Vec::<Value>::new());
    for step in closing().iter().chain(&deletions()) {
        take(&world, &mut follower, step).await;
    }
    // Clients are no part of what bills say.
    let clients = format!("{CATALOG}/clients");
    let changing = exchequer_server::route_table()
        .into_iter()
        .filter(|it| it.access == Access::Operator && it.method != "GET")
        .filter(|it| !it.path.starts_with(&clients))
        .map(|it| (it.method, it.path));
    let steps = puts().into_iter().chain(closing()).chain(deletions());
    let covered: BTreeSet<_> = steps.map(|step| (step.method, step.route)).collect();
    assert_eq!(covered, changing.collect());
    let (_, all) = Follower::new(&world, &operator, "").await;
    check_numbers(&all);
}

#[tokio::test]
async fn a_change_says_what_has_changed_and_not_how() {
    let world = start().await;
    let [operator, ..] = world.populate().await;
    let (mut follower, none) = Follower::new(&world, &operator, "?from=now").await;
    assert_eq!(none, Vec::<Value>::new());
    let path = format!("{CATALOG}/organizations/{ACME}");
    world
        .put(&operator, &path, &json!({"name": "Acme plc"}))
        .await;
    let mut changes = follower.read(&world).await;
    assert_eq!(changes.len(), 1);
    let change = changes[0].as_object_mut().expect("an object");
    assert!(change.remove("partition").is_some() && change.remove("number").is_some());
    assert_eq!(
        changes[0],
        json!({"dateCreated": "2026-11-15T12:00:00.000Z", "action": "organization.put",
            "object": ACME, "organizationId": ACME, "version": 2})
    );
}

#[tokio::test]
async fn customers_see_what_is_theirs() {
    let world = start().await;
    let [operator, acme, globex] = world.populate().await;
    let trust = format!("{CATALOG}/trusts/{GLOBEX}:{ACME}");
    let put = world.put(&operator, &trust, &json!({})).await;
    assert_eq!(put.status, 201, "{}", put.text);
    let told_to = async |token: &str, query: &str| {
        let (_, changes) = Follower::new(&world, token, query).await;
        let organizations = changes.iter().map(|it| it["organizationId"].clone());
        let organizations: BTreeSet<String> = organizations.map(|it| it.to_string()).collect();
        let actions = told(&changes).into_iter().map(|(action, _)| action);
        (actions.collect::<Vec<_>>().join(" "), organizations.len())
    };
    let own = ("organization.put".to_owned(), 1);
    assert_eq!(told_to(&acme, "").await, own);
    // Naming another one does not help, nor does being its partner.
    assert_eq!(
        told_to(&acme, &format!("?organizationId={GLOBEX}")).await,
        own
    );
    assert_eq!(
        told_to(&globex, &format!("?organizationId={ACME}")).await,
        own
    );
    // Who may see whom it trusts is told of that, too.
    let body = json!({"organization": ACME, "name": "reader", "sources": SOURCES,
        "permissions": ["billing:subscription:view", "authorization:orgTrustee:view"]});
    let client = format!("{CATALOG}/clients/{ACME_CLIENT}");
    assert_eq!(world.put(&operator, &client, &body).await.status, 200);
    let more = ("organization.put trust.put".to_owned(), 1);
    assert_eq!(
        told_to(&world.token(ACME_CLIENT, SECRET).await, "").await,
        more
    );
    assert_eq!(
        told_to(&operator, &format!("?organizationId={ACME}")).await,
        more
    );
    assert_eq!(told_to(&operator, "").await.1, 3);
    let unknown = format!("{CHANGES}?organizationId=99999999-9999-4999-8999-999999999999");
    assert_eq!(world.get(&operator, &unknown).await.status, 404);
}

#[tokio::test]
async fn a_place_outlives_the_server_and_is_of_one_feed() {
    let mut world = start().await;
    let [operator, acme, globex] = world.populate().await;
    let (mut all, _) = Follower::new(&world, &operator, "").await;
    let (of_acme, _) = Follower::new(&world, &operator, &format!("?organizationId={ACME}")).await;
    let (own, _) = Follower::new(&world, &acme, "").await;
    assert!(of_acme.next.contains(ACME) && !own.next.contains(ACME));
    world.restart(|_| {}).await;
    let path = format!("{CATALOG}/organizations/{GLOBEX}");
    world
        .put(&operator, &path, &json!({"name": "Globex plc"}))
        .await;
    assert_eq!(all.read(&world).await.len(), 1);
    let after = |uri: &str| uri.split_once("after=").unwrap().1.to_owned();
    let cut = all.next[..all.next.len() - 1].to_owned();
    for (token, uri) in [
        (&operator, cut),
        (&operator, format!("{CHANGES}?after={}", after(&own.next))),
        // Of one organisation only: what has changed elsewhere was not read.
        (&operator, of_acme.next.replace("organizationId", "nobody")),
        (&globex, own.next.clone()),
        (&operator, format!("{CHANGES}?from=then")),
    ] {
        let answer = world.get(token, &uri).await;
        let refusal = (400, "invalid.query.param.value".to_owned());
        assert_eq!(answer.refusal(), refusal, "{uri}");
    }
}
