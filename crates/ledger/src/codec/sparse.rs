//! A column in which few rows have a value, as with voids.

use crate::codec::damage::Damage;
use crate::codec::strings::Strings;
use crate::codec::varint::{self, Cursor};

/// The rows that have a value, in their order, with it. Nothing at all is
/// stored of a column without any.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sparse {
    rows: Vec<u32>,
    texts: Strings,
}

impl Sparse {
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Returns the value of a row, empty if it has none.
    pub(crate) fn get(&self, row: usize) -> &str {
        let at = self.rows.binary_search(&(row as u32));
        at.map_or("", |at| self.texts.get(at))
    }

    /// Gives a row, later than those before, its value; an empty one is none.
    pub(crate) fn push(&mut self, row: usize, text: &str) {
        if !text.is_empty() {
            // Reads search by row.
            debug_assert!(self.rows.last().is_none_or(|last| (*last as usize) < row));
            self.rows.push(row as u32);
            self.texts.push(text);
        }
    }

    /// Returns the rows at `order`, in that order.
    pub(crate) fn gather(&self, order: &[u32]) -> Self {
        let mut gathered = Self::default();
        if !self.is_empty() {
            for (to, from) in order.iter().enumerate() {
                gathered.push(to, self.get(*from as usize));
            }
        }
        gathered
    }

    /// Returns the stored form; `None` for a column without values.
    pub(crate) fn encode(&self) -> Option<Vec<u8>> {
        if self.is_empty() {
            return None;
        }
        let mut out = Vec::new();
        varint::put(&mut out, self.rows.len() as u64);
        let mut next = 0;
        for row in &self.rows {
            varint::put(&mut out, u64::from(row - next));
            next = row + 1;
        }
        out.extend_from_slice(&self.texts.encode());
        Some(out)
    }

    /// Reads the stored form of a column of so many rows back.
    pub(crate) fn decode(bytes: Option<&[u8]>, rows: usize) -> Result<Self, Damage> {
        let Some(bytes) = bytes else {
            return Ok(Self::default());
        };
        let mut cursor = Cursor::new(bytes);
        let count = cursor.count(rows)?;
        let mut column = Self::default();
        let mut next = 0u64;
        for _ in 0..count {
            let row = next
                .checked_add(cursor.next()?)
                .filter(|row| *row < rows as u64)
                .ok_or_else(|| Damage::new("a number points nowhere"))?;
            column.rows.push(row as u32);
            next = row + 1;
        }
        column.texts = Strings::decode(cursor.rest())?;
        if column.texts.len() == count && column.texts.iter().all(|text| !text.is_empty()) {
            Ok(column)
        } else {
            Err(Damage::new("columns differ in length"))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn values_come_back(values in prop::collection::vec("[abé]{0,2}", 0..40)) {
            let mut column = Sparse::default();
            for (row, value) in values.iter().enumerate() {
                column.push(row, value);
            }
            let stored = column.encode();
            prop_assert_eq!(stored.is_none(), values.iter().all(String::is_empty));
            let read = Sparse::decode(stored.as_deref(), values.len()).unwrap();
            let order: Vec<u32> = (0..values.len() as u32).rev().collect();
            let turned = read.gather(&order);
            for (row, value) in values.iter().enumerate() {
                prop_assert_eq!(read.get(row), value);
                prop_assert_eq!(turned.get(values.len() - 1 - row), value);
            }
            if let Some(stored) = stored {
                let last = values.iter().rposition(|value| !value.is_empty()).unwrap();
                prop_assert!(Sparse::decode(Some(&stored), last).is_err());
            }
        }

        #[test]
        fn any_bytes_are_no_panic(bytes: Vec<u8>, rows in 0usize..9) {
            let _ = Sparse::decode(Some(&bytes), rows);
        }
    }
}
