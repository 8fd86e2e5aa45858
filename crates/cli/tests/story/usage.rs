//! `exchequer usage`.

use crate::run::{ACME, World, login, run, run_with};

const OCTOBER: [&str; 4] = ["--from", "2025-10-01", "--to", "2025-10-04"];

const CONTRACT: &str = r#"
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
end = 2025-10-31
[[contract.line]]
product = "SEAT"
overage_price = "10"
"#;

fn call(id: &str, who: &str, time: &str, minutes: &str) -> String {
    login(id, who, time)
        .replace("user.login", "call.ended")
        .replace(
            "\"organization\"",
            &format!("\"data\":{{\"minutes\":\"{minutes}\"}},\"organization\""),
        )
}

fn fill(world: &World) {
    let lines = [
        call("c-1", "ben", "2025-10-01T10:00:00.5Z", "12.41"),
        call("c-2", "ada, a", "2025-10-01T10:30:00Z", "1"),
        call("c-3", "ben", "2025-10-03T00:00:00Z", "2.5"),
        login("e-1", "ada", "2025-10-02T08:00:00Z"),
    ];
    run_with(&mut world.operator(&["ingest", "-"]), &lines.concat()).ok();
}

fn usage<'a>(rest: &[&'a str]) -> Vec<&'a str> {
    [&["usage"], rest, &OCTOBER[..]].concat()
}

#[test]
fn a_figure_leads_to_its_days_and_a_day_to_its_events() {
    let world = World::start();
    fill(&world);
    let days = run(&mut world.acme(&usage(&["voice, minutes"]))).ok();
    let rows: Vec<Vec<&str>> = days
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(
        rows,
        [
            vec!["DAY", "(UTC)", "VOICE,", "MINUTES"],
            vec!["2025-10-01", "13.5"],
            vec!["2025-10-02", "0"],
            vec!["2025-10-03", "2.5"],
        ]
    );
    let day = ["--from", "2025-10-01", "--to", "2025-10-02"];
    let mut hours = world.acme(&["usage", "voice, minutes", "--by", "hour"]);
    let hours = run(hours.args(day)).ok();
    assert!(
        hours.contains("2025-10-01T10:00Z            13.5"),
        "{hours}"
    );
    let mut events = world.acme(&["usage", "voice, minutes", "--events"]);
    let events = run(events.args(day)).ok();
    let rows: Vec<&str> = events.lines().collect();
    assert_eq!(rows.len(), 3, "{events}");
    assert!(rows[1].starts_with("2025-10-01T10:00:00.500Z  ben") && rows[1].ends_with("12.5"));
    assert!(
        rows[2].contains("ada, a") && rows[2].ends_with('1'),
        "{events}"
    );
}

#[test]
fn series_and_events_are_json_or_csv() {
    let world = World::start();
    fill(&world);
    let csv = run(world.acme(&usage(&["users"])).args(["--format", "csv"])).ok();
    assert_eq!(
        csv,
        "meter,start,end,usage,local_start\n\
         users,2025-10-01T00:00:00.000Z,2025-10-02T00:00:00.000Z,0,2025-10-01T00:00:00.000Z\n\
         users,2025-10-02T00:00:00.000Z,2025-10-03T00:00:00.000Z,1,2025-10-02T00:00:00.000Z\n\
         users,2025-10-03T00:00:00.000Z,2025-10-04T00:00:00.000Z,0,2025-10-03T00:00:00.000Z\n"
    );
    let json = ["--format", "json"];
    let body = run(world.acme(&usage(&["users", "--by", "month"])).args(json)).json();
    assert_eq!(body["entities"][0]["usage"], "1");

    let csv = run(world.acme(&usage(&["--events"])).args(["--format", "csv"])).ok();
    let rows: Vec<&str> = csv.lines().collect();
    assert_eq!(rows.len(), 5, "{csv}");
    assert_eq!(
        rows[0],
        "time,resource,type,source,id,quantity,received,voids,voided_by,data,client"
    );
    assert!(rows[2].starts_with("2025-10-01T10:30:00.000Z,\"ada, a\",call.ended,/pbx,c-2,,"));
    let (data, client) = rows[2].rsplit_once(',').unwrap();
    assert!(data.ends_with("\"{\"\"minutes\"\":\"\"1\"\"}\""), "{csv}");
    assert_eq!(client.len(), 36, "the client that has sent it: {csv}");

    let correction = call("c-4", "ben", "2025-10-03T00:00:00Z", "0.5");
    let correction = correction.replace("\"organization\"", "\"voids\":\"c-3\",\"organization\"");
    run_with(&mut world.operator(&["ingest", "-"]), &correction).ok();
    let mut voided = world.acme(&usage(&["voice, minutes", "--events", "--voided"]));
    let voided = run(voided.args(["--format", "csv"])).ok();
    assert!(
        voided.contains(",c-3,2.5,") && voided.contains(",,c-4,"),
        "{voided}"
    );
    assert!(
        voided.contains(",c-4,0.5,") && voided.contains(",c-3,,"),
        "{voided}"
    );
    let plain = run(&mut world.acme(&usage(&["voice, minutes", "--events"]))).ok();
    assert!(plain.contains("c-4") && !plain.contains("c-3"), "{plain}");

    // An operator's look at somebody's events, as far as it wants them.
    let mut some = world.operator(&usage(&["--events", "--resource", "ben", "--limit", "1"]));
    let some = run(some.args(json).args(["--organization", ACME])).json();
    assert_eq!(some["entities"].as_array().unwrap().len(), 1);
    assert_eq!(some["entities"][0]["id"], "c-1");
}

#[test]
fn csv_holds_no_formula_unless_it_is_asked_for() {
    let world = World::start();
    let formula = "=HYPERLINK(0)";
    let lines = [
        call("f-1", formula, "2025-10-01T10:00:00Z", "1"),
        call("f-2", "+49 30 123456", "2025-10-01T11:00:00Z", "1"),
    ];
    run_with(&mut world.operator(&["ingest", "-"]), &lines.concat()).ok();
    let csv = ["--format", "csv"];
    for command in [
        &usage(&["--events"])[..],
        &[&["report"], &OCTOBER[..]].concat(),
    ] {
        let marked = run(world.acme(command).args(csv)).ok();
        assert!(marked.contains(&format!(",'{formula},")), "{marked}");
        assert!(marked.contains(",+49 30 123456,"), "{marked}");
        let raw = run(world.acme(command).args(csv).arg("--raw")).ok();
        assert!(raw.contains(&format!(",{formula},")), "{raw}");
    }

    // The file of rejected lines is CSV of ours too, and is read as it was.
    let input = format!(
        "id,source,type,subject,time,organization,minutes\n\
         f-3,/pbx,call.ended,{formula},2025-10-01T12:00:00Z,{ACME},none\n"
    );
    let input = world.ledger.write("usage.csv", &input);
    assert_eq!(run(world.operator(&["ingest"]).arg(&input)).code, 6);
    let rejected = input.with_file_name("usage.rejected.csv");
    let text = std::fs::read_to_string(&rejected).unwrap();
    assert!(text.contains(&format!(",'{formula},")), "{text}");
    std::fs::write(&rejected, text.replace("none", "3")).unwrap();
    run(world.operator(&["ingest"]).arg(&rejected)).ok();
    let mut events = world.acme(&usage(&["--events", "--resource", formula]));
    let events = run(events.args(csv)).ok();
    assert!(
        events.contains(",f-1,") && events.contains(",f-3,"),
        "{events}"
    );
}

#[test]
fn a_billing_period_is_a_range() {
    let world = World::start();
    fill(&world);
    let none = run(&mut world.acme(&["usage", "users"]));
    none.failed(4, "no billing period 0");
    let file = world.ledger.write("contract.toml", CONTRACT);
    run(world.operator(&["apply"]).arg(file)).ok();
    // The contract is over: its last period is 0, the one before it 1.
    let first = [
        "usage", "users", "--by", "month", "--format", "csv", "--period", "1",
    ];
    assert_eq!(
        run(&mut world.acme(&first)).ok(),
        "meter,start,end,usage,local_start\n\
         users,2025-09-15T00:00:00.000Z,2025-10-01T00:00:00.000Z,0,2025-09-15T00:00:00.000Z\n\
         users,2025-10-01T00:00:00.000Z,2025-10-15T00:00:00.000Z,1,2025-10-01T00:00:00.000Z\n"
    );
    // The same days in New York: its midnight cuts them.
    let days = [
        "--period",
        "1",
        "--time-zone",
        "America/New_York",
        "--by",
        "month",
    ];
    let days = run(world.acme(&["usage", "users"]).args(days)).ok();
    let rows: Vec<Vec<&str>> = days
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(
        rows,
        [
            vec!["MONTH", "(America/New_York)", "USERS"],
            vec!["2025-09-14T20:00:00.000-04:00", "0"],
            vec!["2025-10", "1"],
        ]
    );
    for name in ["--period", "--index"] {
        run(&mut world.acme(&["usage", "users", name, "2"])).failed(4, "no billing period 2");
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    let world = World::start();
    for (flags, code, why) in [
        (&["usage"][..], 2, "METER"),
        (&["usage", "users", "--by", "week"], 2, "hour, day, month"),
        (&["usage", "users", "--from", "2025-10-01"], 2, "--to"),
        (&["usage", "users", "--resource", "ben"], 2, "--events"),
        (&usage(&["nobody"]), 1, "nobody"),
        (&usage(&["users", "--time-zone", "Mars"]), 1, "Mars"),
        (
            &usage(&["--events", "--time-zone", "UTC"]),
            2,
            "--time-zone",
        ),
        (&usage(&["users", "--period", "1"]), 2, "--period"),
    ] {
        run(&mut world.acme(flags)).failed(code, why);
    }
}
