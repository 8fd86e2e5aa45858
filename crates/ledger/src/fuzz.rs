//! Functions for the fuzzer and nobody else: blobs whose checksum fits whatever
//! is in them, and properties of every blob that is accepted.

use exchequer_core::{Aggregation, Day};

use crate::batch::Batch;
use crate::codec::damage::Damage;
use crate::codec::frame::{FrameWriter, Kind, Pack};
use crate::codec::strings::Strings;
use crate::directory::Directory;
use crate::identity::filter::Shape;
use crate::identity::key::IdentityKey;
use crate::identity::run;
use crate::segment::{self, Segment};
use crate::void::Voids;
use crate::{rollup, top_level_field};

const KINDS: [Kind; 8] = [
    Kind::Batch,
    Kind::Segment,
    Kind::SegmentData,
    Kind::Rollup,
    Kind::Subjects,
    Kind::RunPage,
    Kind::RunFilter,
    Kind::Voids,
];

/// The number of kinds of blobs.
pub const ALL: u8 = KINDS.len() as u8;

/// Returns these sections as a blob of the kind `number` (counted around), with the
/// checksum that lets them in.
#[must_use]
pub fn seal(number: u8, sections: &[u8]) -> Vec<u8> {
    FrameWriter::new(kind(number)).raw(sections)
}

/// Seals parts as [`seal`] does: a tag, two bytes of length, and as much as is there
/// of that. The lengths of the sections always fit, so that their content can be
/// varied.
#[must_use]
pub fn seal_parts(number: u8, mut parts: &[u8]) -> Vec<u8> {
    let mut frame = FrameWriter::new(kind(number));
    while let [tag, low, high, rest @ ..] = parts {
        let length = usize::from(u16::from_le_bytes([*low, *high])).min(rest.len());
        let (bytes, rest) = rest.split_at(length);
        frame.section(*tag, bytes, Pack::Plain);
        parts = rest;
    }
    frame.finish()
}

fn kind(number: u8) -> Kind {
    KINDS[usize::from(number % ALL)]
}

/// Reads a blob. An accepted blob must stay the same when it is stored again.
///
/// # Errors
/// The blob is damaged, and was refused.
///
/// # Panics
/// If an accepted blob did not stay the same.
pub fn check(number: u8, blob: &[u8]) -> Result<(), Damage> {
    match kind(number) {
        Kind::Batch => batch(blob),
        Kind::Segment => segment(blob),
        Kind::SegmentData => data(blob),
        Kind::Rollup => rollup(blob),
        Kind::Subjects => subjects(blob),
        Kind::RunPage => page(blob),
        Kind::RunFilter => filter(blob),
        Kind::Voids => voids(blob),
    }
}

/// Blobs of the format that the writers make, of these events: seeds for the
/// fuzzer. Each comes with its number.
#[must_use]
pub fn seeds(batch: &Batch) -> Vec<(u8, Vec<u8>)> {
    let mut directory = Directory::default();
    let mut segment = Segment::default();
    for row in 0..batch.len() {
        let subject = directory.intern(batch.content(row).subject);
        segment.push(batch, row, crate::Seq::new(row as u64 + 1), subject);
    }
    let (columns, data) = segment.encode();
    let mut blobs = vec![(0, batch.encode()), (1, columns), (2, data)];
    blobs.push((3, rollup::encode(DAY, &sections())));
    let Some((organization, _)) = batch.organizations().next() else {
        return blobs;
    };
    blobs.extend(
        directory
            .blocks_from(organization, 0)
            .map(|it| (4, it.blob)),
    );
    let mut entries: Vec<run::Entry> = (0..batch.len())
        .map(|row| (batch.hashes[row], batch.time(row).day()))
        .collect();
    entries.sort_unstable();
    let mut builder = run::RunBuilder::new(1, entries.len() as u64);
    for entry in entries {
        builder.push(entry);
    }
    let (pages, chunks, _) = builder.finish();
    blobs.extend(pages.into_iter().map(|page| (5, page.blob)));
    blobs.extend(chunks.into_iter().map(|chunk| (6, chunk)));
    let mut voids = Voids::default();
    (0..batch.len()).for_each(|row| voids.add_target(&batch.content(row)));
    blobs.push((7, voids.encode()));
    blobs
}

const DAY: Day = Day::from_number(20_000);

fn sections() -> rollup::Sections {
    let midnight = DAY.start().micros();
    let mut made = rollup::Contributions::default();
    for (meter, aggregation) in [Aggregation::Unique, Aggregation::Sum]
        .into_iter()
        .enumerate()
    {
        for subject in [0, 1, 300] {
            let point = rollup::Point {
                subject,
                first: u64::from(subject) * 1000,
                value: u128::from(subject) << 66,
            };
            made.point(meter as u32, aggregation, point);
        }
    }
    made.session(7, 0, (midnight + 5, midnight + 900));
    made.session(7, 0, (midnight + 1000, midnight + 2000));
    made.session(7, 2, (midnight, midnight + 86_400_000_000));
    made.into_sections()
}

fn batch(blob: &[u8]) -> Result<(), Damage> {
    let key = IdentityKey::from_bytes([7; 16]);
    let first = Batch::decode(blob, &key)?;
    let second = stays(Batch::decode(&first.encode(), &key));
    assert_eq!(first.encode(), second.encode());
    assert_eq!(first.hashes, second.hashes);
    for row in 0..first.len() {
        assert_eq!(first.organization_of(row), second.organization_of(row));
        assert_eq!(first.content(row), second.content(row));
        assert_eq!(first.client(row), second.client(row));
        // Only that it does not panic; so below.
        let _ = top_level_field(first.content(row).data, "minutes");
    }
    let half = first.retain(|row| row % 2 == 0);
    assert_eq!(half.len(), stays(Batch::decode(&half.encode(), &key)).len());
    Ok(())
}

fn segment(blob: &[u8]) -> Result<(), Damage> {
    let rows = Segment::decode_for_meters(blob, false)?.len();
    let mut none = Strings::default();
    (0..rows).for_each(|_| none.push(""));
    let mut first = Segment::decode(blob, Some(&segment::encode_data(&none)))?;
    first.columns.data = none;
    let (columns, data) = first.encode();
    let second = stays(Segment::decode(&columns, Some(&data)));
    assert_eq!(first.encode(), second.encode());
    assert_eq!(first.seqs, second.seqs);
    assert_eq!(first.columns.times, second.columns.times);
    for row in 0..rows {
        assert_eq!(first.source(row), second.source(row));
        assert_eq!(first.kind(row), second.kind(row));
        assert_eq!(first.id(row), second.id(row));
        assert_eq!(first.columns.voids.get(row), second.columns.voids.get(row));
        assert_eq!(first.client(row), second.client(row));
    }
    let _ = first.check_subjects(1);
    let parts = first.into_parts();
    assert_eq!(parts.iter().map(Segment::len).sum::<usize>(), rows);
    Ok(())
}

fn data(blob: &[u8]) -> Result<(), Damage> {
    let first = segment::decode_data(blob)?;
    assert_eq!(
        first,
        stays(segment::decode_data(&segment::encode_data(&first)))
    );
    for text in first.iter() {
        let _ = top_level_field(text, "minutes");
    }
    Ok(())
}

fn rollup(blob: &[u8]) -> Result<(), Damage> {
    let day = DAY;
    for section in rollup::open(day, blob, u32::MAX)? {
        let _ = section.levels();
    }
    let first = rollup::decode(day, blob)?;
    let second = stays(rollup::decode(day, &rollup::encode(day, &first)));
    assert_eq!(first, second);
    let merged = rollup::merge(first.clone(), second);
    stays(rollup::decode(day, &rollup::encode(day, &merged)));
    Ok(())
}

fn subjects(blob: &[u8]) -> Result<(), Damage> {
    let mut first = Directory::default();
    first.extend(0, &[blob.to_vec()])?;
    let organization = exchequer_core::OrganizationId::from_bytes([1; 16]);
    let blocks: Vec<_> = first
        .blocks_from(organization, 0)
        .map(|block| block.blob)
        .collect();
    let mut second = Directory::default();
    stays(second.extend(0, &blocks));
    assert_eq!(first.len(), second.len());
    for number in 0..first.len() {
        assert_eq!(first.name(number), second.name(number));
        assert_eq!(second.number(first.name(number)), Some(number));
    }
    Ok(())
}

fn page(blob: &[u8]) -> Result<(), Damage> {
    let first = run::decode_page(blob)?;
    assert_eq!(first, stays(run::decode_page(&run::encode_page(&first))));
    Ok(())
}

fn filter(blob: &[u8]) -> Result<(), Damage> {
    let shape = Shape::for_entries(16);
    let first = shape.decode(0, blob)?;
    let again = shape.decode(0, &crate::identity::filter::encode(&first));
    assert_eq!(first, stays(again));
    let _ = crate::identity::filter::maybe(&first, shape.place(1 << 40), 1 << 40);
    Ok(())
}

fn voids(blob: &[u8]) -> Result<(), Damage> {
    let first = Voids::decode(blob)?;
    assert_eq!(first, stays(Voids::decode(&first.encode())));
    let _ = first.cover(DAY.start(), "/pbx", "e-1");
    let mut twice = first.clone();
    twice.extend(first.clone());
    assert_eq!(first, twice);
    Ok(())
}

fn stays<T>(read: Result<T, Damage>) -> T {
    read.unwrap_or_else(|damage| panic!("what was accepted is refused once stored: {damage}"))
}
