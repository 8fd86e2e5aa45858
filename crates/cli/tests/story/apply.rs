//! `exchequer apply` and `exchequer whoami`.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::run::{ACME, ACME_CLIENT, ACME_SECRET, CATALOG, Run, World, run, run_with};
use exchequer_support::measure::now;
use exchequer_support::program::Ledger;

/// Kind and change of each outcome.
fn changes(outcomes: &Value) -> Vec<(&str, &str)> {
    let outcomes = outcomes.as_array().unwrap().iter();
    outcomes
        .map(|of| (of["kind"].as_str().unwrap(), of["change"].as_str().unwrap()))
        .collect()
}

#[test]
fn applying_creates_then_changes_nothing_then_updates() {
    let ledger = Ledger::init();
    let server = ledger.serve(&[]);
    let apply = |text: &str, format: &str| {
        let file = ledger.write("catalog.toml", text);
        let mut apply = ledger.operator(&server.url);
        run(apply.arg("apply").arg(file).args(["--format", format]))
    };
    let created = apply(CATALOG, "json").json();
    let all = ["organization", "client", "meter", "meter"];
    assert_eq!(changes(&created), all.map(|kind| (kind, "created")));
    // No secret was set: one was made, and is shown this once.
    let secret = created[1]["secret"].as_str().unwrap();
    let mut whoami = ledger.operator(&server.url);
    let whoami = whoami.arg("whoami").env("EXCHEQUER_CLIENT_ID", ACME_CLIENT);
    run(whoami.env("EXCHEQUER_CLIENT_SECRET", secret)).ok();

    let again = apply(CATALOG, "json").json();
    assert_eq!(changes(&again), all.map(|kind| (kind, "unchanged")));
    assert!(again[1].get("secret").is_none());

    let changed = CATALOG
        .replace("Acme Ltd", "Acme Inc")
        .replace("\"0.1\"", "\"1\"");
    let table = apply(&changed, "table").ok();
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(
        lines[0].split_whitespace().collect::<Vec<_>>(),
        ["CHANGE", "KIND", "ID"]
    );
    assert!(
        lines[1].starts_with("updated") && lines[1].ends_with(ACME),
        "{table}"
    );
    assert!(
        lines[2].starts_with("unchanged") && lines[2].ends_with(ACME_CLIENT),
        "{table}"
    );
    assert!(
        lines[3].starts_with("unchanged") && lines[3].ends_with("users"),
        "{table}"
    );
    assert!(
        lines[4].starts_with("updated") && lines[4].ends_with("voice, minutes"),
        "{table}"
    );
    assert_eq!(
        changes(&apply(&changed, "json").json()),
        all.map(|kind| (kind, "unchanged"))
    );
}

#[test]
fn a_meter_that_cannot_read_recent_events_says_so() {
    let world = World::start();
    let event = |id: &str, data: &str| {
        let time = now().day();
        format!(
            r#"{{"specversion":"1.0","id":"{id}","source":"/pbx","type":"call.ended","subject":"ada","time":"{time}T00:00:00Z","organization":"{ACME}","data":{data}}}"#
        )
    };
    let send = |lines: &str| run_with(&mut world.operator(&["ingest", "-"]), lines).ok();
    let first = send(&event("e-1", r#"{"minutes":1}"#));
    assert!(!first.contains("skipped"), "{first}");
    let bytes = "[[meter]]\nname = \"bytes\"\nevent_type = \"call.ended\"\n\
         aggregation = \"sum\"\nquantity = \"bytes\"\n";
    let apply = |text: &str, format: &str| {
        let file = world.ledger.write("more.toml", text);
        let mut apply = world.operator(&["apply", "--format", format]);
        run(apply.arg(file))
    };
    let made = apply(bytes, "table").ok();
    let told = "meter bytes: 1 of the 1 events of its type since ";
    assert!(
        made.contains(told) && made.contains(" would not have counted"),
        "{made}"
    );
    let second = send(&event("e-2", r#"{"minutes":1}"#));
    assert!(second.contains("skipped     1 "), "{second}");
    // What the file does not say stays as it is, and nothing is sent.
    assert_eq!(
        changes(&apply(bytes, "json").json()),
        [("meter", "unchanged")]
    );
    let strict = format!("{bytes}unreadable = \"reject\"\nexcess_decimals = \"cut\"\n");
    let changed = apply(&strict, "json").json();
    assert_eq!(changes(&changed), [("meter", "updated")]);
    assert_eq!(changed[0]["recentEvents"]["refused"], 2, "{changed}");
    let wrong = format!("{bytes}unreadable = \"ignore\"\n");
    apply(&wrong, "table").failed(2, "more.toml:6");
}

#[test]
fn a_changed_secret_is_rotated() {
    let world = World::start();
    let file = world.ledger.write("catalog.toml", CATALOG);
    let apply = |secret: &str| {
        let mut apply = world.operator(&["apply", "--format", "json"]);
        run(apply.arg(&file).env("ACME_SECRET", secret)).json()
    };
    let login = |secret: &str| -> Run {
        run(world
            .acme(&["whoami"])
            .env("EXCHEQUER_CLIENT_SECRET", secret))
    };
    assert_eq!(changes(&apply(ACME_SECRET))[1], ("client", "unchanged"));
    let second = "another-secret-that-acme-has-chosen";
    let rotated = apply(second);
    assert_eq!(changes(&rotated)[1], ("client", "updated"));
    // Only secrets that the program itself has made are printed.
    assert!(rotated[1].get("secret").is_none());
    assert_eq!(changes(&apply(second))[1], ("client", "unchanged"));
    // Unset: the client keeps its own. Both live side by side.
    assert_eq!(changes(&apply(""))[1], ("client", "unchanged"));
    login(second).ok();
    login(ACME_SECRET).ok();
    login("neither-of-the-two-secrets-of-acme").failed(3, "");
}

#[test]
fn a_catalog_with_a_mistake_changes_nothing() {
    let world = World::start();
    let good = world
        .ledger
        .write("a.toml", &CATALOG.replace("Acme Ltd", "Acme Inc"));
    let bad = world.ledger.write(
        "b.toml",
        "[[meter]]\nname = \"m\"\nevent_type = \"x\"\naggregation = \"median\"\n",
    );
    let both = run(world.operator(&["apply"]).args([good, bad]));
    both.failed(2, "b.toml:4");
    let me = run(&mut world.acme(&["whoami", "--format", "json"])).json();
    assert_eq!(me["organization"]["name"], "Acme Ltd");
    let short = world.ledger.write("catalog.toml", CATALOG);
    let short = run(world
        .operator(&["apply"])
        .arg(short)
        .env("ACME_SECRET", "short"));
    short.failed(2, "ACME_SECRET");
}

#[test]
fn whoami_tells_client_organisation_and_permissions() {
    let world = World::start();
    let text = run(&mut world.acme(&["whoami"])).ok();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], format!("organization  Acme Ltd ({ACME})"));
    assert_eq!(
        lines[1],
        format!("client        acme reader ({ACME_CLIENT})")
    );
    assert_eq!(lines[2], "permissions   billing:subscription:view");
    let me = run(&mut world.acme(&["whoami", "--format", "json"])).json();
    assert_eq!(me["organization"]["id"], ACME);
    assert_eq!(
        me["token"]["authorizedScope"],
        json!(["billing:subscription:view"])
    );
    let operator = run(&mut world.operator(&["whoami"])).ok();
    assert!(operator.ends_with("permissions   *\n"), "{operator}");
}

/// A platform of so many customers, each with a contract, and a partner of all.
fn platform(customers: usize) -> String {
    let mut text = String::from(
        r#"
[[organization]]
id = "11111111-1111-4111-8111-111111111111"
name = "Partner"

[[meter]]
name = "users"
event_type = "user.login"
aggregation = "unique"

[[product]]
sku = "SEAT"
name = "Seat"
charge = "Seat"
meter = "users"
grouping = "user-license"
unit = "seat"
unit_of_measure = "User"
"#,
    );
    for number in 0..customers {
        let id = format!("00000000-0000-4000-8000-{number:012}");
        text.push_str(&format!(
            r#"
[[organization]]
id = "{id}"
name = "Customer {number}"

[[contract]]
number = "C-{number}"
organization = "{id}"
subscription = "MONTH_TO_MONTH"
currency = "USD"
start = 2026-01-01

[[contract.line]]
product = "SEAT"
overage_price = "20"

[[trust]]
trustee = "11111111-1111-4111-8111-111111111111"
trustor = "{id}"
"#
        ));
    }
    text
}

/// Returns the number of requests that the server has answered.
fn answered(url: &str) -> u64 {
    let mut server = TcpStream::connect(url.trim_start_matches("http://")).unwrap();
    server.write_all(b"GET /metrics HTTP/1.0\r\n\r\n").unwrap();
    let mut metrics = String::new();
    server.read_to_string(&mut metrics).unwrap();
    let lines = metrics.lines();
    let counts = lines.filter(|line| line.starts_with("exchequer_http_requests_total{"));
    counts
        .map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap())
        .sum()
}

#[test]
fn a_catalog_of_many_customers_takes_few_requests() {
    let ledger = Ledger::init();
    let server = ledger.serve(&[]);
    let apply = |text: &str| {
        let file = ledger.write("catalog.toml", text);
        let mut apply = ledger.operator(&server.url);
        run(apply.arg("apply").arg(file).args(["--format", "json"]))
    };
    let counts = |outcomes: &Value| {
        let all = changes(outcomes);
        ["created", "updated", "unchanged"]
            .map(|wanted| all.iter().filter(|(_, change)| *change == wanted).count())
    };
    let text = platform(450);
    let all = 3 * 450 + 3;
    assert_eq!(counts(&apply(&text).json()), [all, 0, 0]);
    assert_eq!(counts(&apply(&text).json()), [0, 0, all]);
    let changed = text
        .replace(r#"name = "Customer 7""#, r#"name = "Heptagon""#)
        .replace(r#"number = "C-44""#, r#"number = "C-X44""#);
    let before = answered(&server.url);
    let refused = apply(&changed);
    let requests = answered(&server.url) - before;
    assert!(requests < 30, "{requests} requests");
    // The organisation was changed; the contract overlaps the one that it had.
    assert_eq!(refused.code, 1, "{}", refused.err);
    assert!(refused.err.contains("contract C-X44"), "{}", refused.err);
    let outcomes: Value = serde_json::from_str(&refused.out).unwrap();
    assert_eq!(counts(&outcomes), [0, 1, 2 * 450 + 1]);
}
