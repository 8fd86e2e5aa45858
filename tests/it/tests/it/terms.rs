//! Keeping trusts, products and contracts.

use reqwest::Method;
use serde_json::{Value, json};

use exchequer_support::world::{ACME, CATALOG, GLOBEX};
use exchequer_support::{Answer, World};

fn product(meter: &str) -> Value {
    json!({"name": "Voice", "charge": "VoiceOverage", "meter": meter, "grouping": "resource",
        "unit": "minute", "unitOfMeasure": "Minute"})
}

fn contract(start: &str, end: Option<&str>) -> Value {
    let mut contract = json!({"organization": ACME, "subscription": "MONTH_TO_MONTH",
        "currency": "USD", "start": start,
        "lines": [{"product": "VOICE", "overagePrice": "0.1"}]});
    if let Some(end) = end {
        contract["end"] = end.into();
    }
    contract
}

struct Catalog {
    world: World,
    operator: String,
}

impl Catalog {
    async fn start() -> Self {
        let world = World::start().await;
        let [operator, ..] = world.populate().await;
        Self { world, operator }
    }

    /// With a product that is sold.
    async fn with_product() -> Self {
        let this = Self::start().await;
        this.made("products/VOICE", &product("logins")).await;
        this
    }

    async fn put(&self, path: &str, body: &Value) -> Answer {
        let path = format!("{CATALOG}/{path}");
        self.world.put(&self.operator, &path, body).await
    }

    async fn made(&self, path: &str, body: &Value) -> Value {
        let answer = self.put(path, body).await;
        assert_eq!(answer.status, 201, "{path}: {}", answer.text);
        answer.json()
    }

    async fn put_if_absent(&self, path: &str, body: &Value) -> Answer {
        let path = format!("{CATALOG}/{path}");
        let request = self.world.request(Method::PUT, &path);
        let request = request.bearer_auth(&self.operator).json(body);
        self.world.send(request.header("If-None-Match", "*")).await
    }

    /// Status and message of a put that is refused.
    async fn refused(&self, path: &str, body: &Value) -> (u16, String) {
        let answer = self.put(path, body).await;
        let message = answer.json()["message"].as_str().unwrap().to_owned();
        (answer.refusal().0, message)
    }

    async fn get(&self, path: &str) -> Answer {
        self.world
            .get(&self.operator, &format!("{CATALOG}/{path}"))
            .await
    }

    async fn delete(&self, path: &str) -> Answer {
        self.world
            .delete(&self.operator, &format!("{CATALOG}/{path}"))
            .await
    }
}

#[tokio::test]
async fn trusts_bind_two_organisations_that_exist() {
    let catalog = Catalog::start().await;
    let path = format!("trusts/{GLOBEX}:{ACME}");
    let made = catalog.made(&path, &json!({})).await;
    assert_eq!(
        (&made["trustee"], &made["trustor"]),
        (&json!(GLOBEX), &json!(ACME))
    );
    assert_eq!(
        (&made["enabled"], &made["version"]),
        (&json!(true), &json!(1))
    );
    assert_eq!(catalog.get(&path).await.json(), made);
    assert_eq!(
        catalog.get("trusts").await.json()["entities"],
        json!([made])
    );
    assert_eq!(catalog.put(&path, &json!({})).await.status, 200);
    let stale = catalog
        .put(&path, &json!({"enabled": false, "version": 7}))
        .await;
    assert_eq!(stale.refusal().0, 409);
    let nobody = "99999999-9999-4999-8999-999999999999";
    for (path, status) in [
        (format!("trusts/{ACME}:{ACME}"), 409),
        (format!("trusts/{ACME}:{nobody}"), 409),
        (format!("trusts/{nobody}:{ACME}"), 409),
        (format!("trusts/{ACME}"), 400),
        ("trusts/a:b".to_owned(), 400),
    ] {
        assert_eq!(catalog.refused(&path, &json!({})).await.0, status, "{path}");
    }
    // While it stands, neither side can go.
    let organization = format!("organizations/{ACME}");
    assert_eq!(catalog.delete(&organization).await.refusal().0, 409);
    assert_eq!(catalog.delete(&path).await.status, 204);
    assert_eq!(catalog.get(&path).await.refusal().0, 404);
}

#[tokio::test]
async fn products_are_checked_and_stay_what_contracts_count_on() {
    let catalog = Catalog::start().await;
    let path = "products/GC%2F170%20NV";
    let made = catalog.made(path, &product("logins")).await;
    assert_eq!(made["id"], "GC/170 NV");
    assert_eq!(made["selfUri"], format!("{CATALOG}/{path}"));
    assert_eq!(made["bundle"], "1");
    assert_eq!(catalog.get(path).await.json(), made);
    assert_eq!(catalog.get("products").await.json()["total"], 1);
    for (field, value, status) in [
        ("meter", json!("nothing"), 409),
        ("bundle", json!("0"), 400),
        ("bundle", json!("2.5"), 400),
        ("bundle", json!("-1"), 400),
        ("unitOfMeasure", json!("Parsec"), 400),
        ("name", json!(""), 400),
        ("grouping", json!("x".repeat(65)), 400),
    ] {
        let mut body = product("logins");
        body[field] = value;
        let (code, message) = catalog.refused(path, &body).await;
        assert_eq!(code, status, "{field}: {message}");
        assert!(message.contains(field), "{field}: {message}");
    }
    // The meter is in use now, and so is a product that is priced.
    assert_eq!(catalog.delete("meters/logins").await.refusal().0, 409);
    catalog.made("products/VOICE", &product("logins")).await;
    catalog
        .made("contracts/C-1", &contract("2026-01-01", None))
        .await;
    assert_eq!(catalog.delete("products/VOICE").await.refusal().0, 409);
    let mut bundled = product("logins");
    bundled["bundle"] = "10".into();
    assert_eq!(catalog.refused("products/VOICE", &bundled).await.0, 409);
    let mut renamed = product("logins");
    renamed["name"] = "Voice minutes".into();
    assert_eq!(
        catalog.put("products/VOICE", &renamed).await.json()["version"],
        2
    );
    assert_eq!(catalog.delete(path).await.status, 204);
}

#[tokio::test]
async fn contracts_get_versions_and_can_be_corrected_and_withdrawn() {
    let catalog = Catalog::with_product().await;
    let body = contract("2026-01-15", Some("2026-12-31"));
    let made = catalog.made("contracts/C-1", &body).await;
    assert_eq!((&made["id"], &made["version"]), (&json!("C-1"), &json!(1)));
    assert_eq!(made["lines"], body["lines"]);
    assert_eq!(catalog.get("contracts/C-1").await.json(), made);
    assert_eq!(
        catalog.put("contracts/C-1", &body).await.json()["version"],
        1
    );
    let longer = contract("2026-01-15", Some("2027-01-14"));
    let changed = catalog.put("contracts/C-1", &longer).await;
    assert_eq!(
        (changed.header("etag"), &changed.json()["end"]),
        ("\"2\"", &json!("2027-01-14"))
    );
    let listed = catalog
        .get(&format!("contracts?organizationId={ACME}"))
        .await
        .json();
    assert_eq!(listed["entities"], json!([changed.json()]));
    let others = catalog
        .get(&format!("contracts?organizationId={GLOBEX}"))
        .await
        .json();
    assert_eq!(others["total"], 0);
    let organization = format!("organizations/{ACME}");
    assert_eq!(catalog.delete(&organization).await.refusal().0, 409);
    // It has begun, and nothing of it is closed: what was mistyped can be fixed.
    let mut fixed = longer;
    for (version, (field, value)) in (3..).zip([
        ("currency", "EUR"),
        ("start", "2027-01-14"),
        ("start", "2026-01-16"),
        ("timeZone", "Europe/Berlin"),
        ("organization", GLOBEX),
        ("organization", ACME),
    ]) {
        fixed[field] = value.into();
        fixed["version"] = (version - 1).into();
        let answer = catalog.put("contracts/C-1", &fixed).await;
        assert_eq!(answer.status, 200, "{field}: {}", answer.text);
        assert_eq!(answer.json()["version"], version);
        assert_eq!(catalog.get("contracts/C-1").await.json()[field], value);
        let of = |whose: &str| format!("contracts?organizationId={whose}");
        for whose in [ACME, GLOBEX] {
            let listed = catalog.get(&of(whose)).await.json()["total"].clone();
            assert_eq!(listed, u32::from(fixed["organization"] == whose), "{field}");
        }
    }
    assert_eq!(catalog.delete("contracts/C-1").await.status, 204);
    assert_eq!(catalog.get("contracts/C-1").await.status, 404);
    // The number is free again.
    let again = catalog.made("contracts/C-1", &body).await;
    assert_eq!(again["version"], 1);
}

#[tokio::test]
async fn a_contract_moves_to_another_organization_with_its_figures() {
    let catalog = Catalog::with_product().await;
    catalog
        .made("contracts/C-1", &contract("2026-01-15", None))
        .await;
    let mut moved = contract("2026-01-15", None);
    moved["organization"] = GLOBEX.into();
    // Who means a new number can say so.
    let path = "contracts/C-1";
    let request = catalog.put_if_absent(path, &moved).await;
    assert_eq!(request.status, 412);
    // Without its version it stays: the number may be a mistake.
    let (status, why) = catalog.refused(path, &moved).await;
    assert_eq!((status, why.contains(ACME)), (409, true), "{why}");
    moved["version"] = 1.into();
    assert_eq!(catalog.put(path, &moved).await.status, 200);
    // It may not stand beside another contract there.
    let mut other = contract("2026-03-01", None);
    assert_eq!(catalog.put("contracts/C-2", &other).await.status, 201);
    other["organization"] = GLOBEX.into();
    other["version"] = 1.into();
    let (status, why) = catalog.refused("contracts/C-2", &other).await;
    assert_eq!(status, 409);
    assert!(why.contains("C-1"), "{why}");
}

#[tokio::test]
async fn contracts_of_one_organisation_do_not_overlap() {
    let catalog = Catalog::with_product().await;
    catalog
        .made("contracts/A", &contract("2026-03-01", Some("2026-08-31")))
        .await;
    for (number, start, end, status) in [
        ("B", "2026-08-31", None, 409),
        ("B", "2026-09-01", None, 201),
        ("C", "2026-01-01", Some("2026-03-01"), 409),
        ("C", "2026-01-01", None, 409),
        ("C", "2026-01-01", Some("2026-02-28"), 201),
        ("D", "2030-01-01", Some("2030-12-31"), 409),
    ] {
        let answer = catalog
            .put(&format!("contracts/{number}"), &contract(start, end))
            .await;
        assert_eq!(answer.status.as_u16(), status, "{number}: {}", answer.text);
    }
    // Berlin's September begins in August, UTC; a contract that follows directly begins
    // where the other one ends.
    assert_eq!(catalog.delete("contracts/B").await.status, 204);
    let in_zone = |start: &str, zone: &str| {
        let mut contract = contract(start, None);
        contract["timeZone"] = zone.into();
        contract
    };
    let berlin = in_zone("2026-08-31", "Europe/Berlin");
    assert_eq!(catalog.refused("contracts/E", &berlin).await.0, 409);
    let berlin = in_zone("2026-09-01", "Europe/Berlin");
    catalog.made("contracts/E", &berlin).await;
    assert_eq!(catalog.delete("contracts/E").await.status, 204);
    // Noon of 1 September in UTC is nobody's, and nobody meant that.
    let auckland = in_zone("2026-09-02", "Pacific/Auckland");
    let (status, why) = catalog.refused("contracts/E", &auckland).await;
    assert_eq!(status, 409);
    assert!(why.contains("720 minutes"), "{why}");
    assert!(why.contains("starts on 2026-09-01"), "{why}");
    // A whole day between is meant.
    catalog
        .made("contracts/E", &contract("2026-09-02", None))
        .await;
    // Another organisation's contracts are its own.
    let mut other = contract("2026-03-01", None);
    other["organization"] = GLOBEX.into();
    catalog.made("contracts/F", &other).await;
}

#[tokio::test]
async fn a_contract_that_breaks_a_rule_is_told_which() {
    let catalog = Catalog::with_product().await;
    type Change = fn(&mut Value);
    let cases: [(u16, &str, Change); 9] = [
        (400, "currency", |it| it["currency"] = "DOLLARS".into()),
        (400, "subscription", |it| {
            it["subscription"] = "YEARLY".into()
        }),
        (400, "commits a quantity", |it| {
            it["lines"][0]["prepayQuantity"] = "1".into()
        }),
        (400, "prepayPrice", |it| {
            it["subscription"] = "PREPAY".into();
            it["lines"][0]["prepayQuantity"] = "1".into();
        }),
        (400, "priced twice", |it| {
            it["lines"] = json!([it["lines"][0], it["lines"][0]]);
        }),
        (400, "minimumMonthly", |it| {
            it["minimumMonthly"] = "1.005".into()
        }),
        (400, "within a billing period", |it| {
            it["amendments"] = json!([{"effective": "2026-05-02", "lines": [
                {"product": "VOICE", "tierMode": "volume", "tiers": [{"price": "0.2"}]}]}]);
        }),
        (409, "there is no product FAX", |it| {
            it["lines"][0]["product"] = "FAX".into()
        }),
        (409, "organization does not exist", |it| {
            it["organization"] = "99999999-9999-4999-8999-999999999999".into();
        }),
    ];
    for (status, why, change) in cases {
        let mut body = contract("2026-01-01", None);
        change(&mut body);
        let (code, message) = catalog.refused("contracts/C-1", &body).await;
        assert_eq!(code, status, "{message}");
        assert!(message.contains(why), "{message}");
    }
    let nameless = format!("contracts/{}", "x".repeat(65));
    let body = contract("2026-01-01", None);
    assert_eq!(catalog.refused(&nameless, &body).await.0, 400);
}

/// A misspelt field would be a price or a minimum that nobody is charged.
#[tokio::test]
async fn nothing_that_is_sent_is_overlooked() {
    let catalog = Catalog::with_product().await;
    let mut misspelt = contract("2026-01-01", None);
    misspelt["minimunMonthly"] = "1000".into();
    let (status, message) = catalog.refused("contracts/C-1", &misspelt).await;
    assert_eq!(
        (status, message.contains("minimunMonthly")),
        (400, true),
        "{message}"
    );
    let mut misplaced = contract("2026-01-01", None);
    misplaced["amendments"] = json!([{"effective": "2026-02-01", "prepayQuantity": "1"}]);
    let (_, message) = catalog.refused("contracts/C-1", &misplaced).await;
    assert!(
        message.contains("amendments[0].prepayQuantity"),
        "{message}"
    );
    let mut product = product("logins");
    product["thirdparty"] = true.into();
    assert_eq!(catalog.refused("products/NEW", &product).await.0, 400);
}

#[tokio::test]
async fn trusts_products_and_contracts_are_the_operators() {
    let catalog = Catalog::with_product().await;
    let acme = catalog
        .world
        .token(
            exchequer_support::world::ACME_CLIENT,
            exchequer_support::world::SECRET,
        )
        .await;
    for path in ["trusts", "products", "contracts", "products/VOICE"] {
        let answer = catalog.world.get(&acme, &format!("{CATALOG}/{path}")).await;
        assert_eq!(answer.refusal().0, 403, "{path}");
    }
}
