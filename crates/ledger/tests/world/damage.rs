//! A flipped byte in any stored blob is an error that names the blob, and
//! never another answer.

use exchequer_core::{Aggregation, Aliases, Day, MICROS_PER_DAY, MeteredRange, Quantity};
use exchequer_ledger::{
    BatchBuilder, Directories, EventFilter, EventPage, EventPaging, RunBuilder, TailSlice, Verdict,
    events, fold, merge_runs, reroll, series,
};

use crate::driver::{World, in_order, new_event};
use crate::memory::Memory;
use crate::stories::{HOUR, commit, event, meter, organization, range};
use exchequer_support::reference::Usage;

/// What one way of using the ledger gives.
#[derive(Debug, PartialEq)]
enum Answer {
    Report(Vec<Usage>, u64),
    Verdicts(Vec<Verdict>),
    Rollups(Vec<(Day, u64, Vec<u8>)>),
    Blobs(Vec<Vec<u8>>),
    Series(Vec<Quantity>),
    Events(EventPage),
}

/// Names of subjects of several blocks, sessions over midnight, several parts
/// and runs, stale and fresh days, and a tail.
pub(crate) fn world() -> World {
    let mut world = World::new([4; 16], 0);
    let mut meters = vec![
        meter(1, "call", Aggregation::Sum),
        meter(2, "session", Aggregation::Peak),
        meter(3, "call", Aggregation::Unique),
    ];
    assert!(world.change_meters(meters.clone()));
    for round in 0..3 {
        let events = (0..120).map(|at| {
            let number = round * 120 + at;
            let kind = if at % 3 == 0 { "session" } else { "call" };
            let time = at as i64 * HOUR / 2 + round as i64;
            event(
                number,
                kind,
                &format!("subject {number}"),
                time,
                4_000 + 77 * at,
            )
        });
        commit(&mut world, events.collect());
        world.fold();
    }
    world.change_meters({
        meters.push(meter(4, "session", Aggregation::Hours));
        meters
    });
    world.reroll(1);
    commit(
        &mut world,
        vec![event(999, "session", "late", MICROS_PER_DAY - HOUR, 9_000)],
    );
    world
}

/// Every meter by hour, and every event, voided or not.
fn break_down(
    world: &World,
    tail: &TailSlice,
    directories: &Directories,
) -> Vec<Result<Answer, String>> {
    let (set, memory) = (&world.set, &world.memory);
    let hours: Vec<_> = (-1..72)
        .map(|at| MeteredRange::utc(range(at * HOUR, (at + 1) * HOUR)))
        .collect();
    let series = set.meters().iter().map(|meter| {
        let of = organization();
        let counted = series(
            of,
            &hours,
            &meter.name,
            world.rules(of),
            tail,
            directories,
            memory,
        );
        counted.map(Answer::Series)
    });
    let filter = EventFilter {
        range: MeteredRange::utc(range(-HOUR, 72 * HOUR)),
        meter: None,
        resource: None,
        aliases: &Aliases::NONE,
        voided: true,
    };
    let paging = EventPaging {
        from: None,
        limit: 1_000,
        budget: 1_000,
    };
    let folded = memory.folded;
    let page = events(
        organization(),
        filter,
        paging,
        tail,
        folded,
        directories,
        memory,
    );
    series.chain([page.map(Answer::Events)]).collect()
}

/// Uses everything that is stored, in every way.
fn use_all(world: &mut World, memory: Memory) -> Vec<Result<Answer, String>> {
    let directories = Directories::new(1 << 20);
    world.memory = memory;
    world.crash_unswept();
    let slice = match world.slice(organization()) {
        Ok(slice) => slice,
        Err(error) => return vec![Err(error)],
    };
    let mut answers = Vec::new();
    for (start, end) in [(-1, 9), (0, 24), (13, 40), (24, 72), (60, 61)] {
        let report = world.read(organization(), range(start * HOUR, end * HOUR), &slice);
        answers.push(report.map(|(usages, last)| Answer::Report(usages, last)));
    }
    answers.extend(break_down(world, &slice, &directories));
    let mut builder = BatchBuilder::new();
    for event in &world.reference.events {
        builder.push(event.organization, new_event(event));
    }
    let batch = builder.build(&world.key);
    let blob = batch.encode();
    let commit = world.admit(vec![(batch, blob)]);
    answers.push(commit.map(|commit| Answer::Verdicts(in_order(&commit.verdicts.concat()))));
    let memory = &world.memory;
    for (organization, day) in memory.rollups.keys() {
        let rolled = reroll(*organization, *day, &world.set, memory);
        let rolled = rolled.map(|rolled| {
            rolled
                .into_iter()
                .map(|row| (row.day, row.last_seq, row.blob))
                .collect()
        });
        answers.push(rolled.map(Answer::Rollups));
    }
    answers.push(merged(memory));
    let job = world.fold_job().unwrap().unwrap();
    let folded = fold(&job, &world.set, &directories, memory);
    answers.push(folded.map(|writes| {
        let blobs = writes
            .segments
            .into_iter()
            .flat_map(|write| [write.blob, write.data]);
        Answer::Blobs(
            blobs
                .chain(writes.rollups.into_iter().map(|row| row.blob))
                .collect(),
        )
    }));
    answers
}

fn merged(memory: &Memory) -> Result<Answer, String> {
    let live = memory.live_runs();
    let runs: Vec<(u64, u32)> = live.iter().map(|run| (run.run, run.pages())).collect();
    let entries = live.iter().map(|run| run.entries).sum();
    let mut builder = RunBuilder::new(99, entries);
    merge_runs(&runs, &mut builder, memory, |_| Ok(()))?;
    Ok(Answer::Blobs(
        builder
            .finish()
            .0
            .into_iter()
            .map(|page| page.blob)
            .collect(),
    ))
}

type Find = Box<dyn Fn(&mut Memory) -> &mut Vec<u8>>;

/// Every stored blob: how its errors name it, and the way to it.
pub(crate) fn blobs(memory: &Memory) -> Vec<(String, Find)> {
    let mut blobs: Vec<(String, Find)> = Vec::new();
    for seq in memory.journal.keys().copied() {
        let name = format!("journal {}", seq.number());
        blobs.push((
            name,
            Box::new(move |memory| &mut memory.journal.get_mut(&seq).unwrap().1),
        ));
    }
    for place in memory.segments.keys() {
        let place @ (organization, day, part) = *place;
        let name = format!("segment {organization}/{day}/{part}");
        blobs.push((
            name.clone(),
            Box::new(move |memory| &mut memory.segments.get_mut(&place).unwrap().blob),
        ));
        blobs.push((
            name,
            Box::new(move |memory| &mut memory.segments.get_mut(&place).unwrap().data),
        ));
    }
    for place in memory.rollups.keys() {
        let place @ (organization, day) = *place;
        let name = format!("rollup {organization}/{day}");
        blobs.push((
            name,
            Box::new(move |memory| &mut memory.rollups.get_mut(&place).unwrap().blob),
        ));
    }
    for place in memory.voids.keys() {
        let place @ (organization, day) = *place;
        let name = format!("void {organization}/{day}");
        blobs.push((
            name,
            Box::new(move |memory| &mut memory.voids.get_mut(&place).unwrap().blob),
        ));
    }
    for place in memory.subjects.keys() {
        let place @ (organization, _) = *place;
        let name = format!("subject {organization}");
        blobs.push((
            name,
            Box::new(move |memory| &mut memory.subjects.get_mut(&place).unwrap().1),
        ));
    }
    for place in memory.pages.keys() {
        let place @ (run, page) = *place;
        let name = format!("identity_page {run}/{page}");
        blobs.push((
            name,
            Box::new(move |memory| &mut memory.pages.get_mut(&place).unwrap().1),
        ));
    }
    for place in memory.filters.keys() {
        let place @ (run, chunk) = *place;
        let name = format!("identity_filter {run}/{chunk}");
        blobs.push((
            name,
            Box::new(move |memory| memory.filters.get_mut(&place).unwrap()),
        ));
    }
    blobs
}

/// The frame's first and last bytes, and some in between.
pub(crate) fn positions(length: usize) -> impl Iterator<Item = usize> {
    (0..length).filter(move |at| *at < 6 || at + 9 >= length || at % (length / 8 + 1) == 3)
}

#[test]
fn a_flipped_byte_is_an_error_that_names_its_blob() {
    let mut world = world();
    let clean = world.memory.clone();
    let whole = use_all(&mut world, clean.clone());
    assert!(whole.iter().all(Result::is_ok), "{whole:?}");
    let blobs = blobs(&clean);
    assert!(blobs.len() > 25, "{} blobs", blobs.len());
    for (name, find) in blobs {
        for at in positions(find(&mut clean.clone()).len()) {
            let mut damaged = clean.clone();
            find(&mut damaged)[at] ^= 1 << (at % 8);
            let answers = use_all(&mut world, damaged);
            assert!(answers.iter().any(Result::is_err), "{name} is never missed");
            for (answer, whole) in answers.iter().zip(&whole) {
                match answer {
                    Ok(_) => assert_eq!(answer, whole, "{name} at {at}"),
                    Err(error) => assert!(error.starts_with(&name), "{error:?} names not {name}"),
                }
            }
        }
    }
}

#[test]
fn a_blob_in_anothers_place_is_no_panic() {
    let mut world = world();
    let clean = world.memory.clone();
    let blobs = blobs(&clean);
    for (_, into) in &blobs {
        for (_, from) in blobs.iter().step_by(3) {
            let mut mixed = clean.clone();
            let blob = from(&mut mixed).clone();
            *into(&mut mixed) = blob;
            let _ = use_all(&mut world, mixed);
        }
    }
}
