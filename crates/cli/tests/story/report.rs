//! `exchequer report`.

use crate::run::{ACME, World, login, run, run_with};

const OCTOBER: [&str; 5] = ["report", "--from", "2025-10-01", "--to", "2025-11-01"];

fn fill(world: &World) {
    let call = login("c-1", "ben", "2025-10-03T10:00:00.5Z")
        .replace("user.login", "call.ended")
        .replace(
            "\"organization\"",
            "\"data\":{\"minutes\":\"12.41\"},\"organization\"",
        );
    let lines = [
        login("e-1", "zoe, \\\"z\\\"", "2025-10-02T08:00:00Z"),
        login("e-2", "ada", "2025-10-01T00:00:00Z"),
        call,
        login("e-3", "eve", "2025-11-01T00:00:00Z"),
    ];
    run_with(&mut world.operator(&["ingest", "-"]), &lines.concat()).ok();
}

#[test]
fn a_report_is_a_table_json_or_csv() {
    let world = World::start();
    fill(&world);
    let table = run(&mut world.acme(&OCTOBER)).ok();
    let rows: Vec<Vec<&str>> = table
        .lines()
        .map(|line| {
            line.split("  ")
                .map(str::trim)
                .filter(|cell| !cell.is_empty())
                .collect()
        })
        .collect();
    assert_eq!(rows[0], ["METER", "TOTAL", "RESOURCES"]);
    assert_eq!(rows[1], ["users", "2", "2"]);
    assert_eq!(rows[2], ["voice, minutes", "12.5", "1"]);
    assert_eq!(rows.len(), 3);
    let long = run(world.acme(&OCTOBER).arg("--resources")).ok();
    assert!(
        long.contains("ada") && long.contains("2025-10-03T10:00:00.500Z"),
        "{long}"
    );

    let csv = run(world.acme(&OCTOBER).args(["--format", "csv"])).ok();
    assert_eq!(
        csv,
        "usage,total,resource,date\n\
         users,2,ada,2025-10-01T00:00:00.000Z\n\
         users,2,\"zoe, \"\"z\"\"\",2025-10-02T08:00:00.000Z\n\
         \"voice, minutes\",12.5,ben,2025-10-03T10:00:00.500Z\n"
    );

    let own = run(world.acme(&OCTOBER).args(["--format", "json"])).ok();
    assert!(!own.ends_with('\n'), "the body, byte for byte");
    let asked = ["--format", "json", "--organization", ACME];
    assert_eq!(run(world.operator(&OCTOBER).args(asked)).ok(), own);
    let empty = ["report", "--from", "2024-10-01", "--to", "2024-11-01"];
    assert_eq!(
        run(&mut world.acme(&empty)).ok(),
        "no usage in this range\n"
    );
}

#[test]
fn a_report_in_the_background_is_waited_for() {
    let world = World::with(&["--report-wait", "0"]);
    fill(&world);
    // Nothing is printed that could be taken for a report of nothing.
    run(world.acme(&OCTOBER).arg("--no-wait")).failed(7, "in progress");
    let table = run(&mut world.acme(&OCTOBER)).ok();
    assert!(table.contains("12.5"), "{table}");
}
