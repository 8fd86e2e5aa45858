//! What several nodes that serve one ledger tell one another, through it.

use std::collections::HashSet;
use std::sync::Arc;

use exchequer_core::{Instant, OrganizationId};

use super::Store;
use crate::catalogue::organizations;
use crate::catalogue::tokens::{self, Bearer, TokenKey};
use crate::database::blocking;
use crate::engine::Snapshots;
use crate::error::StoreError;
use crate::hits;
use crate::postgres::Postgres;
use crate::sql::{Sql, params};

impl Store {
    /// Whether other nodes may serve the same ledger.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.shared_by().is_some()
    }

    fn shared_by(&self) -> Option<Postgres> {
        match &self.inner.readers {
            Snapshots::Sqlite(_) => None,
            Snapshots::Postgres(postgres) => Some(postgres.clone()),
        }
    }

    /// Learns what other nodes have changed of what events are checked
    /// against: the meters, and the organisations, of which a new revision is
    /// returned with their ids.
    ///
    /// # Errors
    /// They cannot be read.
    pub async fn catch_up(
        &self,
        seen: i64,
    ) -> Result<Option<(i64, HashSet<OrganizationId>)>, StoreError> {
        let meters = Arc::clone(&self.inner.folder.meters);
        // Before each request of events, and mostly nothing is new.
        let revisions = self.database().glance(|sql| {
            let query = "SELECT (SELECT value FROM counter WHERE name = 'meter_epoch'),
                                (SELECT value FROM counter WHERE name = 'organizations')";
            sql.one(query, params![], |row| Ok((row.get(0)?, row.get(1)?)))
        });
        let (epoch, revision): (i64, i64) = revisions.await?;
        if revision == seen && meters.knows(epoch) {
            return Ok(None);
        }
        let look = move |sql: &Sql<'_>| {
            meters.current(sql)?;
            Ok((organizations::revision(sql)?, organizations::ids(sql)?))
        };
        self.database().read(look).await.map(Some)
    }

    /// Counts a request of this minute for all nodes together; a new minute
    /// ends at `ends`. `None` where nobody shares the ledger.
    ///
    /// # Errors
    /// The database fails.
    pub async fn count_hit(
        &self,
        what: Vec<u8>,
        now: Instant,
        ends: Instant,
    ) -> Result<Option<hits::Window>, StoreError> {
        let Some(postgres) = self.shared_by() else {
            return Ok(None);
        };
        let count = move || postgres.brief(|sql| hits::count(sql, &what, now, ends));
        blocking(count).await.map(Some)
    }

    /// Whose token this is, counting the request as [`Store::count_hit`] does
    /// if it is valid; `Some` only where others may share the ledger.
    ///
    /// # Errors
    /// The database fails.
    pub async fn find_and_count(
        &self,
        token: TokenKey,
        what: Vec<u8>,
        now: Instant,
        ends: Instant,
    ) -> Result<Option<Option<(Bearer, hits::Window)>>, StoreError> {
        let Some(postgres) = self.shared_by() else {
            return Ok(None);
        };
        let find =
            move || postgres.brief(|sql| tokens::find_and_count(sql, &token, now, &what, ends));
        blocking(find).await.map(Some)
    }

    /// The minute of now as [`Store::count_hit`] would find it.
    ///
    /// # Errors
    /// The database fails.
    pub async fn find_hits(
        &self,
        what: Vec<u8>,
        now: Instant,
        ends: Instant,
    ) -> Result<Option<hits::Window>, StoreError> {
        let Some(postgres) = self.shared_by() else {
            return Ok(None);
        };
        let find = move || postgres.brief(|sql| hits::find(sql, &what, now, ends));
        blocking(find).await
    }

    /// Forgets the minutes that are over.
    ///
    /// # Errors
    /// The database fails.
    pub async fn purge_hits(&self, now: Instant) -> Result<(), StoreError> {
        let Some(postgres) = self.shared_by() else {
            return Ok(());
        };
        blocking(move || postgres.brief(|sql| hits::purge(sql, now).map(drop))).await
    }
}
