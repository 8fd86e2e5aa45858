//! Identity runs: the hashes of folded events with their days, sorted, in
//! pages, each run with a filter in front.

use exchequer_core::Day;

use crate::codec::damage::Damage;
use crate::codec::frame::{FrameReader, FrameWriter, Kind, Pack};
use crate::codec::varint::{self, Cursor, unzigzag, zigzag};
use crate::identity::filter::{self, Shape};
use crate::limits::{MERGED_PAGES, PAGE_ENTRIES};
use crate::rows::Rows;

const TAG_ENTRIES: u8 = 1;
/// The number of runs of about one size that are merged into one.
const FAN_IN: usize = 4;

/// One identity: its hash and the day of its event.
pub(crate) type Entry = (u64, Day);

/// A stored page of a run.
#[derive(Debug, Clone)]
pub struct RunPage {
    /// Number of the page within its run.
    pub page: u32,
    /// The lowest hash in it.
    pub lowest: u64,
    /// The encoded entries.
    pub blob: Vec<u8>,
}

/// The part of a run in memory: the lowest hash of each page, and as much of
/// the filter as the memory budget allows.
#[derive(Debug)]
pub struct RunMeta {
    /// Number of the run.
    pub run: u64,
    /// The number of its identities.
    pub entries: u64,
    fences: Vec<u64>,
    pub(crate) shape: Shape,
    pub(crate) chunks: Vec<Option<Vec<u8>>>,
}

impl RunMeta {
    /// Returns a run as found in the database; its filter is loaded when needed.
    #[must_use]
    pub fn stored(run: u64, entries: u64, fences: Vec<u64>) -> Self {
        let shape = Shape::for_entries(entries);
        let chunks = (0..shape.chunks()).map(|_| None).collect();
        Self {
            run,
            entries,
            fences,
            shape,
            chunks,
        }
    }

    /// Returns the days of events with this hash, from the one page that can hold it.
    pub(crate) fn days<R: Rows>(&self, hash: u64, rows: &R) -> Result<Vec<Day>, R::Error> {
        // Equal hashes may stand at the end of one page and the beginning of the
        // next, so the search begins one page before the first fence that is not
        // below the hash. Before the first page there is none, hence the saturation.
        let first = self.fences.partition_point(|lowest| *lowest < hash);
        let mut days = Vec::new();
        for page in first.saturating_sub(1)..self.fences.len() {
            if self.fences[page] > hash {
                break;
            }
            let entries = load_page(self.run, page as u32, rows)?;
            let equal = entries.iter().filter(|(entry, _)| *entry == hash);
            days.extend(equal.map(|(_, day)| *day));
        }
        Ok(days)
    }
}

fn load_page<R: Rows>(run: u64, page: u32, rows: &R) -> Result<Vec<Entry>, R::Error> {
    let blob = rows.run_page(run, page)?;
    decode_page(&blob).map_err(|damage| rows.damaged(format!("identity_page {run}/{page}"), damage))
}

pub(crate) fn encode_page(entries: &[Entry]) -> Vec<u8> {
    let mut out = Vec::with_capacity(entries.len() * 8);
    let (mut hash, mut day) = (0u64, 0i64);
    for entry in entries {
        let number = i64::from(entry.1.number());
        varint::put(&mut out, entry.0 - hash);
        varint::put(&mut out, zigzag(number - day));
        (hash, day) = (entry.0, number);
    }
    let mut frame = FrameWriter::new(Kind::RunPage);
    frame.section(TAG_ENTRIES, &out, Pack::Plain);
    frame.finish()
}

pub(crate) fn decode_page(blob: &[u8]) -> Result<Vec<Entry>, Damage> {
    let frame = FrameReader::open(blob, Kind::RunPage, &[TAG_ENTRIES])?;
    let bytes = frame.section(TAG_ENTRIES)?;
    let mut cursor = Cursor::new(&bytes);
    let mut entries = Vec::with_capacity(PAGE_ENTRIES);
    let (mut hash, mut day) = (0u64, 0i64);
    while !cursor.is_empty() {
        hash = hash
            .checked_add(cursor.next()?)
            .ok_or_else(|| Damage::new("hashes are out of order"))?;
        day = day.wrapping_add(unzigzag(cursor.next()?));
        let number = i32::try_from(day).map_err(|_| Damage::new("a day is out of range"))?;
        entries.push((hash, Day::from_number(number)));
    }
    Ok(entries)
}

/// Builds a run from entries in ascending order.
pub struct RunBuilder {
    meta: RunMeta,
    filter: Vec<Vec<u8>>,
    open: Vec<Entry>,
    pages: Vec<RunPage>,
}

impl RunBuilder {
    /// Returns a run that will hold exactly `entries` entries. Its number may be given
    /// once it is stored.
    #[must_use]
    pub fn new(run: u64, entries: u64) -> Self {
        let meta = RunMeta::stored(run, entries, Vec::new());
        let filter = meta.shape.empty();
        Self {
            meta,
            filter,
            open: Vec::with_capacity(PAGE_ENTRIES),
            pages: Vec::new(),
        }
    }

    /// Returns the number of the run and of its entries.
    #[must_use]
    pub fn id(&self) -> (u64, u64) {
        (self.meta.run, self.meta.entries)
    }

    pub(crate) fn push(&mut self, entry: Entry) {
        let place = self.meta.shape.place(entry.0);
        filter::set(&mut self.filter[place.chunk as usize], place, entry.0);
        self.open.push(entry);
        if self.open.len() == PAGE_ENTRIES {
            self.close_page();
        }
    }

    fn close_page(&mut self) {
        let lowest = self.open[0].0;
        self.pages.push(RunPage {
            page: self.meta.fences.len() as u32,
            lowest,
            blob: encode_page(&self.open),
        });
        self.meta.fences.push(lowest);
        self.open.clear();
    }

    /// Returns the pages that are complete and were not taken yet.
    pub fn take_pages(&mut self) -> Vec<RunPage> {
        std::mem::take(&mut self.pages)
    }

    /// Returns the last pages, the filter's chunks as stored, and the run.
    #[must_use]
    pub fn finish(mut self) -> (Vec<RunPage>, Vec<Vec<u8>>, RunMeta) {
        if !self.open.is_empty() {
            self.close_page();
        }
        let chunks = self
            .filter
            .iter()
            .map(|chunk| filter::encode(chunk))
            .collect();
        // The filter stays in memory: the newest run is asked about most repeats.
        self.meta.chunks = self.filter.into_iter().map(Some).collect();
        (self.pages, chunks, self.meta)
    }
}

/// Returns the runs to merge next: four of about one size, so that every identity
/// is rewritten a number of times that grows with the logarithm of the ledger.
#[must_use]
pub fn runs_to_merge(runs: &[(u64, u64)]) -> Option<Vec<u64>> {
    let class = |entries: u64| entries.max(1).ilog2() / FAN_IN.ilog2();
    let mut classes: Vec<u32> = runs.iter().map(|(_, entries)| class(*entries)).collect();
    classes.sort_unstable();
    classes.dedup();
    classes.into_iter().find_map(|wanted| {
        let mut same: Vec<(u64, u64)> = runs
            .iter()
            .copied()
            .filter(|(_, entries)| class(*entries) == wanted)
            .collect();
        same.sort_unstable_by_key(|(_, entries)| *entries);
        (same.len() >= FAN_IN).then(|| same.iter().map(|(run, _)| *run).collect())
    })
}

/// The pages of one run, entry by entry.
struct RunReader {
    run: u64,
    pages: u32,
    next: u32,
    entries: std::vec::IntoIter<Entry>,
}

impl RunReader {
    fn next<R: Rows>(&mut self, rows: &R) -> Result<Option<Entry>, R::Error> {
        loop {
            if let Some(entry) = self.entries.next() {
                return Ok(Some(entry));
            }
            if self.next == self.pages {
                return Ok(None);
            }
            self.entries = load_page(self.run, self.next, rows)?.into_iter();
            self.next += 1;
        }
    }
}

/// Merges runs (number and pages of each) into the builder, handing completed
/// pages to `store` as they come.
///
/// # Errors
/// A page cannot be read, or `store` fails.
pub fn merge_runs<R: Rows>(
    runs: &[(u64, u32)],
    builder: &mut RunBuilder,
    rows: &R,
    mut store: impl FnMut(Vec<RunPage>) -> Result<(), R::Error>,
) -> Result<(), R::Error> {
    let mut heads = Vec::with_capacity(runs.len());
    for (run, pages) in runs {
        let mut reader = RunReader {
            run: *run,
            pages: *pages,
            next: 0,
            entries: Vec::new().into_iter(),
        };
        if let Some(entry) = reader.next(rows)? {
            heads.push((entry, reader));
        }
    }
    // With four runs, a scan of their heads is faster than a heap.
    while let Some(lowest) = (0..heads.len()).min_by_key(|head| heads[*head].0) {
        let (entry, reader) = &mut heads[lowest];
        builder.push(*entry);
        match reader.next(rows)? {
            Some(next) => *entry = next,
            None => drop(heads.swap_remove(lowest)),
        }
        // A merged run can be larger than memory should hold, so pages leave early.
        if builder.pages.len() >= MERGED_PAGES {
            store(builder.take_pages())?;
        }
    }
    Ok(())
}

impl RunMeta {
    /// Bytes of its filter that are in memory.
    pub(crate) fn loaded(&self) -> usize {
        self.chunks.iter().flatten().map(Vec::len).sum()
    }

    /// Returns the number of its pages.
    #[must_use]
    pub fn pages(&self) -> u32 {
        self.fences.len() as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Merges and look-ups rest on the order.
    #[test]
    fn hashes_out_of_order_are_damage() {
        let page = |steps: &[u64]| {
            let mut out = Vec::new();
            for step in steps {
                varint::put(&mut out, *step);
                varint::put(&mut out, 0);
            }
            let mut frame = FrameWriter::new(Kind::RunPage);
            frame.section(TAG_ENTRIES, &out, Pack::Plain);
            decode_page(&frame.finish())
        };
        assert_eq!(page(&[3, 0, u64::MAX - 3]).unwrap().len(), 3);
        assert!(page(&[3, u64::MAX]).is_err());
    }
}
