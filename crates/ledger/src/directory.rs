//! An organisation's subjects: the numbers that segments and rollups hold,
//! and their names, kept in blocks of consecutive numbers.

use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, PoisonError};

use exchequer_core::OrganizationId;
use hashbrown::{DefaultHashBuilder, HashTable};
use lru::LruCache;

use crate::codec::damage::Damage;
use crate::codec::frame::{FrameReader, FrameWriter, Kind, Pack};
use crate::codec::strings::Strings;
use crate::limits::BLOCK_NAMES;
use crate::rows::Rows;

const TAG_NAMES: u8 = 1;

/// A block of names as it is to be stored.
#[derive(Debug, Clone)]
pub struct SubjectBlock {
    /// The organisation of the subjects.
    pub organization: OrganizationId,
    /// Number of the block: its first subject is `block * 256`.
    pub block: u32,
    /// The number of its names.
    pub subjects: u32,
    /// The encoded names.
    pub blob: Vec<u8>,
}

/// The names of an organisation's subjects, by number and by name.
#[derive(Default, Clone)]
pub struct Directory {
    names: Strings,
    table: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Directory {
    /// Returns the number of subjects.
    #[must_use]
    pub fn len(&self) -> u32 {
        self.names.len() as u32
    }

    /// Returns whether it has no subject.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the name of a subject. Numbers come from this directory's blocks.
    #[must_use]
    pub fn name(&self, number: u32) -> &str {
        self.names.get(number as usize)
    }

    pub(crate) fn number(&self, name: &str) -> Option<u32> {
        let hash = self.hasher.hash_one(name);
        self.table
            .find(hash, |number| self.name(*number) == name)
            .copied()
    }

    /// Returns the number of a name, new or known.
    pub(crate) fn intern(&mut self, name: &str) -> u32 {
        if let Some(number) = self.number(name) {
            return number;
        }
        let number = self.len();
        self.names.push(name);
        let hash = self.hasher.hash_one(name);
        let (names, hasher) = (&self.names, &self.hasher);
        self.table.insert_unique(hash, number, |number| {
            hasher.hash_one(names.get(*number as usize))
        });
        number
    }

    fn size(&self) -> usize {
        self.names.size() + self.table.capacity() * 5
    }

    /// Returns the blocks that hold the subjects from number `from` on.
    pub(crate) fn blocks_from(
        &self,
        organization: OrganizationId,
        from: u32,
    ) -> impl Iterator<Item = SubjectBlock> + '_ {
        (from / BLOCK_NAMES..self.len().div_ceil(BLOCK_NAMES)).map(move |block| {
            let numbers = block * BLOCK_NAMES..((block + 1) * BLOCK_NAMES).min(self.len());
            let mut names = Strings::default();
            for number in numbers.clone() {
                names.push(self.name(number));
            }
            let mut frame = FrameWriter::new(Kind::Subjects);
            frame.section(TAG_NAMES, &names.encode(), Pack::Fast);
            SubjectBlock {
                organization,
                block,
                subjects: numbers.len() as u32,
                blob: frame.finish(),
            }
        })
    }

    /// Adds the names of the blocks from number `from_block` on that are new.
    pub(crate) fn extend(&mut self, from_block: u32, blobs: &[Vec<u8>]) -> Result<(), Damage> {
        let mut number = from_block * BLOCK_NAMES;
        for blob in blobs {
            for name in decode_block(blob)?.iter() {
                if number >= self.len() && self.intern(name) != number {
                    return Err(Damage::new("a subject stands twice"));
                }
                number += 1;
            }
        }
        Ok(())
    }
}

/// Returns the names of a stored block.
pub(crate) fn decode_block(blob: &[u8]) -> Result<Strings, Damage> {
    let frame = FrameReader::open(blob, Kind::Subjects, &[TAG_NAMES])?;
    Strings::decode(&frame.section(TAG_NAMES)?)
}

/// The directories that were used last, within a memory budget.
pub struct Directories {
    kept: Mutex<Kept>,
}

struct Kept {
    cache: LruCache<OrganizationId, Arc<Directory>>,
    bytes: usize,
    budget: usize,
}

impl Directories {
    /// Returns a cache that keeps at most about `budget` bytes.
    #[must_use]
    pub fn new(budget: usize) -> Self {
        Self {
            kept: Mutex::new(Kept {
                cache: LruCache::unbounded(),
                bytes: 0,
                budget,
            }),
        }
    }

    /// Returns a directory that knows at least every subject that `rows` can name.
    /// Numbers are never given twice, so knowing more does no harm.
    ///
    /// # Errors
    /// The blocks cannot be read.
    pub fn get<R: Rows>(
        &self,
        organization: OrganizationId,
        rows: &R,
    ) -> Result<Arc<Directory>, R::Error> {
        let subjects = rows.subjects(organization)?;
        // The lock is not held while rows are read: two readers may read the same
        // blocks, which is harmless and better than one waiting for the other.
        let known = self.lock().cache.get(&organization).map(Arc::clone);
        // Not in the cache: all names are read from the first block on.
        let known = known.unwrap_or_default();
        if known.len() >= subjects {
            return Ok(known);
        }
        // The last block may have grown, so it is read again.
        let from = known.len() / BLOCK_NAMES;
        let blocks = rows.subject_blocks(organization, from)?;
        let mut directory = Directory::clone(&known);
        directory
            .extend(from, &blocks)
            .map_err(|damage| rows.damaged(format!("subject {organization}"), damage))?;
        let directory = Arc::new(directory);
        self.lock().keep(organization, &directory);
        Ok(directory)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Kept> {
        // The cache is consistent after each of its steps; at worst it is not full.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn keep(&mut self, organization: OrganizationId, directory: &Arc<Directory>) {
        let old = self.cache.put(organization, Arc::clone(directory));
        self.bytes += directory.size();
        self.bytes -= old.map_or(0, |old| old.size());
        // A directory that is larger than the budget is dropped at once; its caller
        // has it all the same.
        while self.bytes > self.budget
            && let Some((_, old)) = self.cache.pop_lru()
        {
            self.bytes -= old.size();
        }
    }
}
