//! Events as they were sent, out of what is stored.

use exchequer_core::OrganizationId;

use crate::batch::NewEvent;
use crate::directory::Directory;
use crate::identity::key::Content;
use crate::rows::{Rows, SegmentRow};
use crate::segment::Segment;
use crate::tail::{Seq, TailBatch};

/// Calls `visit` with each event of a part and its seq, in order of time.
///
/// # Errors
/// The part is damaged.
pub fn folded_events<R: Rows>(
    organization: OrganizationId,
    row: &SegmentRow,
    directory: &Directory,
    rows: &R,
    mut visit: impl FnMut(Seq, NewEvent<'_>),
) -> Result<(), R::Error> {
    let damaged = |damage| {
        let what = format!("segment {organization}/{}/{}", row.day, row.part);
        rows.damaged(what, damage)
    };
    let segment = Segment::decode(&row.blob, row.data.as_deref()).map_err(damaged)?;
    segment.check_subjects(directory.len()).map_err(damaged)?;
    for at in 0..segment.len() {
        let event = segment.content(at, directory);
        visit(Seq::new(segment.seqs[at]), as_sent(&event));
    }
    Ok(())
}

/// Calls `visit` with each event of a batch, its organisation and its seq.
pub fn unfolded_events(
    batch: &TailBatch,
    mut visit: impl FnMut(OrganizationId, Seq, NewEvent<'_>),
) {
    for (organization, rows) in batch.batch.organizations() {
        for row in rows {
            let seq = batch.first.plus(row as u64);
            visit(organization, seq, as_sent(&batch.batch.content(row)));
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
