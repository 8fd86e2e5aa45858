//! The file of rejected lines, which can be mended and sent again, and beside
//! it the one that says why.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::growing::Growing;
use super::prefix::Mark;
use super::{Input, names};
use crate::exit::usage;
use crate::output::printable;

/// Names are tried up to this number: whoever has so many files with rejected
/// lines should look at them.
const MOST: u32 = 9_999;

/// How far both files were written, to be noted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Noted {
    pub(crate) path: PathBuf,
    lines: Mark,
    reasons: u64,
}

impl Noted {
    /// Whether neither file held anything.
    pub(super) fn is_empty(&self) -> bool {
        self.lines.bytes == 0 && self.reasons == 0
    }
}

/// The two open files.
#[derive(Debug)]
pub(crate) struct Rejects {
    path: PathBuf,
    lines: Growing,
    reasons: Growing,
    /// What the first line must be, as in the input.
    header: Vec<u8>,
    /// Whether the user has asked for this file, be it empty.
    asked_for: bool,
}

impl Rejects {
    /// The file that the user names. One that holds lines already is not
    /// touched: they may not have been sent yet.
    pub(crate) fn named(path: &Path, header: &[u8]) -> anyhow::Result<Self> {
        let named = |error: io::Error| usage(format!("{}: {error}", path.display()));
        match fs::metadata(path) {
            Ok(found) if !found.is_file() => {
                return Err(usage(format!("{}: is not a file", path.display())));
            }
            Ok(found) if found.len() > 0 => {
                return Err(usage(format!(
                    "{}: holds lines already: send them, or move the file away, or name another",
                    path.display()
                )));
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(named(error)),
        }
        let mut rejects = Self::create(path, header).map_err(named)?;
        // Reasons of lines that were moved away.
        rejects.reasons.cut()?;
        rejects.asked_for = true;
        Ok(rejects)
    }

    /// A file beside the input: `usage.rejected.csv` of `usage.csv`, and
    /// `usage.rejected-2.csv` if that is there already.
    pub(crate) fn beside(input: &Path, format: Input, header: &[u8]) -> io::Result<Self> {
        let absolute = std::path::absolute(input)?;
        for number in 1..=MOST {
            let path = names::rejects(&absolute, format, number);
            if !is_free(&path)? || !is_free(&names::why(&path))? {
                continue;
            }
            match Self::create(&path, header) {
                Err(error) if error.kind() == io::ErrorKind::ResourceBusy => {}
                done => return done,
            }
        }
        let message = format!("there are {MOST} files of rejected lines already");
        Err(io::Error::new(io::ErrorKind::AlreadyExists, message))
    }

    /// Goes on where a run was interrupted; what was written after the last
    /// note will be written again.
    pub(crate) fn resume(noted: &Noted, header: &[u8], asked_for: bool) -> anyhow::Result<Self> {
        let path = &noted.path;
        let changed = || {
            usage(format!(
                "{}: is not what the interrupted run has left; put it back, or give --restart \
                 to begin the input anew, which counts nothing twice",
                path.display()
            ))
        };
        let mut rejects = match fs::metadata(path) {
            Ok(found) if !found.is_file() => return Err(changed()),
            Err(_) if noted.lines.bytes > 0 => return Err(changed()),
            _ => Self::create(path, header)
                .map_err(|error| usage(format!("{}: {error}", path.display())))?,
        };
        // Nothing is cut off from what is not ours.
        if !rejects.lines.read(noted.lines.bytes)? || rejects.lines.prefix.mark() != noted.lines {
            return Err(changed());
        }
        rejects.lines.cut()?;
        // Reasons are for people: lost ones are no reason not to go on.
        rejects.reasons.read(noted.reasons)?;
        rejects.reasons.cut()?;
        rejects.asked_for = asked_for;
        Ok(rejects)
    }

    fn create(path: &Path, header: &[u8]) -> io::Result<Self> {
        let lines = Growing::open(path)?;
        lines.lock()?;
        Ok(Self {
            path: std::path::absolute(path)?,
            lines,
            reasons: Growing::open(&names::why(path))?,
            header: header.to_vec(),
            asked_for: false,
        })
    }

    /// Writes down a rejected record and why.
    pub(crate) fn keep(&mut self, line: u64, original: &[u8], reason: &str) -> anyhow::Result<()> {
        if self.lines.prefix.bytes() == 0 && !self.header.is_empty() {
            self.lines.line(&self.header)?;
        }
        self.lines.line(original)?;
        self.reason(line, reason)
    }

    /// Writes down only why.
    pub(crate) fn reason(&mut self, line: u64, reason: &str) -> anyhow::Result<()> {
        let text = format!("line {line}: {}", printable(reason));
        self.reasons.line(text.as_bytes())
    }

    /// How far the files go, whether it is on disk or not.
    pub(crate) fn noted(&self) -> Noted {
        Noted {
            path: self.path.clone(),
            lines: self.lines.prefix.mark(),
            reasons: self.reasons.prefix.bytes(),
        }
    }

    /// Brings everything to disk.
    pub(crate) fn sync(&mut self) -> anyhow::Result<()> {
        self.lines.sync()?;
        self.reasons.sync()
    }

    /// Brings everything to disk, and removes files that nobody needs. The
    /// name of a file that holds rejected lines.
    pub(crate) fn finish(mut self) -> anyhow::Result<Option<PathBuf>> {
        self.sync()?;
        if self.reasons.prefix.bytes() == 0 {
            fs::remove_file(names::why(&self.path)).context("removing an empty file")?;
        }
        if self.lines.prefix.bytes() > 0 {
            return Ok(Some(self.path));
        }
        if !self.asked_for {
            fs::remove_file(&self.path).context("removing an empty file")?;
        }
        Ok(None)
    }
}

/// Whether nothing has this name. An empty file may be noted by a run that was
/// killed, and that run will go on in it.
fn is_free(path: &Path) -> io::Result<bool> {
    match fs::metadata(path) {
        Ok(_) => Ok(false),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}
