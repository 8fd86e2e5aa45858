//! What several nodes that serve one ledger tell one another, through it.

use std::collections::HashSet;
use std::sync::Arc;

use exchequer_core::{Instant, OrganizationId};

use super::Store;
use crate::catalog::organizations;
use crate::catalog::tokens::{self, Bearer, TokenKey};
use crate::engine::Snapshots;
use crate::error::StoreError;
use crate::rate_limit;
use crate::sql::{Sql, params};

impl Store {
    /// Whether other nodes may serve the same ledger.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        matches!(self.inner.readers, Snapshots::Postgres(_))
    }

    /// Does what only matters where others may share the ledger, with a single
    /// statement that may be run twice; `None` elsewhere.
    async fn where_shared<T: Send + 'static>(
        &self,
        work: impl Fn(&Sql<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<Option<T>, StoreError> {
        if !self.is_shared() {
            return Ok(None);
        }
        self.database().read_one(work).await.map(Some)
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
        let revisions = self.database().read_one(|sql| {
            let query = "SELECT (SELECT value FROM counter WHERE name = 'meter_revision'),
                                (SELECT value FROM counter WHERE name = 'organizations')";
            sql.one(query, params![], |row| Ok((row.get(0)?, row.get(1)?)))
        });
        let (of_meters, of_organizations): (i64, i64) = revisions.await?;
        if of_organizations == seen && meters.knows(of_meters) {
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
    pub async fn count_request(
        &self,
        what: Vec<u8>,
        now: Instant,
        ends: Instant,
    ) -> Result<Option<rate_limit::Window>, StoreError> {
        let count = move |sql: &Sql<'_>| rate_limit::count(sql, &what, now, ends);
        self.where_shared(count).await
    }

    /// Whose token this is, counting the request as [`Store::count_request`] does
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
    ) -> Result<Option<Option<(Bearer, rate_limit::Window)>>, StoreError> {
        let find = move |sql: &Sql<'_>| tokens::find_and_count(sql, &token, now, &what, ends);
        self.where_shared(find).await
    }

    /// The minute of now as [`Store::count_request`] would find it.
    ///
    /// # Errors
    /// The database fails.
    pub async fn find_rate_limit(
        &self,
        what: Vec<u8>,
        now: Instant,
        ends: Instant,
    ) -> Result<Option<rate_limit::Window>, StoreError> {
        let find = move |sql: &Sql<'_>| rate_limit::find(sql, &what, now, ends);
        self.where_shared(find).await.map(Option::flatten)
    }

    /// Forgets the minutes that are over.
    ///
    /// # Errors
    /// The database fails.
    pub async fn purge_rate_limits(&self, now: Instant) -> Result<(), StoreError> {
        let purge = move |sql: &Sql<'_>| rate_limit::purge(sql, now);
        self.where_shared(purge).await.map(drop)
    }
}
