//! The note of how far a transfer has come, so that an interrupted one goes on
//! from there.
//!
//! A note is replaced as a whole: written beside, brought to disk, renamed.
//! Only what was acknowledged without a gap is in it, and it is written after
//! the rejected lines that it counts.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::input::Input;
use super::prefix::{Mark, hex};
use super::rejects::Noted;
use super::tally::{Counts, Fault};

/// Far more than a note with twenty faults needs.
const LONGEST: u64 = 1 << 20;

/// Who sends to whom: a note of another transfer is not gone on with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Transfer {
    pub(crate) server: String,
    pub(crate) client: String,
    pub(crate) format: Input,
}

/// How far a transfer has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Progress {
    pub(crate) transfer: Transfer,
    /// What of the input is acknowledged without a gap.
    pub(crate) done: Mark,
    /// Nothing behind this byte has been sent.
    pub(crate) sent: u64,
    pub(crate) counts: Counts,
    pub(crate) faults: Vec<Fault>,
    pub(crate) rejects: Option<Noted>,
}

/// What a file of notes held.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Nothing,
    /// Something that is no note.
    Other,
    /// A note that is damaged.
    Damaged,
    Progress(Box<Progress>),
}

/// The file of the note. While it is held no other transfer may use it.
#[derive(Debug)]
pub(crate) struct Notebook {
    path: PathBuf,
    held: File,
}

impl Notebook {
    /// Opens the file or makes an empty one. One that another process holds is
    /// an error of the kind `ResourceBusy`.
    pub(crate) fn open(path: &Path) -> io::Result<(Self, Found)> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let held = options.open(path)?;
        if !held.metadata()?.is_file() {
            // Renaming would replace a device.
            return Err(io::Error::other("is not a file"));
        }
        lock(&held)?;
        let mut text = Vec::new();
        (&held).take(LONGEST).read_to_end(&mut text)?;
        let path = path.to_owned();
        Ok((Self { path, held }, found(&text)))
    }

    /// Replaces the note.
    pub(crate) fn save(&mut self, progress: &Progress) -> io::Result<()> {
        let mut name = self.path.as_os_str().to_owned();
        name.push(".tmp");
        let beside = PathBuf::from(name);
        let mut file = File::create(&beside)?;
        lock(&file)?;
        file.write_all(&text(progress)?)?;
        file.sync_data()?;
        fs::rename(&beside, &self.path)?;
        self.held = file;
        match self.path.parent() {
            Some(directory) if directory != Path::new("") => File::open(directory)?.sync_all(),
            _ => File::open(".")?.sync_all(),
        }
    }

    /// Removes the note, when all is done.
    pub(crate) fn remove(self) -> io::Result<()> {
        fs::remove_file(&self.path)
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// Takes a file for this process until it is closed.
pub(super) fn lock(file: &File) -> io::Result<()> {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(io::Error::new(
            io::ErrorKind::ResourceBusy,
            "another exchequer ingest is using it",
        )),
        // Some file systems have no locks.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(()),
    }
}

/// A line of JSON, and one with its SHA-256.
fn text(progress: &Progress) -> io::Result<Vec<u8>> {
    let mut text = serde_json::to_vec(progress)?;
    let digest = hex(&Sha256::digest(&text));
    text.extend(format!("\n{digest}\n").bytes());
    Ok(text)
}

/// What a text is. The digest tells a whole note from a damaged one; the first
/// line tells a note from a file that only has its name.
fn found(text: &[u8]) -> Found {
    let mut parts = text.splitn(2, |&byte| byte == b'\n');
    let note = parts.next().unwrap_or_default();
    let digest = parts.next().unwrap_or_default().trim_ascii_end();
    match serde_json::from_slice(note) {
        _ if text.is_empty() => Found::Nothing,
        Err(_) => Found::Other,
        Ok(_) if digest != hex(&Sha256::digest(note)).as_bytes() => Found::Damaged,
        Ok(progress) => Found::Progress(Box::new(progress)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress() -> Progress {
        Progress {
            transfer: Transfer {
                server: "http://127.0.0.1:8080/".to_owned(),
                client: "somebody".to_owned(),
                format: Input::Csv,
            },
            done: Mark {
                bytes: 17,
                digest: "abc".to_owned(),
            },
            sent: 99,
            counts: Counts {
                accepted: 3,
                ..Counts::default()
            },
            faults: Vec::new(),
            rejects: None,
        }
    }

    #[test]
    fn a_note_is_read_as_it_was_written() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("usage.csv.progress");
        let (mut notebook, found) = Notebook::open(&path).unwrap();
        assert_eq!(found, Found::Nothing);
        notebook.save(&progress()).unwrap();
        let second = Notebook::open(&path).unwrap_err();
        assert_eq!(second.kind(), io::ErrorKind::ResourceBusy);
        let mut later = progress();
        later.sent = 100;
        notebook.save(&later).unwrap();
        assert!(Notebook::open(&path).is_err());
        drop(notebook);
        let (notebook, found) = Notebook::open(&path).unwrap();
        assert_eq!(found, Found::Progress(Box::new(later)));
        notebook.remove().unwrap();
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 0);
    }

    #[test]
    fn a_torn_or_changed_note_is_none() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("note");
        let whole = text(&progress()).unwrap();
        let line = whole.iter().position(|&byte| byte == b'\n').unwrap();
        for length in 1..whole.len() - 1 {
            fs::write(&path, &whole[..length]).unwrap();
            let (_, found) = Notebook::open(&path).unwrap();
            let expected = if length < line {
                Found::Other
            } else {
                Found::Damaged
            };
            assert_eq!(found, expected, "{length}");
        }
        for at in 0..whole.len() - 1 {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            let found = found(&changed);
            assert!(matches!(found, Found::Other | Found::Damaged), "{at}");
        }
        assert!(Notebook::open(directory.path()).is_err());
    }
}
