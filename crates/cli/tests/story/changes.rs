//! `exchequer changes`.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::run::{ACME, World, run};

/// Gives Acme another name.
fn rename(world: &World, name: &str) {
    let text = format!("[[organization]]\nid = \"{ACME}\"\nname = \"{name}\"\n");
    let file = world.ledger.write("renamed.toml", &text);
    run(world.operator(&["apply"]).arg(file)).ok();
}

/// The actions of a table.
fn actions(table: &str) -> Vec<&str> {
    let lines = table.lines().skip(1);
    lines
        .map(|line| line.split_whitespace().nth(1).unwrap())
        .collect()
}

#[test]
fn changes_are_printed_and_go_on_from_where_they_were() {
    let world = World::start();
    let all = run(&mut world.operator(&["changes"]));
    let (_, cursor) = all.err.trim_end().rsplit_once("--after ").unwrap();
    assert!(all.out.starts_with("TIME "), "{all:?}");
    let mut made = actions(&all.out);
    made.sort_unstable();
    let expected = [
        "meter.put",
        "meter.put",
        "organization.put",
        "organization.put",
    ];
    assert_eq!(made, expected, "{all:?}");

    rename(&world, "Acme plc");
    let new = run(&mut world.operator(&["changes", "--after", cursor])).ok();
    assert_eq!(actions(&new), ["organization.put"], "{new}");
    assert!(new.contains(&format!("{ACME}        2  {ACME}\n")), "{new}");
    let own = run(&mut world.acme(&["changes", "--format", "json"])).ok();
    let pages: Vec<Value> = own
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(pages.len(), 1, "{own}");
    assert_eq!(pages[0]["entities"].as_array().unwrap().len(), 2, "{own}");
    assert!(pages[0]["nextUri"].is_string(), "{own}");
    let now = run(&mut world.operator(&["changes", "--from-now"])).ok();
    assert_eq!(now.lines().count(), 1, "{now}");
    let cut = run(&mut world.operator(&["changes", "--after", &cursor[1..]]));
    assert_eq!(cut.code, 1, "{cut:?}");
}

#[test]
fn a_follower_sees_what_comes_and_ends_when_it_is_interrupted() {
    let world = World::start();
    let mut follow = world.operator(&["changes", "--follow", "--from-now"]);
    let follow = follow.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut follower = follow.spawn().unwrap();
    let mut lines = BufReader::new(follower.stdout.take().unwrap()).lines();
    // The header comes with the first page, which says where the feed ends.
    let header = lines.next().unwrap().unwrap();
    assert!(header.starts_with("TIME "), "{header}");
    rename(&world, "Acme plc");
    let line = lines.next().unwrap().unwrap();
    assert!(line.contains("organization.put"), "{line}");
    let pid = follower.id().to_string();
    let told = Command::new("kill").args(["-INT", &pid]).status();
    assert!(told.unwrap().success());
    assert!(follower.wait().unwrap().success());
    let mut said = String::new();
    follower.stderr.unwrap().read_to_string(&mut said).unwrap();
    assert!(said.contains("to go on from here: --after "), "{said}");
}
