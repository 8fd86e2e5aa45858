//! The checkpoint of a transfer: how far it has come, in a file, so that the
//! same command resumes after an interruption.
//!
//! # The file
//!
//! `usage.ndjson.progress` holds two lines: one JSON object, and the SHA-256 of
//! that line in hexadecimal digits.
//!
//! | field | meaning |
//! | --- | --- |
//! | `transfer` | `server`, `client` and `format` (`ndjson` or `csv`) of the transfer; `cells` if they are `raw` |
//! | `done` | the beginning of the input that the server has acknowledged without a gap: `bytes`, and `digest`, the SHA-256 of these bytes |
//! | `sent` | no event after this byte was sent; `null` while a command runs, and after one was killed |
//! | `counts` | what became of the events of `done` |
//! | `faults` | the first 20 conflicts and rejections of `done`: `line`, `message` |
//! | `rejects` | `path` of the file of rejected lines, `lines` (as `done`) and `reasons` (bytes of the `.why` file); `null` if there is none |
//!
//! The file is always replaced as a whole (written beside it, synced, renamed),
//! after the rejected lines that it counts were synced. A file that does not
//! match its digest is not trusted. Builds before this one wrote the same
//! fields, with a number in `sent` while a command ran: such a file is resumed.
//!
//! Nothing here has to be exact for bills to be exact: an event that is sent
//! twice counts once. The checkpoint saves time, and keeps the counts and the
//! rejected lines those of the whole input.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::input::{self, Cells, InputFormat, OpenInput};
use super::lock::lock;
use super::prefix::{Mark, hex};
use super::rejects::{Rejects, RejectsMark};
use super::tally::{Counts, Fault, Tally};
use crate::exit::usage;
use crate::output::message;

/// The longest file that can be a checkpoint: far more than twenty faults need.
const LONGEST: u64 = 1 << 20;

/// The arguments of `ingest`.
#[derive(Debug)]
pub(crate) struct IngestRequest<'a> {
    pub(crate) file: &'a Path,
    pub(crate) transfer: Transfer,
    /// The file for rejected lines, if the user names one.
    pub(crate) rejects: Option<&'a Path>,
    /// The file for the checkpoint, if the user names one.
    pub(crate) progress: Option<&'a Path>,
    /// True if a checkpoint is read and written at all.
    pub(crate) resume: bool,
    /// True if an earlier checkpoint is discarded.
    pub(crate) restart: bool,
}

/// The parties of a transfer, and its format. A checkpoint of another transfer is never resumed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Transfer {
    pub(crate) server: String,
    pub(crate) client: String,
    pub(crate) format: InputFormat,
    /// Whether cells of CSV are marked.
    #[serde(default, skip_serializing_if = "is_marked")]
    pub(crate) cells: Cells,
}

fn is_marked(cells: &Cells) -> bool {
    *cells == Cells::Marked
}

/// Everything that is needed to start sending.
pub(crate) struct Start {
    pub(crate) input: OpenInput,
    pub(crate) tally: Tally,
    pub(crate) checkpoint: Option<CheckpointFile>,
    /// The size of the input, if it is a file.
    pub(crate) size: Option<u64>,
}

/// The content of the file; the module describes the fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Checkpoint {
    transfer: Transfer,
    done: Mark,
    sent: Option<u64>,
    counts: Counts,
    faults: Vec<Fault>,
    rejects: Option<RejectsMark>,
}

/// The content of a checkpoint file when it was opened.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    Nothing,
    Checkpoint(Box<Checkpoint>),
    /// Something else, or a damaged checkpoint.
    Other,
}

/// The open checkpoint file. While it is open no other command can use it.
#[derive(Debug)]
pub(crate) struct CheckpointFile {
    path: PathBuf,
    locked: File,
    content: Checkpoint,
    /// True if `content` differs from the file.
    changed: bool,
}

/// Opens all files, and finds out where to start: at the beginning, or where an
/// earlier command was interrupted. Nothing has been sent yet, so whatever is
/// wrong here is a mistake of the caller.
pub(crate) fn begin(request: &IngestRequest<'_>) -> anyhow::Result<Start> {
    let size = input::size(request.file)?;
    if size.is_none() && request.progress.is_some() {
        return Err(usage("--progress needs a file that can be read again"));
    }
    let path = match request.progress {
        Some(path) => path.to_owned(),
        None => beside(request.file),
    };
    let opened = match size {
        Some(_) if request.resume => match open(&path) {
            Ok(opened) => Some(opened),
            Err(error) if error.kind() == io::ErrorKind::ResourceBusy => {
                return Err(usage(format!("{}: {error}", path.display())));
            }
            Err(error) => go_without(request, &error)?,
        },
        _ => None,
    };
    let Some((locked, found)) = opened else {
        return fresh(request, size, None);
    };
    let was_made = found == Found::Nothing;
    let start = resume_or_restart(request, size, (path.clone(), locked), found);
    if start.is_err() && was_made {
        // An error must not leave an empty file behind.
        fs::remove_file(path).context("removing an empty progress file")?;
    }
    start
}

/// Decides what to do with what the checkpoint file held.
fn resume_or_restart(
    request: &IngestRequest<'_>,
    size: Option<u64>,
    (path, locked): (PathBuf, File),
    found: Found,
) -> anyhow::Result<Start> {
    match found {
        // The user may have named this file by mistake.
        Found::Other if request.progress.is_some() => {
            return Err(usage(format!(
                "{}: this file holds no saved progress, or is damaged, so it is left as it is: \
                 delete it, or name another file with --progress",
                path.display()
            )));
        }
        Found::Other if !request.restart => message(&format!(
            "{}: the progress file is damaged; starting from the beginning \
             (no event counts twice)",
            path.display()
        )),
        Found::Checkpoint(found) if !request.restart => {
            // Nothing is lost with a checkpoint of nothing.
            if found.transfer != request.transfer && found.done.bytes > 0 {
                return Err(other_transfer(&path, &found.transfer));
            }
            if found.transfer == request.transfer {
                if let Some(input) = input::resume(request.file, &found.transfer, &found.done)? {
                    message(&format!(
                        "continuing after line {} ({} events), where the last run was interrupted",
                        input.line_ends(),
                        found.counts.events()
                    ));
                    return assemble(request, size, (input, *found), Some((path, locked)));
                }
                message(&format!(
                    "{}: this is not the file whose transfer was interrupted; starting from \
                     the beginning (no event counts twice)",
                    request.file.display()
                ));
            }
        }
        Found::Nothing | Found::Other | Found::Checkpoint(_) => {}
    }
    fresh(request, size, Some((path, locked)))
}

/// Starts at the beginning of the input.
fn fresh(
    request: &IngestRequest<'_>,
    size: Option<u64>,
    file: Option<(PathBuf, File)>,
) -> anyhow::Result<Start> {
    let transfer = &request.transfer;
    let input = match size {
        Some(_) => input::file(request.file, transfer)?,
        None => input::stream(request.file, transfer)?,
    };
    let checkpoint = Checkpoint {
        transfer: request.transfer.clone(),
        done: Mark::default(),
        sent: Some(0),
        counts: Counts::default(),
        faults: Vec::new(),
        rejects: None,
    };
    assemble(request, size, (input, checkpoint), file)
}

/// Opens the file of rejected lines, and writes the first checkpoint.
fn assemble(
    request: &IngestRequest<'_>,
    size: Option<u64>,
    (input, mut content): (OpenInput, Checkpoint),
    file: Option<(PathBuf, File)>,
) -> anyhow::Result<Start> {
    let rejects = open_rejects(request, content.rejects.as_ref(), &input.header)?;
    let tally = Tally {
        counts: content.counts,
        faults: content.faults.clone(),
        // After a kill nobody knows how much was sent: any duplicate may be
        // one that the killed run has made.
        resent_before: content.sent.unwrap_or(u64::MAX),
        rejects,
    };
    content.sent = None;
    content.rejects = tally.rejects.as_ref().map(Rejects::mark);
    let checkpoint = match file {
        None => None,
        Some((path, locked)) => {
            let mut checkpoint = CheckpointFile {
                path,
                locked,
                content,
                changed: false,
            };
            // Before the first event is sent, so that a kill is noticed.
            match checkpoint.write() {
                Ok(()) => Some(checkpoint),
                Err(error) => go_without(request, &error)?,
            }
        }
    };
    Ok(Start {
        input,
        tally,
        checkpoint,
        size,
    })
}

/// Opens the file of rejected lines: that of the interrupted run, or a new one
/// if that run had written none.
fn open_rejects(
    request: &IngestRequest<'_>,
    before: Option<&RejectsMark>,
    header: &[u8],
) -> anyhow::Result<Option<Rejects>> {
    if let Some(mark) = before {
        let same = match request.rejects {
            Some(named) => std::path::absolute(named)? == mark.path,
            None => true,
        };
        if same {
            return Rejects::resume(mark, header, request.rejects.is_some()).map(Some);
        }
        if !mark.is_empty() {
            return Err(usage(format!(
                "the rejected lines of the interrupted run are in {}: name that file with \
                 --rejects, or start from the beginning with --restart",
                mark.path.display()
            )));
        }
    }
    if let Some(path) = request.rejects {
        return Rejects::named(path, header).map(Some);
    }
    if input::is_stdin(request.file) {
        return Ok(None);
    }
    match Rejects::beside(request.file, request.transfer.format, header) {
        Ok(rejects) => Ok(Some(rejects)),
        Err(error) => {
            message(&format!(
                "rejected lines will not be kept ({error}): name a file for them with --rejects"
            ));
            Ok(None)
        }
    }
}

/// Goes on without a checkpoint where none can be written, unless the user has
/// asked for one.
fn go_without<T>(request: &IngestRequest<'_>, error: &io::Error) -> anyhow::Result<Option<T>> {
    if let Some(path) = request.progress {
        return Err(usage(format!("{}: {error}", path.display())));
    }
    message(&format!(
        "progress will not be kept ({error}), so an interrupted run would start from the \
         beginning: name a file for it with --progress"
    ));
    Ok(None)
}

fn other_transfer(path: &Path, transfer: &Transfer) -> anyhow::Error {
    let format = match transfer.format {
        InputFormat::Ndjson => "NDJSON",
        InputFormat::Csv => "CSV",
    };
    usage(format!(
        "{}: belongs to an interrupted transfer of {format} to {} as client {}; discard it with \
         --restart, or keep both by naming another file with --progress",
        path.display(),
        transfer.server,
        transfer.client
    ))
}

impl CheckpointFile {
    /// Takes over what is acknowledged now: everything up to `done`.
    pub(crate) fn advance(&mut self, done: Mark, tally: &Tally) {
        self.content.done = done;
        self.content.counts = tally.counts;
        self.content.faults.clone_from(&tally.faults);
        self.content.rejects = tally.rejects.as_ref().map(Rejects::mark);
        self.changed = true;
    }

    /// Writes the checkpoint if it has changed, after the rejected lines that
    /// it counts.
    pub(crate) fn save(&mut self, tally: &mut Tally) -> anyhow::Result<()> {
        if !std::mem::take(&mut self.changed) {
            return Ok(());
        }
        if let Some(rejects) = &mut tally.rejects {
            rejects.sync()?;
        }
        self.write()
            .with_context(|| format!("saving progress in {}", self.path.display()))
    }

    /// Writes the last checkpoint of a run that ends in good order: nothing
    /// after byte `end` was sent, by this run or one before.
    pub(crate) fn close(&mut self, end: u64, tally: &mut Tally) -> anyhow::Result<()> {
        self.content.sent = (end != u64::MAX).then_some(end);
        // Empty files are removed now, and another run may use their names.
        self.content.rejects.take_if(|mark| mark.is_empty());
        self.changed = true;
        self.save(tally)
    }

    /// Removes the file, when all is sent.
    pub(crate) fn remove(self) -> anyhow::Result<()> {
        fs::remove_file(&self.path).with_context(|| format!("removing {}", self.path.display()))
    }

    /// Replaces the file as a whole. The lock moves to the new file before it
    /// takes the name, so that the name is locked at all times.
    fn write(&mut self) -> io::Result<()> {
        let beside = with_suffix(&self.path, ".tmp");
        let mut file = File::create(&beside)?;
        lock(&file)?;
        file.write_all(&to_text(&self.content)?)?;
        file.sync_data()?;
        fs::rename(&beside, &self.path)?;
        self.locked = file;
        match self.path.parent() {
            Some(directory) if directory != Path::new("") => File::open(directory)?.sync_all(),
            _ => File::open(".")?.sync_all(),
        }
    }
}

/// Opens a checkpoint file, or makes an empty one, and locks it.
fn open(path: &Path) -> io::Result<(File, Found)> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    let file = options.open(path)?;
    if !file.metadata()?.is_file() {
        // Renaming would replace a device.
        return Err(io::Error::other("is not a file"));
    }
    lock(&file)?;
    let mut text = Vec::new();
    (&file).take(LONGEST).read_to_end(&mut text)?;
    let found = match from_text(&text) {
        _ if text.is_empty() => Found::Nothing,
        Some(checkpoint) => Found::Checkpoint(Box::new(checkpoint)),
        None => Found::Other,
    };
    Ok((file, found))
}

fn to_text(checkpoint: &Checkpoint) -> io::Result<Vec<u8>> {
    let mut text = serde_json::to_vec(checkpoint)?;
    let digest = hex(&Sha256::digest(&text));
    text.extend(format!("\n{digest}\n").bytes());
    Ok(text)
}

fn from_text(text: &[u8]) -> Option<Checkpoint> {
    let end = text.iter().position(|&byte| byte == b'\n')?;
    let (json, digest) = text.split_at(end);
    if digest.trim_ascii() != hex(&Sha256::digest(json)).as_bytes() {
        return None;
    }
    serde_json::from_slice(json).ok()
}

/// Returns the path of the checkpoint: that of `usage.csv` is `usage.csv.progress`.
fn beside(input: &Path) -> PathBuf {
    with_suffix(input, ".progress")
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

#[cfg(test)]
#[path = "checkpoint_tests.rs"]
mod tests;
