//! The body of a GET can be put back, for every kind of the catalog: unchanged it changes
//! nothing, and with one field changed it is that change.

use exchequer_store::audit;
use exchequer_types::{
    CatalogAliases, CatalogClient, CatalogContract, CatalogMeter, CatalogOrganization,
    CatalogProduct, CatalogTrust, PutAliases, PutClient, PutContract, PutMeter, PutOrganization,
    PutProduct, PutTrust,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use exchequer_support::World;
use exchequer_support::world::{ACME, CATALOG, GLOBEX, PLATFORM, SECRET};

const INITECH: &str = "44444444-4444-4444-8444-444444444444";
const CLIENT: &str = "aaaaaaaa-0000-4000-8000-000000000007";

/// A thing of the catalog: how it is put, one put after the other, and a change of a field.
struct Thing {
    kind: &'static str,
    id: String,
    puts: Vec<Value>,
    change: (&'static str, Value),
    /// Makes of what is read what is put, through the types of the SDK.
    through_types: fn(Value) -> Value,
}

fn through<Read: DeserializeOwned, Put: From<Read> + Serialize>(read: Value) -> Value {
    let read: Read = serde_json::from_value(read).unwrap();
    serde_json::to_value(Put::from(read)).unwrap()
}

/// Every kind, with all fields that there are and with none that can be left out.
fn things() -> Vec<Thing> {
    let thing = |kind, id: &str, puts: Vec<Value>, change, through_types| Thing {
        kind,
        id: id.to_owned(),
        puts,
        change,
        through_types,
    };
    let organization = through::<CatalogOrganization, PutOrganization>;
    let aliases = through::<CatalogAliases, PutAliases>;
    let client = through::<CatalogClient, PutClient>;
    let meter = through::<CatalogMeter, PutMeter>;
    let product = through::<CatalogProduct, PutProduct>;
    let contract = through::<CatalogContract, PutContract>;
    let trust = through::<CatalogTrust, PutTrust>;
    let name = || ("name", json!("Another name"));
    let renamed = vec![
        json!({"name": "Initech"}),
        json!({"name": "Initrode", "effective": "2026-10-01"}),
    ];
    let full_client = json!({"organization": ACME, "name": "all of it", "secret": SECRET,
        "permissions": ["billing:usage:void", "billing:usage:add"],
        "sources": ["/pbx/*", "/app"], "accessTokenValiditySeconds": 600});
    let rotated = json!({"organization": ACME, "name": "all of it", "generateSecret": true,
        "permissions": ["billing:usage:void", "billing:usage:add"],
        "sources": ["/pbx/*", "/app"], "accessTokenValiditySeconds": 600});
    let sum = json!({"eventType": "call", "aggregation": "sum", "quantity": "minutes",
        "roundUpEach": "0.10", "shownAs": "calls"});
    let later = json!({"eventType": "call.ended", "aggregation": "sum", "quantity": "seconds",
        "effective": "2027-01-01"});
    let peak = json!({"eventType": "s", "aggregation": "peak", "quantity": "duration",
        "peakMinutes": 10});
    let family = json!({"eventType": "u", "aggregation": "unique", "family": "seats", "rank": 3});
    let future = json!({"eventType": "later", "aggregation": "hours", "effective": "2030-06-01"});
    let full_product = json!({"name": "Cloud CX 3", "charge": "CX3", "meter": "logins",
        "grouping": "user-license", "unit": "seat", "unitOfMeasure": "User", "bundle": "10.0",
        "thirdParty": true, "cancellable": true});
    let mut renamed_product = full_product.clone();
    renamed_product["unit"] = json!("licence");
    renamed_product["effective"] = json!("2026-09-01");
    let meterless = json!({"name": "T", "charge": "T", "grouping": "rollup", "unit": "token",
        "unitOfMeasure": "Token"});
    let bare_product = json!({"name": "M", "charge": "M", "meter": "logins", "grouping": "g",
        "unit": "u", "unitOfMeasure": "Minute"});
    let line = |product: &str| json!({"product": product, "overagePrice": "1.50"});
    let tiers = json!({"product": "MIN", "tierMode": "package", "size": "100",
        "tiers": [{"upTo": "1000", "price": "0.20"}, {"price": "0.15", "flat": "5.00"}],
        "allowance": "250", "fairUse": [{"licence": "CX3", "amount": "100"}],
        "conversion": {"wallet": "TOK", "unitsPerToken": "17"}});
    let seats = json!({"product": "CX3", "prepayQuantity": "8", "prepayPrice": "115.00",
        "overagePrice": "140.00"});
    let party = json!({"name": "Acme Ltd", "number": "4711", "address": ["1 Main St", "Town"]});
    let full_contract = json!({"organization": ACME, "subscription": "PREPAY_MONTHLY_COMMITMENT",
        "currency": "USD", "timeZone": "America/New_York", "start": "2026-01-15",
        "end": "2027-01-14", "rampStart": "2026-01-15", "rampEnd": "2026-02-14",
        "rampUsage": "billed", "minimumMonthly": "1000.00", "shortPeriodOverage": "by_days",
        "afterEnd": "month_to_month", "issuer": party, "billTo": party,
        "lines": [seats, tiers, line("TOK")],
        "wallets": [{"product": "TOK", "term": "year", "quantity": "100.0", "price": "0.10"}],
        "amendments": [{"effective": "2026-06-15", "minimumMonthly": "1200.0",
            "lines": [{"product": "MIN", "fairUse": []}, {"product": "CX3", "prepayQuantity": "9",
                "conversion": {"line": "TOK", "tokensPerUnit": "40.0"}}],
            "wallets": [{"product": "TOK", "quantity": "150"}]}]});
    let bare_contract = json!({"organization": GLOBEX, "subscription": "MONTH_TO_MONTH",
        "currency": "EUR", "start": "2026-01-01", "lines": [line("MIN")]});
    let open_contract = json!({"organization": INITECH, "subscription": "ININ",
        "currency": "EUR", "start": "2026-01-01", "lines": [line("MIN")]});
    let dates = json!({"enabled": false, "from": "2026-05-01", "until": "2026-12-31",
        "earlier": [{"until": "2024-12-31"}, {"from": "2025-02-01", "until": "2025-03-31"}]});
    vec![
        thing("organizations", INITECH, renamed, name(), organization),
        thing("organizations", PLATFORM, vec![], name(), organization),
        thing(
            "clients",
            CLIENT,
            vec![full_client, rotated],
            ("sources", json!(["/a"])),
            client,
        ),
        thing(
            "clients",
            "aaaaaaaa-0000-4000-8000-000000000008",
            vec![json!({"organization": ACME, "name": "bare"})],
            name(),
            client,
        ),
        thing(
            "meters",
            "calls",
            vec![sum, later],
            ("roundUpEach", json!("0.5")),
            meter,
        ),
        thing(
            "meters",
            "at-once",
            vec![peak],
            ("peakMinutes", json!(20)),
            meter,
        ),
        thing("meters", "cx-3", vec![family], ("rank", json!(4)), meter),
        thing(
            "meters",
            "later",
            vec![future],
            ("eventType", json!("much.later")),
            meter,
        ),
        thing(
            "meters",
            "bare/1 ü",
            vec![json!({"eventType": "x", "aggregation": "count"})],
            ("shownAs", json!("bare")),
            meter,
        ),
        thing(
            "products",
            "CX3",
            vec![full_product, renamed_product],
            name(),
            product,
        ),
        thing("products", "MIN", vec![bare_product], name(), product),
        thing("products", "TOK", vec![meterless], name(), product),
        thing(
            "contracts",
            "C-1 / a",
            vec![full_contract],
            ("minimumMonthly", json!("900")),
            contract,
        ),
        thing(
            "contracts",
            "C-2",
            vec![bare_contract],
            ("timeZone", json!("Europe/Berlin")),
            contract,
        ),
        thing(
            "contracts",
            "C-3",
            vec![open_contract],
            ("end", json!("2027-12-31")),
            contract,
        ),
        thing(
            "aliases",
            ACME,
            vec![
                json!({"resources": [{"name": "ada", "aliases": ["Ada", "a.l."]}],
                    "effective": "2026-10-01"}),
                json!({"resources": [{"name": "ben", "aliases": ["b7"]},
                    {"name": "ada", "aliases": ["a.l."]}]}),
            ],
            ("resources", json!([])),
            aliases,
        ),
        thing(
            "aliases",
            GLOBEX,
            vec![json!({"resources": []})],
            ("resources", json!([{"name": "a", "aliases": ["b"]}])),
            aliases,
        ),
        thing(
            "trusts",
            &format!("{GLOBEX}:{ACME}"),
            vec![dates],
            ("enabled", json!(true)),
            trust,
        ),
        thing(
            "trusts",
            &format!("{INITECH}:{ACME}"),
            vec![json!({})],
            ("until", json!("2026-10-31")),
            trust,
        ),
    ]
}

struct Catalog {
    world: World,
    operator: String,
}

impl Catalog {
    fn path(thing: &Thing) -> String {
        let escaped: String = thing.id.bytes().fold(String::new(), |path, byte| {
            if byte.is_ascii_alphanumeric() || b"-:".contains(&byte) {
                path + char::from(byte).to_string().as_str()
            } else {
                path + &format!("%{byte:02X}")
            }
        });
        format!("{CATALOG}/{}/{escaped}", thing.kind)
    }

    async fn get(&self, path: &str) -> Value {
        let answer = self.world.get(&self.operator, path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        answer.json()
    }

    async fn put(&self, path: &str, body: &Value) -> Value {
        let answer = self.world.put(&self.operator, path, body).await;
        assert!(
            answer.status.is_success(),
            "{path}: {body}: {}",
            answer.text
        );
        answer.json()
    }

    /// As the list of its kind has it.
    async fn listed(&self, thing: &Thing) -> Value {
        let page = self
            .get(&format!("{CATALOG}/{}?pageSize=200", thing.kind))
            .await;
        let entities = page["entities"].as_array().unwrap().iter();
        let mut own = entities.filter(|entity| entity["id"] == thing.id);
        own.next().expect("a list has everything").clone()
    }

    /// The entries of all audit trails.
    async fn entries(&self) -> usize {
        let count = |db: &exchequer_store::Snapshot<'_>| {
            let mut count = 0;
            for organization in [PLATFORM, ACME, GLOBEX, INITECH] {
                count += audit::list(db, organization.parse().unwrap(), 10_000)?.len();
            }
            Ok(count)
        };
        self.world.store().database().read(count).await.unwrap()
    }
}

#[tokio::test]
async fn what_get_gives_can_be_put_back() {
    let world = World::start().await;
    let [operator, ..] = world.populate().await;
    let catalog = Catalog { world, operator };
    let things = things();
    for thing in &things {
        for put in &thing.puts {
            catalog.put(&Catalog::path(thing), put).await;
        }
    }
    let before = catalog.entries().await;
    for thing in &things {
        let path = Catalog::path(thing);
        let read = catalog.get(&path).await;
        let listed = catalog.listed(thing).await;
        let without_null = (thing.through_types)(read.clone());
        for body in [&read, &listed, &without_null] {
            assert_eq!(catalog.put(&path, body).await, read, "{body}");
            assert_eq!(catalog.get(&path).await, read, "{body}");
        }
        // A version that is not the current one matters only where something changes.
        let mut stale = read.clone();
        stale["version"] = json!(read["version"].as_u64().unwrap() + 1);
        assert_eq!(catalog.put(&path, &stale).await, read);
    }
    assert_eq!(catalog.entries().await, before, "nothing was changed");
    for thing in &things {
        let path = Catalog::path(thing);
        let (field, value) = &thing.change;
        let first = catalog.get(&path).await;
        let mut changed = first.clone();
        changed[field] = value.clone();
        let put = catalog.is_a_change(thing, &first, &changed).await;
        if thing.kind != "meters" {
            // All else is as it was, but for the words that a rename leaves behind.
            changed["version"] = put["version"].clone();
            if let Some(earlier) = put.get("earlier").filter(|_| *field == "name") {
                changed["earlier"] = earlier.clone();
            }
            // And a list of aliases that is put without a day holds since today.
            if let Some(since) = put.get("since") {
                changed["since"] = since.clone();
            }
            assert_eq!(put, changed, "{path}");
        }
        // And back, as the list has it and through the types of the SDK.
        let listed = catalog.listed(thing).await;
        let mut back = (thing.through_types)(listed.clone());
        match first.get(*field) {
            Some(original) => back[field] = original.clone(),
            None => drop(back.as_object_mut().unwrap().remove(*field)),
        }
        let put = catalog.is_a_change(thing, &listed, &back).await;
        if thing.kind != "meters" {
            assert_eq!(put.get(*field), first.get(*field), "{path}");
        }
    }
}

impl Catalog {
    /// Puts a change of what was read, which makes one version, however often it is sent.
    async fn is_a_change(&self, thing: &Thing, read: &Value, changed: &Value) -> Value {
        let path = Self::path(thing);
        let before = read["version"].as_u64().unwrap();
        let mut put = self.put(&path, changed).await;
        // Only the answer to a change says what it would have made of recent events.
        put.as_object_mut().unwrap().remove("recentEvents");
        assert_eq!(
            put["version"].as_u64(),
            Some(before + 1),
            "{path}: {changed}"
        );
        assert_eq!(self.get(&path).await, put, "{path}");
        assert_eq!(self.put(&path, changed).await, put, "{path}");
        put
    }
}

/// A meter that has not begun is changed from its day on, not from today.
#[tokio::test]
async fn a_meter_that_begins_later_is_put_back_for_its_day() {
    let world = World::start().await;
    let [operator, ..] = world.populate().await;
    let catalog = Catalog { world, operator };
    let path = format!("{CATALOG}/meters/later");
    let rule = json!({"eventType": "a", "aggregation": "count", "effective": "2030-06-01"});
    catalog.put(&path, &rule).await;
    let mut read = catalog.get(&path).await;
    assert_eq!(read["effective"], "2030-06-01");
    read["eventType"] = json!("b");
    let put = catalog.put(&path, &read).await;
    let begins = put["versions"].as_array().unwrap().iter();
    let begins: Vec<_> = begins
        .map(|version| version["effective"].as_str())
        .collect();
    assert_eq!(begins, [Some("2030-06-01"); 2]);
    // The newer one takes the place of the other, and sent back it stays.
    let read = catalog.get(&path).await;
    assert_eq!(
        (&read["eventType"], &read["version"]),
        (&json!("b"), &json!(2))
    );
    assert_eq!(catalog.put(&path, &read).await, read);
    // One in force is changed from today on: the past stays.
    let path = format!("{CATALOG}/meters/logins");
    let mut read = catalog.get(&path).await;
    assert_eq!(read.get("effective"), None);
    read["eventType"] = json!("login");
    let put = catalog.put(&path, &read).await;
    assert_eq!(put["versions"][1]["effective"], "2026-11-15");
}

/// Adds fields that are `null` to an object.
fn with_nulls(body: &Value, fields: &[&str]) -> Value {
    let mut body = body.clone();
    for field in fields {
        assert!(body.get(field).is_none(), "{field}: {body}");
        body[field] = Value::Null;
    }
    body
}

#[tokio::test]
async fn a_field_that_is_null_is_absent() {
    let world = World::start().await;
    let [operator, ..] = world.populate().await;
    let catalog = Catalog { world, operator };
    let client = "aaaaaaaa-0000-4000-8000-000000000009";
    let contract_fields = [
        "timeZone",
        "end",
        "rampStart",
        "rampEnd",
        "rampUsage",
        "minimumMonthly",
        "shortPeriodOverage",
        "afterEnd",
        "decrease",
        "yearStart",
        "issuer",
        "billTo",
        "amendments",
        "version",
    ];
    let line_fields = [
        "prepayQuantity",
        "prepayPrice",
        "tierMode",
        "size",
        "tiers",
        "allowance",
        "fairUse",
    ];
    let party = json!({"name": "Acme Ltd"});
    let party_nulls = with_nulls(&party, &["number", "address"]);
    let line = json!({"product": "MIN", "overagePrice": "0.1"});
    let line_nulls = with_nulls(&line, &line_fields);
    let tiered = json!({"product": "CX3", "tierMode": "graduated", "tiers": [{"price": "0.2"}]});
    let mut tiered_nulls = with_nulls(
        &tiered,
        &[
            "prepayQuantity",
            "prepayPrice",
            "overagePrice",
            "size",
            "allowance",
            "fairUse",
        ],
    );
    tiered_nulls["tiers"] = json!([{"price": "0.2", "upTo": null, "flat": null}]);
    let minimum = json!({"effective": "2026-02-01", "minimumMonthly": "5"});
    let prices = json!({"effective": "2026-03-01", "lines": [line]});
    let ramp = ["subscription", "rampStart", "rampEnd", "rampUsage"];
    let mut prices_nulls = with_nulls(&with_nulls(&prices, &ramp), &["minimumMonthly"]);
    prices_nulls["lines"] = json!([line_nulls]);
    let bare = json!({"organization": ACME, "subscription": "MONTH_TO_MONTH", "currency": "EUR",
        "start": "2026-01-01", "lines": [line]});
    let contract = |party: &Value, lines: Value, amendments: Value| {
        let mut contract = bare.clone();
        contract["issuer"] = party.clone();
        contract["billTo"] = party.clone();
        contract["lines"] = lines;
        contract["amendments"] = amendments;
        contract
    };
    let deep = contract(&party, json!([line, tiered]), json!([minimum, prices]));
    let minimum_nulls = with_nulls(&with_nulls(&minimum, &ramp), &["lines"]);
    let deep_nulls = contract(
        &party_nulls,
        json!([line_nulls, tiered_nulls]),
        json!([minimum_nulls, prices_nulls]),
    );
    let product = json!({"name": "Minute", "charge": "m", "meter": "logins", "grouping": "g",
        "unit": "minute", "unitOfMeasure": "Minute"});
    let product_fields = [
        "bundle",
        "thirdParty",
        "chargedInRamp",
        "cancellable",
        "effective",
        "version",
    ];
    let meter = json!({"eventType": "x", "aggregation": "count"});
    let meter_fields = [
        "quantity",
        "roundUpEach",
        "peakMinutes",
        "family",
        "rank",
        "shownAs",
        "unreadable",
        "excessDecimals",
        "resources",
        "effective",
        "version",
    ];
    let client_fields = [
        "permissions",
        "sources",
        "accessTokenValiditySeconds",
        "secret",
        "generateSecret",
        "dropOldSecrets",
        "version",
    ];
    let trust_fields = ["enabled", "from", "until", "earlier", "version"];
    let simple = |kind: &str, id: &str, body: Value, fields: &[&str]| {
        let nulls = with_nulls(&body, fields);
        (format!("{kind}/{id}"), body, nulls)
    };
    let cases = [
        simple(
            "organizations",
            INITECH,
            json!({"name": "Initech"}),
            &["effective", "version"],
        ),
        simple(
            "clients",
            client,
            json!({"organization": ACME, "name": "c"}),
            &client_fields,
        ),
        simple("meters", "bare", meter, &meter_fields),
        simple("products", "MIN", product.clone(), &product_fields),
        simple("products", "CX3", product, &product_fields),
        simple(
            "trusts",
            &format!("{GLOBEX}:{ACME}"),
            json!({}),
            &trust_fields,
        ),
        simple(
            "aliases",
            ACME,
            json!({"resources": []}),
            &["effective", "version"],
        ),
        simple("contracts", "C-1", bare.clone(), &contract_fields),
        ("contracts/C-1".to_owned(), deep, deep_nulls),
    ];
    for (path, body, nulls) in &cases {
        let (kind, id) = path.split_once('/').unwrap();
        let path = format!("{CATALOG}/{path}");
        catalog.put(&path, body).await;
        let read = catalog.get(&path).await;
        // What only the server sets may be null as well.
        let nulls = with_nulls(nulls, &["id", "selfUri"]);
        catalog.put(&path, &nulls).await;
        assert_eq!(catalog.get(&path).await, read, "{nulls}");
        if kind == "meters" {
            continue;
        }
        let mut entity = nulls;
        entity["id"] = json!(id);
        let request = catalog
            .world
            .request(reqwest::Method::POST, &format!("{CATALOG}/{kind}"))
            .bearer_auth(&catalog.operator)
            .json(&json!({"entities": [entity]}));
        let answer = catalog.world.send(request).await.json();
        assert_eq!(answer["entities"][0]["status"], 200, "{answer}");
        assert_eq!(catalog.get(&path).await, read, "{entity}");
    }
}

#[tokio::test]
async fn a_body_does_not_overwrite_another_thing() {
    let world = World::start().await;
    let [operator, ..] = world.populate().await;
    let catalog = Catalog { world, operator };
    let things = things();
    for thing in &things {
        for put in &thing.puts {
            catalog.put(&Catalog::path(thing), put).await;
        }
    }
    for thing in &things {
        let path = Catalog::path(thing);
        let read = catalog.get(&path).await;
        let mut bodies = vec![("id", json!("another"))];
        if thing.kind == "trusts" {
            bodies.extend([("trustee", json!(ACME)), ("trustor", json!(GLOBEX))]);
        }
        bodies.push(("id", json!(7)));
        for (field, value) in bodies {
            let mut other = read.clone();
            other[field] = value;
            let answer = catalog.world.put(&catalog.operator, &path, &other).await;
            assert_eq!(
                answer.refusal(),
                (400, "constraint.validation".to_owned()),
                "{other}"
            );
            assert_eq!(answer.json()["details"][0]["fieldName"], field);
        }
        assert_eq!(catalog.get(&path).await, read);
        // An id in another notation is the same one.
        if ["organizations", "aliases", "clients", "trusts"].contains(&thing.kind) {
            let mut other = read.clone();
            other["id"] = json!(thing.id.to_uppercase());
            assert_eq!(catalog.put(&path, &other).await, read);
        }
    }
    // A misspelt field is still refused where it would be lost revenue.
    for (kind, field) in [
        ("products", "thirdparty"),
        ("contracts", "minimum"),
        ("trusts", "form"),
        ("aliases", "effectiv"),
    ] {
        let thing = things.iter().find(|thing| thing.kind == kind).unwrap();
        let mut read = catalog.get(&Catalog::path(thing)).await;
        read[field] = json!("1");
        let answer = catalog
            .world
            .put(&catalog.operator, &Catalog::path(thing), &read)
            .await;
        assert_eq!(answer.refusal(), (400, "bad.request".to_owned()), "{field}");
    }
}

#[tokio::test]
async fn a_number_that_is_used_again_takes_nobodys_contract_away() {
    let world = World::start().await;
    let [operator, ..] = world.populate().await;
    let catalog = Catalog { world, operator };
    let product = json!({"name": "S", "charge": "S", "meter": "logins", "grouping": "g",
        "unit": "u", "unitOfMeasure": "User"});
    catalog
        .put(&format!("{CATALOG}/products/S"), &product)
        .await;
    let path = format!("{CATALOG}/contracts/C-1");
    let contract = |organization: &str| {
        json!({"organization": organization, "subscription": "ININ", "currency": "EUR",
            "start": "2026-01-01", "lines": [{"product": "S", "overagePrice": "1"}]})
    };
    let first = catalog.put(&path, &contract(ACME)).await;
    let refused = catalog
        .world
        .put(&catalog.operator, &path, &contract(GLOBEX))
        .await;
    assert_eq!(refused.refusal(), (409, "request.conflict".to_owned()));
    assert!(refused.text.contains(ACME), "{}", refused.text);
    let request_of = |body: &Value, tag: &str| {
        let request = catalog.world.request(reqwest::Method::PUT, &path);
        let request = request.bearer_auth(&catalog.operator).json(body);
        request.header("If-Match", tag)
    };
    let request = |tag: &str| request_of(&contract(GLOBEX), tag);
    // That it exists says nothing about what was seen.
    let exists = catalog.world.send(request("*")).await;
    assert_eq!(exists.refusal().0, 409);
    assert_eq!(catalog.get(&path).await, first);
    let stale = catalog.world.send(request("\"2\"")).await;
    assert_eq!(stale.refusal().0, 412);
    let moved = catalog.world.send(request("\"1\"")).await;
    assert_eq!(moved.json()["organization"], GLOBEX, "{}", moved.text);
    // What was read, with the organisation changed, is a move as well.
    let mut back = catalog.get(&path).await;
    back["organization"] = json!(ACME);
    assert_eq!(catalog.put(&path, &back).await["version"], 3);
    // So is one with its version in the body, beside a header that only asks that it exists.
    let mut read = catalog.get(&path).await;
    read["organization"] = json!(GLOBEX);
    read["version"] = json!(2);
    let stale = catalog.world.send(request_of(&read, "*")).await;
    assert_eq!(stale.refusal(), (409, "request.conflict".to_owned()));
    read["version"] = json!(3);
    let moved = catalog.world.send(request_of(&read, "*")).await;
    assert_eq!(moved.json()["organization"], GLOBEX, "{}", moved.text);
    // Where nothing moves, the header alone is the condition.
    read["end"] = json!("2027-12-31");
    let changed = catalog.world.send(request_of(&read, "*")).await;
    assert_eq!(changed.json()["version"], 5, "{}", changed.text);
}
