//! The events of one request, column by column.
//!
//! A platform mixes its customers in one request, so rows are grouped by
//! organisation inside: whoever reads one organisation's events touches one
//! range of rows.

mod builder;

use std::ops::Range;

use exchequer_core::{ClientId, Instant, OrganizationId};

use crate::codec::columns::{Columns, decode_numbers, decode_times, encode_numbers, encode_times};
use crate::codec::damage::Damage;
use crate::codec::frame::{FrameReader, FrameWriter, Kind, Pack};
use crate::codec::senders::Senders;
use crate::codec::sparse::Sparse;
use crate::codec::strings::Strings;
use crate::codec::varint::{self, Cursor};
use crate::identity::key::{Content, IdentityKey};

pub use builder::{BatchBuilder, NewEvent};

/// The events of one request, grouped by organisation.
pub struct Batch {
    organizations: Vec<OrganizationId>,
    /// Behind the last row of each organisation.
    ends: Vec<u32>,
    pub(crate) columns: Columns,
    source_names: Strings,
    kind_names: Strings,
    subject_names: Strings,
    pub(crate) hashes: Vec<u64>,
    /// Place in the request of each row; empty after the request is answered.
    places: Vec<u32>,
    /// True if the rows are only compared with what is kept, and none is kept.
    compared: bool,
}

mod tag {
    pub(super) const ORGANIZATIONS: u8 = 1;
    pub(super) const TIMES: u8 = 2;
    pub(super) const SOURCES: u8 = 3;
    pub(super) const KINDS: u8 = 4;
    pub(super) const SUBJECTS: u8 = 5;
    pub(super) const SOURCE_NAMES: u8 = 6;
    pub(super) const KIND_NAMES: u8 = 7;
    pub(super) const SUBJECT_NAMES: u8 = 8;
    pub(super) const IDS: u8 = 9;
    pub(super) const DATA: u8 = 10;
    /// Only in a batch with voids. A program that does not know the section
    /// refuses the blob instead of counting events that are void.
    pub(super) const VOIDS: u8 = 11;
    /// The clients that have sent the rows; not in a batch from before they were kept.
    pub(super) const SENDERS: u8 = 12;
    pub(super) const ALL: [u8; 12] = [
        ORGANIZATIONS,
        TIMES,
        SOURCES,
        KINDS,
        SUBJECTS,
        SOURCE_NAMES,
        KIND_NAMES,
        SUBJECT_NAMES,
        IDS,
        DATA,
        VOIDS,
        SENDERS,
    ];
}

impl Batch {
    /// Returns the number of events.
    #[must_use]
    pub fn len(&self) -> usize {
        self.columns.times.len()
    }

    /// Returns whether it has no event.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of memory that the batch takes, roughly.
    #[must_use]
    pub fn size(&self) -> usize {
        let names = &self.subject_names;
        self.len() * 32 + self.columns.ids.size() + self.columns.data.size() + names.size() + 512
    }

    fn hash(&mut self, key: &IdentityKey) {
        // Hashes are computed and not stored: eight bytes an event that do not
        // compress, and cost less to compute than to read.
        let mut hashes = Vec::with_capacity(self.len());
        for (organization, rows) in self.organizations() {
            hashes.extend(rows.map(|row| {
                key.identity(organization, self.source(row), self.id(row))
                    .hash
            }));
        }
        self.hashes = hashes;
    }

    /// Returns each organisation with its rows.
    pub fn organizations(&self) -> impl Iterator<Item = (OrganizationId, Range<usize>)> + '_ {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|end| *end as usize));
        let ends = self.ends.iter().map(|end| *end as usize);
        let ranges = starts.zip(ends).map(|(start, end)| start..end);
        self.organizations.iter().copied().zip(ranges)
    }

    pub(crate) fn organization_of(&self, row: usize) -> Option<OrganizationId> {
        let slot = self.ends.partition_point(|end| *end as usize <= row);
        self.organizations.get(slot).copied()
    }

    fn source(&self, row: usize) -> &str {
        self.source_names.get(self.columns.sources[row] as usize)
    }

    fn id(&self, row: usize) -> &str {
        self.columns.ids.get(row)
    }

    pub(crate) fn content(&self, row: usize) -> Content<'_> {
        Content {
            source: self.source(row),
            id: self.id(row),
            kind: self.kind_names.get(self.columns.kinds[row] as usize),
            subject: self.subject_names.get(self.columns.subjects[row] as usize),
            time: self.time(row),
            data: self.columns.data.get(row),
            voids: self.columns.voids.get(row),
            client: self.client(row),
        }
    }

    /// Returns the client that has sent a row; `None` if that is not known.
    pub(crate) fn client(&self, row: usize) -> Option<ClientId> {
        self.columns.senders.get(row)
    }

    pub(crate) fn time(&self, row: usize) -> Instant {
        Instant::from_micros(self.columns.times[row])
    }

    /// Pairs a value of each row with the place of the row's event in the request.
    pub(crate) fn with_places<T: Copy>(&self, rows: &[T]) -> Vec<(u32, T)> {
        // A missing place would leave an event without an answer.
        assert_eq!(self.places.len(), rows.len(), "a row has no place");
        let places = self.places.iter().copied();
        places.zip(rows.iter().copied()).collect()
    }

    /// Returns the rows to keep, and the organisations that have some.
    pub(crate) fn retain(&self, keep: impl Fn(usize) -> bool) -> Self {
        let mut order = Vec::new();
        let (mut organizations, mut ends) = (Vec::new(), Vec::new());
        for (organization, rows) in self.organizations() {
            let before = order.len();
            order.extend(rows.filter(|row| keep(*row)).map(|row| row as u32));
            if order.len() > before {
                organizations.push(organization);
                ends.push(order.len() as u32);
            }
        }
        Self {
            organizations,
            ends,
            columns: self.columns.gather(&order),
            source_names: self.source_names.clone(),
            kind_names: self.kind_names.clone(),
            subject_names: self.subject_names.clone(),
            hashes: order.iter().map(|row| self.hashes[*row as usize]).collect(),
            places: Vec::new(),
            compared: false,
        }
    }

    /// Has the rows only compared with what is kept. Their places are so many further on.
    pub(crate) fn compare_only(&mut self, further: u32) {
        self.compared = true;
        self.places.iter_mut().for_each(|place| *place += further);
    }

    /// Returns whether the rows are only compared with what is kept.
    pub(crate) fn is_compared(&self) -> bool {
        self.compared
    }

    /// Frees the places, which only the answer to the request needs.
    pub(crate) fn forget_places(&mut self) {
        self.places = Vec::new();
    }

    /// Returns the stored form.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut organizations = Vec::new();
        for (organization, rows) in self.organizations() {
            organizations.extend_from_slice(organization.as_bytes());
            varint::put(&mut organizations, rows.len() as u64);
        }
        let mut frame = FrameWriter::new(Kind::Batch);
        frame.section(tag::ORGANIZATIONS, &organizations, Pack::Plain);
        // Journal rows are written before an answer and soon deleted, so only
        // columns that shrink a lot are packed, and those lightly.
        frame.section(tag::TIMES, &encode_times(&self.columns.times), Pack::Plain);
        frame.section(
            tag::SOURCES,
            &encode_numbers(&self.columns.sources),
            Pack::Fast,
        );
        frame.section(tag::KINDS, &encode_numbers(&self.columns.kinds), Pack::Fast);
        frame.section(
            tag::SUBJECTS,
            &encode_numbers(&self.columns.subjects),
            Pack::Plain,
        );
        frame.section(tag::SOURCE_NAMES, &self.source_names.encode(), Pack::Plain);
        frame.section(tag::KIND_NAMES, &self.kind_names.encode(), Pack::Plain);
        frame.section(tag::SUBJECT_NAMES, &self.subject_names.encode(), Pack::Fast);
        frame.section(tag::IDS, &self.columns.ids.encode(), Pack::Fast);
        frame.section(tag::DATA, &self.columns.data.encode(), Pack::Fast);
        if let Some(voids) = self.columns.voids.encode() {
            frame.section(tag::VOIDS, &voids, Pack::Fast);
        }
        if let Some(senders) = self.columns.senders.encode() {
            frame.section(tag::SENDERS, &senders, Pack::Fast);
        }
        frame.finish()
    }

    /// Reads the stored form back.
    ///
    /// # Errors
    /// The blob is damaged.
    pub fn decode(blob: &[u8], key: &IdentityKey) -> Result<Self, Damage> {
        let frame = FrameReader::open(blob, Kind::Batch, &tag::ALL)?;
        let times = decode_times(&frame.section(tag::TIMES)?)?;
        let (organizations, ends) =
            decode_organizations(&frame.section(tag::ORGANIZATIONS)?, times.len())?;
        let names = |tag| Strings::decode(&frame.section(tag)?);
        let (source_names, kind_names) = (names(tag::SOURCE_NAMES)?, names(tag::KIND_NAMES)?);
        let subject_names = names(tag::SUBJECT_NAMES)?;
        let numbers = |tag, most: &Strings| {
            decode_numbers(&frame.section(tag)?, times.len(), most.len() as u32)
        };
        let columns = Columns {
            sources: numbers(tag::SOURCES, &source_names)?,
            kinds: numbers(tag::KINDS, &kind_names)?,
            subjects: numbers(tag::SUBJECTS, &subject_names)?,
            ids: names(tag::IDS)?,
            data: names(tag::DATA)?,
            voids: Sparse::decode(frame.optional(tag::VOIDS)?.as_deref(), times.len())?,
            senders: Senders::decode(frame.optional(tag::SENDERS)?.as_deref(), times.len())?,
            times,
        };
        let rows = columns.times.len();
        if columns.ids.len() != rows || columns.data.len() != rows {
            return Err(Damage::new("columns differ in length"));
        }
        let mut batch = Self {
            organizations,
            ends,
            columns,
            source_names,
            kind_names,
            subject_names,
            hashes: Vec::new(),
            places: Vec::new(),
            compared: false,
        };
        batch.hash(key);
        Ok(batch)
    }
}

fn decode_organizations(
    bytes: &[u8],
    rows: usize,
) -> Result<(Vec<OrganizationId>, Vec<u32>), Damage> {
    let mut cursor = Cursor::new(bytes);
    let (mut organizations, mut ends) = (Vec::new(), Vec::new());
    let mut end = 0;
    while !cursor.is_empty() {
        organizations.push(OrganizationId::from_bytes(cursor.array()?));
        end += cursor.count(rows)?;
        ends.push(end as u32);
    }
    if end == rows {
        Ok((organizations, ends))
    } else {
        Err(Damage::new("rows without an organisation"))
    }
}
