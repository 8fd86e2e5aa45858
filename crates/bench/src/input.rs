//! The events of a world in a file, cut into batches.
//!
//! All contestants read the same file in the same way, so that making the
//! events costs none of them anything, and no generator's memory is counted.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::Path;

use anyhow::{Context, Result};
use exchequer_core::Instant;
use exchequer_ledger::{BatchBuilder, IdentityKey, NewEvent, Request, RequestBuilder};

use crate::kinds::KINDS;
use crate::world::{Draft, SOURCES, World};

/// Events in a request.
pub(crate) const BATCH: usize = 1_000;

/// Any key does for the length of a batch's stored form.
const KEY: [u8; 16] = [7; 16];

/// Writes the events of `world` to `path`, mixed over the organisations.
pub(crate) fn prepare(world: &World, path: &Path) -> Result<()> {
    let file = File::create(path).with_context(|| format!("{}", path.display()))?;
    let mut out = BufWriter::with_capacity(1 << 20, file);
    let (ids, mut pending) = (world.ids(), Pending::default());
    let (mut generator, mut draft) = (world.generate(), Draft::default());
    while generator.next(&mut draft) {
        pending.push(&draft, ids[usize::from(draft.organization)]);
        if pending.events == BATCH {
            pending.write(&mut out)?;
        }
    }
    if pending.events > 0 {
        pending.write(&mut out)?;
    }
    out.flush()?;
    Ok(())
}

/// A batch that is being gathered.
#[derive(Default)]
struct Pending {
    events: usize,
    bytes: Vec<u8>,
    builder: BatchBuilder,
}

impl Pending {
    fn push(&mut self, draft: &Draft, organization: exchequer_core::OrganizationId) {
        self.events += 1;
        self.bytes
            .extend_from_slice(&draft.organization.to_le_bytes());
        self.bytes.extend_from_slice(&[draft.kind, draft.source]);
        self.bytes.extend_from_slice(&draft.micros.to_le_bytes());
        for text in [&draft.id, &draft.subject, &draft.data] {
            self.bytes
                .extend_from_slice(&(text.len() as u16).to_le_bytes());
            self.bytes.extend_from_slice(text.as_bytes());
        }
        let event = NewEvent {
            source: SOURCES[usize::from(draft.source)],
            id: &draft.id,
            kind: KINDS[usize::from(draft.kind)].meter.event_type,
            subject: &draft.subject,
            time: Instant::from_micros(draft.micros),
            data: &draft.data,
            voids: "",
        };
        self.builder.push(organization, event);
    }

    fn write(&mut self, out: &mut impl Write) -> Result<()> {
        let builder = std::mem::take(&mut self.builder);
        let encoded = builder.build(&IdentityKey::from_bytes(KEY)).encode().len();
        for number in [self.bytes.len(), self.events, encoded] {
            out.write_all(&(number as u32).to_le_bytes())?;
        }
        out.write_all(&self.bytes)?;
        self.bytes.clear();
        self.events = 0;
        Ok(())
    }
}

/// One event as it was written down.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Event<'a> {
    pub(crate) organization: u16,
    pub(crate) kind: u8,
    pub(crate) source: u8,
    pub(crate) micros: i64,
    pub(crate) id: &'a str,
    pub(crate) subject: &'a str,
    pub(crate) data: &'a str,
}

impl<'a> Event<'a> {
    pub(crate) fn source(&self) -> &'static str {
        SOURCES[usize::from(self.source)]
    }

    pub(crate) fn as_new(&self) -> NewEvent<'a> {
        NewEvent {
            source: self.source(),
            id: self.id,
            kind: KINDS[usize::from(self.kind)].meter.event_type,
            subject: self.subject,
            time: Instant::from_micros(self.micros),
            data: self.data,
            voids: "",
        }
    }
}

/// One batch of the file.
#[derive(Default)]
pub(crate) struct Chunk {
    bytes: Vec<u8>,
    pub(crate) events: usize,
    /// Bytes of the batch's stored form in the journal.
    pub(crate) encoded: usize,
}

impl Chunk {
    pub(crate) fn iter(&self) -> Events<'_> {
        Events { rest: &self.bytes }
    }

    /// The raw bytes of the events.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn request(
        &self,
        ids: &[exchequer_core::OrganizationId],
        store: &exchequer_store::Store,
    ) -> Request {
        let mut builder = RequestBuilder::new(store.partitions());
        for event in self.iter() {
            builder.push(ids[usize::from(event.organization)], event.as_new());
        }
        builder.build(&store.identity_key())
    }
}

/// The events of a batch.
pub(crate) struct Events<'a> {
    rest: &'a [u8],
}

impl<'a> Events<'a> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk::<N>()?;
        self.rest = rest;
        Some(*taken)
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = usize::from(u16::from_le_bytes(self.take()?));
        let (text, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        std::str::from_utf8(text).ok()
    }
}

impl<'a> Iterator for Events<'a> {
    type Item = Event<'a>;

    fn next(&mut self) -> Option<Event<'a>> {
        let organization = u16::from_le_bytes(self.take()?);
        let [kind, source] = self.take()?;
        Some(Event {
            organization,
            kind,
            source,
            micros: i64::from_le_bytes(self.take()?),
            id: self.text()?,
            subject: self.text()?,
            data: self.text()?,
        })
    }
}

/// Reads the batches of a file in order.
pub(crate) struct Reader {
    file: BufReader<File>,
    left: u64,
}

impl Reader {
    /// The batches of the first `events` events of the file.
    pub(crate) fn open(path: &Path, events: u64) -> Result<Self> {
        let file = File::open(path).with_context(|| format!("{}", path.display()))?;
        Ok(Self {
            file: BufReader::with_capacity(1 << 18, file),
            left: events,
        })
    }

    /// Reads the next batch into `chunk`; `false` behind the last one.
    pub(crate) fn next(&mut self, chunk: &mut Chunk) -> Result<bool> {
        let mut head = [0u8; 12];
        if self.left == 0 || self.file.read(&mut head[..1])? == 0 {
            return Ok(false);
        }
        self.file.read_exact(&mut head[1..])?;
        let number =
            |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        chunk.events = number(4) as usize;
        chunk.encoded = number(8) as usize;
        chunk.bytes.resize(number(0) as usize, 0);
        self.file.read_exact(&mut chunk.bytes)?;
        self.left = self.left.saturating_sub(chunk.events as u64);
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Month;

    #[test]
    fn what_is_written_comes_back_in_batches() {
        let world = World {
            seed: 3,
            events: 5_500,
            organizations: 30,
            month: Month::fresh(),
            overlap: true,
        };
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("events");
        prepare(&world, &path).unwrap();
        let mut reader = Reader::open(&path, u64::MAX).unwrap();
        let (mut chunk, mut events, mut chunks) = (Chunk::default(), 0, 0);
        let mut ids = std::collections::HashSet::new();
        while reader.next(&mut chunk).unwrap() {
            chunks += 1;
            assert_eq!(chunk.iter().count(), chunk.events);
            assert!(chunk.encoded > chunk.events * 16);
            events += chunk.events;
            ids.extend(chunk.iter().map(|event| event.id.to_owned()));
        }
        assert_eq!((events, ids.len(), chunks), (5_500, 5_500, 6));
    }
}
