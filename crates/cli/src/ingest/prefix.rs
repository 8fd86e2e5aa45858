//! The beginning of a file and its hash: the proof that a file still begins
//! with what was read.

use std::io::{self, Read};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// A hash over the beginning of a file, which grows with it.
#[derive(Debug, Clone, Default)]
pub(super) struct Prefix {
    hasher: Sha256,
    bytes: u64,
    line_ends: u64,
    last: Option<u8>,
}

/// The end of a prefix, and its hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    pub(super) bytes: u64,
    /// SHA-256 of so many bytes, in hexadecimal digits.
    pub(super) digest: String,
}

impl Default for Mark {
    /// Returns the mark of nothing.
    fn default() -> Self {
        Prefix::default().mark()
    }
}

impl Prefix {
    /// Adds bytes that follow.
    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
        self.bytes += bytes.len() as u64;
        self.line_ends += bytes.iter().filter(|&&byte| byte == b'\n').count() as u64;
        self.last = bytes.last().copied().or(self.last);
    }

    /// Reads up to `end` from a reader that stands where the prefix ends.
    /// Returns whether the input reaches that far.
    pub(super) fn read_to(&mut self, end: u64, reader: &mut impl Read) -> io::Result<bool> {
        let mut rest = reader.take(end.saturating_sub(self.bytes));
        let mut buffer = vec![0; 1 << 16];
        loop {
            match rest.read(&mut buffer) {
                Ok(0) => return Ok(self.bytes == end),
                Ok(read) => self.add(&buffer[..read]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Returns where it ends, with its hash.
    pub(super) fn mark(&self) -> Mark {
        Mark {
            bytes: self.bytes,
            digest: hex(&self.hasher.clone().finalize()),
        }
    }

    /// Returns its length.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Returns how many line feeds are in it.
    pub(super) fn line_ends(&self) -> u64 {
        self.line_ends
    }

    /// Returns whether it ends where a line does. Otherwise somebody may still
    /// be writing that line.
    pub(super) fn ends_with_line(&self) -> bool {
        // CR alone counts, because the CSV reader ends a record between CR and LF.
        matches!(self.last, None | Some(b'\n' | b'\r'))
    }
}

/// Returns bytes as hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
