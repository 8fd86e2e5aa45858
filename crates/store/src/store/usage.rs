//! Reading usage: reports, what they are computed from, and what bills are.

use exchequer_core::{OrganizationId, Products, TimeRange, Totals};
use exchequer_ledger::{UsageReport, last_seq, read, totals};

use super::Store;
use super::looks::View;
use crate::at_hand::AtHand;
use crate::catalogue::{contracts, products};
use crate::error::StoreError;
use crate::sql::Sql;

/// What a report of a range is computed from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageKey {
    /// The highest seq that touches the days of the range.
    pub last_seq: u64,
    /// The revision of the meters.
    pub epoch: u64,
    /// The meters that contracts entitle to.
    pub entitled: Vec<String>,
}

impl From<&UsageReport> for UsageKey {
    fn from(report: &UsageReport) -> Self {
        Self {
            last_seq: report.last_seq,
            epoch: report.epoch,
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
        self.glance(organization, move |store, rows| {
            let asked = store.asked(&rows, organization, range);
            let at_hand = AtHand::contents(&rows, &asked, &store.folder.meters.latest())?;
            let seen = (at_hand.extent, at_hand.meters);
            let view = store.view(rows.with(&at_hand), organization, seen)?;
            if at_hand.is_stale(&view.meters) {
                rows.sql.expect_more()?;
            }
            let View {
                directories,
                meters,
                tail,
                rows,
            } = &view;
            let mut report = read(organization, range, meters, tail, directories, rows)?;
            report.entitle(at_hand.entitled.clone());
            Ok(report)
        })
        .await
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
        self.glance(organization, move |store, rows| {
            let asked = store.asked(&rows, organization, range);
            let (at_hand, last) = AtHand::standing(&rows, &asked)?;
            let seen = (at_hand.extent, at_hand.meters);
            let View { meters, tail, .. } = store.view(rows.with(&at_hand), organization, seen)?;
            Ok(UsageKey {
                last_seq: last_seq(range, last, &meters, &tail),
                epoch: meters.epoch(),
                entitled: at_hand.entitled,
            })
        })
        .await
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
