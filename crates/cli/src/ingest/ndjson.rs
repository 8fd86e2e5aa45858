//! NDJSON: lines are passed on as they are; the server judges them.

use std::io::{BufRead, BufReader, Read};

use super::records::{LONGEST, Next, Record, Records};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The lines of an input.
pub(super) struct Lines<R> {
    reader: BufReader<R>,
    line: u64,
    position: u64,
}

impl<R: Read> Lines<R> {
    /// Lines of `reader`, which stands behind so many bytes and lines.
    pub(super) fn new(reader: R, position: u64, line: u64) -> Self {
        Self {
            reader: BufReader::with_capacity(1 << 16, reader),
            line,
            position,
        }
    }

    /// Reads one line with its end, of which at most [`LONGEST`] bytes and one
    /// are kept. Whether there was one.
    fn read_line(&mut self, line: &mut Vec<u8>) -> std::io::Result<bool> {
        line.clear();
        let limit = LONGEST as u64 + 1;
        let mut read = (&mut self.reader).take(limit).read_until(b'\n', line)?;
        if read > LONGEST && !line.ends_with(b"\n") {
            read += skip_line(&mut self.reader)?;
        }
        self.position += read as u64;
        self.line += 1;
        Ok(read > 0)
    }
}

impl<R: Read> Records for Lines<R> {
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
                    "the line is longer than {LONGEST} bytes; what is kept of it is cut off there"
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

    fn position(&self) -> u64 {
        self.position
    }
}

/// Reads up to and with the next line end, keeping nothing.
fn skip_line(reader: &mut impl BufRead) -> std::io::Result<usize> {
    let mut skipped = 0;
    loop {
        let buffer = reader.fill_buf()?;
        if buffer.is_empty() {
            return Ok(skipped);
        }
        let end = buffer.iter().position(|&byte| byte == b'\n');
        let used = end.map_or(buffer.len(), |end| end + 1);
        reader.consume(used);
        skipped += used;
        if end.is_some() {
            return Ok(skipped);
        }
    }
}
