//! `exchequer ingest`: sends usage events from a file.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use exchequer_client::{Client, Error};
use exchequer_types::IngestResponse;
use indicatif::{ProgressBar, ProgressStyle};
use tokio::task::JoinSet;

use crate::connection::Connection;
use crate::exit::{Exit, usage};
use crate::ingest::{self, Batch, Batches, Counts, Input, Tally};
use crate::output::{self, Format, note};
use crate::settings::Settings;

/// A file of a million events should outlast a restart of the server, and one
/// attempt that nobody answered.
const PATIENCE: Duration = Duration::from_secs(240);

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
    /// Write every rejected line to this file, as it stood in the input
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// How to print the counts
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    connection: Connection,
}

/// Sends everything and prints the counts, also when it fails under way:
/// what was acknowledged then is kept, and sending it again changes nothing.
pub(crate) async fn run(settings: &Settings<'_>, flags: Flags) -> anyhow::Result<Exit> {
    let file = &settings.file;
    let batch = settings.choose(flags.batch, "EXCHEQUER_BATCH", file.batch)?;
    let batch = within("batch", batch.unwrap_or(1_000), 10_000)?;
    let parallel = settings.choose(flags.parallel, "EXCHEQUER_PARALLEL", file.parallel)?;
    let parallel = within("parallel", parallel.unwrap_or(2), 64)?;
    let input = match flags.input_format {
        Some(input) => input,
        None => Input::of(&flags.file)?,
    };
    let client = flags.connection.client(settings, PATIENCE)?;
    let opened = ingest::open(&flags.file, input)?;
    if let Some(rejects) = &flags.rejects {
        refuse_same_file(&flags.file, rejects)?;
    }
    let mut tally = Tally::new(flags.rejects.as_deref(), &opened.header)?;
    let progress = progress(opened.bytes);
    let batches = ingest::start(opened, batch, flags.rejects.is_some());
    let sent = send(&client, batches, parallel, &mut tally, &progress).await;
    progress.finish_and_clear();
    let written = tally.finish();
    let printed = print(tally.counts, flags.format);
    if sent.is_err() {
        note("stopped early: what is counted is kept; sending the file again is harmless");
    }
    sent?;
    written?;
    printed?;
    if tally.counts.is_clean() {
        Ok(Exit::Success)
    } else {
        Ok(Exit::Incomplete)
    }
}

/// Keeps up to `parallel` requests in flight. After an error nothing new is
/// sent, but what is under way is still counted.
async fn send(
    client: &Client,
    mut batches: Batches,
    parallel: usize,
    tally: &mut Tally,
    progress: &ProgressBar,
) -> anyhow::Result<()> {
    let mut under_way = JoinSet::new();
    let mut failure = None;
    let mut more = true;
    while more || !under_way.is_empty() {
        tokio::select! {
            batch = batches.recv(), if more && under_way.len() < parallel => match batch {
                Some(Ok(batch)) => {
                    let client = client.clone();
                    under_way.spawn(async move { (send_one(&client, &batch).await, batch) });
                }
                Some(Err(error)) => failure = failure.or(Some(error)),
                None => more = false,
            },
            Some(done) = under_way.join_next() => {
                let outcome = done.map_err(anyhow::Error::from).and_then(|(answer, batch)| {
                    progress.inc(batch.consumed);
                    tally.add_unreadable(&batch)?;
                    if let Some(answer) = answer? {
                        tally.add(&batch, &answer)?;
                    }
                    progress.set_message(events(&tally.counts));
                    Ok(())
                });
                if let Err(error) = outcome {
                    failure = failure.or(Some(error));
                    more = false;
                }
            }
        }
    }
    failure.map_or(Ok(()), Err)
}

/// Sends one batch; one without events needs no request.
async fn send_one(client: &Client, batch: &Batch) -> Result<Option<IngestResponse>, Error> {
    if batch.lines.is_empty() {
        return Ok(None);
    }
    let events = client.usage_events();
    let answer = events.send_ndjson(batch.body.clone()).await?;
    Ok(Some(answer.into_inner()))
}

fn within(name: &str, value: usize, most: usize) -> anyhow::Result<usize> {
    if (1..=most).contains(&value) {
        return Ok(value);
    }
    Err(usage(format!("{name} must be 1 to {most}, not {value}")))
}

/// Writing rejects over the input would destroy what is being read.
fn refuse_same_file(input: &Path, rejects: &Path) -> anyhow::Result<()> {
    match (input.canonicalize(), rejects.canonicalize()) {
        (Ok(input), Ok(rejects)) if input == rejects => {
            Err(usage("--rejects must not name the input"))
        }
        _ => Ok(()),
    }
}

/// A bar on stderr; hidden unless that is a terminal.
fn progress(bytes: Option<u64>) -> ProgressBar {
    let (bar, template) = match bytes {
        Some(bytes) => (
            ProgressBar::new(bytes),
            "{bar:30} {bytes}/{total_bytes} {eta} left  {msg}",
        ),
        None => (ProgressBar::no_length(), "{spinner} {bytes}  {msg}"),
    };
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn events(counts: &Counts) -> String {
    let all = counts.accepted + counts.duplicates + counts.conflicts + counts.rejected;
    format!("{all} events")
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
    output::line(&format!("duplicates  {}", counts.duplicates))?;
    output::line(&format!("conflicts   {}", counts.conflicts))?;
    output::line(&format!("rejected    {}", counts.rejected))
}
