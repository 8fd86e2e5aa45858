//! `exchequer close` and `exchequer entries`.

use std::time::Duration;

use serde_json::Value;

use crate::run::{ACME, Run, World, login, run, run_with};
use exchequer_support::measure::{Stopwatch, now};

/// A contract of two periods that are long over, and one that goes on.
const SOLD: &str = r#"
[[product]]
sku = "SEAT"
name = "Seats"
charge = "Seats"
meter = "users"
grouping = "user-license"
unit = "seat"
unit_of_measure = "User"

[[contract]]
number = "C-1"
organization = "22222222-2222-4222-8222-222222222222"
subscription = "MONTH_TO_MONTH"
currency = "USD"
start = 2025-09-15
end = 2025-11-14
adjust_within = 120
[[contract.line]]
product = "SEAT"
overage_price = "1200.5"
"#;

const FROM: &str = "[closing]\nbilling_from = 2025-01-01\n";

/// Usage of both periods.
fn used() -> String {
    let logins = [
        login("e-1", "ada", "2025-09-20T08:00:00Z"),
        login("e-2", "ben", "2025-09-20T08:00:00Z"),
        login("e-3", "ada", "2025-10-20T08:00:00Z"),
    ];
    logins.concat()
}

fn apply(world: &World, text: &str) -> Run {
    let file = world.ledger.write("sold.toml", text);
    run(world.operator(&["apply", "--format", "json"]).arg(file))
}

/// A served ledger with the contract and its usage, which closes nothing by itself.
fn world(terms: &str) -> World {
    let world = World::with(&["--no-closing"]);
    apply(&world, &format!("{SOLD}{terms}")).ok();
    run_with(&mut world.operator(&["ingest", "-"]), &used()).ok();
    world
}

fn operator(world: &World, arguments: &[&str]) -> Run {
    run(&mut world.operator(arguments))
}

fn entries(world: &World) -> Vec<Value> {
    let json = ["entries", "C-1", "--organization", ACME, "--format", "json"];
    let body = operator(world, &json).json();
    body["entities"].as_array().unwrap().clone()
}

/// The words of each line.
fn words(table: &str) -> Vec<Vec<&str>> {
    let lines = table.lines();
    lines
        .map(|line| line.split_whitespace().collect())
        .collect()
}

#[test]
fn a_contract_is_closed_once_and_its_entries_say_what_it_is_charged() {
    let world = world(FROM);
    let dry = operator(&world, &["close", "C-1", "--dry-run"]);
    assert!(dry.err.contains("nothing was closed"), "{dry:?}");
    let dry = dry.ok();
    assert!(
        dry.starts_with("KIND ") && dry.ends_with("\ntotal 3,601.50 USD\n"),
        "{dry}"
    );
    assert!(entries(&world).is_empty());

    let table = operator(&world, &["close", "C-1", "2025-10-14"]).ok();
    let seats = ["1", "close", "2025-09-15", "overage", "SEAT"];
    let how = ["2,401.00", "2", "×", "1,200.50"];
    let closed = words(&table);
    assert_eq!(closed[1], [&seats[..], &how].concat(), "{table}");
    assert_eq!(
        closed.last().unwrap(),
        &["total", "2,401.00", "USD"],
        "{table}"
    );
    assert_eq!(entries(&world).len(), 1);
    let rest = operator(&world, &["close", "C-1", "--format", "json"]).json();
    assert_eq!(
        rest["entries"][0]["billingPeriodId"], "2025-10-15",
        "{rest}"
    );
    assert_eq!(rest["totals"][0]["total"], "1200.5", "{rest}");
    let again = operator(&world, &["close", "C-1"]).ok();
    assert_eq!(again, "no entries\n");
    assert_eq!(entries(&world).len(), 2);
}

#[test]
fn the_customer_and_the_operator_list_entries_as_tables_csv_and_json() {
    let world = world(FROM);
    operator(&world, &["close", "C-1"]).ok();
    let own = run(&mut world.acme(&["entries", "C-1"])).ok();
    assert!(own.starts_with("ENTRY  KIND "), "{own}");
    assert!(own.ends_with("\n\ntotal 3,601.50 USD\n"), "{own}");
    let of = ["entries", "C-1", "--organization", ACME];
    assert_eq!(operator(&world, &of).ok(), own);
    let csv = run(&mut world.acme(&["entries", "C-1", "--format", "csv"])).ok();
    let mut lines = csv.lines();
    assert_eq!(
        lines.next().unwrap(),
        "contract,entry,kind,period,created,currency,charge,part_number,amount,how,before,\
         follows,reason,digest"
    );
    let first: Vec<&str> = lines.next().unwrap().split(',').collect();
    assert_eq!(first[..4], ["C-1", "1", "close", "2025-09-15"], "{csv}");
    assert_eq!(
        first[5..13],
        ["USD", "overage", "SEAT", "2401", "2 × 1200.5", "", "", ""],
        "{csv}"
    );
    assert_eq!(first[13].len(), 64, "{csv}");
    assert_eq!(lines.count(), 1, "{csv}");
    // Only the contract's own organisation has it.
    operator(&world, &["entries", "C-1"]).failed(4, "");
    run(&mut world.acme(&["entries", "C-2"])).failed(4, "");
}

#[test]
fn late_usage_is_adjusted_with_the_next_close() {
    let world = world(FROM);
    operator(&world, &["close", "C-1"]).ok();
    let late = login("e-4", "cyd", "2025-09-21T08:00:00Z");
    run_with(&mut world.operator(&["ingest", "-"]), &late).ok();
    let table = operator(&world, &["close", "C-1"]).ok();
    assert!(table.contains("adjustment  2025-09-15"), "{table}");
    let how = "1,200.50  3 × 1,200.50 less 2 × 1,200.50";
    assert!(table.contains(how), "{table}");
    let csv = run(&mut world.acme(&["entries", "C-1", "--format", "csv"])).ok();
    assert!(csv.contains("1200.5,3 × 1200.5,2 × 1200.5,"), "{csv}");
}

#[test]
fn closed_days_are_corrected_with_a_reason() {
    let world = world(FROM);
    operator(&world, &["close", "C-1"]).ok();
    let dearer = SOLD.replace("1200.5", "1300");
    let file = world.ledger.write("dearer.toml", &dearer);
    let apply = |flags: &[&str]| run(world.operator(&["apply"]).arg(&file).args(flags));
    // What closed days would come to is said, and nothing is changed.
    let refused = apply(&[]);
    assert_eq!(refused.code, 1, "{refused:?}");
    let hint = "`apply --correct REASON` changes closed periods too, and charges 298.50 USD";
    assert!(refused.err.contains(hint), "{refused:?}");
    assert_eq!(entries(&world).len(), 2);
    let done = apply(&["--correct", "price of the new list"]);
    assert!(done.out.contains("updated"), "{done:?}");
    assert!(
        done.err
            .contains("contract C-1: corrected, which charges 298.50 USD"),
        "{done:?}"
    );
    let all = entries(&world);
    assert_eq!(all.len(), 4, "{all:?}");
    assert_eq!(all[2]["reason"], "price of the new list", "{all:?}");
    assert_eq!(
        apply(&["--correct", "again"])
            .ok()
            .matches("unchanged")
            .count(),
        2
    );
}

#[test]
fn closed_periods_are_rated_again_by_what_is_in_force() {
    let world = world(FROM);
    operator(&world, &["close", "C-1"]).ok();
    // Seats are sold in pairs, which nobody had said.
    let pairs = SOLD.replace(
        "unit_of_measure = \"User\"",
        "unit_of_measure = \"User\"\nbundle = \"2\"",
    );
    let file = world.ledger.write("pairs.toml", &pairs);
    let apply = |flags: &[&str]| run(world.operator(&["apply"]).arg(&file).args(flags));
    let refused = apply(&[]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(
        refused.err.contains("unless a reason is given"),
        "{refused:?}"
    );
    let done = apply(&["--correct", "sold in pairs"]);
    assert!(
        done.err.contains("exchequer correct --again products"),
        "{done:?}"
    );
    assert!(done.out.contains("updated"), "{done:?}");
    assert_eq!(entries(&world).len(), 2);

    let correct = [
        "correct",
        "C-1",
        "--again",
        "products",
        "--reason",
        "sold in pairs",
    ];
    let dry = operator(&world, &[&correct[..], &["--dry-run"]].concat());
    assert!(
        dry.out
            .contains("-1,200.50  1 × 1,200.50 less 2 × 1,200.50"),
        "{dry:?}"
    );
    let token = dry.err.split("--token ").nth(1).unwrap();
    let token = token.split(' ').next().unwrap();
    let with_token = [&correct[..], &["--token", token]].concat();
    let done = operator(&world, &with_token).ok();
    assert!(done.contains("total -1,200.50 USD"), "{done}");
    operator(&world, &with_token).failed(1, "have changed since the dry run");
    for (bad, why) in [
        (
            &[
                "correct",
                "C-1",
                "--again",
                "late",
                "--reason",
                "r",
                "--from",
                "2030-01-01",
            ][..],
            "from",
        ),
        (
            &["correct", "C-1", "--again", "late", "--reason", " "],
            "reason",
        ),
    ] {
        operator(&world, bad).failed(1, why);
    }
    operator(
        &world,
        &["correct", "C-9", "--again", "late", "--reason", "r"],
    )
    .failed(4, "");
    for bad in [
        &["correct", "C-1", "--reason", "r"][..],
        &["correct", "C-1", "--again", "prices", "--reason", "r"],
    ] {
        operator(&world, bad).failed(2, "--again");
    }
    let verified = run(world.ledger.program().arg("verify")).ok();
    assert!(
        verified.contains("; 4 entries of 1 contracts"),
        "{verified}"
    );
}

#[test]
fn what_cannot_be_closed_says_why() {
    let world = world("");
    operator(&world, &["close", "C-9"]).failed(4, "");
    operator(&world, &["close", "C-1"]).failed(1, "billingFrom");
    operator(&world, &["close", "C-1", "yesterday"]).failed(1, "through");
    // Before it is said from when on, a dry run shows what there would be.
    let dry = operator(&world, &["close", "--all", "--dry-run"]);
    assert!(dry.err.contains("nothing was closed"), "{dry:?}");
    let dry = dry.ok();
    let rows = words(&dry);
    assert_eq!(rows[1], ["close", "2", "3,601.50", "USD"], "{dry}");
    for bad in [
        &["close"][..],
        &["close", "C-1", "--all"],
        &["close", "--all", "C-1"],
    ] {
        operator(&world, bad).failed(2, "");
    }
    // A customer closes nothing.
    run(&mut world.acme(&["close", "C-1"])).failed(3, "billing:period:close");
    assert!(entries(&world).is_empty());
}

#[test]
fn a_period_that_has_not_ended_is_not_closed() {
    let world = world(FROM);
    let endless = SOLD.replace("end = 2025-11-14\n", "");
    apply(&world, &endless).ok();
    let today = now().day().to_string();
    for flags in [
        &["close", "C-1", &today][..],
        &["close", "C-1", &today, "--dry-run"],
    ] {
        let refused = operator(&world, flags);
        refused.failed(1, "has not ended");
        assert!(refused.err.contains("through"), "{refused:?}");
    }
    assert!(entries(&world).is_empty());
}

#[test]
fn a_contract_that_cannot_be_closed_holds_back_no_other() {
    let world = world("");
    // Only this one is billed here.
    let other = SOLD[SOLD.find("[[contract]]").unwrap()..]
        .replace("C-1", "C-2")
        .replace(
            "start = 2025-09-15\nend = 2025-11-14",
            "start = 2025-12-01\nend = 2025-12-31",
        )
        .replace("currency", "billing_from = 2025-01-01\ncurrency");
    apply(&world, &other).ok();
    let all = operator(&world, &["close", "--all"]);
    assert_eq!(all.code, 6, "{all:?}");
    assert!(all.err.contains("contract C-1 was not closed: "), "{all:?}");
    assert!(all.out.ends_with("\n\n2 contracts\n"), "{all:?}");
    let json = operator(&world, &["close", "--all", "--format", "json"]);
    assert_eq!(json.code, 6, "{json:?}");
    let body: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(body["failures"][0]["contract"], "C-1", "{body}");
    assert_eq!(body["totals"], serde_json::json!([]), "{body}");
    assert!(entries(&world).is_empty());
    let closed = run(&mut world.acme(&["entries", "C-2"])).ok();
    assert!(closed.contains("close  2025-12-01"), "{closed}");
    // The server has tried nothing, so nothing has failed in its queue.
    assert_eq!(
        operator(&world, &["close", "--failures"]).ok(),
        "no failures\n"
    );
    let both = operator(&world, &["close", "--failures", "--all"]);
    both.failed(2, "cannot be used with");
}

#[test]
fn terms_of_closing_are_applied_once() {
    let world = World::with(&["--no-closing"]);
    let change = |text: &str| {
        let outcomes = apply(&world, text).json();
        let outcome = &outcomes[0];
        assert_eq!(
            (&outcome["kind"], &outcome["id"]),
            (&"closing".into(), &"ledger".into())
        );
        outcome["change"].as_str().unwrap().to_owned()
    };
    assert_eq!(change(FROM), "created");
    assert_eq!(change(FROM), "unchanged");
    assert_eq!(change("[closing]\nclose_after = 48\n"), "updated");
    // What the file left out has stayed.
    assert_eq!(change(&format!("{FROM}close_after = 48\n")), "unchanged");
    let refused = apply(&world, "[closing]\nclose_after = 745\n");
    // Nothing was put, and nothing is listed.
    assert_eq!(
        (refused.code, refused.out.as_str()),
        (1, "[]\n"),
        "{refused:?}"
    );
    let why = "closeAfter must be 0 to 744 hours";
    assert!(refused.err.contains(why), "{refused:?}");
    assert!(refused.err.contains("sold.toml:1: closing"), "{refused:?}");
}

#[test]
fn a_server_closes_by_itself_unless_it_is_told_not_to() {
    let world = world(&format!("{FROM}close_after = 0\n"));
    // The second period is left open, and is overdue.
    operator(&world, &["close", "C-1", "2025-09-15"]).ok();
    assert_eq!(entries(&world).len(), 1);
    let World { ledger, server } = world;
    drop(server);
    let server = ledger.serve(&[]);
    let world = World { ledger, server };
    // It looks at its contracts as soon as it starts.
    let waiting = Stopwatch::start();
    while entries(&world).len() < 2 {
        assert!(
            waiting.elapsed() < Duration::from_secs(60),
            "nothing is closed"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}
