//! Events of two months ago sent again, into a store that has moved on.

use std::path::Path;

use anyhow::Result;
use exchequer_ledger::Verdict;
use exchequer_store::Store;

use crate::drive::{drive, folds_done};
use crate::measure::Process;
use crate::setup;
use crate::store::runtime;
use crate::task::{FRESH, Figures, OLD, OLD_BY_ORGANIZATION, Task, note};

/// Measures replays from cold caches, in two ways of batching.
pub(crate) fn run(task: &Task) -> Result<Figures> {
    runtime()?.block_on(replay(task))
}

async fn replay(task: &Task) -> Result<Figures> {
    let directory = task.fresh_database()?;
    let (old, fresh) = (task.ground.old(), task.ground.fresh());
    let store = setup::create(&directory, &fresh).await?;
    let file = |name: &str| task.ground.file(name);
    drive(&store, &file(OLD), u64::MAX, old.ids(), Verdict::Accepted).await?;
    store.fold().await?;
    let driven = drive(
        &store,
        &file(FRESH),
        u64::MAX,
        fresh.ids(),
        Verdict::Accepted,
    )
    .await?;
    let mut figures = Figures::new();
    note(&mut figures, "replay.fresh_rate", Some(driven.rate()));
    folds_done(&store).await?;
    store.fold().await?;
    store.close();
    drop(store);
    again(&directory, &file(OLD), task, "mixed", &mut figures).await?;
    again(
        &directory,
        &file(OLD_BY_ORGANIZATION),
        task,
        "by_org",
        &mut figures,
    )
    .await?;
    Ok(figures)
}

/// Opens the store anew, so that nothing of the old days is in its memory,
/// and sends the file again.
async fn again(
    directory: &Path,
    file: &Path,
    task: &Task,
    name: &str,
    figures: &mut Figures,
) -> Result<()> {
    let store = Store::open(directory)?;
    let process = Process::current();
    let cpu = process.cpu();
    let ids = task.ground.old().ids();
    let driven = drive(&store, file, u64::MAX, ids, Verdict::Duplicate).await?;
    let name = format!("replay.{name}");
    note(figures, &format!("{name}_rate"), Some(driven.rate()));
    let spent = process
        .cpu()
        .zip(cpu)
        .map(|(to, from)| (to - from) / driven.events() * 1e6);
    note(figures, &format!("{name}_cpu"), spent);
    note(figures, &format!("{name}_memory"), process.peak());
    driven.note_times(figures, &name);
    store.close();
    Ok(())
}
