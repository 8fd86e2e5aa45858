//! An embedded ledger, read in the order of its commits.

use exchequer_core::{ClientId, Day, Instant, OrganizationId};
use exchequer_ledger::{
    Directories, IdentityKey, NewEvent, Partitions, Rows as _, SentEvent, Seq, folded_events,
    unfolded_events,
};

use crate::error::StoreError;
use crate::limits::DIRECTORY_BYTES;
use crate::rows::{StoredRows, instant};
use crate::settings;
use crate::sql::{Snapshot, params};

/// The key of a part, and the seqs between which its events are.
struct Part {
    organization: OrganizationId,
    day: Day,
    part: u32,
    seqs: (u64, u64),
}

/// An event of it.
pub(super) struct Kept {
    pub(super) organization: OrganizationId,
    pub(super) seq: u64,
    pub(super) client: Option<ClientId>,
    source: String,
    id: String,
    kind: String,
    subject: String,
    time: Instant,
    data: String,
    voids: String,
}

impl Kept {
    fn new(organization: OrganizationId, sent: &SentEvent<'_>) -> Self {
        let SentEvent { seq, client, event } = sent;
        Self {
            organization,
            seq: seq.number(),
            client: *client,
            source: event.source.to_owned(),
            id: event.id.to_owned(),
            kind: event.kind.to_owned(),
            subject: event.subject.to_owned(),
            time: event.time,
            data: event.data.to_owned(),
            voids: event.voids.to_owned(),
        }
    }

    pub(super) fn as_new(&self) -> NewEvent<'_> {
        NewEvent {
            source: &self.source,
            id: &self.id,
            kind: &self.kind,
            subject: &self.subject,
            time: self.time,
            data: &self.data,
            voids: &self.voids,
        }
    }
}

/// A ledger of one partition.
pub(super) struct Source<'a> {
    rows: StoredRows<'a>,
    key: IdentityKey,
    directories: Directories,
    parts: Vec<Part>,
    last: u64,
}

impl<'a> Source<'a> {
    pub(super) fn open(db: Snapshot<'a>) -> Result<Self, StoreError> {
        let only = match settings::partitions(&db)? {
            Partitions::ONE => Partitions::ONE.all().next(),
            _ => None,
        };
        let many = || StoreError::unavailable("the ledger has several partitions");
        let rows = StoredRows::new(db, only.ok_or_else(many)?);
        let query = "SELECT organization, day, part, min_seq, max_seq FROM segment
             WHERE partition = $1";
        let parts = rows.all(query, params![], |row| {
            Ok(Part {
                organization: row.get(0).map(OrganizationId::from_bytes)?,
                day: row.get(1).map(Day::from_number)?,
                part: row.get(2)?,
                seqs: (row.get(3)?, row.get(4)?),
            })
        })?;
        Ok(Self {
            rows,
            key: settings::identity_key(&db)?,
            directories: Directories::new(DIRECTORY_BYTES),
            parts,
            last: rows.extent()?.last.number(),
        })
    }

    /// Returns the last seq.
    pub(super) fn last(&self) -> u64 {
        self.last
    }

    /// Returns the commits after a seq, of about so many events, at least one: the last
    /// seq of each, and when it came.
    pub(super) fn commits(
        &self,
        after: u64,
        events: u64,
    ) -> Result<Vec<(u64, Instant)>, StoreError> {
        let query = "SELECT seq, received FROM mark WHERE partition = $1 AND seq > $2 ORDER BY seq";
        let mut commits = Vec::new();
        self.rows.each(query, params![after], |row| {
            let seq = row.get(0)?;
            let fits = commits.is_empty() || seq <= after + events;
            if fits {
                commits.push((seq, instant(row, 1)?));
            }
            Ok(fits)
        })?;
        Ok(commits)
    }

    /// Returns the events after one seq and up to another, in the order of seqs.
    pub(super) fn events(&self, after: u64, upto: u64) -> Result<Vec<Kept>, StoreError> {
        let mut events = Vec::new();
        let wanted = |seq: Seq| seq.number() > after && seq.number() <= upto;
        let parts = self.parts.iter();
        for part in parts.filter(|part| part.seqs.1 > after && part.seqs.0 <= upto) {
            let organization = part.organization;
            let directory = self.directories.get(organization, &self.rows)?;
            let row = self.rows.segment(organization, part.day, part.part)?;
            folded_events(organization, &row, &directory, &self.rows, |sent| {
                if wanted(sent.seq) {
                    events.push(Kept::new(organization, &sent));
                }
            })?;
        }
        let folded = self.rows.extent()?.folded;
        if upto > folded.number() {
            for batch in self.rows.journal(folded, &self.key)? {
                unfolded_events(&batch, |organization, sent| {
                    if wanted(sent.seq) {
                        events.push(Kept::new(organization, &sent));
                    }
                });
            }
        }
        events.sort_unstable_by_key(|event| event.seq);
        Ok(events)
    }
}
