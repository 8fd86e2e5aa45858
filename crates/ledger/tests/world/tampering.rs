//! Whatever is changed behind the ledger's back, checksums made right again
//! included, a comparison finds and names it, all of it.

use exchequer_core::{Aggregation, MICROS_PER_DAY};
use exchequer_ledger::{Directories, FoldWrites, RunBuilder, Seq, fold, merge_runs};
use xxhash_rust::xxh3::xxh3_64;

use crate::damage::{blobs, positions, world as damaged_world};
use crate::driver::World;
use crate::inventory::verify;
use crate::memory::Memory;
use crate::stories::{HOUR, commit, event, meter, organization};
use exchequer_support::reference::Event;

/// The world of the damage tests, nothing stale.
fn world() -> World {
    let mut world = damaged_world();
    let voided = event(1_000, "call", "subject 5", 5 * HOUR / 2, 1);
    let void = Event {
        voids: "event-5".to_owned(),
        ..voided
    };
    world.fold();
    commit(&mut world, vec![void]);
    world.fold();
    let last = event(1_001, "session", "late", MICROS_PER_DAY - 2 * HOUR, 9_000);
    commit(&mut world, vec![last]);
    world.reroll(usize::MAX);
    assert!(!world.memory.voids.is_empty() && !world.memory.journal.is_empty());
    world.verify();
    world
}

fn findings(world: &World, memory: &Memory) -> Vec<String> {
    verify(world.key, &world.set, memory).1
}

type Change<'a> = &'a dyn Fn(&mut Memory);

/// Exactly these, in any order.
fn found(world: &World, memory: &Memory, mut expected: Vec<String>) {
    let mut findings = findings(world, memory);
    findings.sort();
    expected.sort();
    assert_eq!(findings, expected);
}

/// Makes the checksum of a changed blob right again.
fn seal(blob: &mut [u8]) {
    let body = blob.len() - 8;
    let checksum = xxh3_64(&blob[..body]).to_le_bytes();
    blob[body..].copy_from_slice(&checksum);
}

#[test]
fn a_flipped_byte_in_any_blob_is_named() {
    let world = world();
    for (name, find) in blobs(&world.memory) {
        for at in positions(find(&mut world.memory.clone()).len()) {
            let mut damaged = world.memory.clone();
            find(&mut damaged)[at] ^= 1 << (at % 8);
            let findings = findings(&world, &damaged);
            assert!(
                findings.len() == 1 && findings[0].starts_with(&name),
                "{name} at {at}: {findings:?}"
            );
        }
    }
}

#[test]
fn a_changed_rollup_or_page_with_a_right_checksum_is_named() {
    let world = world();
    let derived = |name: &str| {
        ["rollup", "void", "identity_page"]
            .iter()
            .any(|table| name.starts_with(table))
    };
    for (name, find) in blobs(&world.memory)
        .into_iter()
        .filter(|(name, _)| derived(name))
    {
        let length = find(&mut world.memory.clone()).len();
        for at in (0..length - 8).step_by(length / 60 + 1) {
            let mut changed = world.memory.clone();
            let blob = find(&mut changed);
            // The lowest bit has a meaning in every byte.
            blob[at] ^= 1;
            seal(blob);
            let findings = findings(&world, &changed);
            // What a page lacks is named by its event's segment.
            let named = |finding: &String| {
                let run = name.replace("page", "run");
                finding.starts_with(&name) || run.starts_with(finding.split(':').next().unwrap())
            };
            assert!(findings.iter().any(named), "{name} at {at}: {findings:?}");
        }
    }
}

#[test]
fn a_journal_row_without_a_seq_is_named() {
    let world = world();
    let mut changed = world.memory.clone();
    changed.journal.insert(Seq::new(0), (0, Vec::new()));
    let findings = findings(&world, &changed);
    let named = |finding: &String| finding.starts_with("journal 0: ");
    assert!(findings.iter().any(named), "{findings:?}");
}

#[test]
fn blobs_in_one_anothers_place_are_named() {
    let world = world();
    let blobs = blobs(&world.memory);
    let mut swapped = 0;
    for (one, a) in &blobs {
        for (other, b) in &blobs {
            let mut mixed = world.memory.clone();
            let (first, second) = (a(&mut mixed).clone(), b(&mut mixed).clone());
            if one >= other || first == second {
                continue;
            }
            (*a(&mut mixed), *b(&mut mixed)) = (second, first);
            let findings = findings(&world, &mixed);
            assert!(!findings.is_empty(), "{one} and {other}");
            swapped += 1;
        }
    }
    assert!(swapped > 300, "{swapped}");
}

#[test]
fn rows_that_are_gone_are_named() {
    let world = world();
    let memory = &world.memory;
    let gone = |what: &str, change: &dyn Fn(&mut Memory)| {
        let mut changed = memory.clone();
        change(&mut changed);
        let findings = findings(&world, &changed);
        assert!(
            findings.iter().any(|found| found.starts_with(what)),
            "{what}: {findings:?}"
        );
    };
    for place @ (organization, day) in memory.rollups.keys() {
        let name = format!("rollup {organization}/{day}: it is missing");
        gone(&name, &|memory| drop(memory.rollups.remove(place)));
    }
    for place @ (organization, day) in memory.voids.keys() {
        let name = format!("void {organization}/{day}: it is missing");
        gone(&name, &|memory| drop(memory.voids.remove(place)));
        let name = format!("void {organization}/{day}: its last seq is ");
        gone(&name, &|memory| {
            memory.voids.get_mut(place).unwrap().last_seq += 1
        });
    }
    for place @ (organization, day, _) in memory.segments.keys() {
        let name = format!("rollup {organization}/{day}: meter");
        gone(&name, &|memory| drop(memory.segments.remove(place)));
        gone("segment: ", &|memory| drop(memory.segments.remove(place)));
        gone("identity_run ", &|memory| {
            drop(memory.segments.remove(place))
        });
    }
    for place @ (run, _) in memory.pages.keys() {
        gone("segment ", &|memory| drop(memory.pages.remove(place)));
        let name = format!("identity_run {run}: it holds ");
        gone(&name, &|memory| drop(memory.pages.remove(place)));
    }
    for place in memory.filters.keys() {
        gone("identity_filter ", &|memory| {
            drop(memory.filters.remove(place))
        });
    }
    for run in memory.runs.keys() {
        let name = format!("identity_run {run}: it is missing");
        gone(&name, &|memory| _ = memory.runs.remove(run));
    }
    for place in memory.subjects.keys() {
        let mut changed = memory.clone();
        changed.subjects.remove(place);
        let findings = findings(&world, &changed);
        let named = |found: &String| {
            found.ends_with(": a subject has no name") || found.ends_with(" is missing before it")
        };
        assert!(findings.iter().any(named), "{place:?}: {findings:?}");
    }
    for place in memory.journal.keys() {
        gone("mark ", &|memory| drop(memory.journal.remove(place)));
        gone("head: ", &|memory| drop(memory.journal.remove(place)));
    }
    gone("mark ", &|memory| _ = memory.marks.pop());
}

#[test]
fn columns_that_do_not_fit_their_blob_are_named() {
    let world = world();
    let (place, rollup) = (
        *world.memory.segments.keys().next().unwrap(),
        *world.memory.rollups.keys().next().unwrap(),
    );
    let changes: [(&str, Change<'_>); 11] = [
        ("head: ", &|memory| memory.last = Seq::new(1)),
        ("segment ", &|memory| {
            memory.segments.get_mut(&place).unwrap().events += 1
        }),
        ("segment ", &|memory| {
            let part = memory.segments.get_mut(&place).unwrap();
            part.times.1 = part.times.0;
        }),
        ("segment ", &|memory| {
            let part = memory.segments.get_mut(&place).unwrap();
            part.seqs = (part.seqs.0, Seq::new(part.seqs.1.number() + 1));
        }),
        ("rollup ", &|memory| {
            memory.rollups.get_mut(&rollup).unwrap().last_seq += 1_000
        }),
        ("rollup ", &|memory| {
            memory.rollups.get_mut(&rollup).unwrap().last_seq = 1
        }),
        ("identity_page ", &|memory| {
            memory.pages.values_mut().next().unwrap().0 += 1
        }),
        ("identity_run ", &|memory| {
            memory.runs.values_mut().next().unwrap().0 += 1
        }),
        ("identity_run ", &|memory| memory.next_run = 1),
        ("subject ", &|memory| {
            memory.subjects.values_mut().last().unwrap().0 -= 1
        }),
        ("journal ", &|memory| {
            memory.journal.values_mut().next().unwrap().0 += 1
        }),
    ];
    for (at, (what, change)) in changes.into_iter().enumerate() {
        let mut changed = world.memory.clone();
        change(&mut changed);
        let findings = findings(&world, &changed);
        assert!(
            findings.iter().any(|found| found.starts_with(what)),
            "{at}: {findings:?}"
        );
    }
}

#[test]
fn a_part_that_stands_twice_is_named() {
    let world = world();
    let mut memory = world.memory.clone();
    let (place @ (organization, day, part), row) = memory.segments.iter().next().unwrap();
    let (place, row) = (*place, row.clone());
    let (one, other) = (
        format!("segment {organization}/{day}/{part}"),
        format!("segment {organization}/{day}/900"),
    );
    memory.segments.insert((place.0, place.1, 900), row);
    let findings = findings(&world, &memory);
    let named = |text: String| findings.iter().any(|found| found.starts_with(&text));
    assert!(
        named(format!("{other}: 48 seqs also in {one}, the first is ")),
        "{findings:?}"
    );
    assert!(
        named(format!(
            "{other}: 48 events also in {one}, the first is \"event-"
        )),
        "{findings:?}"
    );
    assert!(
        named(format!("{other}: 48 events in no identity run, ")),
        "{findings:?}"
    );
    assert!(
        named(format!("rollup {}/{}: meter ", place.0, place.1)),
        "{findings:?}"
    );
}

/// The last fold's events once more, as a faulty admission would let them in.
#[test]
fn an_identity_that_stands_twice_is_named() {
    let mut world = World::new([9; 16], 0);
    assert!(world.change_meters(vec![meter(1, "call", Aggregation::Count)]));
    let events =
        |first: u64| (first..first + 3).map(|number| event(number, "call", "anna", HOUR, 1));
    commit(&mut world, events(0).collect());
    world.fold();
    let mut twin = World::new([9; 16], 0);
    assert!(twin.change_meters(world.meters.clone()));
    commit(&mut twin, events(10).collect());
    twin.fold();
    commit(&mut twin, events(2).collect());
    // In the journal of the first world they are two new events and a known one.
    let mut memory = world.memory.clone();
    memory.journal.extend(twin.memory.journal.clone());
    memory.marks.push(Seq::new(6));
    memory.last = Seq::new(6);
    let day = event(0, "call", "anna", 0, 1).time.day();
    let one = format!("segment {}/{day}/0", organization());
    let twice =
        format!("journal 4: 1 event also in {one}, the first is \"event-2\" of source \"story\"");
    found(&world, &memory, vec![twice]);
    // Folded, they stand twice in a segment and in two runs.
    world.memory = memory;
    let job = world.fold_job().unwrap().unwrap();
    let writes: FoldWrites = fold(&job, &world.set, &Directories::new(0), &world.memory).unwrap();
    world.memory.fold(&writes);
    let twice = format!(
        "segment {}/{day}/1: 1 event also in {one}, the first is \"event-2\" of source \"story\"",
        organization()
    );
    found(&world, &world.memory, vec![twice]);
}

#[test]
fn an_entry_without_an_event_is_named() {
    let world = world();
    let mut memory = world.memory.clone();
    // A run twice: its pages under another number.
    let (run, (entries, _)) = memory.runs.iter().next().map(|(a, b)| (*a, *b)).unwrap();
    let mut builder = RunBuilder::new(77, entries);
    let pages = memory
        .live_runs()
        .iter()
        .find(|meta| meta.run == run)
        .unwrap()
        .pages();
    merge_runs(&[(run, pages)], &mut builder, &memory, |_| Ok(())).unwrap();
    let (pages, filter, _) = builder.finish();
    memory.add_run(77, entries, true);
    memory.pages(77, &pages);
    memory.filter(77, &filter);
    memory.next_run = 78;
    let findings = findings(&world, &memory);
    let expected =
        format!("identity_run 77: {entries} entries without an event, the first is hash ");
    assert!(
        findings.len() == 1 && findings[0].starts_with(&expected),
        "{findings:?}"
    );
}

#[test]
fn all_damage_is_reported_and_only_it() {
    let world = world();
    let mut memory = world.memory.clone();
    let mut expected = Vec::new();
    for (name, find) in blobs(&world.memory) {
        // Segments in one colour, or their rollups could not be told.
        if expected.contains(&name) || name.starts_with("segment") {
            continue;
        }
        let blob = find(&mut memory);
        let last = blob.len() - 1;
        blob[last] ^= 1;
        expected.push(name);
    }
    let why = ": the checksum does not match";
    let mut findings = findings(&world, &memory);
    findings.sort();
    let mut names: Vec<String> = findings
        .iter()
        .map(|found| found.strip_suffix(why).unwrap_or(found).to_owned())
        .collect();
    names.dedup();
    for name in &expected {
        assert!(
            names.iter().any(|found| found.starts_with(name)),
            "{name}: {findings:?}"
        );
    }
    assert!(
        names
            .iter()
            .all(|name| expected.iter().any(|known| name.starts_with(known))),
        "{findings:?}"
    );
}

#[test]
fn what_a_stale_day_says_is_not_compared_but_counted() {
    let mut world = World::new([5; 16], 0);
    assert!(world.change_meters(vec![meter(1, "call", Aggregation::Hours)]));
    commit(
        &mut world,
        vec![event(1, "call", "anna", 12 * HOUR, 3 * 86_400)],
    );
    commit(
        &mut world,
        vec![event(2, "chat", "anna", MICROS_PER_DAY, 7)],
    );
    world.fold();
    let (checked, _) = verify(world.key, &world.set, &world.memory);
    assert_eq!((checked.days, checked.stale_days), (4, 0));
    let mut meters = world.meters.clone();
    meters.push(meter(2, "chat", Aggregation::Sum));
    assert!(world.change_meters(meters));
    world.verify();
    let (checked, _) = verify(world.key, &world.set, &world.memory);
    assert_eq!((checked.days, checked.stale_days), (4, 4));
    world.reroll(usize::MAX);
    world.verify();
    let (checked, _) = verify(world.key, &world.set, &world.memory);
    assert_eq!((checked.days, checked.stale_days), (4, 0));
}
