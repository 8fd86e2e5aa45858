//! What each step of the ledger costs on one core, without a database: where
//! the time of ingestion goes.

use std::sync::Arc;

use anyhow::{Result, anyhow, ensure};
use exchequer_core::{Day, Meter, MeterSet, OrganizationId};
use exchequer_ledger::{
    Batch, BatchBuilder, Damage, Directories, FoldJob, IdentityKey, Live, PartBounds, PartRow,
    Recall, RollupRow, Rows, SegmentRow, VoidRow, fold,
};

use crate::input::{Chunk, Reader};
use crate::kinds::KINDS;
use crate::measure::Clock;
use crate::task::{Figures, Task, note};

/// As many events as a fold takes.
const EVENTS: u64 = 128_000;

/// A database without any row.
struct Nothing;

type Answer<T> = Result<T, anyhow::Error>;

impl Rows for Nothing {
    type Error = anyhow::Error;

    fn damaged(&self, what: String, damage: Damage) -> anyhow::Error {
        anyhow!("{what}: {damage}")
    }

    fn rollups(&self, _: OrganizationId, _: std::ops::Range<Day>) -> Answer<Vec<RollupRow>> {
        Ok(Vec::new())
    }

    fn revisions(&self, _: OrganizationId, _: std::ops::Range<Day>) -> Answer<Vec<(Day, u64)>> {
        Ok(Vec::new())
    }

    fn segments(
        &self,
        _: OrganizationId,
        _: std::ops::Range<Day>,
        _: bool,
    ) -> Answer<Vec<SegmentRow>> {
        Ok(Vec::new())
    }

    fn segment(&self, _: OrganizationId, _: Day, _: u32) -> Answer<SegmentRow> {
        Err(anyhow!("there is no segment"))
    }

    fn voids(&self, _: OrganizationId, _: std::ops::Range<Day>) -> Answer<Vec<VoidRow>> {
        Ok(Vec::new())
    }

    fn bounds(&self, _: OrganizationId, _: std::ops::Range<Day>) -> Answer<Vec<PartBounds>> {
        Ok(Vec::new())
    }

    fn parts(&self, _: OrganizationId, _: Day) -> Answer<Vec<PartRow>> {
        Ok(Vec::new())
    }

    fn subjects(&self, _: OrganizationId) -> Answer<u32> {
        Ok(0)
    }

    fn subject_blocks(&self, _: OrganizationId, _: u32) -> Answer<Vec<Vec<u8>>> {
        Ok(Vec::new())
    }

    fn run_page(&self, _: u64, _: u32) -> Answer<Vec<u8>> {
        Err(anyhow!("there is no run"))
    }

    fn filter_chunk(&self, _: u64, _: u32) -> Answer<Vec<u8>> {
        Err(anyhow!("there is no run"))
    }
}

fn meters() -> Result<MeterSet> {
    let meter = |(number, kind): (usize, &crate::kinds::Kind)| Meter {
        number: number as u32 + 1,
        name: kind.meter.to_owned(),
        versions: vec![kind.version()],
    };
    Ok(MeterSet::new(
        KINDS.iter().enumerate().map(meter).collect(),
    )?)
}

fn read_all(task: &Task) -> Result<Vec<Chunk>> {
    let mut reader = Reader::open(&task.input(), EVENTS)?;
    let mut chunks = Vec::new();
    loop {
        let mut chunk = Chunk::default();
        if !reader.next(&mut chunk)? {
            return Ok(chunks);
        }
        chunks.push(chunk);
    }
}

/// Measures the steps one after the other over the same events.
pub(crate) fn run(task: &Task) -> Result<Figures> {
    let (ids, meters) = (task.ground.fresh().ids(), meters()?);
    let key = IdentityKey::from_bytes([9; 16]);
    let mut lap = Clock::start();
    let chunks = read_all(task)?;
    let events: usize = chunks.iter().map(|chunk| chunk.events).sum();
    ensure!(events > 0, "no events");
    let mut figures = Figures::new();
    let mut stage = |name: &str, seconds: f64| {
        note(
            &mut figures,
            &format!("stage.{name}"),
            Some(seconds / events as f64 * 1e6),
        );
    };
    stage("1 read the input", lap.lap());
    let mut builders = Vec::new();
    for chunk in &chunks {
        let mut builder = BatchBuilder::new();
        for event in chunk.iter() {
            builder.push(ids[usize::from(event.organization)], event.as_new());
        }
        builders.push(builder);
    }
    stage("2 gather columns", lap.lap());
    let batches: Vec<Batch> = builders
        .into_iter()
        .map(|builder| builder.build(&key))
        .collect();
    stage("3 group and hash", lap.lap());
    let blobs: Vec<Vec<u8>> = batches.iter().map(Batch::encode).collect();
    stage("4 encode", lap.lap());
    for blob in &blobs {
        Batch::decode(blob, &key)?;
    }
    stage("7 decode at restart", lap.lap());
    let directories = Directories::new(48 << 20);
    let (mut live, mut recall) = (Live::new(key), Recall::default());
    let mut tail = Vec::with_capacity(batches.len());
    lap.lap();
    for pair in batches.into_iter().zip(blobs) {
        let group = vec![pair];
        let known = live.look_up(&group, &mut recall, &directories, &Nothing)?;
        for batch in live.decide(group, known).batches {
            live.learn(Arc::clone(&batch));
            tail.push(batch);
        }
    }
    stage("5 identities of fresh events", lap.lap());
    let job = FoldJob::new(tail).ok_or_else(|| anyhow!("nothing to fold"))?;
    lap.lap();
    let writes = fold(&job, &meters, &directories, &Nothing)?;
    stage("6 fold into an empty ledger", lap.lap());
    drop(writes);
    Ok(figures)
}
