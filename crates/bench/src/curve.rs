//! One month's report while more and more events of other months are stored.

use anyhow::{Result, ensure};
use exchequer_ledger::Verdict;
use exchequer_store::Store;

use crate::drive::drive;
use crate::input;
use crate::questions::{Question, questions};
use crate::setup;
use crate::store::runtime;
use crate::task::{Figures, Task, note};
use crate::world::{Month, World};
use exchequer_support::measure::{Stopwatch, percentile};

/// Events of a month.
const MONTH: u64 = 1_000_000;
/// The points of measurement, in shares of all events: 1, 5, 10, 20 million.
const POINTS: [(&str, f64); 4] = [("1", 0.05), ("2", 0.25), ("3", 0.5), ("4", 1.0)];
const REPORTS: usize = 60;

/// Stores `--first` events, a month at a time.
pub(crate) fn run(task: &Task) -> Result<Figures> {
    runtime()?.block_on(grow(task))
}

fn month(task: &Task, number: u32) -> World {
    World {
        seed: task.ground.seed.wrapping_mul(1_000) + 100 + u64::from(number),
        events: MONTH.min(task.first),
        month: Month::number(number),
        ..task.ground.fresh()
    }
}

async fn grow(task: &Task) -> Result<Figures> {
    if task.url.is_none() {
        task.fresh_database()?;
    }
    let first = month(task, 0);
    let store = setup::create(task.location(), &first).await?;
    let months = (task.first / first.events).max(1) as u32;
    let asked: Vec<_> = questions(&first)
        .into_iter()
        .filter(|question| question.name.1 == "month")
        .collect();
    let file = task.ground.file("curve");
    let mut figures = Figures::new();
    for number in 0..months {
        let world = month(task, number);
        input::prepare(&world, &file)?;
        drive(&store, &file, u64::MAX, world.ids(), Verdict::Accepted).await?;
        let share = f64::from(number + 1) / f64::from(months);
        let before = f64::from(number) / f64::from(months);
        for (point, at) in POINTS {
            if before < at && at <= share {
                store.fold().await?;
                store.tidy().await?;
                for question in &asked {
                    let name = format!("curve.{}.{point}", question.name.0);
                    note(&mut figures, &name, report(&store, question).await?);
                }
            }
        }
    }
    store.close();
    Ok(figures)
}

/// The median of some reports, in milliseconds, after the first.
async fn report(store: &Store, question: &Question) -> Result<Option<f64>> {
    let mut times = Vec::new();
    for _ in 0..=REPORTS {
        let clock = Stopwatch::start();
        let report = store.usage(question.organization, question.range).await?;
        times.push(clock.millis());
        ensure!(!report.usages.is_empty(), "an empty report");
    }
    Ok(percentile(&mut times[1..], 0.5))
}
