//! Reading usage: reports, what they are computed from, and what bills are.

use std::sync::Arc;

use exchequer_core::{MeterSet, OrganizationId, Products, TimeRange, Totals};
use exchequer_ledger::{Directory, TailSlice, UsageReport, last_seq, totals, usage_report};
use tokio::sync::OwnedSemaphorePermit;

use super::looks::View;
use super::{Inner, Store};
use crate::at_hand::{Asked, AtHand};
use crate::catalog::{contracts, products};
use crate::database::blocking;
use crate::error::StoreError;
use crate::rows::StoredRows;
use crate::sql::Sql;

/// What a report of a range is computed from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageKey {
    /// The highest seq that touches the days of the range.
    pub last_seq: u64,
    /// The revision of the meters.
    pub revision: u64,
    /// The meters that contracts entitle to.
    pub entitled: Vec<String>,
}

impl From<&UsageReport> for UsageKey {
    fn from(report: &UsageReport) -> Self {
        Self {
            last_seq: report.last_seq,
            revision: report.revision,
            entitled: report.entitled.clone(),
        }
    }
}

/// What the bill of a period is made from.
#[derive(Debug, Clone)]
pub struct PeriodUsage {
    /// The total of each meter with usage.
    pub totals: Totals,
    /// The products that contracts of the organisation price, and those that
    /// a meter with usage counts.
    pub products: Products,
}

/// What a report is made from: the state of one snapshot, mostly all of it. A
/// store has only so many at once.
pub struct Prepared {
    organization: OrganizationId,
    range: TimeRange,
    meters: Arc<MeterSet>,
    tail: TailSlice,
    directory: Arc<Directory>,
    at_hand: AtHand,
    /// Whether nothing is missing, as far as can be seen.
    whole: bool,
    key: UsageKey,
    turn: Option<OwnedSemaphorePermit>,
}

impl Prepared {
    /// What the report says of itself.
    #[must_use]
    pub fn key(&self) -> &UsageKey {
        &self.key
    }
}

impl Inner {
    fn asked(
        &self,
        rows: &StoredRows<'_>,
        organization: OrganizationId,
        range: TimeRange,
    ) -> Asked {
        let tail = self.folder.shared.tail(rows.partition());
        let known = tail.lock().last();
        Asked {
            organization,
            range,
            known,
        }
    }

    /// Reads what a report needs, mostly with a single statement.
    fn prepare(
        &self,
        sql: &Sql<'_>,
        organization: OrganizationId,
        range: TimeRange,
    ) -> Result<Prepared, StoreError> {
        let rows = self.rows(sql, organization);
        let asked = self.asked(&rows, organization, range);
        let mut at_hand = AtHand::contents(&rows, &asked, &self.folder.meters.latest())?;
        let rows = rows.with(&at_hand);
        let seen = (at_hand.extent, at_hand.meters);
        let View { meters, tail, .. } = self.view(rows, organization, seen)?;
        // Names that are not known yet are read now.
        let directory = self.folder.shared.directories.get(organization, &rows)?;
        at_hand.forget_journal();
        let key = UsageKey {
            last_seq: last_seq(range, at_hand.last_seq, &meters, &tail),
            revision: meters.revision(),
            entitled: at_hand.entitled.clone(),
        };
        Ok(Prepared {
            organization,
            range,
            whole: !at_hand.lacks_segments(range, &meters, &tail),
            meters,
            tail,
            directory,
            at_hand,
            key,
            turn: None,
        })
    }

    /// Makes a report; what is not prepared is read from `sql`.
    fn compute(&self, prepared: &Prepared, sql: &Sql<'_>) -> Result<UsageReport, StoreError> {
        let Prepared {
            organization,
            range,
            meters,
            tail,
            ..
        } = prepared;
        let rows = self.rows(sql, *organization).with(&prepared.at_hand);
        let directory = Arc::clone(&prepared.directory);
        let mut report = usage_report(*organization, *range, meters, tail, directory, &rows)?;
        report.entitle(prepared.key.entitled.clone());
        Ok(report)
    }

    fn report(&self, prepared: Prepared) -> Result<UsageReport, StoreError> {
        if prepared.whole {
            match self.compute(&prepared, &Sql::nowhere()) {
                // Something is missing all the same.
                Err(StoreError::Closed) => {}
                made => return made,
            }
        }
        let Prepared {
            organization,
            range,
            turn,
            ..
        } = prepared;
        let report = self.readers.take(|sql| {
            let prepared = self.prepare(sql, organization, range)?;
            self.compute(&prepared, sql)
        });
        drop(turn);
        report
    }
}

impl Store {
    /// The exact usage of an organisation in a range: everything that was
    /// acknowledged before the call, and nothing of a request that was not.
    ///
    /// # Errors
    /// It cannot be read.
    pub async fn usage(
        &self,
        organization: OrganizationId,
        range: TimeRange,
    ) -> Result<UsageReport, StoreError> {
        let prepared = self.prepare(organization, range).await?;
        self.report(prepared).await
    }

    /// Reads what [`Store::report`] makes the report from, and how it stands.
    /// Waits until not too many are at work.
    ///
    /// # Errors
    /// It cannot be read.
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
            let prepare = |sql: &Sql<'_>| inner.prepare(sql, organization, range);
            let mut prepared = inner.readers.read_one(prepare)?;
            if !prepared.whole {
                prepared.at_hand.forget_contents();
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
    /// What is missing cannot be read, or something is damaged.
    pub async fn report(&self, prepared: Prepared) -> Result<UsageReport, StoreError> {
        let inner = Arc::clone(&self.inner);
        blocking(move || inner.report(prepared)).await
    }

    /// What the bill of a billing period is made from, all of one snapshot.
    /// `choose` is given the contracts of the organisation and picks the
    /// range, and whatever else it wants back.
    ///
    /// # Errors
    /// What `choose` returns, or that something cannot be read.
    pub async fn period_usage<T, F>(
        &self,
        organization: OrganizationId,
        choose: F,
    ) -> Result<Option<(T, PeriodUsage)>, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(Vec<contracts::Stored>) -> Result<Option<(TimeRange, T)>, StoreError>
            + Send
            + 'static,
    {
        self.look(organization, move |view| {
            let View {
                directories,
                meters,
                tail,
                rows,
            } = view;
            let contracts = contracts::of(&rows.sql, organization)?;
            let Some((range, chosen)) = choose(contracts)? else {
                return Ok(None);
            };
            let totals = totals(organization, range, meters, tail, directories, rows)?;
            let products = products_of(&rows.sql, organization, &totals)?;
            Ok(Some((chosen, PeriodUsage { totals, products })))
        })
        .await
    }

    /// What a report of the range would be computed from. Much cheaper than
    /// the report, which cannot have changed while this has not.
    ///
    /// # Errors
    /// It cannot be read.
    pub async fn usage_key(
        &self,
        organization: OrganizationId,
        range: TimeRange,
    ) -> Result<UsageKey, StoreError> {
        let inner = Arc::clone(&self.inner);
        let look = move |sql: &Sql<'_>| {
            let rows = inner.rows(sql, organization);
            let asked = inner.asked(&rows, organization, range);
            let at_hand = AtHand::standing(&rows, &asked)?;
            let seen = (at_hand.extent, at_hand.meters);
            let View { meters, tail, .. } = inner.view(rows.with(&at_hand), organization, seen)?;
            Ok(UsageKey {
                last_seq: last_seq(range, at_hand.last_seq, &meters, &tail),
                revision: meters.revision(),
                entitled: at_hand.entitled.clone(),
            })
        };
        self.database().read_one(look).await
    }
}

fn products_of(
    sql: &Sql<'_>,
    organization: OrganizationId,
    totals: &Totals,
) -> Result<Products, StoreError> {
    let mut all = products::priced_for(sql, organization)?;
    for meter in totals.keys() {
        all.append(&mut products::counted_by(sql, meter)?);
    }
    Ok(all)
}
