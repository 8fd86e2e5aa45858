//! Two multisets compared in one pass each, whatever the order, in little
//! memory: entries are spread over buckets by their leading bits, and each
//! bucket keeps the sum of a 128-bit hash of its entries. Equal multisets have
//! equal sums; unequal ones have equal sums with a chance of 2^-128 a bucket.

use std::collections::BTreeSet;
use std::ops::Range;

use xxhash_rust::xxh3::xxh3_128;

use crate::identity::run::Entry;
use crate::tail::Seq;

/// Leading bits of an identity hash that choose its bucket.
const HASH_BITS: u32 = 12;
/// 65,536 seqs share a bucket.
const SEQ_BITS: u32 = 16;

/// One side of a bucket.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Side {
    entries: u64,
    sum: u128,
}

impl Side {
    fn add(&mut self, bytes: &[u8]) {
        self.entries += 1;
        // A sum does not depend on the order, and an entry that stands twice changes
        // it, as it would not change an exclusive or.
        self.sum = self.sum.wrapping_add(xxh3_128(bytes));
    }
}

/// Two multisets by bucket.
pub(super) struct Tally {
    shift: u32,
    buckets: Vec<[Side; 2]>,
    suspect: BTreeSet<usize>,
}

/// One of the two multisets.
#[derive(Debug, Clone, Copy)]
pub(super) enum Origin {
    Events = 0,
    Derived = 1,
}

impl Tally {
    /// Makes a tally against every seq up to the folded one.
    pub(super) fn for_seqs(folded: Seq) -> Self {
        let buckets = (folded.number() >> SEQ_BITS) as usize + 1;
        Self {
            shift: SEQ_BITS,
            buckets: vec![Default::default(); buckets],
            suspect: BTreeSet::new(),
        }
    }

    pub(super) fn for_hashes() -> Self {
        Self {
            shift: u64::BITS - HASH_BITS,
            buckets: vec![Default::default(); 1 << HASH_BITS],
            suspect: BTreeSet::new(),
        }
    }

    pub(super) fn bucket(&self, number: u64) -> usize {
        (number >> self.shift) as usize
    }

    /// Returns the numbers of a bucket.
    pub(super) fn numbers(&self, bucket: usize) -> Range<u64> {
        let bucket = bucket as u64;
        bucket << self.shift..(bucket + 1) << self.shift
    }

    /// Adds a seq; one beyond all buckets is the caller's to report.
    pub(super) fn seq(&mut self, origin: Origin, seq: u64) {
        let bucket = self.bucket(seq);
        if let Some(sides) = self.buckets.get_mut(bucket) {
            sides[origin as usize].add(&seq.to_le_bytes());
        }
    }

    pub(super) fn entry(&mut self, origin: Origin, (hash, day): Entry) {
        let bucket = self.bucket(hash);
        let mut bytes = [0; 12];
        bytes[..8].copy_from_slice(&hash.to_le_bytes());
        bytes[8..].copy_from_slice(&day.number().to_le_bytes());
        if let Some(sides) = self.buckets.get_mut(bucket) {
            sides[origin as usize].add(&bytes);
        }
    }

    /// Marks the bucket of this number to be compared, whatever its sums are.
    pub(super) fn suspect(&mut self, number: u64) {
        self.suspect.insert(self.bucket(number));
    }

    /// Returns the buckets that differ or are suspect, each with the entries of its
    /// larger side.
    pub(super) fn differing(&self) -> Vec<(usize, u64)> {
        let buckets = self.buckets.iter().enumerate();
        let differ = buckets.filter(|(bucket, [events, derived])| {
            events != derived || self.suspect.contains(bucket)
        });
        differ
            .map(|(bucket, [events, derived])| (bucket, events.entries.max(derived.entries)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use exchequer_core::Day;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn only_unequal_multisets_differ(mut hashes in proptest::collection::vec(any::<u64>(), 1..40), odd: u64) {
            let mut tally = Tally::for_hashes();
            let day = Day::from_number(7);
            hashes.iter().for_each(|hash| tally.entry(Origin::Events, (*hash, day)));
            hashes.reverse();
            hashes.iter().for_each(|hash| tally.entry(Origin::Derived, (*hash, day)));
            prop_assert!(tally.differing().is_empty());
            tally.entry(Origin::Derived, (odd, day));
            prop_assert_eq!(tally.differing().len(), 1);
            tally.entry(Origin::Events, (odd, day.next()));
            prop_assert_eq!(tally.differing().len(), 1);
        }
    }
}
