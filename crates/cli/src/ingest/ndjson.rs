//! NDJSON: lines are passed on as they are, and the server validates them.

use std::io::{self, BufRead, BufReader, Read};

use super::record::{LONGEST, Next, Record, Records};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The lines of an input.
pub(super) struct NdjsonRecords<R> {
    reader: BufReader<R>,
    line: u64,
    position: u64,
}

impl<R: Read> NdjsonRecords<R> {
    /// Reads from the beginning of an input.
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader: BufReader::with_capacity(1 << 16, reader),
            line: 0,
            position: 0,
        }
    }

    /// Reads one line with its end, and keeps at most [`LONGEST`] bytes and one
    /// of it. Returns whether there was one.
    fn read_line(&mut self, line: &mut Vec<u8>) -> io::Result<bool> {
        line.clear();
        let limit = LONGEST as u64 + 1;
        let mut read = (&mut self.reader).take(limit).read_until(b'\n', line)?;
        if read > LONGEST && !line.ends_with(b"\n") {
            read += self.reader.skip_until(b'\n')?;
        }
        self.position += read as u64;
        self.line += 1;
        Ok(read > 0)
    }
}

impl<R: Read> Records for NdjsonRecords<R> {
    fn next(&mut self, record: &mut Record) -> anyhow::Result<Next> {
        record.original = None;
        while self.read_line(&mut record.json)? {
            let line = &mut record.json;
            record.line = self.line;
            if self.line == 1 && line.starts_with(BYTE_ORDER_MARK) {
                line.drain(..BYTE_ORDER_MARK.len());
            }
            let text = line.trim_ascii_end().len();
            line.truncate(text);
            if text > LONGEST {
                return Ok(Next::Unreadable(format!(
                    "the line is longer than {LONGEST} bytes; only its beginning is kept"
                )));
            }
            if std::str::from_utf8(line).is_err() {
                return Ok(Next::Unreadable("the line is not UTF-8".to_owned()));
            }
            if !line.trim_ascii_start().is_empty() {
                return Ok(Next::Event);
            }
        }
        Ok(Next::End)
    }

    fn skip_to(&mut self, position: u64) -> anyhow::Result<bool> {
        let mut line = Vec::new();
        while self.position < position && self.read_line(&mut line)? {}
        Ok(self.position == position)
    }

    fn position(&self) -> u64 {
        self.position
    }
}
