//! Reading usage: reports, their keys, and the usage that bills are made from.

use std::sync::Arc;

use exchequer_core::{
    Aliases, MeterSet, MeteredRange, OrganizationId, Products, TimeRange, Totals,
};
use exchequer_ledger::{
    CountingRules, Directory, IdentityKey, Seq, TailSlice, UsageReport, last_seq, usage_report,
};
use tokio::sync::OwnedSemaphorePermit;

use super::{Inner, Store};
use crate::catalog::{contracts, products};
use crate::database::blocking;
use crate::error::StoreError;
use crate::prefetch::{Fallback, Memory, Missed, ReportPrefetch, ReportQuery, ReportRows};
use crate::rows::StoredRows;
use crate::sql::Snapshot;

/// The key of a report: equal keys of a range are equal reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageKey {
    /// The highest seq that touches the days of the range.
    pub last_seq: u64,
    /// The revision of the meters.
    pub revision: u64,
    /// The version of the aliases; 0 if there are none.
    pub aliases: u64,
    /// The meters that contracts entitle to.
    pub entitled: Vec<String>,
    /// The range with its last day, which the zone of a contract has a part in.
    pub range: MeteredRange,
}

impl From<&UsageReport> for UsageKey {
    fn from(report: &UsageReport) -> Self {
        Self {
            last_seq: report.last_seq,
            revision: report.revision,
            aliases: report.aliases,
            entitled: report.entitled.clone(),
            range: report.range,
        }
    }
}

/// A report that is prepared: the rows that it is made from, mostly all of them,
/// as one snapshot sees them. A store has only so many at once.
pub struct Prepared {
    organization: OrganizationId,
    meters: Arc<MeterSet>,
    aliases: Arc<Aliases>,
    tail: TailSlice,
    directory: Arc<Directory>,
    prefetch: ReportPrefetch,
    /// True if nothing is missing, as far as can be told in advance.
    is_complete: bool,
    key: UsageKey,
    turn: Option<OwnedSemaphorePermit>,
}

impl Prepared {
    /// Returns the key that the report is going to have.
    #[must_use]
    pub fn key(&self) -> &UsageKey {
        &self.key
    }
}

impl Inner {
    fn query(&self, organization: OrganizationId, range: TimeRange) -> ReportQuery {
        let shared = &self.folder.shared;
        let tail = shared.tail(shared.partitions.partition_of(organization));
        let known = tail.lock().last();
        ReportQuery {
            organization,
            range,
            known,
        }
    }

    /// Reads the rows of a report, mostly with a single statement. More are
    /// needed for names that this node has not seen yet, and for meters that
    /// have changed since they were read last.
    fn prepare(
        &self,
        db: &Snapshot<'_>,
        organization: OrganizationId,
        range: TimeRange,
    ) -> Result<Prepared, StoreError> {
        let stored = self.rows(db, organization);
        let query = self.query(organization, range);
        let latest = self.folder.meters.latest();
        let mut prefetch = ReportPrefetch::read(&stored, &query, &latest)?;
        let rows = ReportRows::new(&prefetch, stored);
        let (meters, tail) = self.meters_and_tail(db, &prefetch, &rows, organization)?;
        let directory = self.folder.shared.directories.get(organization, &rows)?;
        let shared = &self.folder.shared;
        let aliases = shared
            .aliases
            .at(db, organization, prefetch.alias_version)?;
        prefetch.drop_journal();
        let key = UsageKey {
            last_seq: last_seq(range, prefetch.last_seq, &meters, &tail),
            revision: meters.revision(),
            aliases: aliases.version(),
            entitled: prefetch.entitled.clone(),
            range: prefetch.zones.metered(range),
        };
        Ok(Prepared {
            organization,
            is_complete: !prefetch.lacks_segments(range, &meters, &tail),
            meters,
            aliases,
            tail,
            directory,
            prefetch,
            key,
            turn: None,
        })
    }

    /// Returns the meters and the unfolded events that the snapshot of a
    /// prefetch sees.
    fn meters_and_tail(
        &self,
        db: &Snapshot<'_>,
        prefetch: &ReportPrefetch,
        rows: &ReportRows<'_, StoredRows<'_>>,
        organization: OrganizationId,
    ) -> Result<(Arc<MeterSet>, TailSlice), StoreError> {
        let meters = self.folder.meters.at(db, prefetch.meter_revision)?;
        let journal = |after: Seq, key: &IdentityKey| rows.journal(after, key);
        let tail = self.tail_slice(organization, &prefetch.extent, journal)?;
        Ok((meters, tail))
    }

    fn report(&self, prepared: Prepared) -> Result<UsageReport, StoreError> {
        // Computing takes long beside reading, so it holds no connection.
        if prepared.is_complete {
            match prepared.compute(Memory) {
                Ok(report) => return Ok(report),
                Err(Missed::Failed(error)) => return Err(error),
                // A row is missing all the same; nothing of the attempt is kept.
                Err(Missed::NotPrefetched) => {}
            }
        }
        let range = prepared.key.range.range;
        let Prepared {
            organization, turn, ..
        } = prepared;
        // The missing rows must be of the same snapshot as the others, which is
        // gone: so everything is read again, with a connection for the rest.
        let report = self.readers.take(|db| {
            let prepared = self.prepare(db, organization, range)?;
            prepared.compute(self.rows(db, organization))
        });
        drop(turn);
        report
    }
}

impl Prepared {
    /// Computes the report. Rows that are not prepared are read from `fallback`.
    fn compute<F: Fallback>(&self, fallback: F) -> Result<UsageReport, F::Error> {
        let rows = ReportRows::new(&self.prefetch, fallback);
        let directory = Arc::clone(&self.directory);
        let mut report = usage_report(
            self.organization,
            self.key.range,
            CountingRules {
                meters: &self.meters,
                aliases: &self.aliases,
            },
            &self.tail,
            directory,
            &rows,
        )?;
        report.entitle(self.key.entitled.clone(), &self.meters);
        Ok(report)
    }
}

impl Store {
    /// Returns the exact usage of an organisation in a range: everything that was
    /// acknowledged before the call, and nothing of a request that was not.
    ///
    /// # Errors
    /// If the database fails, or a row is damaged.
    pub async fn usage(
        &self,
        organization: OrganizationId,
        range: TimeRange,
    ) -> Result<UsageReport, StoreError> {
        let prepared = self.prepare(organization, range).await?;
        self.report(prepared).await
    }

    /// Reads the rows that [`Store::report`] makes a report from, and its key.
    /// Waits while too many reports are being made.
    ///
    /// # Errors
    /// If the database fails, or a row is damaged.
    pub async fn prepare(
        &self,
        organization: OrganizationId,
        range: TimeRange,
    ) -> Result<Prepared, StoreError> {
        let turns = Arc::clone(&self.inner.reports);
        let turn = turns.acquire_owned().await;
        let turn = turn.map_err(|_| StoreError::Closed)?;
        let inner = Arc::clone(&self.inner);
        let work = move || {
            let prepare = |db: &Snapshot<'_>| inner.prepare(db, organization, range);
            // Run outside a transaction first, whose begin and end would be two
            // more round trips: one statement sees one snapshot by itself. If
            // `prepare` needs a second statement, it is run again from its start
            // in a transaction, so that both see the same snapshot.
            let mut prepared = inner.readers.read_one(prepare)?;
            if !prepared.is_complete {
                // All will be read again; until then it would only take memory.
                prepared.prefetch.drop_contents();
            }
            prepared.turn = Some(turn);
            Ok(prepared)
        };
        blocking(work).await
    }

    /// Makes a report, as [`Store::usage`] would have made it by then, or a
    /// later one.
    ///
    /// # Errors
    /// A row that was not prefetched cannot be read, or something is damaged.
    pub async fn report(&self, prepared: Prepared) -> Result<UsageReport, StoreError> {
        let inner = Arc::clone(&self.inner);
        blocking(move || inner.report(prepared)).await
    }

    /// Returns the totals of several ranges and the products concerned, all of one
    /// snapshot. `choose` is given the contracts of the organisation and names the
    /// ranges, each with whatever else it wants back.
    ///
    /// # Errors
    /// The error of `choose`, or that of something that cannot be read.
    pub async fn usage_of<T, F>(
        &self,
        organization: OrganizationId,
        choose: F,
    ) -> Result<(Vec<(T, Totals)>, Products), StoreError>
    where
        T: Send + 'static,
        F: FnOnce(Vec<contracts::Stored>) -> Result<Vec<(MeteredRange, T)>, StoreError>
            + Send
            + 'static,
    {
        self.read_view(organization, move |view| {
            let db = &view.rows.db;
            let ranges = choose(contracts::of_organization(db, organization)?)?;
            let Some(day) = ranges.last().map(|(range, _)| range.last_day) else {
                return Ok((Vec::new(), Products::new()));
            };
            let mut counted = Vec::new();
            for (range, chosen) in ranges {
                counted.push((chosen, view.totals(organization, range)?));
            }
            let meters = counted.iter().flat_map(|(_, totals)| totals.keys());
            let products = products::of_bills(db, organization, meters, day)?;
            Ok((counted, products))
        })
        .await
    }

    /// Returns the key that a report of the range would have. It is much cheaper
    /// than the report, which cannot have changed while the key has not.
    ///
    /// # Errors
    /// If the database fails, or a row is damaged.
    pub async fn usage_key(
        &self,
        organization: OrganizationId,
        range: TimeRange,
    ) -> Result<UsageKey, StoreError> {
        let inner = Arc::clone(&self.inner);
        let read = move |db: &Snapshot<'_>| {
            let stored = inner.rows(db, organization);
            let query = inner.query(organization, range);
            // One statement as a rule, so that no transaction is begun: a client
            // that polls with an ETag costs one round trip.
            let prefetch = ReportPrefetch::read_key(&stored, &query)?;
            let rows = ReportRows::new(&prefetch, stored);
            let (meters, tail) = inner.meters_and_tail(db, &prefetch, &rows, organization)?;
            Ok(UsageKey {
                last_seq: last_seq(range, prefetch.last_seq, &meters, &tail),
                revision: meters.revision(),
                aliases: prefetch.alias_version.unwrap_or(0),
                entitled: prefetch.entitled.clone(),
                range: prefetch.zones.metered(range),
            })
        };
        self.database().read_one(read).await
    }
}
