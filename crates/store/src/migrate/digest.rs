//! Digests of an organisation's events, equal in whatever ledger they are.

use std::fmt;
use std::ops::AddAssign;

use exchequer_core::{Day, MeterSet, MeteredRange, OrganizationId, Totals};
use exchequer_ledger::{
    CountingRules, Directories, Extent, IdentityKey, Partition, Partitions, Rows as _, SentEvent,
    Seq, Tail, folded_events, totals, unfolded_events,
};
use sha2::{Digest as _, Sha256};

use crate::catalog::{aliases, meters};
use crate::error::StoreError;
use crate::limits::EVER;
use crate::rows::StoredRows;
use crate::settings;
use crate::sql::{Row, Snapshot, params};

/// A sum over events of a hash of each, with the instant of its commit. The
/// order in which they are met does not matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Digest(u128);

impl AddAssign for Digest {
    fn add_assign(&mut self, other: Self) {
        self.0 = self.0.wrapping_add(other.0);
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl Digest {
    fn of(sent: &SentEvent<'_>, received: i64) -> Self {
        let mut hash = Sha256::new();
        let event = &sent.event;
        for text in [
            event.source,
            event.id,
            event.kind,
            event.subject,
            event.data,
            event.voids,
        ] {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        }
        hash.update(event.time.micros().to_le_bytes());
        hash.update(received.to_le_bytes());
        // Without one there are no bytes: the digest is that of before clients were kept.
        if let Some(client) = sent.client {
            hash.update(client.as_bytes());
        }
        let hash: [u8; 32] = hash.finalize().into();
        Self(u128::from_le_bytes(std::array::from_fn(|byte| hash[byte])))
    }
}

/// The events of an organisation, their digest, and its totals.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) events: u64,
    pub(super) digest: Digest,
    totals: Totals,
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} events ({}) with totals", self.events, self.digest)?;
        self.totals
            .iter()
            .try_for_each(|(meter, total)| write!(f, " {meter}: {total}"))
    }
}

/// A ledger that is read, organisation by organisation.
pub(super) struct Ledger<'a> {
    db: Snapshot<'a>,
    partitions: Partitions,
    key: IdentityKey,
    meters: MeterSet,
    /// The rows of the partition that was read last.
    partition: Option<PartitionRows>,
}

/// A partition, as far as it is read once.
struct PartitionRows {
    partition: Partition,
    /// The last seq of each commit, with when it came.
    marks: Vec<(u64, i64)>,
    tail: Tail,
    extent: Extent,
}

impl PartitionRows {
    /// Returns the instant at which an event came, or `i64::MIN` if its mark
    /// is missing.
    fn received(&self, seq: Seq) -> i64 {
        let at = self.marks.partition_point(|(last, _)| *last < seq.number());
        let mark = self.marks.get(at);
        mark.map_or(i64::MIN, |(_, received)| *received)
    }
}

impl<'a> Ledger<'a> {
    pub(super) fn open(db: Snapshot<'a>) -> Result<Self, StoreError> {
        Ok(Self {
            db,
            partitions: settings::partitions(&db)?,
            key: settings::identity_key(&db)?,
            meters: meters::load(&db)?,
            partition: None,
        })
    }

    pub(super) fn partition(&self, organization: OrganizationId) -> Partition {
        self.partitions.partition_of(organization)
    }

    /// Reads all of an organisation's events, and its totals as reports have
    /// them. `seen` is told the seq of each event, in no order.
    pub(super) fn held(
        &mut self,
        organization: OrganizationId,
        mut seen: impl FnMut(Seq),
    ) -> Result<Held, StoreError> {
        let rows = StoredRows::new(self.db, self.partition(organization));
        let read = self.read(&rows)?;
        let directories = Directories::new(0);
        let directory = directories.get(organization, &rows)?;
        let (mut events, mut digest) = (0, Digest::default());
        let mut add = |sent: &SentEvent<'_>| {
            events += 1;
            digest += Digest::of(sent, read.received(sent.seq));
            seen(sent.seq);
        };
        let query = "SELECT day, part FROM segment
             WHERE partition = $1 AND organization = $2 ORDER BY day, part";
        let place = |row: &Row<'_>| Ok((row.get(0).map(Day::from_number)?, row.get(1)?));
        let parts: Vec<(Day, u32)> = rows.all(query, params![organization.as_bytes()], place)?;
        for (day, part) in parts {
            let row = rows.segment(organization, day, part)?;
            folded_events(organization, &row, &directory, &rows, |sent| add(&sent))?;
        }
        for batch in read.tail.unfolded(&read.extent) {
            unfolded_events(&batch, |of, sent| {
                if of == organization {
                    add(&sent);
                }
            });
        }
        let tail = read.tail.slice(organization);
        let ever = MeteredRange::utc(EVER);
        let rules = CountingRules {
            meters: &self.meters,
            aliases: &aliases::all(&self.db, organization)?,
        };
        let totals = totals(organization, ever, rules, &tail, &directories, &rows)?;
        self.partition = Some(read);
        Ok(Held {
            events,
            digest,
            totals,
        })
    }

    fn read(&mut self, rows: &StoredRows<'_>) -> Result<PartitionRows, StoreError> {
        let partition = rows.partition();
        let kept = self.partition.take();
        if let Some(kept) = kept.filter(|kept| kept.partition == partition) {
            return Ok(kept);
        }
        let query = "SELECT seq, received FROM mark WHERE partition = $1 ORDER BY seq";
        let marks = rows.all(query, params![], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let extent = rows.extent()?;
        let mut tail = Tail::new(extent.folded);
        for batch in rows.journal(extent.folded, &self.key)? {
            tail.push(&batch);
        }
        Ok(PartitionRows {
            partition,
            marks,
            tail,
            extent,
        })
    }
}
