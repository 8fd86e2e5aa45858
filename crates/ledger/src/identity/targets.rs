//! The events that voids mean, as the writer finds them: whether there are any, and
//! who has sent them.

use exchequer_core::{ClientId, Instant, OrganizationId};

use crate::batch::Batch;
use crate::identity::admission::{Index, Verdict};
use crate::void::Reach;

/// A void of a batch, and what is stored of the event that it means.
pub(crate) struct Target {
    pub(crate) organization: OrganizationId,
    /// The row of the void.
    pub(crate) row: usize,
    /// The identity hash of the event that it means.
    pub(crate) hash: u64,
    pub(crate) stored: Sought,
}

/// The event that a void means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sought {
    /// There is none.
    Absent,
    /// It happened at an instant that the void does not reach.
    OutOfReach,
    /// The void meets it; this client has sent it.
    Met(Option<ClientId>),
}

impl Sought {
    /// Judges an event by its instant and client, if there is one of the identity.
    pub(crate) fn of(
        batch: &Batch,
        row: usize,
        event: Option<(Instant, Option<ClientId>)>,
    ) -> Self {
        let void = batch.time(row);
        match event {
            None => Self::Absent,
            Some((time, client)) if Reach::of(batch.client(row), void).meets(void, time) => {
                Self::Met(client)
            }
            Some(_) => Self::OutOfReach,
        }
    }
}

/// Events of other clients that one request voids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignVoids {
    /// The organisation of the events.
    pub organization: OrganizationId,
    /// The client that voids them.
    pub client: ClientId,
    /// The number of the events.
    pub events: u32,
    /// Source and id of the first.
    pub first: (String, String),
}

/// What the voids of one batch have found.
#[derive(Default)]
pub(crate) struct Found {
    /// The number of voids, new or repeated, that meet no event.
    pub(crate) unmatched: u64,
    pub(crate) foreign: Vec<ForeignVoids>,
}

/// Looks for what the targets of a batch have not found in what is stored among the
/// events that are kept together with it.
pub(crate) fn settle<'a>(
    batch: &Batch,
    verdicts: &[Verdict],
    targets: &[Target],
    index: &Index,
    batch_at: impl Fn(u32) -> &'a Batch,
) -> Found {
    let mut found = Found::default();
    for target in targets {
        let accepted = match verdicts[target.row] {
            Verdict::Accepted => true,
            Verdict::Duplicate => false,
            // It is not kept, so it voids nothing.
            Verdict::Unknown | Verdict::Conflict { .. } => continue,
        };
        let void = batch.content(target.row);
        let sought = match target.stored {
            Sought::Absent => {
                let identity = (void.source, void.voids);
                let event = index.find(target.hash, target.organization, identity, &batch_at);
                let event = event.map(|event| (event.time, event.client));
                Sought::of(batch, target.row, event)
            }
            known => known,
        };
        match (sought, void.client) {
            (Sought::Met(Some(theirs)), Some(own)) if accepted && theirs != own => {
                found.add_foreign(target.organization, own, (void.source, void.voids));
            }
            (Sought::Met(_), _) => {}
            (Sought::Absent | Sought::OutOfReach, _) => found.unmatched += 1,
        }
    }
    found
}

impl Found {
    fn add_foreign(
        &mut self,
        organization: OrganizationId,
        client: ClientId,
        (source, id): (&str, &str),
    ) {
        // A batch holds the events of an organisation together.
        match self.foreign.last_mut() {
            Some(last) if (last.organization, last.client) == (organization, client) => {
                last.events += 1;
            }
            _ => self.foreign.push(ForeignVoids {
                organization,
                client,
                events: 1,
                first: (source.to_owned(), id.to_owned()),
            }),
        }
    }
}
