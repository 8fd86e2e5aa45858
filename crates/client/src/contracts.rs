//! Contracts with their billing periods and charges.

use exchequer_types::{BillingContract, BillingContractListing, BillingContractPeriodDetail};

use crate::cursor_pages::CursorPages;
use crate::{Answer, Client, Error};

impl Client {
    /// Lists the contracts of the caller's organisation: `GET /api/v2/billing/contracts`.
    ///
    /// ```no_run
    /// # async fn show(client: exchequer_client::Client) -> Result<(), exchequer_client::Error> {
    /// // What is in force today.
    /// for contract in client.contracts().status("Active").all().await? {
    ///     println!("{:?} from {:?}", contract.id, contract.date_start);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn contracts(&self) -> Contracts {
        Contracts(CursorPages::new(
            self,
            self.get(&["billing", "contracts"]),
            LARGEST,
        ))
    }

    /// Returns a contract of the caller's organisation by its number:
    /// `GET /api/v2/billing/contracts/{contractId}`.
    ///
    /// # Errors
    /// As every call; 404 if there is no such contract.
    pub async fn contract(&self, number: &str) -> Result<Answer<BillingContract>, Error> {
        let call = self.get(&["billing", "contracts", number])?;
        self.send(&call).await?.parse().await
    }

    /// Returns a billing period of a contract with its charges and wallets:
    /// `GET /api/v2/billing/contracts/{contractId}/billingperiods/{billingPeriodId}`. The
    /// period has its id from [`contract`](Self::contract); of Exchequer it is its first day.
    ///
    /// ```no_run
    /// # async fn show(client: exchequer_client::Client) -> Result<(), exchequer_client::Error> {
    /// let period = client.contract_period("C-1001", "2026-10-01").await?;
    /// for charge in &period.charges {
    ///     // Exact: an amount has all of its digits, and is no binary fraction.
    ///     println!("{:?}: {:?}", charge.name, charge.amount);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As every call; 404 if there is no such contract, or no such period that has begun.
    pub async fn contract_period(
        &self,
        number: &str,
        period: &str,
    ) -> Result<Answer<BillingContractPeriodDetail>, Error> {
        let path = ["billing", "contracts", number, "billingperiods", period];
        let call = self.get(&path)?;
        self.send(&call).await?.parse().await
    }
}

/// The size that every server allows for a page.
const LARGEST: u32 = 10;

/// A listing of contracts, read a page at a time. Nothing is sent before a page is asked for.
#[derive(Debug)]
#[must_use]
pub struct Contracts(CursorPages);

impl Contracts {
    /// Lists only contracts that are `Active` or `Inactive` today.
    pub fn status(self, status: &str) -> Self {
        self.query("status", status)
    }

    /// Lists only contracts with this day, `2026-10-01`, or a later one.
    pub fn from(self, day: &str) -> Self {
        self.query("dateStart", day)
    }

    /// Lists only contracts with this day, `2026-10-31`, or an earlier one.
    pub fn to(self, day: &str) -> Self {
        self.query("dateEnd", day)
    }

    /// Lists only the contract of this external number.
    pub fn external_number(self, number: &str) -> Self {
        self.query("externalNumber", number)
    }

    /// Sets the size of a page; 10 unless set. Exchequer allows 200.
    pub fn page_size(self, size: u32) -> Self {
        Self(self.0.page_size(size))
    }

    fn query(self, name: &str, value: &str) -> Self {
        Self(self.0.query(name, value))
    }

    /// Returns the next page, or `None` after the last. If this fails or is given up, the
    /// same page comes next.
    ///
    /// # Errors
    /// As every call.
    pub async fn next(&mut self) -> Result<Option<Answer<BillingContractListing>>, Error> {
        self.0.next().await
    }

    /// Returns every contract from here to the last page.
    ///
    /// # Errors
    /// As every call.
    pub async fn all(mut self) -> Result<Vec<BillingContract>, Error> {
        let mut all = Vec::new();
        while let Some(page) = self.next().await? {
            all.extend(page.into_inner().entities);
        }
        Ok(all)
    }
}
