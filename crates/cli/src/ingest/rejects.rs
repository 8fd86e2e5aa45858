//! The file of rejected lines, which can be fixed and sent again, and beside it
//! the `.why` file with the reasons.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::input::InputFormat;
use super::lock::lock;
use super::prefix::{Mark, Prefix};
use crate::exit::usage;
use crate::output::printable;

/// The highest number that a name gets. With so many files of rejected lines,
/// something else is wrong.
const MOST_FILES: u32 = 9_999;

/// The lengths of both files; part of the checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RejectsMark {
    pub(super) path: PathBuf,
    lines: Mark,
    reasons: u64,
}

impl RejectsMark {
    /// Returns whether both files are empty.
    pub(super) fn is_empty(&self) -> bool {
        self.lines.bytes == 0 && self.reasons == 0
    }
}

/// The two open files.
#[derive(Debug)]
pub(crate) struct Rejects {
    path: PathBuf,
    lines: AppendFile,
    reasons: AppendFile,
    /// The header of the input, which becomes the first line.
    header: Vec<u8>,
    /// True if the user named this file: then it stays, even if it is empty.
    named: bool,
}

impl Rejects {
    /// Opens the file that the user names. One that holds lines is an error:
    /// they may not have been sent again yet.
    pub(super) fn named(path: &Path, header: &[u8]) -> anyhow::Result<Self> {
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
        let mut rejects = Self::open(path, header).map_err(named)?;
        // The `.why` file may still hold the reasons of lines that the user has
        // moved away.
        rejects.reasons.truncate()?;
        rejects.named = true;
        Ok(rejects)
    }

    /// Makes a file beside the input: `usage.rejected.csv` of `usage.csv`, and
    /// `usage.rejected-2.csv` if that exists.
    pub(super) fn beside(input: &Path, format: InputFormat, header: &[u8]) -> io::Result<Self> {
        let input = std::path::absolute(input)?;
        for number in 1..=MOST_FILES {
            let path = name(&input, format, number);
            // An empty file is taken too: a killed run may resume in it.
            if path.try_exists()? || why(&path).try_exists()? {
                continue;
            }
            match Self::open(&path, header) {
                // Another command has made it in between.
                Err(error) if error.kind() == io::ErrorKind::ResourceBusy => {}
                done => return done,
            }
        }
        let message = format!("there are {MOST_FILES} files of rejected lines already");
        Err(io::Error::new(io::ErrorKind::AlreadyExists, message))
    }

    /// Continues the file of an interrupted run. Lines after the mark are cut
    /// off: their events are sent again, and rejected again.
    pub(super) fn resume(mark: &RejectsMark, header: &[u8], named: bool) -> anyhow::Result<Self> {
        let path = &mark.path;
        let changed = || {
            usage(format!(
                "{}: has changed since the run was interrupted: put it back as it was, or start \
                 from the beginning with --restart (no event counts twice)",
                path.display()
            ))
        };
        match fs::metadata(path) {
            Ok(found) if !found.is_file() => return Err(changed()),
            Err(_) if mark.lines.bytes > 0 => return Err(changed()),
            _ => {}
        }
        let mut rejects = Self::open(path, header)
            .map_err(|error| usage(format!("{}: {error}", path.display())))?;
        // Somebody may have fixed the lines already: nothing of that is cut off.
        let whole = rejects.lines.read(mark.lines.bytes)?;
        if !whole || rejects.lines.prefix.mark() != mark.lines {
            return Err(changed());
        }
        rejects.lines.truncate()?;
        // Reasons are for people. Lost ones do not stop the transfer.
        rejects.reasons.read(mark.reasons)?;
        rejects.reasons.truncate()?;
        rejects.named = named;
        Ok(rejects)
    }

    fn open(path: &Path, header: &[u8]) -> io::Result<Self> {
        let lines = AppendFile::open(path)?;
        lock(lines.file.get_ref())?;
        Ok(Self {
            path: std::path::absolute(path)?,
            lines,
            reasons: AppendFile::open(&why(path))?,
            header: header.to_vec(),
            named: false,
        })
    }

    /// Writes a rejected record and the reason.
    pub(super) fn reject(
        &mut self,
        line: u64,
        original: &[u8],
        reason: &str,
    ) -> anyhow::Result<()> {
        if self.lines.prefix.bytes() == 0 && !self.header.is_empty() {
            self.lines.append(&self.header)?;
        }
        self.lines.append(original)?;
        self.explain(line, reason)
    }

    /// Writes only the reason.
    pub(super) fn explain(&mut self, line: u64, reason: &str) -> anyhow::Result<()> {
        let text = format!("line {line}: {}", printable(reason));
        self.reasons.append(text.as_bytes())
    }

    /// Returns how far the files go, synced or not.
    pub(super) fn mark(&self) -> RejectsMark {
        RejectsMark {
            path: self.path.clone(),
            lines: self.lines.prefix.mark(),
            reasons: self.reasons.prefix.bytes(),
        }
    }

    /// Brings everything to disk.
    pub(super) fn sync(&mut self) -> anyhow::Result<()> {
        self.lines.sync()?;
        self.reasons.sync()
    }

    /// Brings everything to disk, and removes empty files. Returns the path of
    /// the file if it holds rejected lines.
    pub(super) fn finish(mut self) -> anyhow::Result<Option<PathBuf>> {
        self.sync()?;
        if self.reasons.prefix.bytes() == 0 {
            fs::remove_file(why(&self.path)).context("removing an empty file")?;
        }
        if self.lines.prefix.bytes() > 0 {
            return Ok(Some(self.path));
        }
        if !self.named {
            fs::remove_file(&self.path).context("removing an empty file")?;
        }
        Ok(None)
    }
}

/// A file that is only appended to, and the prefix that was read or written.
#[derive(Debug)]
struct AppendFile {
    file: BufWriter<File>,
    prefix: Prefix,
}

impl AppendFile {
    /// Opens the file, or makes it.
    fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        Ok(Self {
            file: BufWriter::new(options.open(path)?),
            prefix: Prefix::default(),
        })
    }

    /// Reads the first `bytes`; returns whether there are so many.
    fn read(&mut self, bytes: u64) -> io::Result<bool> {
        self.prefix.read_to(bytes, self.file.get_mut())
    }

    /// Cuts off everything after the prefix.
    fn truncate(&mut self) -> io::Result<()> {
        let file = self.file.get_mut();
        file.set_len(self.prefix.bytes())?;
        file.seek(SeekFrom::Start(self.prefix.bytes()))?;
        Ok(())
    }

    fn append(&mut self, line: &[u8]) -> anyhow::Result<()> {
        for bytes in [line, b"\n"] {
            let written = self.file.write_all(bytes);
            written.context("writing rejected lines")?;
            self.prefix.add(bytes);
        }
        Ok(())
    }

    fn sync(&mut self) -> anyhow::Result<()> {
        let written = self.file.flush();
        written
            .and_then(|()| self.file.get_ref().sync_data())
            .context("writing rejected lines")
    }
}

/// Returns the path of the file with the reasons.
fn why(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".why");
    name.into()
}

/// Returns the path of the file beside the input. Its extension tells the
/// format, so that the same command can send it.
fn name(input: &Path, format: InputFormat, number: u32) -> PathBuf {
    let told = InputFormat::from_path(input).is_ok_and(|told| told == format);
    let extension = match (input.extension(), format) {
        (Some(extension), _) if told => extension.to_owned(),
        (_, InputFormat::Csv) => "csv".into(),
        (_, InputFormat::Ndjson) => "ndjson".into(),
    };
    let stem = if told {
        input.file_stem()
    } else {
        input.file_name()
    };
    let mut name = stem.unwrap_or_default().to_owned();
    if let Some(plain) = without_rejected(&name) {
        name = plain.into();
    }
    name.push(".rejected");
    if number > 1 {
        name.push(format!("-{number}"));
    }
    name.push(".");
    name.push(extension);
    input.with_file_name(name)
}

/// Returns `usage` of `usage.rejected` and `usage.rejected-2`, so that the lines
/// rejected of a file of rejected lines do not go to `usage.rejected.rejected`.
fn without_rejected(name: &OsStr) -> Option<String> {
    let (plain, number) = name.to_str()?.rsplit_once(".rejected")?;
    let digits = number.strip_prefix('-').unwrap_or(number);
    let counts = digits.bytes().all(|byte| byte.is_ascii_digit());
    counts.then(|| plain.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejected_lines_go_beside_the_input_in_its_format() {
        let (csv, ndjson) = (InputFormat::Csv, InputFormat::Ndjson);
        for (input, format, number, expected) in [
            ("usage.csv", csv, 1, "usage.rejected.csv"),
            ("a.b/usage.JSONL", ndjson, 2, "a.b/usage.rejected-2.JSONL"),
            ("usage.rejected.csv", csv, 2, "usage.rejected-2.csv"),
            ("usage.rejected-9.csv", csv, 10, "usage.rejected-10.csv"),
            (
                "all.rejected.calls.csv",
                csv,
                1,
                "all.rejected.calls.rejected.csv",
            ),
            ("events.log", ndjson, 1, "events.log.rejected.ndjson"),
            ("usage.csv", ndjson, 1, "usage.csv.rejected.ndjson"),
        ] {
            let name = name(Path::new(input), format, number);
            assert_eq!(name, Path::new(expected), "{input}");
            assert_eq!(why(&name), PathBuf::from(format!("{expected}.why")));
        }
    }
}
