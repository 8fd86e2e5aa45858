//! The rows of a fold, read in a few round trips instead of several for each
//! organisation and day.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;

use exchequer_core::{Day, OrganizationId};
use exchequer_ledger::{Damage, PartBounds, PartRow, RollupRow, Rows, SegmentRow, VoidRow};

use crate::error::StoreError;
use crate::rows::{StoredRows, day};
use crate::sql::{Row, params};

type Place = (OrganizationId, Day);

/// The rows of a fold: prefetched ones of the days of its events, and the store
/// for the rest. The contents of segment parts are not prefetched: a fold reads
/// only those that it absorbs, eight parts of a size, which are few.
pub(crate) struct FoldRows<'a> {
    rows: StoredRows<'a>,
    /// The days whose rows are prefetched: of these a row that is not here does
    /// not exist.
    days: HashSet<Place>,
    organizations: HashSet<OrganizationId>,
    rollups: HashMap<Place, RollupRow>,
    voids: HashMap<Place, VoidRow>,
    parts: HashMap<Place, Vec<PartRow>>,
    names: HashMap<OrganizationId, LastBlock>,
}

/// The last block of an organisation's names. A fold appends names, so it is the
/// only block that a fold changes.
struct LastBlock {
    block: u32,
    subjects: u32,
    blob: Vec<u8>,
}

fn place(row: &Row<'_>) -> Result<Place, StoreError> {
    Ok((row.get(0).map(OrganizationId::from_bytes)?, day(row, 1)?))
}

impl<'a> FoldRows<'a> {
    /// Reads the rows of a fold of events of these days.
    pub(crate) fn read(rows: StoredRows<'a>, days: &BTreeSet<Place>) -> Result<Self, StoreError> {
        let mut prefetched = Self {
            rows,
            days: days.iter().copied().collect(),
            organizations: days.iter().map(|(id, _)| *id).collect(),
            rollups: HashMap::new(),
            voids: HashMap::new(),
            parts: HashMap::new(),
            names: HashMap::new(),
        };
        let whose: Vec<&[u8]> = days.iter().map(|(id, _)| &id.as_bytes()[..]).collect();
        let which: Vec<i64> = days.iter().map(|(_, day)| day.number().into()).collect();
        prefetched.read_days(&whose, &which)?;
        // The days are in order, so those of an organisation stand together.
        let mut organizations = whose;
        organizations.dedup();
        prefetched.read_names(&organizations)?;
        Ok(prefetched)
    }

    /// Reads the rows of all days by table. Only PostgreSQL runs these: SQLite
    /// has no arrays, and no round trips to save.
    fn read_days(&mut self, whose: &Vec<&[u8]>, which: &Vec<i64>) -> Result<(), StoreError> {
        let rollups = "SELECT organization, day, revision, last_seq, blob FROM rollup
             WHERE partition = $1 AND (organization, day) IN
                 (SELECT * FROM unnest($2::bytea[], $3::bigint[]))";
        let voids = "SELECT organization, day, last_seq, blob FROM void
             WHERE partition = $1 AND (organization, day) IN
                 (SELECT * FROM unnest($2::bytea[], $3::bigint[]))";
        let parts = "SELECT organization, day, part, events FROM segment
             WHERE partition = $1 AND (organization, day) IN
                 (SELECT * FROM unnest($2::bytea[], $3::bigint[])) ORDER BY part";
        self.rows.each(rollups, params![whose, which], |row| {
            let place = place(row)?;
            let rollup = RollupRow {
                day: place.1,
                revision: row.get(2)?,
                last_seq: row.get(3)?,
                blob: row.get(4)?,
            };
            self.rollups.insert(place, rollup);
            Ok(true)
        })?;
        self.rows.each(voids, params![whose, which], |row| {
            let place = place(row)?;
            let void = VoidRow {
                day: place.1,
                last_seq: row.get(2)?,
                blob: row.get(3)?,
            };
            self.voids.insert(place, void);
            Ok(true)
        })?;
        self.rows.each(parts, params![whose, which], |row| {
            let part = PartRow {
                part: row.get(2)?,
                events: row.get(3)?,
            };
            self.parts.entry(place(row)?).or_default().push(part);
            Ok(true)
        })
    }

    /// Reads the last block of names of each organisation.
    fn read_names(&mut self, organizations: &Vec<&[u8]>) -> Result<(), StoreError> {
        let query = "SELECT DISTINCT ON (organization) organization, block, subjects, blob
             FROM subject WHERE partition = $1 AND organization = ANY($2)
             ORDER BY organization, block DESC";
        self.rows.each(query, params![organizations], |row| {
            let last = LastBlock {
                block: row.get(1)?,
                subjects: row.get(2)?,
                blob: row.get(3)?,
            };
            let organization = row.get(0).map(OrganizationId::from_bytes)?;
            self.names.insert(organization, last);
            Ok(true)
        })
    }

    /// Returns the place of these days if they are one day, and a prefetched one.
    fn place(&self, organization: OrganizationId, days: &Range<Day>) -> Option<Place> {
        let place = (organization, days.start);
        (days.end == days.start.next() && self.days.contains(&place)).then_some(place)
    }
}

impl Rows for FoldRows<'_> {
    type Error = StoreError;

    fn damaged(&self, what: String, damage: Damage) -> StoreError {
        self.rows.damaged(what, damage)
    }

    fn rollups(
        &self,
        organization: OrganizationId,
        days: Range<Day>,
    ) -> Result<Vec<RollupRow>, StoreError> {
        match self.place(organization, &days) {
            Some(place) => Ok(self.rollups.get(&place).cloned().into_iter().collect()),
            None => self.rows.rollups(organization, days),
        }
    }

    fn revisions(
        &self,
        organization: OrganizationId,
        days: Range<Day>,
    ) -> Result<Vec<(Day, u64)>, StoreError> {
        self.rows.revisions(organization, days)
    }

    fn segments(
        &self,
        organization: OrganizationId,
        days: Range<Day>,
        with_data: bool,
    ) -> Result<Vec<SegmentRow>, StoreError> {
        self.rows.segments(organization, days, with_data)
    }

    fn segment(
        &self,
        organization: OrganizationId,
        day: Day,
        part: u32,
    ) -> Result<SegmentRow, StoreError> {
        self.rows.segment(organization, day, part)
    }

    fn voids(
        &self,
        organization: OrganizationId,
        days: Range<Day>,
    ) -> Result<Vec<VoidRow>, StoreError> {
        match self.place(organization, &days) {
            Some(place) => Ok(self.voids.get(&place).cloned().into_iter().collect()),
            None => self.rows.voids(organization, days),
        }
    }

    fn bounds(
        &self,
        organization: OrganizationId,
        days: Range<Day>,
    ) -> Result<Vec<PartBounds>, StoreError> {
        self.rows.bounds(organization, days)
    }

    fn parts(&self, organization: OrganizationId, day: Day) -> Result<Vec<PartRow>, StoreError> {
        let place = (organization, day);
        match self.days.contains(&place) {
            true => Ok(self.parts.get(&place).map_or_else(Vec::new, Vec::clone)),
            false => self.rows.parts(organization, day),
        }
    }

    fn subjects(&self, organization: OrganizationId) -> Result<u32, StoreError> {
        match self.names.get(&organization) {
            // Blocks are full but for the last, so its end is the count.
            Some(last) => Ok(last.block * 256 + last.subjects),
            None if self.organizations.contains(&organization) => Ok(0),
            None => self.rows.subjects(organization),
        }
    }

    fn subject_blocks(
        &self,
        organization: OrganizationId,
        from: u32,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        match self.names.get(&organization) {
            Some(last) if last.block == from => Ok(vec![last.blob.clone()]),
            _ => self.rows.subject_blocks(organization, from),
        }
    }

    fn run_page(&self, run: u64, page: u32) -> Result<Vec<u8>, StoreError> {
        self.rows.run_page(run, page)
    }

    fn filter_chunk(&self, run: u64, chunk: u32) -> Result<Vec<u8>, StoreError> {
        self.rows.filter_chunk(run, chunk)
    }
}
