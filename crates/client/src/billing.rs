//! Reports, overviews and periods.

use exchequer_types::{BillingPeriod, BillingUsageReport, ReportStatus, TrusteeBillingOverview};

use crate::call::Call;
use crate::{Answer, Client, Error, Pages, Wait};

/// Which billing period of one's own organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// 0 is the period that contains now, 1 the one before it, and so on.
    Index(u32),
    /// The period that ends at this instant, in milliseconds since 1970.
    EndingAt(i64),
}

/// What an overview holds beside the usages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Expand {
    /// Nothing.
    #[default]
    Nothing,
    /// What is charged for the period, and why. Genesys Cloud ignores this.
    Charges,
}

impl Client {
    /// The billable usage of the caller's organisation in `[start, end)`:
    /// `GET /api/v2/billing/reports/billableusage`. A report in progress is
    /// waited for, see [`report_patience`](crate::ClientBuilder::report_patience).
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
    /// # Errors
    /// As every call; [`Error::InProgress`] if it takes longer than that.
    pub async fn billable_usage(
        &self,
        start: &str,
        end: &str,
    ) -> Result<Answer<BillingUsageReport>, Error> {
        let call = self.report_call(start, end)?;
        let mut patience = self.report_patience();
        loop {
            let report: Answer<BillingUsageReport> = self.send(&call).await?.read().await?;
            if report.status != Some(ReportStatus::InProgress) {
                return Ok(report);
            }
            let pause = patience.pause(None).ok_or(Error::InProgress)?;
            self.tell(Wait::Report { pause });
            tokio::time::sleep(pause).await;
        }
    }

    /// As [`billable_usage`](Self::billable_usage), but a report in progress is
    /// returned as it is: with the status `InProgress`, and without usages.
    /// That does not mean that nothing was used.
    ///
    /// # Errors
    /// As every call.
    pub async fn billable_usage_now(
        &self,
        start: &str,
        end: &str,
    ) -> Result<Answer<BillingUsageReport>, Error> {
        let call = self.report_call(start, end)?;
        self.send(&call).await?.read().await
    }

    fn report_call(&self, start: &str, end: &str) -> Result<Call, Error> {
        let call = self.get(&["billing", "reports", "billableusage"])?;
        Ok(call.query("startDate", start).query("endDate", end))
    }

    /// What a customer used, committed and pays in a billing period:
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
        self.send(&expand.add(call)).await?.read().await
    }

    /// The same of the caller's own organisation:
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
        self.send(&expand.add(call)).await?.read().await
    }

    /// The billing periods of the caller's organisation:
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
