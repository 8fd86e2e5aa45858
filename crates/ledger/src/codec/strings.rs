//! Columns of strings: all bytes in one buffer, with the end of each.

use crate::codec::damage::Damage;
use crate::codec::varint::{self, Cursor};

/// Text of many rows in two allocations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Strings {
    text: String,
    ends: Vec<u32>,
}

const PLAIN: u8 = 0;
/// Every string is a lower-case hyphenated UUID: 16 bytes each.
const UUIDS: u8 = 1;

impl Strings {
    pub(crate) fn with_capacity(rows: usize, bytes: usize) -> Self {
        Self {
            text: String::with_capacity(bytes),
            ends: Vec::with_capacity(rows),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Bytes of memory.
    pub(crate) fn size(&self) -> usize {
        self.text.capacity() + 4 * self.ends.capacity()
    }

    pub(crate) fn push(&mut self, text: &str) {
        self.text.push_str(text);
        // A wrapped end would give every later row the text of another one.
        assert!(self.text.len() <= u32::MAX as usize, "a column is too long");
        self.ends.push(self.text.len() as u32);
    }

    #[inline]
    pub(crate) fn get(&self, row: usize) -> &str {
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        &self.text[start as usize..self.ends[row] as usize]
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|row| self.get(row))
    }

    /// Returns the rows at `order`, in that order.
    pub(crate) fn gather(&self, order: &[u32]) -> Self {
        let mut gathered = Self::with_capacity(order.len(), self.text.len());
        for row in order {
            gathered.push(self.get(*row as usize));
        }
        gathered
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.text.len() + self.len() + 8);
        // Most senders use UUIDs as ids, which do not compress: 16 bytes instead of 37.
        if self.len() > 0 && self.iter().all(is_uuid) {
            out.push(UUIDS);
            varint::put(&mut out, self.len() as u64);
            for id in self.iter() {
                out.extend_from_slice(&uuid_bytes(id));
            }
            return out;
        }
        out.push(PLAIN);
        varint::put(&mut out, self.len() as u64);
        let mut start = 0;
        for end in &self.ends {
            varint::put(&mut out, u64::from(end - start));
            start = *end;
        }
        out.extend_from_slice(self.text.as_bytes());
        out
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Damage> {
        let mut cursor = Cursor::new(bytes);
        let mode = cursor.bytes(1)?[0];
        let least = if mode == UUIDS { 16 } else { 1 };
        let rows = cursor.count(bytes.len() / least)?;
        if mode == UUIDS {
            let mut strings = Self::with_capacity(rows, rows * 36);
            for _ in 0..rows {
                push_uuid(&mut strings.text, cursor.bytes(16)?);
                strings.ends.push(strings.text.len() as u32);
            }
            cursor.finish()?;
            return Ok(strings);
        }
        if mode != PLAIN {
            return Err(Damage::new("strings are in an unknown form"));
        }
        let mut ends = Vec::with_capacity(rows);
        let mut end = 0u32;
        for _ in 0..rows {
            end = end
                .checked_add(cursor.small()?)
                .ok_or_else(|| Damage::new("strings are too long"))?;
            ends.push(end);
        }
        let text = std::str::from_utf8(cursor.bytes(end as usize)?)
            .map_err(|_| Damage::new("a string is not UTF-8"))?
            .to_owned();
        cursor.finish()?;
        // Checked once here, so that `get` can slice without an error.
        if ends.iter().any(|end| !text.is_char_boundary(*end as usize)) {
            return Err(Damage::new("a string ends inside a character"));
        }
        Ok(Self { text, ends })
    }
}

const HYPHENS: [usize; 4] = [8, 13, 18, 23];

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(position, byte)| {
            if HYPHENS.contains(&position) {
                byte == b'-'
            } else {
                matches!(byte, b'0'..=b'9' | b'a'..=b'f')
            }
        })
}

fn uuid_bytes(text: &str) -> [u8; 16] {
    let mut bytes = [0; 16];
    let digits = text.bytes().filter(|byte| *byte != b'-');
    for (position, digit) in digits.enumerate() {
        let value = if digit <= b'9' {
            digit - b'0'
        } else {
            digit - b'a' + 10
        };
        bytes[position / 2] = bytes[position / 2] << 4 | value;
    }
    bytes
}

fn push_uuid(out: &mut String, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in bytes {
        if HYPHENS.contains(&(out.len() % 36)) {
            out.push('-');
        }
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn column(rows: &[String]) -> Strings {
        let mut strings = Strings::default();
        for row in rows {
            strings.push(row);
        }
        strings
    }

    proptest! {
        #[test]
        fn text_comes_back(rows: Vec<String>) {
            let strings = column(&rows);
            let back = Strings::decode(&strings.encode()).unwrap();
            prop_assert_eq!(back.iter().collect::<Vec<_>>(), rows);
        }

        #[test]
        fn uuids_take_sixteen_bytes(ids in proptest::collection::vec("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", 1..40)) {
            let strings = column(&ids);
            let blob = strings.encode();
            prop_assert!(blob.len() <= 16 * ids.len() + 3);
            let back = Strings::decode(&blob).unwrap();
            prop_assert_eq!(back.iter().collect::<Vec<_>>(), ids);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            let _ = Strings::decode(&bytes);
        }
    }
}
