//! All that the bills of an organisation are made from, as one snapshot sees it.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use exchequer_core::{
    Day, Instant, MeteredRange, OrganizationId, Product, Products, Totals, Usage, UsageRanges,
};
use exchequer_store::billing::entries::{self, Entry, Last};
use exchequer_store::billing::periods::{self, ClosedPeriod};
use exchequer_store::billing::terms::{self, LedgerTerms};
use exchequer_store::catalog::contracts::{self, Stored};
use exchequer_store::catalog::{organizations, products};
use exchequer_store::{AsOf, Snapshot, StoreError, UsageView};

type Read<T> = Result<T, StoreError>;

/// All that the bills of an organisation are made from, as one snapshot sees it.
pub(crate) struct BillingView<'a> {
    pub(crate) usage: &'a UsageView<'a>,
    organization: OrganizationId,
}

impl<'a> BillingView<'a> {
    pub(crate) fn new(usage: &'a UsageView<'a>, organization: OrganizationId) -> Self {
        Self {
            usage,
            organization,
        }
    }

    /// Returns the organisation.
    pub(crate) fn organization(&self) -> OrganizationId {
        self.organization
    }

    fn db(&self) -> &Snapshot<'a> {
        self.usage.snapshot()
    }

    /// Returns the contracts of the organisation, by their start.
    pub(crate) fn contracts(&self) -> Read<Vec<Stored>> {
        contracts::of_organization(self.db(), self.organization)
    }

    /// Returns a version of a contract as it was put.
    pub(crate) fn contract_version(&self, contract: &str, version: u64) -> Read<Stored> {
        contracts::version(self.db(), self.organization, contract, version)
    }

    /// Returns the instant at which a contract was first put.
    pub(crate) fn put_first(&self, contract: &str) -> Read<Instant> {
        contracts::put_first(self.db(), self.organization, contract)
    }

    /// Returns the periods of a contract that are closed or charged in advance, in order.
    pub(crate) fn closed(&self, contract: &str) -> Read<Vec<ClosedPeriod>> {
        periods::of_contract(self.db(), self.organization, contract)
    }

    /// Returns true if a period of a contract is closed.
    pub(crate) fn is_closed(&self, contract: &str, number: u32) -> Read<bool> {
        periods::is_closed(self.db(), self.organization, contract, number)
    }

    /// Returns the entries of a contract for some of its periods, in their order.
    pub(crate) fn entries(&self, contract: &str, numbers: RangeInclusive<u32>) -> Read<Vec<Entry>> {
        entries::of_periods(self.db(), self.organization, contract, numbers)
    }

    /// Returns entries of a contract after a number, in their order.
    pub(crate) fn entries_after(&self, contract: &str, after: u64, most: u32) -> Read<Vec<Entry>> {
        entries::list(self.db(), self.organization, contract, after, most)
    }

    /// Returns the last entry of a contract, if it has any.
    pub(crate) fn last_entry(&self, contract: &str) -> Read<Option<Last>> {
        entries::last(self.db(), self.organization, contract)
    }

    /// Returns the terms of closing of the ledger.
    pub(crate) fn closing_terms(&self) -> Read<LedgerTerms> {
        terms::find(self.db())
    }

    /// Returns the organisation that runs the platform, which is the seller.
    pub(crate) fn operator(&self) -> Read<OrganizationId> {
        organizations::operator(self.db())
    }

    /// Returns the usage of a period.
    pub(crate) fn usage(&self, ranges: &UsageRanges) -> Read<Usage> {
        let meters = self.usage.now()?.meters;
        self.usage_by(ranges, meters, |range| self.usage.totals(range))
    }

    /// Returns the usage of a period as of an earlier point.
    pub(crate) fn usage_as_of(&self, ranges: &UsageRanges, as_of: &AsOf) -> Read<Usage> {
        let totals = |range| self.usage.totals_as_of(range, as_of);
        self.usage_by(ranges, as_of.meters, totals)
    }

    fn usage_by(
        &self,
        ranges: &UsageRanges,
        meters: u64,
        totals: impl Fn(MeteredRange) -> Read<Totals>,
    ) -> Read<Usage> {
        let until = ranges.until.iter();
        let until = until.map(|(day, range)| Ok((*day, totals(*range)?)));
        Ok(Usage {
            totals: totals(ranges.period)?,
            until: until.collect::<Read<BTreeMap<_, _>>>()?,
            levels: self
                .usage
                .meters_as_of(ranges.period.range, meters)?
                .levels(),
        })
    }

    /// Returns the products that the contracts of the organisation price, and those that
    /// count some meters, as they were called on a day.
    pub(crate) fn products<'m>(
        &self,
        meters: impl Iterator<Item = &'m String>,
        day: Day,
    ) -> Read<Products> {
        products::of_bills(self.db(), self.organization, meters, day)
    }

    /// Returns a product as it is called now.
    pub(crate) fn product(&self, sku: &str) -> Read<Option<Product>> {
        Ok(products::find(self.db(), sku)?.map(|found| found.product))
    }

    /// Returns the name of the organisation on a day, if it was another than now.
    pub(crate) fn former_name(&self, day: Day) -> Read<Option<String>> {
        organizations::former_name(self.db(), self.organization, day)
    }

    /// Returns the name of the organisation.
    pub(crate) fn organization_name(&self) -> Read<String> {
        let found = organizations::find(self.db(), self.organization)?;
        found.map(|found| found.name).ok_or(StoreError::NotFound)
    }
}
