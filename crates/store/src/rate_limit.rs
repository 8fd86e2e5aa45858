//! Requests of this minute, counted by all nodes together, each in the
//! partition of the organisation that it is of.

use exchequer_core::{Instant, OrganizationId};
use exchequer_ledger::{Partition, Partitions};

use crate::error::StoreError;
use crate::sql::{Row, Snapshot, Transaction, params};

/// A minute in which requests are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The end of the minute.
    pub ends: Instant,
    /// Requests so far.
    pub requests: u32,
}

pub(crate) fn window(row: &Row<'_>, first: usize) -> Result<Window, StoreError> {
    Ok(Window {
        ends: row.get(first).map(Instant::from_micros)?,
        requests: row.get(first + 1)?,
    })
}

/// Returns the partition in which requests are counted: that of the organisation. A
/// failed login has none, and is spread by the bytes that it is known by.
pub(crate) fn partition(
    partitions: Partitions,
    organization: Option<OrganizationId>,
    what: &[u8],
) -> Partition {
    partitions.partition_of(organization.unwrap_or_else(|| {
        let mut id = [0; 16];
        // An address and its kind are 17 bytes at most; the last one of an
        // IPv6 address is always 0.
        id.iter_mut().zip(what).for_each(|(to, from)| *to = *from);
        OrganizationId::from_bytes(id)
    }))
}

/// Counts a request. A window that is over gives way to one that ends at
/// `ends`; so does one that ends later, which is of a clock that went back.
pub(crate) fn count(
    tx: &Transaction<'_>,
    partition: Partition,
    what: &[u8],
    now: Instant,
    ends: Instant,
) -> Result<Window, StoreError> {
    let statement = "INSERT INTO rate_limit (partition, what, ends, requests) VALUES ($1, $2, $3, 1)
         ON CONFLICT (partition, what) DO UPDATE SET
             requests = CASE WHEN rate_limit.ends > $4 AND rate_limit.ends <= $3
                             THEN least(rate_limit.requests + 1, 4000000000) ELSE 1 END,
             ends = CASE WHEN rate_limit.ends > $4 AND rate_limit.ends <= $3 THEN rate_limit.ends ELSE $3 END
         RETURNING ends, requests";
    tx.one(
        statement,
        params![partition.number(), what, ends.micros(), now.micros()],
        |row| window(row, 0),
    )
}

/// Returns the current minute, if something was counted in it.
pub(crate) fn find(
    db: &Snapshot<'_>,
    partition: Partition,
    what: &[u8],
    now: Instant,
    ends: Instant,
) -> Result<Option<Window>, StoreError> {
    let query = "SELECT ends, requests FROM rate_limit
         WHERE partition = $1 AND what = $2 AND ends > $3 AND ends <= $4";
    db.first(
        query,
        params![partition.number(), what, now.micros(), ends.micros()],
        |row| window(row, 0),
    )
}

/// Forgets the windows of a partition that are over.
pub(crate) fn purge(
    tx: &Transaction<'_>,
    partition: Partition,
    now: Instant,
) -> Result<usize, StoreError> {
    let statement = "DELETE FROM rate_limit WHERE partition = $1 AND ends <= $2";
    tx.execute(statement, params![partition.number(), now.micros()])
}

#[cfg(test)]
mod tests {
    use exchequer_support::Database;

    use super::*;
    use crate::test_database::node;

    fn home() -> Partition {
        partition(Partitions::new(5), None, b"ada")
    }

    #[test]
    fn nodes_count_together_and_a_window_ends() {
        let Some(server) = Database::new() else {
            return;
        };
        let nodes = [node(&server).unwrap(), node(&server).unwrap()];
        let hit = |which: usize, now: i64| {
            let (now, ends) = (Instant::from_micros(now), Instant::from_micros(now + 60));
            let counted = nodes[which]
                .change(|tx| count(tx, home(), b"ada", now, ends))
                .unwrap();
            (counted.ends.micros(), counted.requests)
        };
        assert_eq!(hit(0, 100), (160, 1));
        assert_eq!(hit(1, 110), (160, 2));
        assert_eq!(hit(0, 159), (160, 3));
        assert_eq!(hit(1, 160), (220, 1));
        assert_eq!(hit(0, 100), (160, 1), "of a clock that went back");
        let left = nodes[0].change(|tx| {
            let found = |what: &[u8], now: i64| {
                find(
                    tx,
                    home(),
                    what,
                    Instant::from_micros(now),
                    Instant::from_micros(now + 60),
                )
            };
            assert_eq!(found(b"ada", 120)?.map(|window| window.requests), Some(1));
            assert_eq!((found(b"ada", 160)?, found(b"bob", 120)?), (None, None));
            assert_eq!(purge(tx, home(), Instant::from_micros(159))?, 0);
            purge(tx, home(), Instant::from_micros(160))
        });
        assert_eq!(left.unwrap(), 1);
    }
}
