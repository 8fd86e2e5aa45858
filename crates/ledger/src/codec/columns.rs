//! Columns of events: those that every stored form shares, and columns of
//! instants and of numbers.

use crate::codec::damage::Damage;
use crate::codec::senders::Senders;
use crate::codec::sparse::Sparse;
use crate::codec::strings::Strings;
use crate::codec::varint::{self, Cursor, unzigzag, zigzag};

/// Columns that every stored form of events shares.
#[derive(Default, Clone)]
pub(crate) struct Columns {
    pub(crate) times: Vec<i64>,
    pub(crate) sources: Vec<u32>,
    pub(crate) kinds: Vec<u32>,
    pub(crate) subjects: Vec<u32>,
    pub(crate) ids: Strings,
    pub(crate) data: Strings,
    pub(crate) voids: Sparse,
    pub(crate) senders: Senders,
}

impl Columns {
    pub(crate) fn gather(&self, order: &[u32]) -> Self {
        let pick = |column: &[u32]| order.iter().map(|row| column[*row as usize]).collect();
        Self {
            times: order.iter().map(|row| self.times[*row as usize]).collect(),
            sources: pick(&self.sources),
            kinds: pick(&self.kinds),
            subjects: pick(&self.subjects),
            ids: self.ids.gather(order),
            data: self.data.gather(order),
            voids: self.voids.gather(order),
            senders: self.senders.gather(order),
        }
    }
}

/// Encodes each instant as the difference to the one before, which is small in a column
/// that is in order, and nearly so in a request.
pub(crate) fn encode_times(times: &[i64]) -> Vec<u8> {
    let mut out = Vec::with_capacity(times.len() * 4);
    let mut last = 0i64;
    for time in times {
        // Wrapping loses nothing: decoding adds with the same wrap.
        varint::put(&mut out, zigzag(time.wrapping_sub(last)));
        last = *time;
    }
    out
}

pub(crate) fn decode_times(bytes: &[u8]) -> Result<Vec<i64>, Damage> {
    let mut cursor = Cursor::new(bytes);
    // The length of this column is the number of rows: others are checked by it.
    let mut times = Vec::with_capacity(bytes.len() / 4);
    let mut last = 0i64;
    while !cursor.is_empty() {
        last = last.wrapping_add(unzigzag(cursor.next()?));
        times.push(last);
    }
    Ok(times)
}

pub(crate) fn encode_numbers(numbers: &[u32]) -> Vec<u8> {
    let mut out = Vec::with_capacity(numbers.len() * 2);
    for number in numbers {
        varint::put(&mut out, u64::from(*number));
    }
    out
}

/// Reads one number for each row, each below `limit`.
pub(crate) fn decode_numbers(bytes: &[u8], rows: usize, limit: u32) -> Result<Vec<u32>, Damage> {
    let mut cursor = Cursor::new(bytes);
    let mut numbers = Vec::with_capacity(rows.min(bytes.len()));
    for _ in 0..rows {
        let number = cursor.small()?;
        if number >= limit {
            return Err(Damage::new("a number points nowhere"));
        }
        numbers.push(number);
    }
    cursor.finish()?;
    Ok(numbers)
}
