//! The settings of a ledger, fixed when it is made.

use exchequer_core::OrganizationId;
use exchequer_ledger::{IdentityKey, Partition, Partitions};

use crate::error::StoreError;
use crate::sql::{Each, Snapshot, Transaction, Value, params};

const KEY: &str = "identity_key";
const PARTITIONS: &str = "partitions";
const COPIED: &str = "copied";

/// Returns the secret of a ledger, if it was made completely.
pub(crate) fn secret(db: &Snapshot<'_>) -> Result<Option<[u8; 16]>, StoreError> {
    let query = "SELECT value FROM setting WHERE name = $1";
    db.first(query, params![KEY], |row| row.get(0))
}

/// Returns the key of the hashes of identities.
pub(crate) fn identity_key(db: &Snapshot<'_>) -> Result<IdentityKey, StoreError> {
    let unfinished = || StoreError::unavailable("it holds no ledger; run `exchequer init` first");
    secret(db)?
        .map(IdentityKey::from_bytes)
        .ok_or_else(unfinished)
}

/// Returns the partitions. A ledger that does not say is one of before there
/// were several, and has one.
pub(crate) fn partitions(db: &Snapshot<'_>) -> Result<Partitions, StoreError> {
    let query = "SELECT value FROM setting WHERE name = $1";
    let count = db.first(query, params![PARTITIONS], |row| row.get(0))?;
    Ok(count.map_or(Partitions::ONE, |count| {
        Partitions::new(u32::from_le_bytes(count))
    }))
}

impl Snapshot<'_> {
    /// Returns the partitions of the ledger. They never change, so a node looks once.
    pub(crate) fn partitions(&self) -> Result<Partitions, StoreError> {
        let Some(known) = self.known_partitions() else {
            return partitions(self);
        };
        if let Some(partitions) = known.get() {
            return Ok(*partitions);
        }
        let partitions = partitions(self)?;
        Ok(*known.get_or_init(|| partitions))
    }

    /// Returns the partition of an organisation, in which all of its rows are.
    pub(crate) fn partition_of(
        &self,
        organization: OrganizationId,
    ) -> Result<Partition, StoreError> {
        Ok(self.partitions()?.partition_of(organization))
    }
}

/// Returns the seq up to which another ledger is copied into this one, while
/// that goes on.
pub(crate) fn copied(db: &Snapshot<'_>) -> Result<Option<u64>, StoreError> {
    let query = "SELECT value FROM setting WHERE name = $1";
    let copied = db.first(query, params![COPIED], |row| row.get(0))?;
    Ok(copied.map(u64::from_le_bytes))
}

/// Notes the seq that a copy has reached.
pub(crate) fn note_copied(tx: &Transaction<'_>, seq: u64) -> Result<(), StoreError> {
    let statement = "INSERT INTO setting (name, value) VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    tx.execute(statement, params![COPIED, seq.to_le_bytes()])?;
    Ok(())
}

/// Notes that a copy is complete.
pub(crate) fn forget_copied(tx: &Transaction<'_>) -> Result<(), StoreError> {
    tx.execute("DELETE FROM setting WHERE name = $1", params![COPIED])?;
    Ok(())
}

/// Stores the settings, and makes the rows of every partition.
pub(crate) fn fix(
    tx: &Transaction<'_>,
    secret: [u8; 16],
    partitions: Partitions,
) -> Result<(), StoreError> {
    let set = |name: &str, value: &[u8]| {
        let statement = "INSERT INTO setting (name, value) VALUES ($1, $2)";
        tx.execute(statement, params![name, value])
    };
    set(KEY, &secret)?;
    set(PARTITIONS, &partitions.count().to_le_bytes())?;
    const LEDGER: Each = Each {
        one: "INSERT INTO ledger (partition, folded, next_run) VALUES ($1, 0, 0)",
        many: "INSERT INTO ledger (partition, folded, next_run)
             SELECT partition, 0, 0 FROM unnest($1::bigint[]) AS new (partition)",
    };
    const HEAD: Each = Each {
        one: "INSERT INTO head (partition, last, received) VALUES ($1, 0, 0)",
        many: "INSERT INTO head (partition, last, received)
             SELECT partition, 0, 0 FROM unnest($1::bigint[]) AS new (partition)",
    };
    const TENANT_LOCK: Each = Each {
        one: "INSERT INTO tenant_lock (partition) VALUES ($1)",
        many: "INSERT INTO tenant_lock (partition)
             SELECT partition FROM unnest($1::bigint[]) AS new (partition)",
    };
    const CHANGE_HEAD: Each = Each {
        one: "INSERT INTO change_head (partition, last) VALUES ($1, 0)",
        many: "INSERT INTO change_head (partition, last)
             SELECT partition, 0 FROM unnest($1::bigint[]) AS new (partition)",
    };
    let rows = partitions.all().map(|it| [Value::number(it.number())]);
    let rows: Vec<_> = rows.collect();
    tx.execute_each(LEDGER, &rows)?;
    tx.execute_each(HEAD, &rows)?;
    tx.execute_each(TENANT_LOCK, &rows)?;
    tx.execute_each(CHANGE_HEAD, &rows)?;
    Ok(())
}
