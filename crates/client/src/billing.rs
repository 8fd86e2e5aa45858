//! Reports, overviews and periods.

use exchequer_types::{BillingPeriod, BillingUsageReport, ReportStatus, TrusteeBillingOverview};

use crate::call::Call;
use crate::{Answer, Client, Error, Pages, Wait};

/// A billing period of the caller's organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// 0 is the period that contains now, 1 the one before it, and so on.
    Index(u32),
    /// The period that ends at this instant, in milliseconds since 1970.
    EndingAt(i64),
}

/// The parts of an overview beside the usages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Expand {
    /// Adds nothing.
    #[default]
    Nothing,
    /// The charges of the period with their steps. Genesys Cloud ignores this.
    Charges,
}

impl Client {
    /// Returns the billable usage of the caller's organisation in `[start, end)`:
    /// `GET /api/v2/billing/reports/billableusage`. A report in progress is
    /// waited for, see [`report_budget`](crate::ClientBuilder::report_budget).
    ///
    /// Dates are ISO 8601, `2026-10-01T00:00:00.000Z`; Exchequer reads many
    /// other shapes, `2026-10-01` among them.
    ///
    /// ```no_run
    /// # async fn show(client: exchequer_client::Client) -> Result<(), exchequer_client::Error> {
    /// let report = client
    ///     .billable_usage("2026-10-01T00:00:00.000Z", "2026-11-01T00:00:00.000Z")
    ///     .await?;
    /// for usage in &report.usages {
    ///     println!("{}: {}", usage.name, usage.total_usage);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// A report that took long may be older than the call, and says in `as_of_date` as of
    /// when it is.
    ///
    /// # Errors
    /// As every call; [`Error::InProgress`] if it takes longer than that.
    pub async fn billable_usage(
        &self,
        start: &str,
        end: &str,
    ) -> Result<Answer<BillingUsageReport>, Error> {
        let call = self.report_call(start, end)?;
        let mut budget = self.report_budget();
        loop {
            let report: Answer<BillingUsageReport> = self.send(&call).await?.parse().await?;
            if report.status != Some(ReportStatus::InProgress) {
                return Ok(report);
            }
            let pause = budget.pause(None).ok_or(Error::InProgress)?;
            self.tell(Wait::Report { pause });
            tokio::time::sleep(pause).await;
        }
    }

    /// Returns a report like [`billable_usage`](Self::billable_usage), without waiting.
    /// A report in progress has the status `InProgress` and no usages. That does not
    /// mean that nothing was used.
    ///
    /// # Errors
    /// As every call.
    pub async fn billable_usage_now(
        &self,
        start: &str,
        end: &str,
    ) -> Result<Answer<BillingUsageReport>, Error> {
        let call = self.report_call(start, end)?;
        self.send(&call).await?.parse().await
    }

    fn report_call(&self, start: &str, end: &str) -> Result<Call, Error> {
        let call = self.get(&["billing", "reports", "billableusage"])?;
        Ok(call.query("startDate", start).query("endDate", end))
    }

    /// Returns the usage, commitments and charges of a customer in a billing period:
    /// `GET /api/v2/billing/trusteebillingoverview/{trustorOrgId}`. Index 0 is
    /// the period that contains now, 1 the one before it, and so on.
    ///
    /// # Errors
    /// As every call; 404 if the organisation does not trust the caller's, or
    /// has no such period.
    pub async fn trustee_billing_overview(
        &self,
        trustor: &str,
        index: u32,
        expand: Expand,
    ) -> Result<Answer<TrusteeBillingOverview>, Error> {
        let call = self
            .get(&["billing", "trusteebillingoverview", trustor])?
            .query("billingPeriodIndex", &index.to_string());
        self.send(&expand.add(call)).await?.parse().await
    }

    /// Returns the same for the caller's own organisation:
    /// `GET /api/v2/billing/subscriptionoverview`.
    ///
    /// # Errors
    /// As every call; 404 if there is no such period.
    pub async fn subscription_overview(
        &self,
        period: Period,
        expand: Expand,
    ) -> Result<Answer<TrusteeBillingOverview>, Error> {
        let call = self.get(&["billing", "subscriptionoverview"])?;
        let call = match period {
            Period::Index(index) => call.query("billingPeriodIndex", &index.to_string()),
            Period::EndingAt(millis) => call.query("periodEndingTimestamp", &millis.to_string()),
        };
        self.send(&expand.add(call)).await?.parse().await
    }

    /// Lists the billing periods of the caller's organisation:
    /// `GET /api/v2/billing/periods`.
    pub fn billing_periods(&self) -> Pages<BillingPeriod> {
        Pages::new(self, &["billing", "periods"])
    }
}

impl Expand {
    fn add(self, call: Call) -> Call {
        match self {
            Self::Nothing => call,
            Self::Charges => call.query("expand", "charges"),
        }
    }
}
