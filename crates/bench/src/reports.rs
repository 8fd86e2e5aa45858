//! Reports at the store.

use anyhow::{Result, ensure};
use exchequer_core::{Instant, MICROS_PER_SECOND, OrganizationId, TimeRange};
use exchequer_store::Store;

use crate::measure::{self, Clock, percentile};
use crate::setup;
use crate::store::runtime;
use crate::task::{Figures, Task, note};
use crate::world::World;

const COLD: usize = 10;
const WARM: usize = 100;
const CHANGED: usize = 30;

/// A report to ask for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question {
    /// `largest` or `median`, and `month` or `cut`.
    pub(crate) name: (&'static str, &'static str),
    pub(crate) organization: OrganizationId,
    pub(crate) range: TimeRange,
}

impl Question {
    /// The start of names of its figures.
    pub(crate) fn figure(&self, place: &str) -> String {
        format!("report.{place}.{}.{}", self.name.0, self.name.1)
    }

    /// An instant in the middle of the range.
    pub(crate) fn middle(&self) -> Instant {
        let (start, end) = (self.range.start().micros(), self.range.end().micros());
        Instant::from_micros(start + (end - start) / 2)
    }
}

/// The largest and a median organisation, a month and a range that cuts days.
pub(crate) fn questions(world: &World) -> Vec<Question> {
    let month = world.month.range();
    let moved = |instant: Instant, seconds: i64| {
        Instant::from_micros(instant.micros() + seconds * MICROS_PER_SECOND)
    };
    let cut = TimeRange::new(
        moved(month.start(), 3 * 86_400 + 5 * 3_600 + 17 * 60),
        moved(month.end(), -(2 * 86_400 + 7 * 3_600 + 41 * 60)),
    );
    let ranges = [("month", month), ("cut", cut.unwrap_or(month))];
    let organizations = [("largest", 0), ("median", world.median())];
    let of = |(who, number): (&'static str, u32)| {
        ranges.map(|(which, range)| Question {
            name: (who, which),
            organization: World::organization(number),
            range,
        })
    };
    organizations.into_iter().flat_map(of).collect()
}

/// Notes the percentiles of some milliseconds.
pub(crate) fn note_times(figures: &mut Figures, name: &str, mut millis: Vec<f64>) {
    note(
        figures,
        &format!("{name}_p50"),
        percentile(&mut millis, 0.5),
    );
    note(
        figures,
        &format!("{name}_p99"),
        percentile(&mut millis, 0.99),
    );
}

/// Measures reports of the database that ingestion has left.
pub(crate) fn run(task: &Task) -> Result<Figures> {
    runtime()?.block_on(measure(task))
}

async fn measure(task: &Task) -> Result<Figures> {
    let (directory, mut figures) = (task.database(), Figures::new());
    let questions = questions(&task.ground.fresh());
    for question in &questions {
        let mut millis = Vec::new();
        for _ in 0..COLD {
            let store = Store::open(&directory)?;
            millis.push(ask(&store, question).await?.0);
            store.close();
        }
        note_times(
            &mut figures,
            &format!("{}.cold", question.figure("store")),
            millis,
        );
    }
    let store = Store::open(&directory)?;
    for question in &questions {
        let name = question.figure("store");
        let (_, listed) = ask(&store, question).await?;
        note(&mut figures, &format!("{name}.listed"), Some(listed as f64));
        let mut millis = Vec::new();
        for _ in 0..WARM {
            millis.push(ask(&store, question).await?.0);
        }
        note_times(&mut figures, &format!("{name}.warm"), millis);
        let mut millis = Vec::new();
        for number in 0..CHANGED {
            let id = format!("{name}-{number}");
            let batch = setup::another(&store, question.organization, &id, question.middle());
            store.ingest(batch, measure::now()).await?;
            millis.push(ask(&store, question).await?.0);
        }
        note_times(&mut figures, &format!("{name}.changed"), millis);
    }
    store.close();
    Ok(figures)
}

/// Milliseconds that a report took, and the resources it listed.
async fn ask(store: &Store, question: &Question) -> Result<(f64, usize)> {
    let clock = Clock::start();
    let report = store.usage(question.organization, question.range).await?;
    let millis = clock.millis();
    let listed = report
        .usages
        .iter()
        .map(|usage| usage.resources.len())
        .sum();
    ensure!(listed > 0, "an empty report");
    Ok((millis, listed))
}
