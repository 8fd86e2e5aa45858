//! Request bodies, rendered before anything is measured.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::Path;

use anyhow::{Context, Result};
use exchequer_core::{Instant, OrganizationId};

use crate::input::{Chunk, Event, Reader};
use crate::kinds::KINDS;

/// Renders every batch of `input` as a JSON array of new events.
pub(crate) fn prepare(input: &Path, ids: &[OrganizationId], path: &Path) -> Result<()> {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let mut bodies = Renderer::create(path)?;
    let mut reader = Reader::open(input, u64::MAX)?;
    let mut chunk = Chunk::default();
    while reader.next(&mut chunk)? {
        for event in chunk.iter() {
            bodies.push(&event, &ids[usize::from(event.organization)], Outcome::New)?;
        }
        bodies.end_body()?;
    }
    bodies.finish()
}

/// What becomes of an event that is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is accepted.
    New,
    /// It is stored already.
    Repeat,
    /// Another event with its identity is stored already.
    Conflict,
}

/// The answer that a request must get, in numbers of events.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) accepted: u32,
    pub(crate) duplicates: u32,
    pub(crate) conflicts: u32,
}

impl Counts {
    /// The number of events in the request.
    pub(crate) fn events(self) -> u64 {
        u64::from(self.accepted) + u64::from(self.duplicates) + u64::from(self.conflicts)
    }

    fn count(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::New => self.accepted += 1,
            Outcome::Repeat => self.duplicates += 1,
            Outcome::Conflict => self.conflicts += 1,
        }
    }
}

/// Writes the bodies of a file.
pub(crate) struct Renderer {
    out: BufWriter<File>,
    body: String,
    expected: Counts,
}

impl Renderer {
    pub(crate) fn create(path: &Path) -> Result<Self> {
        let file = File::create(path).with_context(|| format!("{}", path.display()))?;
        Ok(Self {
            out: BufWriter::with_capacity(1 << 20, file),
            body: String::new(),
            expected: Counts::default(),
        })
    }

    /// Adds an event to the body.
    pub(crate) fn push(
        &mut self,
        event: &Event<'_>,
        organization: &str,
        outcome: Outcome,
    ) -> Result<()> {
        self.body.push(match self.body.is_empty() {
            true => '[',
            false => ',',
        });
        self.expected.count(outcome);
        render(event, organization, &mut self.body)
    }

    /// Writes the body, unless it is empty, and begins the next one.
    pub(crate) fn end_body(&mut self) -> Result<()> {
        if self.body.is_empty() {
            return Ok(());
        }
        self.body.push(']');
        let Counts {
            accepted,
            duplicates,
            conflicts,
        } = std::mem::take(&mut self.expected);
        for number in [self.body.len() as u32, accepted, duplicates, conflicts] {
            self.out.write_all(&number.to_le_bytes())?;
        }
        self.out.write_all(self.body.as_bytes())?;
        self.body.clear();
        Ok(())
    }

    pub(crate) fn finish(mut self) -> Result<()> {
        self.end_body()?;
        self.out.flush()?;
        Ok(())
    }
}

/// One event as JSON. Nothing in the generated world needs escaping.
pub(crate) fn render(event: &Event<'_>, organization: &str, body: &mut String) -> Result<()> {
    write!(
        body,
        r#"{{"specversion":"1.0","id":"{}","source":"{}","type":"{}","subject":"{}","time":"#,
        event.id,
        event.source(),
        KINDS[usize::from(event.kind)].meter.event_type,
        event.subject,
    )?;
    write_time(event.micros, body)?;
    write!(
        body,
        r#","organization":"{organization}","data":{}}}"#,
        event.data
    )?;
    Ok(())
}

/// An instant in quotes, to the microsecond.
pub(crate) fn write_time(micros: i64, text: &mut String) -> std::fmt::Result {
    let instant = Instant::from_micros(micros);
    let offset = instant.offset_in_day();
    let (seconds, fraction) = (offset / 1_000_000, offset % 1_000_000);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    write!(
        text,
        "\"{}T{hours:02}:{minutes:02}:{seconds:02}.{fraction:06}Z\"",
        instant.day()
    )
}

/// The bodies of a file, in order.
pub(crate) struct Bodies(BufReader<File>);

impl Bodies {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).with_context(|| format!("{}", path.display()))?;
        Ok(Self(BufReader::with_capacity(1 << 18, file)))
    }

    /// The next body and the answer that it must get.
    pub(crate) fn next(&mut self) -> Result<Option<(Vec<u8>, Counts)>> {
        let mut head = [0; 16];
        if self.0.read(&mut head[..1])? == 0 {
            return Ok(None);
        }
        self.0.read_exact(&mut head[1..])?;
        let number =
            |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let mut body = vec![0; number(0) as usize];
        self.0.read_exact(&mut body)?;
        let expected = Counts {
            accepted: number(4),
            duplicates: number(8),
            conflicts: number(12),
        };
        Ok(Some((body, expected)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_rendered_as_the_server_reads_it() {
        let event = Event {
            organization: 0,
            kind: 3,
            source: 6,
            micros: 1_759_276_800_000_123,
            id: "e-1",
            subject: "user-1",
            data: "{}",
        };
        let mut body = String::new();
        render(&event, "o-1", &mut body).unwrap();
        let read: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(read["time"], "2025-10-01T00:00:00.000123Z");
        assert_eq!(read["type"], "user.login");
        assert_eq!(read["organization"], "o-1");
        assert!(read["data"].is_object());
    }

    #[test]
    fn bodies_come_back_with_the_answers_they_must_get() {
        let event = |id| Event {
            organization: 0,
            kind: 3,
            source: 6,
            micros: 0,
            id,
            subject: "user-1",
            data: "{}",
        };
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("bodies");
        let mut bodies = Renderer::create(&path).unwrap();
        bodies.push(&event("a"), "o", Outcome::New).unwrap();
        bodies.push(&event("b"), "o", Outcome::Conflict).unwrap();
        bodies.end_body().unwrap();
        bodies.push(&event("c"), "o", Outcome::Repeat).unwrap();
        bodies.finish().unwrap();
        let mut bodies = Bodies::open(&path).unwrap();
        let mut next = || {
            let (body, expected) = bodies.next().unwrap()?;
            let events: Vec<serde_json::Value> = serde_json::from_slice(&body).unwrap();
            assert_eq!(events.len() as u64, expected.events());
            Some((expected.accepted, expected.duplicates, expected.conflicts))
        };
        assert_eq!(next(), Some((1, 0, 1)));
        assert_eq!(next(), Some((0, 1, 0)));
        assert_eq!(next(), None);
    }
}
