//! The feed of changes: what has changed of the things that bills are made from, and of the
//! bills, in order.
//!
//! Each partition counts its changes, 1, 2, 3 …. A transaction takes its numbers at its very
//! end, while it holds the row `change_head` of the partition, and lets go of the row when it
//! is durable. So whoever sees a change sees all of the partition with lower numbers, and a
//! place in the feed is one number for each partition. Between partitions there is no order.

use exchequer_core::{Instant, OrganizationId};
use exchequer_ledger::Partition;

use crate::actor::Actor;
use crate::audit;
use crate::error::StoreError;
use crate::sql::{Each, Row, Snapshot, Transaction, Value, params};

/// A change to store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewChange {
    /// The instant at which it is made.
    pub at: Instant,
    /// The organisation that it is about; what all tenants share is the operator's.
    pub organization: OrganizationId,
    /// The action, e.g. `contract.put`.
    pub action: String,
    /// The id of what has changed.
    pub object: String,
    /// The version of the object, or the number of an entry; 0 if it was deleted.
    pub version: u64,
}

/// A change of the feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The number of the partition.
    pub partition: u32,
    /// Counts the changes of the partition, from 1.
    pub number: u64,
    /// The instant at which it was made.
    pub at: Instant,
    /// See [`NewChange::organization`].
    pub organization: OrganizationId,
    /// See [`NewChange::action`].
    pub action: String,
    /// See [`NewChange::object`].
    pub object: String,
    /// See [`NewChange::version`].
    pub version: u64,
}

/// The place in the feed of one partition: how far it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The number of the partition.
    pub partition: u32,
    /// The number of the last change that was read; 0 before the first.
    pub number: u64,
}

/// Changes of a partition, and how far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The number of its last change, whosever that is; 0 before the first.
    pub last: u64,
    /// The changes, in their order.
    pub changes: Vec<Change>,
}

/// Records a change in the audit trail and in the feed. In a transaction.
///
/// # Errors
/// If the database fails.
pub(crate) fn record(
    tx: &Transaction<'_>,
    actor: &Actor,
    entry: &audit::Entry<'_>,
    version: u64,
) -> Result<(), StoreError> {
    audit::record(tx, actor, entry)?;
    tx.note_change(NewChange {
        at: actor.at,
        organization: entry.organization,
        action: entry.action.to_owned(),
        object: entry.object.to_owned(),
        version,
    })
}

/// Stores changes under the next numbers of their partitions. It locks the heads of these in
/// ascending order, and nothing is to be locked after them.
pub(crate) fn store(tx: &Transaction<'_>, changes: Vec<NewChange>) -> Result<(), StoreError> {
    let placed = changes
        .into_iter()
        .map(|change| Ok((tx.partition_of(change.organization)?, change)));
    let mut placed = placed.collect::<Result<Vec<_>, StoreError>>()?;
    // Stable, so those of a partition stay in the order in which they were made.
    placed.sort_by_key(|(partition, _)| *partition);
    for of_one in placed.chunk_by(|(one, _), (other, _)| one == other) {
        let changes: Vec<&NewChange> = of_one.iter().map(|(_, change)| change).collect();
        if let Some((partition, _)) = of_one.first() {
            append(tx, *partition, &changes)?;
        }
    }
    Ok(())
}

fn append(
    tx: &Transaction<'_>,
    partition: Partition,
    changes: &[&NewChange],
) -> Result<(), StoreError> {
    const CHANGE: Each = Each {
        one: "INSERT INTO change (partition, number, at, organization, action, object, version)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        many: "INSERT INTO change (partition, number, at, organization, action, object, version)
             SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bytea[],
                 $5::text[], $6::text[], $7::bigint[])",
    };
    let count = changes.len() as u64;
    let partition = partition.number();
    let query = "UPDATE change_head SET last = last + $1 WHERE partition = $2 RETURNING last";
    let last: u64 = tx.one(query, params![count, partition], |row| row.get(0))?;
    let rows = (last - count + 1..).zip(changes).map(|(number, change)| {
        [
            Value::number(partition),
            Value::number(number),
            Value::number(change.at.micros()),
            Value::blob(change.organization.as_bytes()),
            Value::text(&change.action),
            Value::text(&change.object),
            Value::number(change.version),
        ]
    });
    tx.execute_each(CHANGE, &rows.collect::<Vec<_>>())?;
    Ok(())
}

/// The changes that somebody may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// All of them.
    All,
    /// Those of an organisation.
    Of(OrganizationId),
    /// Those of an organisation but for its trusts.
    WithoutTrusts(OrganizationId),
}

impl Seen {
    /// Returns the organisation, if it is only one.
    #[must_use]
    pub fn organization(self) -> Option<OrganizationId> {
        match self {
            Self::All => None,
            Self::Of(id) | Self::WithoutTrusts(id) => Some(id),
        }
    }
}

/// Returns the changes of a partition after a place, and how far the partition is.
///
/// # Errors
/// If the database fails.
pub fn after(
    db: &Snapshot<'_>,
    place: Position,
    seen: Seen,
    most: u32,
) -> Result<Stretch, StoreError> {
    // The head comes with them, by one statement: its row is there also if nothing is new.
    let of_all = "SELECT last, change.number, at, organization, action, object, version
         FROM change_head LEFT JOIN change
             ON change.partition = $1 AND change.number > $2
         WHERE change_head.partition = $1 ORDER BY change.number LIMIT $3";
    let of_one = "SELECT last, change.number, at, organization, action, object, version
         FROM change_head LEFT JOIN change
             ON change.partition = $1 AND change.number > $2 AND organization = $3
                 AND ($4 = 1 OR action NOT LIKE 'trust.%')
         WHERE change_head.partition = $1 ORDER BY change.number LIMIT $5";
    let Position { partition, number } = place;
    let mut head = None;
    let mut changes = Vec::new();
    let read = |row: &Row<'_>| {
        head = Some(row.get(0)?);
        changes.extend(from_row(row, partition)?);
        Ok(true)
    };
    match seen.organization() {
        None => db.each(of_all, params![partition, number, most], read)?,
        Some(id) => {
            let (id, trusts) = (id.as_bytes(), matches!(seen, Seen::Of(_)));
            db.each(of_one, params![partition, number, id, trusts, most], read)?;
        }
    }
    let missing = || StoreError::corrupt(format!("change_head {partition}"), "it is missing");
    Ok(Stretch {
        last: head.ok_or_else(missing)?,
        changes,
    })
}

fn from_row(row: &Row<'_>, partition: u32) -> Result<Option<Change>, StoreError> {
    let Some(number) = row.get(1)? else {
        return Ok(None);
    };
    Ok(Some(Change {
        partition,
        number,
        at: Instant::from_micros(row.get(2)?),
        organization: OrganizationId::from_bytes(row.get(3)?),
        action: row.get(4)?,
        object: row.get(5)?,
        version: row.get(6)?,
    }))
}

/// Returns the number of the last change of a partition; 0 before the first.
///
/// # Errors
/// If the database fails.
pub fn last(db: &Snapshot<'_>, partition: u32) -> Result<u64, StoreError> {
    let query = "SELECT last FROM change_head WHERE partition = $1";
    db.one(query, params![partition], |row| row.get(0))
}

/// Returns the numbers of the partitions in which these changes are, and how many partitions
/// the ledger has.
///
/// # Errors
/// If the database fails.
pub fn partitions(db: &Snapshot<'_>, seen: Seen) -> Result<(Vec<u32>, u32), StoreError> {
    let all = db.partitions()?;
    let numbers = match seen.organization() {
        Some(id) => vec![all.partition_of(id).number()],
        None => all.all().map(Partition::number).collect(),
    };
    Ok((numbers, all.count()))
}
