//! Events as they were sent, out of what is stored.

use exchequer_core::{ClientId, OrganizationId};

use crate::batch::NewEvent;
use crate::directory::Directory;
use crate::identity::key::Content;
use crate::rows::{Rows, SegmentRow};
use crate::segment::Segment;
use crate::tail::{Seq, TailBatch};

/// An event as it was sent, with its seq.
pub struct SentEvent<'a> {
    /// Its place in the order of commits.
    pub seq: Seq,
    /// The client that has sent it, if that is known.
    pub client: Option<ClientId>,
    /// The event.
    pub event: NewEvent<'a>,
}

/// Calls `visit` with each event of a part, in order of time.
///
/// # Errors
/// The part is damaged.
pub fn folded_events<R: Rows>(
    organization: OrganizationId,
    row: &SegmentRow,
    directory: &Directory,
    rows: &R,
    mut visit: impl FnMut(SentEvent<'_>),
) -> Result<(), R::Error> {
    let damaged = |damage| {
        let what = format!("segment {organization}/{}/{}", row.day, row.part);
        rows.damaged(what, damage)
    };
    let segment = Segment::decode(&row.blob, row.data.as_deref()).map_err(damaged)?;
    segment.check_subjects(directory.len()).map_err(damaged)?;
    for at in 0..segment.len() {
        let event = segment.content(at, directory);
        visit(SentEvent {
            seq: Seq::new(segment.seqs[at]),
            client: event.client,
            event: as_sent(&event),
        });
    }
    Ok(())
}

/// Calls `visit` with each event of a batch and its organisation.
pub fn unfolded_events(batch: &TailBatch, mut visit: impl FnMut(OrganizationId, SentEvent<'_>)) {
    for (organization, rows) in batch.batch.organizations() {
        for row in rows {
            let event = batch.batch.content(row);
            let sent = SentEvent {
                seq: batch.first.plus(row as u64),
                client: event.client,
                event: as_sent(&event),
            };
            visit(organization, sent);
        }
    }
}

fn as_sent<'a>(event: &Content<'a>) -> NewEvent<'a> {
    NewEvent {
        source: event.source,
        id: event.id,
        kind: event.kind,
        subject: event.subject,
        time: event.time,
        data: event.data,
        voids: event.voids,
    }
}
