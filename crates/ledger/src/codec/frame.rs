//! The frame around every stored blob: kind, format version, tagged sections
//! and a checksum. A blob that does not fit it is named damage, never a guess.

use std::borrow::Cow;
use std::cell::RefCell;

use xxhash_rust::xxh3::xxh3_64;

use crate::codec::damage::Damage;
use crate::codec::varint::{self, Cursor};
use crate::limits::SECTION_BYTES;

const MAGIC: [u8; 2] = *b"XL";
const VERSION: u8 = 1;
const CHECKSUM: usize = 8;
/// A block of a compressed section takes at least four bytes, and unpacks to
/// no more than this (zstd's format). A length beyond what the blocks can hold
/// is refused before memory is set aside for it.
const LARGEST_BLOCK: usize = 128 << 10;
/// A shorter section is stored as it is: a compressor only adds its header.
const WORTH_COMPRESSING: usize = 96;

/// The kind of a blob. It is part of the frame, so that no blob is read as another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    Batch = 1,
    Segment = 2,
    SegmentData = 3,
    Rollup = 4,
    Subjects = 5,
    RunPage = 6,
    RunFilter = 7,
    Voids = 8,
}

/// The effort to compress a section.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Pack {
    /// Stored as it is.
    Plain,
    /// Written once, read once, soon deleted.
    Fast,
    /// Kept for years.
    Dense,
}

impl Pack {
    fn level(self) -> i32 {
        match self {
            Pack::Plain | Pack::Fast => 1,
            Pack::Dense => 3,
        }
    }
}

thread_local! {
    // Contexts are large; a thread that encodes many small blobs reuses its own.
    static FAST: RefCell<Option<zstd::bulk::Compressor<'static>>> = const { RefCell::new(None) };
    static DENSE: RefCell<Option<zstd::bulk::Compressor<'static>>> = const { RefCell::new(None) };
    static UNPACK: RefCell<Option<zstd::bulk::Decompressor<'static>>> = const { RefCell::new(None) };
}

fn compress(bytes: &[u8], pack: Pack) -> Option<Vec<u8>> {
    let slot = match pack {
        Pack::Plain => return None,
        _ if bytes.len() < WORTH_COMPRESSING => return None,
        Pack::Fast => &FAST,
        Pack::Dense => &DENSE,
    };
    slot.with_borrow_mut(|slot| {
        if slot.is_none() {
            *slot = zstd::bulk::Compressor::new(pack.level()).ok();
        }
        // A section that does not compress is stored as it is, which is right too.
        let packed = slot.as_mut()?.compress(bytes).ok()?;
        (packed.len() < bytes.len()).then_some(packed)
    })
}

fn decompress(bytes: &[u8], length: usize) -> Result<Vec<u8>, Damage> {
    if length / LARGEST_BLOCK > bytes.len() / 4 {
        return Err(Damage::new("a section cannot unpack to its length"));
    }
    UNPACK.with_borrow_mut(|slot| {
        if slot.is_none() {
            *slot = zstd::bulk::Decompressor::new().ok();
        }
        let unpacked = slot
            .as_mut()
            .and_then(|unpacker| unpacker.decompress(bytes, length).ok())
            .ok_or_else(|| Damage::new("a section does not unpack"))?;
        if unpacked.len() == length {
            Ok(unpacked)
        } else {
            Err(Damage::new("a section unpacks to another length"))
        }
    })
}

/// Builds a blob section by section.
pub(crate) struct FrameWriter {
    out: Vec<u8>,
}

impl FrameWriter {
    pub(crate) fn new(kind: Kind) -> Self {
        let mut out = Vec::with_capacity(256);
        out.extend_from_slice(&MAGIC);
        out.push(kind as u8);
        out.push(VERSION);
        Self { out }
    }

    pub(crate) fn section(&mut self, tag: u8, bytes: &[u8], pack: Pack) {
        // Readers refuse a longer one: better no blob than one that is lost.
        assert!(bytes.len() <= SECTION_BYTES, "a section is too long");
        let packed = compress(bytes, pack);
        let stored = packed.as_deref().unwrap_or(bytes);
        self.out.push(tag);
        self.out.push(u8::from(packed.is_some()));
        varint::put(&mut self.out, bytes.len() as u64);
        varint::put(&mut self.out, stored.len() as u64);
        self.out.extend_from_slice(stored);
    }

    /// Returns a blob of these sections, well-formed or not, for the fuzzer.
    pub(crate) fn raw(mut self, sections: &[u8]) -> Vec<u8> {
        self.out.extend_from_slice(sections);
        self.finish()
    }

    pub(crate) fn finish(mut self) -> Vec<u8> {
        let checksum = xxh3_64(&self.out);
        self.out.extend_from_slice(&checksum.to_le_bytes());
        self.out
    }
}

struct Section<'a> {
    tag: u8,
    packed: bool,
    length: usize,
    bytes: &'a [u8],
}

/// Reads a blob back; opening it checks kind, version and checksum.
pub(crate) struct FrameReader<'a> {
    sections: Vec<Section<'a>>,
}

impl<'a> FrameReader<'a> {
    /// Opens a blob that may have sections of these tags. A section of another
    /// tag is refused: it may change the meaning of the others, as voids did.
    pub(crate) fn open(blob: &'a [u8], kind: Kind, tags: &[u8]) -> Result<Self, Damage> {
        let body = blob
            .len()
            .checked_sub(CHECKSUM)
            .filter(|body| *body >= 4)
            .ok_or_else(|| Damage::new("the blob is cut short"))?;
        let (body, checksum) = blob.split_at(body);
        // The checksum comes first: behind it every other refusal means a blob
        // of another program, not a flipped bit.
        if xxh3_64(body).to_le_bytes() != checksum {
            return Err(Damage::new("the checksum does not match"));
        }
        if body[..2] != MAGIC || body[2] != kind as u8 {
            return Err(Damage::new("the blob is of another kind"));
        }
        if body[3] != VERSION {
            return Err(Damage::new("the blob is of an unknown version"));
        }
        let mut cursor = Cursor::new(&body[4..]);
        let mut sections = Vec::with_capacity(tags.len());
        while !cursor.is_empty() {
            let header = cursor.bytes(2)?;
            let length = cursor.count(SECTION_BYTES)?;
            let bytes = cursor.prefixed()?;
            if header[1] > 1 {
                return Err(Damage::new("a section is packed in an unknown way"));
            }
            let section = Section {
                tag: header[0],
                packed: header[1] == 1,
                length,
                bytes,
            };
            if !tags.contains(&section.tag) {
                return Err(Damage::new("the blob has a section of an unknown kind"));
            }
            sections.push(section);
        }
        Ok(Self { sections })
    }

    pub(crate) fn section(&self, tag: u8) -> Result<Cow<'a, [u8]>, Damage> {
        self.optional(tag)?
            .ok_or_else(|| Damage::new("a section is missing"))
    }

    /// Returns a section that not every blob has.
    pub(crate) fn optional(&self, tag: u8) -> Result<Option<Cow<'a, [u8]>>, Damage> {
        let Some(section) = self.sections.iter().find(|section| section.tag == tag) else {
            return Ok(None);
        };
        if section.packed {
            decompress(section.bytes, section.length).map(|bytes| Some(Cow::Owned(bytes)))
        } else if section.bytes.len() == section.length {
            Ok(Some(Cow::Borrowed(section.bytes)))
        } else {
            Err(Damage::new("a section has another length"))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn sections_come_back(a: Vec<u8>, b in "[ab]{0,500}", at in 0usize..600, flip in 1u8..) {
            let mut writer = FrameWriter::new(Kind::Batch);
            writer.section(1, &a, Pack::Plain);
            writer.section(2, b.as_bytes(), Pack::Dense);
            let mut blob = writer.finish();
            let reader = FrameReader::open(&blob, Kind::Batch, &[1, 2]).unwrap();
            let first = reader.section(1).unwrap().into_owned();
            let second = reader.section(2).unwrap().into_owned();
            prop_assert_eq!(first, a);
            prop_assert_eq!(second, b.as_bytes());
            prop_assert!(FrameReader::open(&blob, Kind::Segment, &[1, 2]).is_err());
            prop_assert!(FrameReader::open(&blob, Kind::Batch, &[1]).is_err());
            let at = at % blob.len();
            blob[at] ^= flip;
            prop_assert!(FrameReader::open(&blob, Kind::Batch, &[1, 2]).is_err());
        }

        /// No memory is set aside for a length that cannot be.
        #[test]
        fn a_length_beyond_what_can_unpack_is_refused(kibibytes in 129usize..500_000) {
            let packed = compress(&[7; 64 << 10], Pack::Fast).unwrap();
            let refused = decompress(&packed, kibibytes << 10).unwrap_err();
            let possible = kibibytes / 128 <= packed.len() / 4;
            let expected = if possible { "another length" } else { "cannot unpack" };
            prop_assert!(refused.to_string().contains(expected), "{}", refused);
        }

        #[test]
        fn any_bytes_are_refused(bytes: Vec<u8>) {
            prop_assert!(FrameReader::open(&bytes, Kind::Batch, &[1]).is_err());
        }
    }
}
