//! A column of the clients that have sent the rows. Nearly always one client
//! has sent all rows, and then one id stands for the whole column.

use exchequer_core::ClientId;

use crate::codec::columns::{decode_numbers, encode_numbers};
use crate::codec::damage::Damage;
use crate::codec::varint::{self, Cursor};

/// The number of a client that is not known, as that of an event from before
/// clients were kept.
const UNKNOWN: u32 = 0;

/// The client of each row, where it is known.
#[derive(Debug, Clone, Default)]
pub(crate) struct Senders {
    /// The client with number *n* stands at *n* - 1.
    known: Vec<ClientId>,
    /// The number of all rows while they share one.
    shared: u32,
    /// The number of each row; empty while they share one.
    numbers: Vec<u32>,
    rows: usize,
}

impl Senders {
    /// Returns the client that has sent a row.
    pub(crate) fn get(&self, row: usize) -> Option<ClientId> {
        // A column that was not loaded has no numbers, and knows nobody.
        let number = self.numbers.get(row).copied().unwrap_or(self.shared);
        self.client(number)
    }

    fn client(&self, number: u32) -> Option<ClientId> {
        let place = (number as usize).checked_sub(1)?;
        self.known.get(place).copied()
    }

    fn number(&mut self, client: Option<ClientId>) -> u32 {
        let Some(client) = client else {
            return UNKNOWN;
        };
        // Few clients send for one organisation on one day: a scan beats hashing.
        let found = self.known.iter().position(|known| *known == client);
        let place = found.unwrap_or_else(|| {
            self.known.push(client);
            self.known.len() - 1
        });
        place as u32 + 1
    }

    /// Adds the client of the next row.
    pub(crate) fn push(&mut self, client: Option<ClientId>) {
        if self.numbers.is_empty() && self.rows > 0 && self.client(self.shared) == client {
            self.rows += 1;
            return;
        }
        let number = self.number(client);
        self.push_number(number);
    }

    fn push_number(&mut self, number: u32) {
        if self.rows == 0 {
            self.shared = number;
        } else if !self.numbers.is_empty() {
            self.numbers.push(number);
        } else if number != self.shared {
            self.numbers = vec![self.shared; self.rows];
            self.numbers.push(number);
        }
        self.rows += 1;
    }

    /// Adds all rows of another column, of which there are so many.
    pub(crate) fn append(&mut self, other: &Self, rows: usize) {
        for row in 0..rows {
            self.push(other.get(row));
        }
    }

    /// Returns the rows at `order`, in that order.
    pub(crate) fn gather(&self, order: &[u32]) -> Self {
        let mut gathered = Self::default();
        if self.numbers.is_empty() {
            gathered.shared = gathered.number(self.client(self.shared));
            gathered.rows = order.len();
            return gathered;
        }
        for row in order {
            gathered.push(self.get(*row as usize));
        }
        gathered
    }

    /// Returns the stored form; `None` if no client is known.
    pub(crate) fn encode(&self) -> Option<Vec<u8>> {
        if self.known.is_empty() {
            return None;
        }
        let mut out = Vec::new();
        varint::put(&mut out, self.known.len() as u64);
        for client in &self.known {
            out.extend_from_slice(client.as_bytes());
        }
        // The one client of all rows needs no numbers: there are none then.
        out.extend_from_slice(&encode_numbers(&self.numbers));
        Some(out)
    }

    /// Reads the stored form of a column of so many rows back.
    pub(crate) fn decode(bytes: Option<&[u8]>, rows: usize) -> Result<Self, Damage> {
        let mut column = Self {
            rows,
            ..Self::default()
        };
        let Some(bytes) = bytes else {
            return Ok(column);
        };
        let mut cursor = Cursor::new(bytes);
        let count = cursor.count(bytes.len())?;
        for _ in 0..count {
            column.known.push(ClientId::from_bytes(cursor.array()?));
        }
        if cursor.is_empty() && count == 1 {
            column.shared = 1;
            return Ok(column);
        }
        let numbers = decode_numbers(cursor.rest(), rows, count as u32 + 1)?;
        if column.known.is_empty() || numbers.is_empty() {
            return Err(Damage::new("columns differ in length"));
        }
        column.numbers = numbers;
        Ok(column)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn client(number: u8) -> Option<ClientId> {
        (number > 0).then(|| ClientId::from_bytes([number; 16]))
    }

    proptest! {
        #[test]
        fn clients_come_back(numbers in prop::collection::vec(0u8..4, 0..20), all in any::<bool>()) {
            let numbers: Vec<u8> = match all {
                true => numbers.iter().map(|_| 3).collect(),
                false => numbers,
            };
            let mut column = Senders::default();
            numbers.iter().for_each(|number| column.push(client(*number)));
            let stored = column.encode();
            prop_assert_eq!(stored.is_none(), numbers.iter().all(|number| *number == 0));
            if all && !numbers.is_empty() {
                prop_assert_eq!(stored.as_ref().unwrap().len(), 17);
            }
            let read = Senders::decode(stored.as_deref(), numbers.len()).unwrap();
            prop_assert_eq!(read.encode(), column.encode());
            let order: Vec<u32> = (0..numbers.len() as u32).rev().collect();
            let turned = read.gather(&order);
            let mut twice = column.clone();
            twice.append(&turned, numbers.len());
            for (row, number) in numbers.iter().enumerate() {
                let last = numbers.len() - 1 - row;
                prop_assert_eq!(read.get(row), client(*number));
                prop_assert_eq!(turned.get(last), client(*number));
                prop_assert_eq!(twice.get(row), client(*number));
                prop_assert_eq!(twice.get(numbers.len() + last), client(*number));
            }
        }

        #[test]
        fn any_bytes_are_no_panic(bytes: Vec<u8>, rows in 0usize..9) {
            if let Ok(column) = Senders::decode(Some(&bytes), rows) {
                let again = Senders::decode(column.encode().as_deref(), rows).unwrap();
                for row in 0..rows {
                    prop_assert_eq!(column.get(row), again.get(row));
                }
            }
        }
    }
}
