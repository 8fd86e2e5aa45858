//! A file that only grows, and knows what is in it.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

use anyhow::Context;

use super::prefix::Prefix;
use super::progress::lock;

/// The file, and all of it that counts.
#[derive(Debug)]
pub(super) struct Growing {
    file: BufWriter<File>,
    pub(super) prefix: Prefix,
}

impl Growing {
    /// Opens or makes it.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        Ok(Self {
            file: BufWriter::new(options.open(path)?),
            prefix: Prefix::default(),
        })
    }

    /// Reads the first so many bytes. Whether there were so many.
    pub(super) fn read(&mut self, bytes: u64) -> io::Result<bool> {
        self.prefix.read_to(bytes, self.file.get_mut())
    }

    /// Cuts off what was not read.
    pub(super) fn cut(&mut self) -> io::Result<()> {
        let file = self.file.get_mut();
        file.set_len(self.prefix.bytes())?;
        file.seek(SeekFrom::Start(self.prefix.bytes()))?;
        Ok(())
    }

    /// Adds a line.
    pub(super) fn line(&mut self, line: &[u8]) -> anyhow::Result<()> {
        for bytes in [line, b"\n"] {
            self.file
                .write_all(bytes)
                .context("writing rejected lines")?;
            self.prefix.add(bytes);
        }
        Ok(())
    }

    /// Brings everything to disk.
    pub(super) fn sync(&mut self) -> anyhow::Result<()> {
        let written = self.file.flush();
        written
            .and_then(|()| self.file.get_ref().sync_data())
            .context("writing rejected lines")
    }

    /// Takes it for this process.
    pub(super) fn lock(&self) -> io::Result<()> {
        lock(self.file.get_ref())
    }
}
