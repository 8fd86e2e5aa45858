//! Requests of this minute, counted by all nodes together.

use exchequer_core::Instant;

use crate::catalog::PARTITION;
use crate::error::StoreError;
use crate::sql::{Row, Sql, params};

/// A minute in which requests are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// When it ends.
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

/// Counts a request. A window that is over makes room for one that ends at
/// `ends`; so does one that ends later, which is of a clock that went back.
pub(crate) fn count(
    tx: &Sql<'_>,
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
        params![PARTITION, what, ends.micros(), now.micros()],
        |row| window(row, 0),
    )
}

/// The window of now, if something was counted in it.
pub(crate) fn find(
    sql: &Sql<'_>,
    what: &[u8],
    now: Instant,
    ends: Instant,
) -> Result<Option<Window>, StoreError> {
    let query = "SELECT ends, requests FROM rate_limit
         WHERE partition = $1 AND what = $2 AND ends > $3 AND ends <= $4";
    sql.first(
        query,
        params![PARTITION, what, now.micros(), ends.micros()],
        |row| window(row, 0),
    )
}

/// Forgets windows that are over.
pub(crate) fn purge(tx: &Sql<'_>, now: Instant) -> Result<usize, StoreError> {
    let statement = "DELETE FROM rate_limit WHERE partition = $1 AND ends <= $2";
    tx.execute(statement, params![PARTITION, now.micros()])
}

#[cfg(test)]
mod tests {
    use exchequer_support::Database;

    use super::*;
    use crate::test_database::node;

    #[test]
    fn nodes_count_together_and_a_window_ends() {
        let Some(server) = Database::new() else {
            return;
        };
        let nodes = [node(&server).unwrap(), node(&server).unwrap()];
        let hit = |which: usize, now: i64| {
            let (now, ends) = (Instant::from_micros(now), Instant::from_micros(now + 60));
            let counted = nodes[which]
                .change(|tx| count(tx, b"ada", now, ends))
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
                    what,
                    Instant::from_micros(now),
                    Instant::from_micros(now + 60),
                )
            };
            assert_eq!(found(b"ada", 120)?.map(|window| window.requests), Some(1));
            assert_eq!((found(b"ada", 160)?, found(b"bob", 120)?), (None, None));
            assert_eq!(purge(tx, Instant::from_micros(159))?, 0);
            purge(tx, Instant::from_micros(160))
        });
        assert_eq!(left.unwrap(), 1);
    }
}
