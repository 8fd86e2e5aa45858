//! A blocked Bloom filter over hashes that are uniform already.
//!
//! Each hash sets eight bits of one 32-byte block, so a lookup costs one
//! cache miss (split block Bloom filter, as in the Parquet format). At 16
//! bits a hash about one lookup in 500 of a new hash is answered "maybe".

use crate::codec::damage::Damage;
use crate::codec::frame::{FrameReader, FrameWriter, Kind, Pack};

const BLOCK: usize = 32;
const HASHES_PER_BLOCK: u64 = (BLOCK as u64 * 8) / 16;
/// 64 KiB: the unit in which filters are stored and loaded.
const BLOCKS_PER_CHUNK: u32 = 2048;
const TAG_BITS: u8 = 1;

const SALTS: [u32; 8] = [
    0x47b6_137b,
    0x4497_4d91,
    0x8824_ad5b,
    0xa2b7_289d,
    0x7054_95c7,
    0x2df1_424b,
    0x9efc_4947,
    0x5c6b_fb31,
];

/// The place of the bits of a hash.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) chunk: u32,
    offset: usize,
}

/// The size of a filter, which follows from its number of hashes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    blocks: u32,
}

impl Shape {
    pub(crate) fn for_entries(entries: u64) -> Self {
        let blocks = entries.div_ceil(HASHES_PER_BLOCK).clamp(1, 1 << 30);
        Self {
            blocks: blocks as u32,
        }
    }

    pub(crate) fn chunks(self) -> u32 {
        self.blocks.div_ceil(BLOCKS_PER_CHUNK)
    }

    #[inline]
    pub(crate) fn place(self, hash: u64) -> Place {
        // Scales the upper half of the hash to the number of blocks. The lower
        // half chooses the bits, so the two are independent.
        let block = ((hash >> 32) * u64::from(self.blocks)) >> 32;
        let block = block as u32;
        Place {
            chunk: block / BLOCKS_PER_CHUNK,
            offset: (block % BLOCKS_PER_CHUNK) as usize * BLOCK,
        }
    }

    fn chunk_bytes(self, chunk: u32) -> usize {
        let blocks = (self.blocks - chunk * BLOCKS_PER_CHUNK).min(BLOCKS_PER_CHUNK);
        blocks as usize * BLOCK
    }

    pub(crate) fn empty(self) -> Vec<Vec<u8>> {
        (0..self.chunks())
            .map(|chunk| vec![0; self.chunk_bytes(chunk)])
            .collect()
    }

    pub(crate) fn decode(self, chunk: u32, blob: &[u8]) -> Result<Vec<u8>, Damage> {
        let frame = FrameReader::open(blob, Kind::RunFilter, &[TAG_BITS])?;
        let bits = frame.section(TAG_BITS)?.into_owned();
        if chunk < self.chunks() && bits.len() == self.chunk_bytes(chunk) {
            Ok(bits)
        } else {
            Err(Damage::new("the filter is of another size"))
        }
    }
}

pub(crate) fn encode(chunk: &[u8]) -> Vec<u8> {
    let mut frame = FrameWriter::new(Kind::RunFilter);
    frame.section(TAG_BITS, chunk, Pack::Plain);
    frame.finish()
}

fn bits(hash: u64) -> impl Iterator<Item = (usize, u8)> {
    SALTS.iter().enumerate().map(move |(word, salt)| {
        let bit = (hash as u32).wrapping_mul(*salt) >> 27;
        (word * 4 + bit as usize / 8, 1 << (bit % 8))
    })
}

pub(crate) fn set(chunk: &mut [u8], place: Place, hash: u64) {
    let block = &mut chunk[place.offset..place.offset + BLOCK];
    for (byte, mask) in bits(hash) {
        block[byte] |= mask;
    }
}

#[inline]
pub(crate) fn maybe(chunk: &[u8], place: Place, hash: u64) -> bool {
    let block = &chunk[place.offset..place.offset + BLOCK];
    bits(hash).all(|(byte, mask)| block[byte] & mask != 0)
}
