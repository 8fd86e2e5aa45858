//! `exchequer ingest`: sends usage events from a file.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::serve::shutdown_signal;
use crate::connection::Connection;
use crate::exit::{self, Exit, usage};
use crate::ingest::{self, Cells, Counts, IngestRequest, InputFormat, Sending, Transfer};
use crate::output::{self, Format, message};
use crate::settings::Settings;

/// The time for which a request is tried again: enough for a restart of the server, and
/// for one attempt that nobody answered.
const RETRY_BUDGET: Duration = Duration::from_secs(240);

/// Flags of `ingest`.
#[derive(Debug, Args)]
pub(crate) struct Flags {
    /// File with the events; - reads stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Format of the input [default: by the file's extension; stdin is ndjson]
    #[arg(long, value_enum, value_name = "FORMAT")]
    input_format: Option<InputFormat>,
    /// Read the cells of a CSV file as they stand, without taking off the ' that marks formulas as text
    #[arg(long)]
    raw: bool,
    /// Events per request, 1 to 10000 [env: EXCHEQUER_BATCH] [default: 1000]
    #[arg(long, value_name = "EVENTS")]
    batch: Option<usize>,
    /// Requests at the same time, 1 to 64; with 1, events arrive in the order of the file [env: EXCHEQUER_PARALLEL] [default: 2]
    #[arg(long, value_name = "REQUESTS")]
    parallel: Option<usize>,
    /// Write rejected lines to this file, and the reasons to FILE.why [default: usage.rejected.csv beside usage.csv]
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Keep progress in this file, to resume after an interruption [default: usage.csv.progress beside usage.csv]
    #[arg(long, value_name = "FILE")]
    progress: Option<PathBuf>,
    /// Start from the beginning even if an earlier run was interrupted; no event counts twice
    #[arg(long)]
    restart: bool,
    /// Neither keep progress nor resume
    #[arg(long, conflicts_with_all = ["progress", "restart"])]
    no_resume: bool,
    /// Print the counts as a table or as JSON
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
        None => InputFormat::from_path(&flags.file)?,
    };
    refuse_same_files(&flags)?;
    let client = flags.connection.client(settings, RETRY_BUDGET)?;
    let start = ingest::begin(&IngestRequest {
        file: &flags.file,
        transfer: Transfer {
            server: client.server().to_string(),
            client: flags.connection.client_id(settings)?,
            format,
            cells: match flags.raw {
                true => Cells::Raw,
                false => Cells::Marked,
            },
        },
        rejects: flags.rejects.as_deref(),
        progress: flags.progress.as_deref(),
        resume: !flags.no_resume,
        restart: flags.restart,
    })?;
    let bar = progress_bar(start.size, start.input.position());
    let batches = ingest::spawn(start.input, batch, start.tally.keeps_rejects());
    let stop = shutdown_signal()?;
    let progress = (start.tally, start.checkpoint);
    let mut sending = Sending::new(client, parallel, progress, bar.clone());
    let sent = sending.run(batches, stop).await;
    bar.finish_and_clear();
    finish(sending, sent, flags.format)
}

/// Prints what became of the events. The checkpoint is removed only after the
/// counts were printed, so that a run that could not print them can be repeated.
fn finish(mut sending: Sending, sent: anyhow::Result<()>, format: Format) -> anyhow::Result<Exit> {
    let written = sending.tally.finish();
    let counts = sending.tally.counts;
    let printed = print(counts, format);
    if let Ok(Some(path)) = &written {
        let path = path.display();
        message(&format!(
            "rejected lines are in {path}, and the reasons in {path}.why"
        ));
    }
    if let Err(error) = sent {
        // Without any event counted, the refusal came for the first one.
        let refused = exit::code(&error) == Exit::NotAuthorised && counts.events() == 0;
        match sending.checkpoint {
            // There is nothing to resume.
            Some(checkpoint) if refused => checkpoint.remove()?,
            Some(_) => message(
                "stopped early; what was accepted is stored; run the same command again to continue",
            ),
            None => message(
                "stopped early; what was accepted is stored, and sending the input again counts \
                 no event twice",
            ),
        }
        return Err(error);
    }
    written?;
    printed?;
    if let Some(checkpoint) = sending.checkpoint {
        checkpoint.remove()?;
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

/// Refuses an output file that is the input: writing would destroy what is read.
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

/// Returns a bar on stderr; hidden unless that is a terminal.
fn progress_bar(bytes: Option<u64>, position: u64) -> ProgressBar {
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
        unmetered => format!(" ({unmetered} of a type that no meter counts)"),
    };
    output::line(&format!("accepted    {}{unmetered}", counts.accepted))?;
    if counts.skipped > 0 {
        let skipped = counts.skipped;
        output::line(&format!(
            "skipped     {skipped} (accepted, but without a quantity that a meter can read)"
        ))?;
    }
    if counts.unmatched > 0 {
        let unmatched = counts.unmatched;
        output::line(&format!(
            "unmatched   {unmatched} (voids that met no event so far)"
        ))?;
    }
    let resent = match counts.resent {
        0 => String::new(),
        resent => format!(" ({resent} of them may have been sent by the interrupted run)"),
    };
    output::line(&format!("duplicates  {}{resent}", counts.duplicates))?;
    output::line(&format!("conflicts   {}", counts.conflicts))?;
    output::line(&format!("rejected    {}", counts.rejected))
}
