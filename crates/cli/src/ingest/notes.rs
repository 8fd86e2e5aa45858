//! Opening the note of progress, and what to say if that does not work.

use std::io;
use std::path::Path;

use super::input::Input;
use super::log::Log;
use super::names;
use super::progress::{Found, Notebook, Progress, Transfer};
use super::start::Request;
use crate::exit::usage;
use crate::output::message;

/// Opens the file of the note, if that can be; one that is in use is an error.
pub(super) fn notebook(request: &Request<'_>) -> anyhow::Result<Option<(Notebook, Found)>> {
    let path = match request.progress {
        Some(path) => path.to_owned(),
        None => names::progress(request.file),
    };
    match Notebook::open(&path) {
        Ok(opened) => Ok(Some(opened)),
        Err(error) if error.kind() == io::ErrorKind::ResourceBusy => {
            Err(usage(format!("{}: {error}", path.display())))
        }
        Err(error) => cannot_note(request, &error).map(|()| None),
    }
}

/// Writes the first note, if that can be.
pub(super) fn log(
    request: &Request<'_>,
    notebook: Notebook,
    progress: Progress,
) -> anyhow::Result<Option<Log>> {
    match Log::new(notebook, progress) {
        Ok(log) => Ok(Some(log)),
        Err(error) => cannot_note(request, &error).map(|()| None),
    }
}

/// A directory that cannot be written is no reason not to send, unless the
/// user has asked for notes.
fn cannot_note(request: &Request<'_>, error: &io::Error) -> anyhow::Result<()> {
    if let Some(path) = request.progress {
        return Err(usage(format!("{}: {error}", path.display())));
    }
    message(&format!(
        "progress is not noted ({error}), so that an interrupted run would begin anew: \
         name a file with --progress"
    ));
    Ok(())
}

/// Why a file that somebody has named is not written over.
pub(super) fn other(path: &Path) -> anyhow::Error {
    usage(format!(
        "{}: holds something that is no note of progress; name another file with --progress",
        path.display()
    ))
}

/// Why a damaged note that somebody has named is not thrown away.
pub(super) fn damaged(path: &Path) -> anyhow::Error {
    usage(format!(
        "{}: is a damaged note of progress; give --restart to begin anew, which counts nothing \
         twice, or name another file with --progress",
        path.display()
    ))
}

/// Why a note of another transfer is not gone on with.
pub(super) fn foreign(path: &Path, transfer: &Transfer) -> anyhow::Error {
    let format = match transfer.format {
        Input::Ndjson => "NDJSON",
        Input::Csv => "CSV",
    };
    usage(format!(
        "{}: notes an interrupted transfer of {format} to {} as client {}; give --restart to \
         throw that away, or --progress to note this one elsewhere",
        path.display(),
        transfer.server,
        transfer.client
    ))
}
