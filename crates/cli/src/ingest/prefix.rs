//! What a file begins with: the proof that it is still the file that was read.

use std::io::{self, Read};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// A hash over the beginning of a file, which grows with it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Prefix {
    hasher: Sha256,
    bytes: u64,
    line_ends: u64,
    last: Option<u8>,
}

/// Where a prefix ends, and what it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    pub(crate) bytes: u64,
    /// SHA-256 of so many bytes, in hexadecimal digits.
    pub(crate) digest: String,
}

impl Prefix {
    /// Adds bytes that follow.
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
        self.bytes += bytes.len() as u64;
        self.line_ends += bytes.iter().filter(|&&byte| byte == b'\n').count() as u64;
        self.last = bytes.last().copied().or(self.last);
    }

    /// Reads on from a reader, which stands where the prefix ends, up to
    /// `end`. Whether the input reaches that far.
    pub(crate) fn read_to(&mut self, end: u64, reader: &mut impl Read) -> io::Result<bool> {
        let mut rest = reader.take(end.saturating_sub(self.bytes));
        let mut buffer = vec![0; 1 << 16];
        loop {
            match rest.read(&mut buffer) {
                Ok(0) => return Ok(self.bytes == end),
                Ok(read) => self.add(buffer.get(..read).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Where it ends.
    pub(crate) fn mark(&self) -> Mark {
        Mark {
            bytes: self.bytes,
            digest: hex(&self.hasher.clone().finalize()),
        }
    }

    /// How many bytes it holds.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How many line feeds are in it.
    pub(crate) fn line_ends(&self) -> u64 {
        self.line_ends
    }

    /// Whether it ends where a line does; otherwise the line may still grow.
    pub(crate) fn is_whole(&self) -> bool {
        matches!(self.last, None | Some(b'\n' | b'\r'))
    }
}

/// Bytes as hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
