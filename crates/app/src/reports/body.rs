//! Reports as JSON, which is also the form in which the store keeps finished
//! ones. A large report is written piece by piece while it is sent.

use std::sync::Arc;

use bytes::Bytes;
use exchequer_core::Instant;
use exchequer_ledger::UsageReport;
use exchequer_store::UsageKey;
use exchequer_store::report_jobs::ReportScope;
use exchequer_types::{BillingUsageReport, ReportStatus, dates};
use sha2::{Digest, Sha256};
use uuid::Builder;

use crate::limits::REPORT_PIECE;

/// A finished report.
pub struct ReportBody {
    report: Finished,
    as_of: Option<Instant>,
}

enum Finished {
    /// The bytes that were kept in the database.
    Kept(Bytes),
    /// Still to be written.
    Fresh(ReportScope, Arc<UsageReport>),
}

impl ReportBody {
    pub(super) fn kept(bytes: Vec<u8>) -> Self {
        Self {
            report: Finished::Kept(bytes.into()),
            as_of: None,
        }
    }

    pub(super) fn fresh(scope: ReportScope, report: Arc<UsageReport>) -> Self {
        Self {
            report: Finished::Fresh(scope, report),
            as_of: None,
        }
    }

    /// Adds as of when the report is, because something has changed since.
    pub(super) fn dated(self, as_of: Instant) -> Self {
        Self {
            as_of: Some(as_of),
            ..self
        }
    }

    /// Returns the body in pieces, each written when it is asked for.
    #[must_use]
    pub fn pieces(self) -> Pieces {
        match (self.report, self.as_of) {
            (Finished::Kept(bytes), None) => Pieces::Kept(vec![bytes].into_iter()),
            (Finished::Kept(bytes), Some(as_of)) => {
                // A kept report is an object without what is added here, at its end.
                let open = bytes.slice(..bytes.len().saturating_sub(1));
                let end = format!("{}}}", as_of_field(as_of));
                Pieces::Kept(vec![open, Bytes::from(end)].into_iter())
            }
            (Finished::Fresh(scope, report), as_of) => {
                Pieces::Fresh(Writer::new(scope, report, as_of))
            }
        }
    }
}

fn as_of_field(as_of: Instant) -> String {
    format!(",\"asOfDate\":\"{}\"", dates::format(as_of.micros()))
}

/// The pieces of a report, in order.
pub enum Pieces {
    /// The parts of a kept report.
    Kept(std::vec::IntoIter<Bytes>),
    /// One that is written while it is asked for.
    Fresh(Writer),
}

impl Pieces {
    /// Returns true if there is none left.
    #[must_use]
    pub fn is_done(&self) -> bool {
        match self {
            Self::Kept(parts) => parts.as_slice().is_empty(),
            Self::Fresh(writer) => writer.is_done(),
        }
    }
}

impl Iterator for Pieces {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        match self {
            Self::Kept(parts) => parts.next(),
            Self::Fresh(writer) => writer.next(),
        }
    }
}

/// Returns a finished report in one piece.
pub(super) fn whole(scope: ReportScope, report: Arc<UsageReport>) -> Vec<u8> {
    Writer::new(scope, report, None).fold(Vec::new(), |mut whole, piece| {
        whole.extend_from_slice(&piece);
        whole
    })
}

/// Returns what a report was computed from: the last seq in its range, the revision
/// of the meters, which of them contracts entitle to, the version of the aliases, and its
/// last day where that is not the one of UTC.
pub(super) fn key(key: &UsageKey) -> String {
    let UsageKey {
        last_seq, revision, ..
    } = key;
    let mut text = format!("{last_seq}.{revision}");
    if !key.entitled.is_empty() {
        text.push('.');
        text.push_str(&hex(&Sha256::digest(key.entitled.join("\n"))));
    }
    if key.aliases > 0 {
        text.push_str(".a");
        text.push_str(&key.aliases.to_string());
    }
    if key.range.is_local() {
        text.push('.');
        text.push_str(&key.range.last_day.to_string());
    }
    text
}

/// Returns the tag of a report: it changes when the report may.
pub(super) fn etag(scope: &ReportScope, key: &str) -> String {
    let digest = Sha256::new_with_prefix(id(scope)).chain_update(key);
    hex(&digest.finalize())
}

/// Returns the first half of a digest.
fn hex(digest: &[u8]) -> String {
    use std::fmt::Write as _;
    digest
        .iter()
        .take(16)
        .fold(String::new(), |mut text, byte| {
            // Writing into a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// The beginning and end of every report.
struct Frame {
    id: String,
    start: String,
    end: String,
    uri: String,
}

impl Frame {
    fn new(scope: &ReportScope) -> Self {
        let range = scope.range;
        let start = dates::format(range.start().micros());
        let end = dates::format(range.end().micros());
        // The organisation is for operators; others are only ever given their own.
        let uri = format!(
            "/api/v2/billing/reports/billableusage?startDate={start}&endDate={end}\
             &organizationId={}",
            scope.organization
        );
        Self {
            id: id(scope),
            start,
            end,
            uri,
        }
    }
}

/// Returns the id of a report: the same for the same organisation and range.
#[must_use]
pub fn id(scope: &ReportScope) -> String {
    let range = scope.range;
    let mut hasher = Sha256::new();
    hasher.update(scope.organization.as_bytes());
    hasher.update(range.start().micros().to_be_bytes());
    hasher.update(range.end().micros().to_be_bytes());
    let digest: [u8; 32] = hasher.finalize().into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Builder::from_custom_bytes(bytes).into_uuid().to_string()
}

/// Returns the answer while a report is being made.
#[must_use]
pub fn in_progress(scope: &ReportScope) -> BillingUsageReport {
    let frame = Frame::new(scope);
    BillingUsageReport {
        id: Some(frame.id),
        name: None,
        start_date: frame.start,
        end_date: frame.end,
        status: Some(ReportStatus::InProgress),
        usages: Vec::new(),
        self_uri: Some(frame.uri),
        as_of_date: None,
    }
}

/// Writes a report piece by piece.
pub struct Writer {
    frame: Frame,
    report: Arc<UsageReport>,
    as_of: Option<Instant>,
    instants: dates::InstantWriter,
    next: Place,
}

/// The part of a report that is written next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Head,
    Usage(usize),
    Resource(usize, usize),
    Tail,
    Done,
}

impl Writer {
    fn new(scope: ReportScope, report: Arc<UsageReport>, as_of: Option<Instant>) -> Self {
        Self {
            frame: Frame::new(&scope),
            report,
            as_of,
            instants: dates::InstantWriter::default(),
            next: Place::Head,
        }
    }

    fn is_done(&self) -> bool {
        self.next == Place::Done
    }

    /// Writes what comes next and says what comes after it.
    fn step(&mut self, out: &mut String) -> Place {
        match self.next {
            Place::Head => {
                let Frame { id, start, end, .. } = &self.frame;
                out.push_str("{\"id\":");
                push_text(out, id);
                out.push_str(",\"startDate\":");
                push_text(out, start);
                out.push_str(",\"endDate\":");
                push_text(out, end);
                out.push_str(",\"status\":\"Complete\",\"usages\":[");
                Place::Usage(0)
            }
            Place::Usage(at) => {
                let Some(usage) = self.report.usages.get(at) else {
                    return Place::Tail;
                };
                out.push_str(if at == 0 { "{\"name\":" } else { ",{\"name\":" });
                push_text(out, &usage.name);
                out.push_str(",\"totalUsage\":");
                push_text(out, &usage.total.to_string());
                out.push_str(",\"resources\":[");
                Place::Resource(at, 0)
            }
            Place::Resource(at, nth) => {
                let usage = self.report.usages.get(at);
                let Some(resource) = usage.and_then(|usage| usage.resources.get(nth)) else {
                    out.push_str("]}");
                    return Place::Usage(at + 1);
                };
                out.push_str(if nth == 0 {
                    "{\"name\":"
                } else {
                    ",{\"name\":"
                });
                push_text(out, self.report.name(*resource));
                out.push_str(",\"date\":\"");
                self.instants.push(out, resource.date.micros());
                out.push_str("\"}");
                Place::Resource(at, nth + 1)
            }
            Place::Tail => {
                out.push_str("],\"selfUri\":");
                push_text(out, &self.frame.uri);
                if let Some(as_of) = self.as_of {
                    out.push_str(&as_of_field(as_of));
                }
                out.push('}');
                Place::Done
            }
            Place::Done => Place::Done,
        }
    }
}

impl Iterator for Writer {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        if self.is_done() {
            return None;
        }
        let mut piece = String::with_capacity(REPORT_PIECE + 1024);
        while !self.is_done() && piece.len() < REPORT_PIECE {
            self.next = self.step(&mut piece);
        }
        Some(Bytes::from(piece))
    }
}

fn push_text(out: &mut String, text: &str) {
    let plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    if text.bytes().all(plain) {
        out.push('"');
        out.push_str(text);
        out.push('"');
    } else {
        out.push_str(&serde_json::to_string(text).expect("a string serialises"));
    }
}

#[cfg(test)]
mod tests;
