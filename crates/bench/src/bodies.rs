//! Request bodies, rendered before anything is measured.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::Path;

use anyhow::{Context, Result};
use exchequer_core::{Instant, OrganizationId};

use crate::input::{Chunk, Event, Reader};
use crate::kinds::KINDS;

/// Renders every batch of `input` as a JSON array.
pub(crate) fn prepare(input: &Path, ids: &[OrganizationId], path: &Path) -> Result<()> {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let file = File::create(path).with_context(|| format!("{}", path.display()))?;
    let mut out = BufWriter::with_capacity(1 << 20, file);
    let mut reader = Reader::open(input, u64::MAX)?;
    let (mut chunk, mut body) = (Chunk::default(), String::new());
    while reader.next(&mut chunk)? {
        body.clear();
        for (number, event) in chunk.iter().enumerate() {
            body.push(if number == 0 { '[' } else { ',' });
            render(&event, &ids[usize::from(event.organization)], &mut body)?;
        }
        body.push(']');
        out.write_all(&(body.len() as u32).to_le_bytes())?;
        out.write_all(&(chunk.events as u32).to_le_bytes())?;
        out.write_all(body.as_bytes())?;
    }
    out.flush()?;
    Ok(())
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

    /// The next body and how many events it holds.
    pub(crate) fn next(&mut self) -> Result<Option<(Vec<u8>, u64)>> {
        let (mut length, mut events) = ([0; 4], [0; 4]);
        if self.0.read(&mut length[..1])? == 0 {
            return Ok(None);
        }
        self.0.read_exact(&mut length[1..])?;
        self.0.read_exact(&mut events)?;
        let mut body = vec![0; u32::from_le_bytes(length) as usize];
        self.0.read_exact(&mut body)?;
        Ok(Some((body, u64::from(u32::from_le_bytes(events)))))
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
}
