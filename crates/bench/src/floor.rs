//! The floor: the work that any exact and durable ledger has to do at least.
//!
//! It appends as many bytes as the store's journal takes, synced as often as
//! the store commits, and keeps identities and rollups in memory only. It
//! reads quantities with the same code as the store.

use std::fs::File;
use std::io::Write;

use anyhow::{Result, ensure};
use exchequer_core::{MICROS_PER_DAY, Quantity, Reading, sessions};
use hashbrown::HashMap;
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use crate::input::{BATCH, Chunk, Event, Reader};
use crate::meters::Meters;
use crate::task::{Figures, Task, note};
use exchequer_support::measure::{Process, Stopwatch};

#[derive(Default)]
struct Roll {
    count: u64,
    sum: i128,
    max: i128,
    first: i64,
}

/// Exact identities and rollups, in memory.
#[derive(Default)]
struct Memory {
    /// Content by 128-bit digest of (organisation, source, id).
    identities: HashMap<u128, u64>,
    subjects: Vec<HashMap<Box<str>, u32>>,
    points: HashMap<u64, Roll>,
    spans: HashMap<u64, Vec<sessions::Span>>,
}

impl Memory {
    /// Returns whether the event is new.
    fn admit(&mut self, event: &Event<'_>) -> bool {
        let mut hasher = Xxh3::new();
        hasher.update(&[
            event.organization as u8,
            (event.organization >> 8) as u8,
            event.source,
        ]);
        hasher.update(event.id.as_bytes());
        let content = xxh3_64(event.subject.as_bytes())
            ^ xxh3_64(event.data.as_bytes()).rotate_left(17)
            ^ (event.micros as u64).wrapping_mul(u64::from(event.kind) * 2 + 1);
        let before = self.identities.insert(hasher.digest128(), content);
        before.is_none()
    }

    fn roll_up(&mut self, event: &Event<'_>, reading: Reading) {
        let organization = usize::from(event.organization);
        if self.subjects.len() <= organization {
            self.subjects.resize_with(organization + 1, HashMap::new);
        }
        let names = &mut self.subjects[organization];
        let subject = match names.get(event.subject) {
            Some(known) => *known,
            None => {
                let number = names.len() as u32;
                names.insert(event.subject.into(), number);
                number
            }
        };
        let owner = (u64::from(event.organization) << 48)
            | (u64::from(subject) << 4)
            | u64::from(event.kind);
        match reading {
            Reading::Point(quantity) => {
                let day = event.micros.div_euclid(MICROS_PER_DAY) as u64;
                self.add(owner | (day << 30), event.micros, quantity);
            }
            Reading::Session { micros } => {
                let span = (event.micros, event.micros + micros as i64);
                self.spans.entry(owner).or_default().push(span);
            }
        }
    }

    fn add(&mut self, key: u64, micros: i64, quantity: Quantity) {
        let roll = self.points.entry(key).or_default();
        if roll.count == 0 || micros < roll.first {
            roll.first = micros;
        }
        roll.count += 1;
        roll.sum += quantity.scaled();
        roll.max = roll.max.max(quantity.scaled());
    }

    fn finish(&mut self) {
        for spans in self.spans.values_mut() {
            sessions::union(spans);
        }
    }
}

/// The seconds of each stage of the floor.
#[derive(Default)]
struct Stages {
    read: f64,
    identity: f64,
    roll_up: f64,
    append: f64,
}

/// Measures the floor.
pub(crate) fn run(task: &Task) -> Result<Figures> {
    let mut journal = File::create(task.fresh_database()?.join("journal"))?;
    let mut reader = Reader::open(&task.input(), task.first)?;
    let (meters, mut memory) = (Meters::new(), Memory::default());
    let (mut stages, mut chunk) = (Stages::default(), Chunk::default());
    let (mut events, mut bytes, mut waiting) = (0u64, 0u64, 0usize);
    let (whole, mut lap) = (Stopwatch::start(), Stopwatch::start());
    while reader.next(&mut chunk)? {
        stages.read += lap.lap();
        for event in chunk.iter() {
            ensure!(memory.admit(&event), "the input repeats an event");
        }
        stages.identity += lap.lap();
        for event in chunk.iter() {
            memory.roll_up(&event, meters.read(&event)?);
        }
        stages.roll_up += lap.lap();
        journal.write_all(&chunk.bytes()[..chunk.encoded.min(chunk.bytes().len())])?;
        waiting += 1;
        if waiting >= task.group {
            journal.sync_data()?;
            waiting = 0;
        }
        stages.append += lap.lap();
        events += chunk.events as u64;
        bytes += chunk.encoded as u64;
    }
    journal.sync_data()?;
    stages.append += lap.lap();
    memory.finish();
    stages.roll_up += lap.lap();
    let seconds = whole.seconds();
    let per_million = |value: f64| value / events as f64 * 1e6;
    let mut figures = Figures::new();
    note(&mut figures, "floor.rate", Some(events as f64 / seconds));
    note(
        &mut figures,
        "floor.bytes",
        Some(bytes as f64 / events as f64),
    );
    note(
        &mut figures,
        "floor.group",
        Some((task.group * BATCH) as f64),
    );
    let cpu = Process::current().cpu();
    note(&mut figures, "floor.cpu", cpu.map(per_million));
    for (name, value) in [
        ("floor.read", stages.read),
        ("floor.identity", stages.identity),
        ("floor.roll_up", stages.roll_up),
        ("floor.append", stages.append),
    ] {
        note(&mut figures, name, Some(per_million(value)));
    }
    Ok(figures)
}
