//! Usage as of a mark, on one snapshot with whatever else a caller reads there.

use std::sync::Arc;

use exchequer_core::{Aliases, Instant, MeterSet, MeteredRange, OrganizationId, TimeRange, Totals};
use exchequer_ledger::{
    CountingRules, DaySeq, Mark, Seq, UsageReport, days, is_touched, meters_at, totals_as_of,
    usage_report_as_of, window,
};

use super::Store;
use super::view::View;
use crate::catalog;
use crate::error::{Cause, StoreError};
use crate::rows::{day, seq};
use crate::sql::{Row, Snapshot, params};

/// The point as of which usage is counted: the events up to a seq, by the meters of a
/// revision and the aliases of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AsOf {
    /// The last event of the organisation's partition that counts.
    pub seq: Seq,
    /// The revision of the meters.
    pub meters: u64,
    /// The version of the aliases; 0 if there were none.
    pub aliases: u64,
}

/// The usage of an organisation as one snapshot sees it.
pub struct UsageView<'a> {
    organization: OrganizationId,
    view: &'a View<'a>,
}

/// What the rows of some days tell, without their contents, of the events that touch
/// them.
pub struct Touched<'a> {
    usage: &'a UsageView<'a>,
    span: TimeRange,
    rollups: Vec<DaySeq>,
    voids: Vec<DaySeq>,
}

/// The rules of an earlier point, read back.
struct Rules {
    meters: Arc<MeterSet>,
    aliases: Arc<Aliases>,
    mark: Mark,
}

impl Rules {
    fn counting(&self) -> CountingRules<'_> {
        CountingRules {
            meters: &self.meters,
            aliases: &self.aliases,
        }
    }
}

impl Store {
    /// Runs `read` with the usage of an organisation, on one snapshot: everything that was
    /// acknowledged before the call is in it.
    ///
    /// # Errors
    /// The error of `read`, or if the database fails or a row is damaged.
    pub async fn read_usage<T, F>(
        &self,
        organization: OrganizationId,
        read: F,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&UsageView<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        self.read_view(organization, move |view| {
            read(&UsageView::new(organization, view))
        })
        .await
    }
}

impl<'a> UsageView<'a> {
    pub(super) fn new(organization: OrganizationId, view: &'a View<'a>) -> Self {
        Self { organization, view }
    }

    /// Returns the snapshot, for whatever else is to be read of the same state.
    #[must_use]
    pub fn snapshot(&self) -> &Snapshot<'a> {
        &self.view.rows.db
    }

    /// Returns the point that the snapshot itself is: all of its events, by its own rules.
    ///
    /// # Errors
    /// If the database holds a revision that is none.
    pub fn now(&self) -> Result<AsOf, StoreError> {
        Ok(AsOf {
            seq: self.view.extent.last,
            meters: self.revision()?,
            aliases: self.view.aliases.version(),
        })
    }

    /// Returns the seq of the last event that was received before an instant; 0, below
    /// every seq, if none was.
    ///
    /// # Errors
    /// If the database fails.
    pub fn last_before(&self, instant: Instant) -> Result<Seq, StoreError> {
        // Halves the seqs in question until one is left. Instants never go back from mark
        // to mark, and no index has them: it would grow with every commit for a question
        // that is seldom asked.
        let query = "WITH RECURSIVE search (low, high) AS (
                 SELECT CAST(0 AS BIGINT), last FROM head WHERE partition = $1
                 UNION ALL
                 SELECT CASE WHEN received < $2 THEN seq ELSE low END,
                     CASE WHEN received < $2 THEN high ELSE (low + high + 1) / 2 - 1 END
                 FROM search JOIN mark ON partition = $1
                     AND seq = (SELECT min(next.seq) FROM mark AS next
                                WHERE next.partition = $1 AND next.seq >= (low + high + 1) / 2)
                 WHERE low < high)
             SELECT low FROM search WHERE low >= high";
        let rows = &self.view.rows;
        rows.one(query, params![instant.micros()], |row| seq(row, 0))
    }

    /// Returns the total of each meter over a range.
    ///
    /// # Errors
    /// If the database fails, or a row is damaged.
    pub fn totals(&self, range: MeteredRange) -> Result<Totals, StoreError> {
        self.view.totals(self.organization, range)
    }

    /// Returns the total of each meter over a range as of an earlier point, as
    /// [`UsageView::totals`] would have returned it then.
    ///
    /// # Errors
    /// [`StoreError::Gone`] if the meters of that point are not kept,
    /// [`StoreError::NotFound`] if the snapshot has not reached it, or if the database
    /// fails or a row is damaged.
    pub fn totals_as_of(&self, range: MeteredRange, as_of: &AsOf) -> Result<Totals, StoreError> {
        let rules = self.rules(range.range, as_of)?;
        let View {
            directories,
            tail,
            rows,
            ..
        } = self.view;
        totals_as_of(
            self.organization,
            range,
            rules.counting(),
            &rules.mark,
            tail,
            directories,
            rows,
        )
    }

    /// Returns the usage in a range as of an earlier point, with its resources. Meters that
    /// counted nothing are not in it, whoever is entitled to them.
    ///
    /// # Errors
    /// As [`UsageView::totals_as_of`].
    pub fn report_as_of(
        &self,
        range: MeteredRange,
        as_of: &AsOf,
    ) -> Result<UsageReport, StoreError> {
        let rules = self.rules(range.range, as_of)?;
        let View {
            directories,
            tail,
            rows,
            ..
        } = self.view;
        usage_report_as_of(
            self.organization,
            range,
            rules.counting(),
            &rules.mark,
            tail,
            directories.get(self.organization, rows)?,
            rows,
        )
    }

    /// Returns the meters by which a range is counted as of a revision.
    ///
    /// # Errors
    /// As [`UsageView::totals_as_of`].
    pub fn meters_as_of(
        &self,
        range: TimeRange,
        revision: u64,
    ) -> Result<Arc<MeterSet>, StoreError> {
        // A meter that is not there has no part in days before it began.
        let behind = days(range).end;
        if revision != self.revision()?
            && let Some(name) = catalog::meters::deleted_since(self.snapshot(), revision, behind)?
        {
            let why = format!("the meters of revision {revision} are gone: {name} was deleted");
            return Err(StoreError::Gone(why));
        }
        self.meters_at(revision)
    }

    /// Reads what tells which parts of a span have been touched, in two statements.
    ///
    /// # Errors
    /// If the database fails.
    pub fn touched(&self, span: TimeRange) -> Result<Touched<'_>, StoreError> {
        let of_day = |row: &Row<'_>| {
            Ok(DaySeq {
                day: day(row, 0)?,
                revision: row.get(1)?,
                last_seq: row.get(2)?,
            })
        };
        let window = window(span);
        let (first, behind) = (window.start.number(), window.end.number());
        let read = |query: &'static str| {
            let id = self.organization.as_bytes();
            let rows = &self.view.rows;
            rows.all(query, params![id, first, behind], of_day)
        };
        let rollups = "SELECT day, revision, last_seq FROM rollup
             WHERE partition = $1 AND organization = $2 AND day >= $3 AND day < $4";
        let voids = "SELECT day, CAST(0 AS BIGINT), last_seq FROM void
             WHERE partition = $1 AND organization = $2 AND day >= $3 AND day < $4";
        Ok(Touched {
            usage: self,
            span,
            rollups: read(rollups)?,
            voids: read(voids)?,
        })
    }

    /// Returns the revision of the snapshot's own meters.
    fn revision(&self) -> Result<u64, StoreError> {
        let revision = u64::try_from(self.view.versions.meters);
        revision.map_err(|error| StoreError::range(Cause::from_error(error)))
    }

    fn meters_at(&self, revision: u64) -> Result<Arc<MeterSet>, StoreError> {
        let current = self.revision()?;
        if revision > current {
            return Err(StoreError::NotFound);
        }
        if revision == current {
            return Ok(Arc::clone(&self.view.meters));
        }
        let meters = meters_at(&self.view.meters, revision);
        let corrupt = |error| StoreError::corrupt("meter", Cause::from_error(error));
        meters.map(Arc::new).map_err(corrupt)
    }

    fn aliases_at(&self, version: u64) -> Result<Arc<Aliases>, StoreError> {
        let current = &self.view.aliases;
        if version > current.version() {
            return Err(StoreError::NotFound);
        }
        if version == current.version() {
            return Ok(Arc::clone(current));
        }
        // Only the newest are kept in memory: earlier ones are seldom asked for.
        let aliases = catalog::aliases::load(self.snapshot(), self.organization, version)?;
        Ok(Arc::new(aliases))
    }

    /// Reads the rules back by which a range is counted as of a point.
    fn rules(&self, range: TimeRange, as_of: &AsOf) -> Result<Rules, StoreError> {
        if as_of.seq > self.view.extent.last {
            return Err(StoreError::NotFound);
        }
        let meters = self.meters_as_of(range, as_of.meters)?;
        Ok(Rules {
            aliases: self.aliases_at(as_of.aliases)?,
            mark: Mark::new(as_of.seq, &meters, &self.view.meters),
            meters,
        })
    }
}

impl Touched<'_> {
    /// Returns whether an event or a void above a point may have changed the usage of a
    /// range of the span, counted by the meters of that point. If not, nothing has.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the snapshot has not reached the point, or if a row is
    /// damaged.
    ///
    /// # Panics
    /// If the range is not within the span.
    pub fn is_above(&self, range: TimeRange, as_of: &AsOf) -> Result<bool, StoreError> {
        let within = self.span.start() <= range.start() && range.end() <= self.span.end();
        assert!(within, "{range:?} is not within {:?}", self.span);
        let view = self.usage.view;
        let meters = self.usage.meters_at(as_of.meters)?;
        let mark = Mark::new(as_of.seq, &meters, &view.meters);
        let (rollups, voids) = (&self.rollups, &self.voids);
        Ok(is_touched(
            range, rollups, voids, &meters, &mark, &view.tail,
        ))
    }
}
