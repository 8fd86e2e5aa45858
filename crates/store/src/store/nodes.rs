//! The facts that nodes which serve one ledger share through it: revisions, tokens and
//! counts of requests.

use std::collections::HashSet;
use std::sync::Arc;

use exchequer_core::{Instant, OrganizationId};
use exchequer_ledger::{Partition, Partitions};

use super::{Inner, Store};
use crate::catalog::{ClientId, clients, organizations};
use crate::database::blocking;
use crate::engine::Snapshots;
use crate::error::StoreError;
use crate::rate_limit;
use crate::sql::{Snapshot, Transaction, params};
use crate::tokens::{self, Bearer, TokenKey};

impl Store {
    /// Returns whether other nodes may serve the same ledger.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        matches!(self.inner.readers, Snapshots::Postgres(_))
    }

    /// Does what only matters where others may share the ledger, with a single
    /// statement that may be run twice; `None` elsewhere.
    async fn where_shared<T: Send + 'static>(
        &self,
        work: impl Fn(&Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<Option<T>, StoreError> {
        let Snapshots::Postgres(postgres) = &self.inner.readers else {
            return Ok(None);
        };
        let postgres = postgres.clone();
        blocking(move || postgres.count_one(work)).await.map(Some)
    }

    /// Learns what other nodes have changed of what events are checked
    /// against: the meters, and the organisations, of which a new revision is
    /// returned with their ids.
    ///
    /// # Errors
    /// If the database fails, or a row is damaged.
    pub async fn catch_up(
        &self,
        seen: i64,
    ) -> Result<Option<(i64, HashSet<OrganizationId>)>, StoreError> {
        let meters = Arc::clone(&self.inner.folder.meters);
        // Before each request of events, and mostly nothing is new.
        let revisions = self.database().read_one(|db| {
            let query = "SELECT (SELECT value FROM counter WHERE name = 'meter_revision'),
                                (SELECT value FROM counter WHERE name = 'organizations')";
            db.one(query, params![], |row| Ok((row.get(0)?, row.get(1)?)))
        });
        let (of_meters, of_organizations): (i64, i64) = revisions.await?;
        if of_organizations == seen && meters.knows(of_meters) {
            return Ok(None);
        }
        let read = move |db: &Snapshot<'_>| {
            meters.current(db)?;
            Ok((organizations::revision(db)?, organizations::ids(db)?))
        };
        self.database().read(read).await.map(Some)
    }

    /// Counts a request of this minute for all nodes together, in the partition
    /// of the organisation that it is of, if it is of one; a new minute ends at
    /// `ends`. `None` where nobody shares the ledger.
    ///
    /// # Errors
    /// The database fails.
    pub async fn count_request(
        &self,
        what: Vec<u8>,
        organization: Option<OrganizationId>,
        now: Instant,
        ends: Instant,
    ) -> Result<Option<rate_limit::Window>, StoreError> {
        let partition = rate_limit::partition(self.partitions(), organization, &what);
        let count = move |tx: &Transaction<'_>| rate_limit::count(tx, partition, &what, now, ends);
        self.where_shared(count).await
    }

    /// Finds the bearer of a token, and counts the request as [`Store::count_request`]
    /// does if the token is valid. The count is `Some` only where others may share the
    /// ledger.
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
        let Snapshots::Postgres(postgres) = &self.inner.readers else {
            return Ok(None);
        };
        let (inner, postgres) = (Arc::clone(&self.inner), postgres.clone());
        let find = move || {
            inner.where_client_is(token.client(), |partition| {
                postgres
                    .count_one(|tx| tokens::find_and_count(tx, partition, &token, now, &what, ends))
            })
        };
        blocking(find).await.map(Some)
    }

    /// Finds the bearer of a token, if it is valid now.
    ///
    /// # Errors
    /// The database fails.
    pub async fn find_bearer(
        &self,
        token: TokenKey,
        now: Instant,
    ) -> Result<Option<Bearer>, StoreError> {
        let inner = Arc::clone(&self.inner);
        let find = move || {
            inner.where_client_is(token.client(), |partition| {
                let find = |db: &Snapshot<'_>| tokens::find(db, partition, &token, now);
                inner.readers.read_one(find)
            })
        };
        blocking(find).await
    }

    /// Returns the current minute as [`Store::count_request`] would find it.
    ///
    /// # Errors
    /// The database fails.
    pub async fn find_rate_limit(
        &self,
        what: Vec<u8>,
        organization: Option<OrganizationId>,
        now: Instant,
        ends: Instant,
    ) -> Result<Option<rate_limit::Window>, StoreError> {
        let partition = rate_limit::partition(self.partitions(), organization, &what);
        let find = move |tx: &Transaction<'_>| rate_limit::find(tx, partition, &what, now, ends);
        self.where_shared(find).await.map(Option::flatten)
    }

    /// Forgets the minutes that are over.
    ///
    /// # Errors
    /// The database fails.
    pub async fn purge_rate_limits(&self, now: Instant) -> Result<(), StoreError> {
        for partition in self.partitions().all() {
            let purge = move |tx: &Transaction<'_>| rate_limit::purge(tx, partition, now);
            self.where_shared(purge).await?;
        }
        Ok(())
    }
}

impl Inner {
    /// Finds something of a client where its organisation is. The partition is
    /// mostly known, so that one round trip does. A client that is not found
    /// there may have moved: a client can be deleted and put again in another
    /// organisation.
    fn where_client_is<T>(
        &self,
        client: ClientId,
        find: impl Fn(Partition) -> Result<Option<T>, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let partitions = self.folder.shared.partitions;
        if partitions == Partitions::ONE {
            return partitions.all().next().map_or(Ok(None), find);
        }
        let known = self.homes.get(client);
        if let Some(partition) = known
            && let Some(found) = find(partition)?
        {
            return Ok(Some(found));
        }
        let home = |db: &Snapshot<'_>| clients::organization_of(db, client);
        let Some(organization) = self.readers.read_one(home)? else {
            return Ok(None);
        };
        let partition = partitions.partition_of(organization);
        if known == Some(partition) {
            return Ok(None);
        }
        self.homes.put(client, partition);
        find(partition)
    }
}
