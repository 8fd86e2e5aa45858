//! Reports, and what overviews are made from, at the store.

use anyhow::{Context, Result, ensure};
use exchequer_store::Store;

use crate::measure::{self, Clock};
use crate::questions::{Question, note_times, questions};
use crate::setup;
use crate::store::runtime;
use crate::task::{Figures, Task, note};

const COLD: usize = 10;
const WARM: usize = 100;
const CHANGED: usize = 30;

/// What the store is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Asked {
    /// Every resource that was used.
    Report,
    /// Contracts, totals and products, which an overview is rated from.
    Period,
}

/// Measures answers from the database that ingestion has left.
pub(crate) fn run(task: &Task, asked: Asked) -> Result<Figures> {
    runtime()?.block_on(measure(task, asked))
}

async fn measure(task: &Task, asked: Asked) -> Result<Figures> {
    let (at, mut figures) = (task.location(), Figures::new());
    let questions = questions(&task.ground.fresh());
    for question in &questions {
        let mut millis = Vec::new();
        for _ in 0..COLD {
            let store = Store::open(&at)?;
            millis.push(asked.ask(&store, question).await?.0);
            store.close();
        }
        note_times(
            &mut figures,
            &format!("{}.cold", question.figure(asked.figure())),
            millis,
        );
    }
    let store = Store::open(&at)?;
    for question in &questions {
        let name = question.figure(asked.figure());
        let (_, listed) = asked.ask(&store, question).await?;
        note(&mut figures, &format!("{name}.listed"), Some(listed as f64));
        let mut millis = Vec::new();
        for _ in 0..WARM {
            millis.push(asked.ask(&store, question).await?.0);
        }
        note_times(&mut figures, &format!("{name}.warm"), millis);
        let mut millis = Vec::new();
        for number in 0..CHANGED {
            let id = format!("{name}-{number}");
            let batch = setup::another(&store, question.organization, &id, question.middle());
            store.ingest(batch, measure::now()).await?;
            millis.push(asked.ask(&store, question).await?.0);
        }
        note_times(&mut figures, &format!("{name}.changed"), millis);
    }
    store.close();
    Ok(figures)
}

impl Asked {
    fn figure(self) -> &'static str {
        match self {
            Self::Report => "report.store",
            Self::Period => "overview.store",
        }
    }

    /// Milliseconds that an answer took, and how much it listed.
    async fn ask(self, store: &Store, question: &Question) -> Result<(f64, usize)> {
        let clock = Clock::start();
        let listed = match self {
            Self::Report => report(store, question).await?,
            Self::Period => period(store, question).await?,
        };
        let millis = clock.millis();
        ensure!(listed > 0, "an empty answer");
        Ok((millis, listed))
    }
}

/// How many resources the report lists.
async fn report(store: &Store, question: &Question) -> Result<usize> {
    let report = store.usage(question.organization, question.range).await?;
    let usages = report.usages.iter();
    Ok(usages.map(|usage| usage.resources.len()).sum())
}

/// How many products there are to rate.
async fn period(store: &Store, question: &Question) -> Result<usize> {
    let range = question.range;
    let found = store
        .period_usage(question.organization, move |contracts| {
            // Reading the contract is the server's; here it has to be there.
            Ok((!contracts.is_empty()).then_some((range, ())))
        })
        .await?;
    let ((), usage) = found.context("no contract")?;
    ensure!(!usage.totals.is_empty(), "no usage");
    Ok(usage.products.len())
}
