//! Variable-length integers: seven bits a byte, least significant first.

use crate::codec::damage::Damage;

pub(crate) fn put(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

pub(crate) fn put_wide(out: &mut Vec<u8>, mut value: u128) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Maps signed values near zero to small unsigned ones.
pub(crate) fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

pub(crate) fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

/// Reads integers and byte runs from a slice, never past its end.
pub(crate) struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    #[inline]
    pub(crate) fn next(&mut self) -> Result<u64, Damage> {
        // Most columns hold small deltas.
        if let [first, rest @ ..] = self.rest
            && *first < 0x80
        {
            self.rest = rest;
            return Ok(u64::from(*first));
        }
        let wide = self.next_wide()?;
        u64::try_from(wide).map_err(|_| Damage::new("an integer is too wide"))
    }

    pub(crate) fn next_wide(&mut self) -> Result<u128, Damage> {
        let mut value = 0u128;
        for (position, byte) in self.rest.iter().enumerate().take(19) {
            let bits = u128::from(byte & 0x7f);
            let shift = 7 * position as u32;
            // The nineteenth byte may carry two bits only.
            if shift > 121 && bits >> (128 - shift) != 0 {
                break;
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                self.rest = &self.rest[position + 1..];
                return Ok(value);
            }
        }
        Err(Damage::new("an integer is cut short"))
    }

    /// Returns a count that is bounded by what it counts in, so that a damaged blob
    /// cannot ask for more memory than it could fill.
    pub(crate) fn count(&mut self, most: usize) -> Result<usize, Damage> {
        let count = self.next()?;
        usize::try_from(count)
            .ok()
            .filter(|count| *count <= most)
            .ok_or_else(|| Damage::new("a count is too large"))
    }

    pub(crate) fn small(&mut self) -> Result<u32, Damage> {
        u32::try_from(self.next()?).map_err(|_| Damage::new("a number is too large"))
    }

    /// Reads as many bytes as the array is long.
    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Damage> {
        let (taken, rest) = self
            .rest
            .split_first_chunk()
            .ok_or_else(|| Damage::new("a column is cut short"))?;
        self.rest = rest;
        Ok(*taken)
    }

    pub(crate) fn bytes(&mut self, length: usize) -> Result<&'a [u8], Damage> {
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or_else(|| Damage::new("a column is cut short"))?;
        self.rest = rest;
        Ok(taken)
    }

    /// Bytes behind their own length.
    pub(crate) fn prefixed(&mut self) -> Result<&'a [u8], Damage> {
        let length = self.count(self.rest.len())?;
        self.bytes(length)
    }

    /// Returns everything that is left.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) fn finish(self) -> Result<(), Damage> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(Damage::new("bytes are left over"))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn integers_come_back(values: Vec<u128>, signed: i64) {
            let mut out = Vec::new();
            for value in &values {
                put_wide(&mut out, *value);
            }
            put(&mut out, zigzag(signed));
            let mut cursor = Cursor::new(&out);
            for value in &values {
                prop_assert_eq!(cursor.next_wide().unwrap(), *value);
            }
            prop_assert_eq!(unzigzag(cursor.next().unwrap()), signed);
            prop_assert!(cursor.finish().is_ok());
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            let mut cursor = Cursor::new(&bytes);
            while !cursor.is_empty() && cursor.next().is_ok() {}
        }
    }
}
