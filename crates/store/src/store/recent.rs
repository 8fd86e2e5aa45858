//! The events of the last days, and what a meter would make of them.

use std::sync::Arc;

use exchequer_core::{Day, MeterVersion, OrganizationId};
use exchequer_ledger::{IdentityKey, Seq, Tail, Trial};

use super::{Inner, Store};
use crate::database::blocking;
use crate::error::StoreError;
use crate::limits::{RECENT_DAYS, RECENT_EVENTS, RECENT_OF_TYPE, RECENT_PARTS};
use crate::rows::{StoredRows, day};
use crate::sql::{Row, Snapshot, params};

/// The events of the last days, as a version of a meter would read them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecentEvents {
    /// The first day of those that were looked at.
    pub since: Day,
    /// Events of the version's type.
    pub events: u64,
    /// Those of them without a quantity that it can read.
    pub unreadable: u64,
    /// True if there are more events than are looked at.
    pub partial: bool,
}

impl RecentEvents {
    /// Returns whether events of the type may be kept: some are, or not all were looked at.
    #[must_use]
    pub fn in_use(&self) -> bool {
        self.events > 0 || self.partial
    }
}

impl Store {
    /// Tries a version of a meter on the events of the last days, of all organisations:
    /// the newest first, until there have been enough.
    ///
    /// # Errors
    /// If the database fails, or a row is damaged.
    pub async fn recent_events(
        &self,
        version: MeterVersion,
        today: Day,
    ) -> Result<RecentEvents, StoreError> {
        let inner = Arc::clone(&self.inner);
        let since = Day::from_number(today.number() - (RECENT_DAYS - 1));
        let work = move || {
            let trial = Trial::new(version);
            inner
                .readers
                .take(|db| inner.try_on_recent(db, trial, since))
        };
        blocking(work).await
    }
}

/// A day of an organisation that has folded events.
type FoldedDay = (Day, OrganizationId);

impl Inner {
    fn try_on_recent(
        &self,
        db: &Snapshot<'_>,
        mut trial: Trial,
        since: Day,
    ) -> Result<RecentEvents, StoreError> {
        let shared = &self.folder.shared;
        let mut folded: Vec<(FoldedDay, StoredRows<'_>)> = Vec::new();
        for partition in shared.partitions.all() {
            let rows = StoredRows::new(*db, partition);
            let extent = rows.extent()?;
            let journal = |after: Seq, key: &IdentityKey| rows.journal(after, key);
            let unfolded = |tail: &Tail| tail.unfolded(&extent);
            for batch in shared.tail(partition).at(&extent, journal, unfolded)? {
                trial.take_batch(&batch, since);
            }
            let days = folded_days(&rows, since)?;
            folded.extend(days.into_iter().map(|day| (day, rows)));
        }
        // The newest of all partitions.
        folded.sort_by(|(a, _), (b, _)| (b.0, a.1).cmp(&(a.0, b.1)));
        let (mut first, mut partial) = (since, false);
        for (opened, ((day, organization), rows)) in folded.into_iter().enumerate() {
            let enough = trial.seen >= RECENT_EVENTS || trial.events >= RECENT_OF_TYPE;
            if enough || opened == RECENT_PARTS {
                (first, partial) = (day, true);
                break;
            }
            trial.take_day(organization, day, &rows)?;
        }
        Ok(RecentEvents {
            since: first,
            events: trial.events,
            unreadable: trial.unreadable,
            partial,
        })
    }
}

/// Returns the newest days from a day on that have folded events.
fn folded_days(rows: &StoredRows<'_>, since: Day) -> Result<Vec<FoldedDay>, StoreError> {
    // By organisation, because that comes first in the key.
    let query = "SELECT DISTINCT segment.day, segment.organization
         FROM organization CROSS JOIN segment
         WHERE segment.partition = $1 AND segment.organization = organization.id
             AND segment.day >= $2
         ORDER BY segment.day DESC, segment.organization LIMIT $3";
    // One more than are opened tells that there are more.
    let most = i64::try_from(RECENT_PARTS).map_or(i64::MAX, |most| most + 1);
    rows.all(query, params![since.number(), most], |row: &Row<'_>| {
        Ok((day(row, 0)?, OrganizationId::from_bytes(row.get(1)?)))
    })
}
