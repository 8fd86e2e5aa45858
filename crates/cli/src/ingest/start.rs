//! Where to begin: at the beginning, or where a run was interrupted.

use std::path::Path;

use anyhow::Context;

use super::input::{self, Opened, open_file};
use super::log::Log;
use super::notes;
use super::prefix::{Mark, Prefix};
use super::progress::{Found, Notebook, Progress, Transfer};
use super::rejects::Rejects;
use super::tally::Tally;
use crate::exit::usage;
use crate::output::message;

/// What is asked for.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    pub(crate) file: &'a Path,
    pub(crate) transfer: Transfer,
    /// Where rejected lines go, if not beside the input.
    pub(crate) rejects: Option<&'a Path>,
    /// Where progress is noted, if not beside the input.
    pub(crate) progress: Option<&'a Path>,
    /// Whether progress is noted and looked for at all.
    pub(crate) resume: bool,
    /// Whether what was noted is thrown away.
    pub(crate) restart: bool,
}

/// Everything that is needed to send.
pub(crate) struct Start {
    pub(crate) opened: Opened,
    pub(crate) tally: Tally,
    pub(crate) log: Option<Log>,
    /// The size of the input, where it has one.
    pub(crate) size: Option<u64>,
}

/// Finds out where to begin, and opens all files. Nothing has been sent yet,
/// so whatever is wrong here is the caller's mistake.
pub(crate) fn begin(request: &Request<'_>) -> anyhow::Result<Start> {
    let size = input::size(request.file)?;
    let notebook = match size {
        Some(_) if request.resume => notes::notebook(request)?,
        Some(_) => None,
        None if request.progress.is_some() => {
            return Err(usage("--progress needs a file that can be read again"));
        }
        None => None,
    };
    let Some((notebook, found)) = notebook else {
        return fresh(request, size, None);
    };
    // An error must not leave an empty file behind.
    let litter = (found == Found::Nothing).then(|| notebook.path().to_owned());
    let start = with_notebook(request, size, notebook, found);
    if let (Err(_), Some(path)) = (&start, litter) {
        std::fs::remove_file(path).context("removing an empty note of progress")?;
    }
    start
}

fn with_notebook(
    request: &Request<'_>,
    size: Option<u64>,
    notebook: Notebook,
    found: Found,
) -> anyhow::Result<Start> {
    let path = notebook.path().to_owned();
    match found {
        Found::Nothing => {}
        // Whoever names a file may have meant something else by it.
        Found::Other if request.progress.is_some() => return Err(notes::other(&path)),
        _ if request.restart => {}
        Found::Damaged if request.progress.is_some() => return Err(notes::damaged(&path)),
        Found::Other | Found::Damaged => message(&format!(
            "{}: damaged; beginning anew, which counts nothing twice",
            path.display()
        )),
        // Nothing is lost with a note of nothing.
        Found::Progress(found) if found.transfer != request.transfer => {
            if found.done.bytes > 0 {
                return Err(notes::foreign(&path, &found.transfer));
            }
        }
        Found::Progress(found) => match prefix(request.file, &found.done)? {
            Some(done) => return resumed(request, size, notebook, *found, done),
            None => message(&format!(
                "{}: is not the file whose transfer was interrupted; beginning anew",
                request.file.display()
            )),
        },
    }
    fresh(request, size, Some(notebook))
}

/// From the beginning.
fn fresh(
    request: &Request<'_>,
    size: Option<u64>,
    notebook: Option<Notebook>,
) -> anyhow::Result<Start> {
    let format = request.transfer.format;
    let opened = match size {
        Some(_) => input::file(request.file, format, Prefix::default())?,
        None => input::stream(request.file, format)?,
    };
    let tally = Tally {
        rejects: open_rejects(request, &opened.header)?,
        ..Tally::default()
    };
    let log = match notebook {
        Some(notebook) => {
            let progress = Progress {
                transfer: request.transfer.clone(),
                done: Prefix::default().mark(),
                sent: 0,
                counts: tally.counts,
                faults: Vec::new(),
                rejects: tally.rejects.as_ref().map(Rejects::noted),
            };
            notes::log(request, notebook, progress)?
        }
        None => None,
    };
    Ok(Start {
        opened,
        tally,
        log,
        size,
    })
}

/// Behind what was acknowledged when a run was interrupted.
fn resumed(
    request: &Request<'_>,
    size: Option<u64>,
    notebook: Notebook,
    mut progress: Progress,
    done: Prefix,
) -> anyhow::Result<Start> {
    message(&format!(
        "going on behind line {} ({} events), where the run before was interrupted",
        done.line_ends(),
        progress.counts.events()
    ));
    let opened = input::file(request.file, request.transfer.format, done)?;
    let rejects = resume_rejects(request, &progress, &opened.header)?;
    let tally = Tally {
        counts: progress.counts,
        faults: progress.faults.clone(),
        resent_before: progress.sent,
        rejects,
    };
    progress.rejects = tally.rejects.as_ref().map(Rejects::noted);
    let log = notes::log(request, notebook, progress)?;
    Ok(Start {
        opened,
        tally,
        log,
        size,
    })
}

/// The file of rejected lines of the interrupted run, or a new one if that run
/// had written none.
fn resume_rejects(
    request: &Request<'_>,
    progress: &Progress,
    header: &[u8],
) -> anyhow::Result<Option<Rejects>> {
    let Some(noted) = &progress.rejects else {
        return open_rejects(request, header);
    };
    let same = match request.rejects {
        Some(named) => std::path::absolute(named)? == noted.path,
        None => true,
    };
    if same {
        return Rejects::resume(noted, header, request.rejects.is_some()).map(Some);
    }
    if noted.is_empty() {
        return open_rejects(request, header);
    }
    let path = noted.path.display();
    Err(usage(format!(
        "rejected lines of the interrupted run are in {path}: name it, or give --restart"
    )))
}

/// The beginning of a file, if it is what was noted.
fn prefix(path: &Path, noted: &Mark) -> anyhow::Result<Option<Prefix>> {
    let mut prefix = Prefix::default();
    let mut file = open_file(path)?;
    let whole = prefix
        .read_to(noted.bytes, &mut file)
        .with_context(|| path.display().to_string())?;
    Ok((whole && prefix.mark() == *noted).then_some(prefix))
}

fn open_rejects(request: &Request<'_>, header: &[u8]) -> anyhow::Result<Option<Rejects>> {
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
                "rejected lines, if any, are not written down ({error}): name a file with --rejects"
            ));
            Ok(None)
        }
    }
}

#[cfg(test)]
#[path = "start_tests.rs"]
mod tests;
