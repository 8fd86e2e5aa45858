//! Closing billing periods, and what contracts were charged.

use exchequer_types::{
    BillingEntry, ClosePeriods, ClosedPeriods, ClosingTerms, CorrectContract, CursorListing,
    FailingContract, PutClosingTerms,
};
use reqwest::Method;
use serde::Serialize;

use crate::call::Call;
use crate::catalog::Condition;
use crate::cursor_pages::CursorPages;
use crate::{Answer, Client, Error, Pages};

impl Client {
    /// Closes billing periods that are over, and adjusts those that are closed for what has
    /// come late: `POST /api/v2/billing/closings`. Clients of the operator may. Genesys Cloud
    /// has nothing like it.
    ///
    /// ```no_run
    /// # use exchequer_client::types::ClosePeriods;
    /// # async fn show(client: exchequer_client::Client) -> Result<(), exchequer_client::Error> {
    /// // What closing all contracts would come to; nothing is stored.
    /// let request = ClosePeriods {
    ///     dry_run: true,
    ///     ..ClosePeriods::default()
    /// };
    /// let outcome = client.close_periods(&request).await?;
    /// for total in &outcome.totals {
    ///     println!("{} {}: {}", total.kind, total.currency, total.total);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Closing twice is harmless, but the second answer does not list what the first has
    /// closed. So a request whose answer was lost is handed back, and not sent again, unless
    /// it is a dry run.
    ///
    /// # Errors
    /// As every call; 404 if there is no such contract, 409 if it is not said from when on its
    /// periods are billed here.
    pub async fn close_periods(
        &self,
        request: &ClosePeriods,
    ) -> Result<Answer<ClosedPeriods>, Error> {
        let call = self.call(Method::POST, &["billing", "closings"])?;
        self.store_unless(request.dry_run, json(call, request)?)
            .await
    }

    /// Corrects what closed periods of a contract were charged:
    /// `POST /api/v2/billing/contracts/{contractId}/corrections`. Clients of the operator may.
    /// Genesys Cloud has nothing like it.
    ///
    /// ```no_run
    /// # use exchequer_client::types::CorrectContract;
    /// # async fn show(client: exchequer_client::Client) -> Result<(), exchequer_client::Error> {
    /// // The meters counted wrongly: closed periods are rated by those of today.
    /// let mut request = CorrectContract {
    ///     again: vec!["meters".to_owned()],
    ///     reason: "calls are rounded up to six seconds".to_owned(),
    ///     dry_run: true,
    ///     ..CorrectContract::default()
    /// };
    /// let dry_run = client.correct_contract("C-1001", &request).await?.into_inner();
    /// for total in &dry_run.totals {
    ///     println!("{} {}: {}", total.kind, total.currency, total.total);
    /// }
    /// // What was shown is stored, or nothing.
    /// (request.dry_run, request.token) = (false, dry_run.token);
    /// client.correct_contract("C-1001", &request).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Like a close, it is not sent again when its answer was lost.
    ///
    /// # Errors
    /// As every call; 404 if there is no such contract, 409 if it has changed meanwhile, or if
    /// what is to change stays.
    pub async fn correct_contract(
        &self,
        contract: &str,
        request: &CorrectContract,
    ) -> Result<Answer<ClosedPeriods>, Error> {
        let path = ["billing", "contracts", contract, "corrections"];
        let call = self.call(Method::POST, &path)?;
        self.store_unless(request.dry_run, json(call, request)?)
            .await
    }

    /// Sends a call, and not twice unless it is a dry run.
    async fn store_unless(
        &self,
        dry_run: bool,
        call: Call,
    ) -> Result<Answer<ClosedPeriods>, Error> {
        let call = match dry_run {
            true => call,
            false => call.not_repeatable(),
        };
        self.send(&call).await?.parse().await
    }

    /// Lists the contracts that cannot be closed, with the reason, those first that have failed
    /// most often: `GET /api/v2/billing/closings/failures`. Clients of the operator may.
    /// Genesys Cloud has nothing like it.
    ///
    /// ```no_run
    /// # async fn show(client: exchequer_client::Client) -> Result<(), exchequer_client::Error> {
    /// for failing in client.closing_failures().all().await? {
    ///     println!("{}: {}", failing.contract, failing.reason);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn closing_failures(&self) -> Pages<FailingContract> {
        Pages::new(self, &["billing", "closings", "failures"])
    }

    /// Lists what a contract was charged, entry by entry, in the order in which it was:
    /// `GET /api/v2/billing/contracts/{contractId}/entries`. Genesys Cloud has nothing like it.
    ///
    /// ```no_run
    /// # async fn show(client: exchequer_client::Client) -> Result<(), exchequer_client::Error> {
    /// let mut pages = client.contract_entries("C-1001");
    /// while let Some(page) = pages.next().await? {
    ///     for entry in &page.entities {
    ///         println!("{} {}: {}", entry.billing_period_id, entry.kind, entry.total);
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn contract_entries(&self, contract: &str) -> ContractEntries {
        ContractEntries(CursorPages::new(
            self,
            self.get(&["billing", "contracts", contract, "entries"]),
            LARGEST,
        ))
    }

    /// Returns when periods are closed where a contract says nothing else:
    /// `GET /api/v2/billing/catalog/closing`.
    ///
    /// # Errors
    /// As every call.
    pub async fn closing_terms(&self) -> Result<Answer<ClosingTerms>, Error> {
        let call = self.get(&["billing", "catalog", "closing"])?;
        self.send(&call).await?.parse().await
    }

    /// Sets when periods are closed where a contract says nothing else:
    /// `PUT /api/v2/billing/catalog/closing`. With a `version` it changes only that one; 0 is
    /// that of terms that were never set.
    ///
    /// ```no_run
    /// # use exchequer_client::types::PutClosingTerms;
    /// # async fn show(client: exchequer_client::Client) -> Result<(), exchequer_client::Error> {
    /// let mut terms: PutClosingTerms = client.closing_terms().await?.into_inner().into();
    /// terms.billing_from = Some("2026-01-01".to_owned());
    /// client.put_closing_terms(&terms).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As every call; 412 or 409 if the version does not hold.
    pub async fn put_closing_terms(
        &self,
        put: &PutClosingTerms,
    ) -> Result<Answer<ClosingTerms>, Error> {
        let call = self.call(Method::PUT, &["billing", "catalog", "closing"])?;
        // The server takes no version for what is not there.
        let condition = match put.version {
            Some(0) => Condition::Absent,
            _ => Condition::None,
        };
        let call = json(call, put)?.condition(condition);
        self.send(&call).await?.parse().await
    }
}

fn json(call: Call, body: &impl Serialize) -> Result<Call, Error> {
    let body = serde_json::to_string(body).map_err(|error| Error::Invalid(error.to_string()))?;
    Ok(call.body("application/json", body))
}

/// The largest number of entries on a page.
const LARGEST: u32 = 200;

/// A listing of the entries of a contract, read a page at a time. Nothing is sent before a
/// page is asked for. Entries never change; those that are added meanwhile come last.
#[derive(Debug)]
#[must_use]
pub struct ContractEntries(CursorPages);

impl ContractEntries {
    /// Sets the size of a page; 200 unless set, which is the largest.
    pub fn page_size(self, size: u32) -> Self {
        Self(self.0.page_size(size))
    }

    /// Returns the next page, or `None` after the last. If this fails or is given up, the
    /// same page comes next.
    ///
    /// # Errors
    /// As every call; 404 if the organisation has no such contract.
    pub async fn next(&mut self) -> Result<Option<Answer<CursorListing<BillingEntry>>>, Error> {
        self.0.next().await
    }

    /// Returns every entry from here to the end.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub async fn all(mut self) -> Result<Vec<BillingEntry>, Error> {
        let mut all = Vec::new();
        while let Some(page) = self.next().await? {
            all.extend(page.into_inner().entities);
        }
        Ok(all)
    }
}
