//! `exchequer ingest`: sends usage events from a file.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::serve::shutdown_signal;
use crate::connection::Connection;
use crate::exit::{self, Exit, usage};
use crate::ingest::{self, Counts, Input, Request, Sending, Transfer};
use crate::output::{self, Format, message};
use crate::settings::Settings;

/// A file of a million events should outlast a restart of the server, and one
/// attempt that nobody answered.
const RETRY_BUDGET: Duration = Duration::from_secs(240);

/// Flags of `ingest`.
#[derive(Debug, Args)]
pub(crate) struct Flags {
    /// The events; - is stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Format of the input [default: by the file's extension; stdin is ndjson]
    #[arg(long, value_enum, value_name = "FORMAT")]
    input_format: Option<Input>,
    /// Events per request, 1 to 10000 [env: EXCHEQUER_BATCH] [default: 1000]
    #[arg(long, value_name = "EVENTS")]
    batch: Option<usize>,
    /// Requests in flight, 1 to 64; with 1, events are kept in the order of the file [env: EXCHEQUER_PARALLEL] [default: 2]
    #[arg(long, value_name = "REQUESTS")]
    parallel: Option<usize>,
    /// Write every rejected line to this file, as it stood in the input, and why to FILE.why [default: beside the input, usage.rejected.csv of usage.csv]
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Note progress in this file, to go on from after an interruption [default: the input's name and .progress]
    #[arg(long, value_name = "FILE")]
    progress: Option<PathBuf>,
    /// Begin anew, although a run before was interrupted; nothing is counted twice
    #[arg(long)]
    restart: bool,
    /// Neither note progress nor look for it
    #[arg(long, conflicts_with_all = ["progress", "restart"])]
    no_resume: bool,
    /// How to print the counts
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    connection: Connection,
}

/// Sends everything and prints the counts, also when it fails under way.
pub(crate) async fn run(settings: &Settings<'_>, flags: Flags) -> anyhow::Result<Exit> {
    let file = &settings.file;
    let batch = settings.choose(flags.batch, "EXCHEQUER_BATCH", file.batch)?;
    let batch = within("batch", batch.unwrap_or(1_000), 10_000)?;
    let parallel = settings.choose(flags.parallel, "EXCHEQUER_PARALLEL", file.parallel)?;
    let parallel = within("parallel", parallel.unwrap_or(2), 64)?;
    let format = match flags.input_format {
        Some(input) => input,
        None => Input::of(&flags.file)?,
    };
    refuse_same_files(&flags)?;
    let client = flags.connection.client(settings, RETRY_BUDGET)?;
    let start = ingest::begin(&Request {
        file: &flags.file,
        transfer: Transfer {
            server: client.server().to_string(),
            client: flags.connection.client_id(settings)?,
            format,
        },
        rejects: flags.rejects.as_deref(),
        progress: flags.progress.as_deref(),
        resume: !flags.no_resume,
        restart: flags.restart,
    })?;
    let progress = progress(start.size, start.opened.position);
    let batches = ingest::start(start.opened, batch, start.tally.rejects.is_some());
    let stop = shutdown_signal()?;
    let mut sending = Sending::new(client, parallel, (start.tally, start.log), progress.clone());
    let sent = sending.run(batches, stop).await;
    progress.finish_and_clear();
    finish(sending, sent, flags.format)
}

/// Tells what became of the events. The note of progress is needed until the
/// counts are told.
fn finish(mut sending: Sending, sent: anyhow::Result<()>, format: Format) -> anyhow::Result<Exit> {
    let written = sending.tally.finish();
    let counts = sending.tally.counts;
    let printed = print(counts, format);
    if let Ok(Some(path)) = &written {
        let path = path.display();
        message(&format!(
            "rejected lines are in {path}, and why in {path}.why"
        ));
    }
    if let Err(error) = sent {
        let refused = exit::code(&error) == Exit::NotAuthorised && counts.events() == 0;
        match sending.log {
            // Nobody wants to go on with nothing.
            Some(log) if refused => log.remove()?,
            Some(_) => message("stopped early: what is counted is kept; the same command goes on"),
            None => message(
                "stopped early: what is counted is kept; sending it again counts nothing twice",
            ),
        }
        return Err(error);
    }
    written?;
    printed?;
    if let Some(log) = sending.log {
        log.remove()?;
    }
    if counts.is_clean() {
        Ok(Exit::Success)
    } else {
        Ok(Exit::Incomplete)
    }
}

fn within(name: &str, value: usize, most: usize) -> anyhow::Result<usize> {
    if (1..=most).contains(&value) {
        return Ok(value);
    }
    Err(usage(format!("{name} must be 1 to {most}, not {value}")))
}

/// Writing over what is being read would destroy it.
fn refuse_same_files(flags: &Flags) -> anyhow::Result<()> {
    let files = [
        ("--rejects", flags.rejects.as_deref()),
        ("--progress", flags.progress.as_deref()),
    ];
    for (flag, path) in files {
        if path.is_some_and(|path| same(path, &flags.file)) {
            return Err(usage(format!("{flag} must not name the input")));
        }
    }
    match (&flags.rejects, &flags.progress) {
        (Some(rejects), Some(progress)) if same(rejects, progress) => Err(usage(
            "--rejects and --progress must not name the same file",
        )),
        _ => Ok(()),
    }
}

fn same(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}

/// A bar on stderr; hidden unless that is a terminal.
fn progress(bytes: Option<u64>, position: u64) -> ProgressBar {
    let (bar, template) = match bytes {
        Some(bytes) => (
            ProgressBar::new(bytes),
            "{bar:30} {bytes}/{total_bytes} {eta} left  {msg}",
        ),
        None => (ProgressBar::no_length(), "{spinner} {bytes}  {msg}"),
    };
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style).with_position(position),
        Err(_) => bar,
    }
}

fn print(counts: Counts, format: Format) -> anyhow::Result<()> {
    if format == Format::Json {
        return output::line(&serde_json::to_string(&counts)?);
    }
    let unmetered = match counts.unmetered {
        0 => String::new(),
        unmetered => format!(" ({unmetered} of a type that no meter listens to)"),
    };
    output::line(&format!("accepted    {}{unmetered}", counts.accepted))?;
    let resent = match counts.resent {
        0 => String::new(),
        resent => format!(" ({resent} of them perhaps sent by the run that was interrupted)"),
    };
    output::line(&format!("duplicates  {}{resent}", counts.duplicates))?;
    output::line(&format!("conflicts   {}", counts.conflicts))?;
    output::line(&format!("rejected    {}", counts.rejected))
}
