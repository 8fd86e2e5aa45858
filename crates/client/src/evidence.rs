//! Usage by day, and the events behind a figure.

use exchequer_types::{
    CursorListing, Granularity, RecordedEvent, UnbilledUsage, UsageExplanation, UsageSeries,
};

use crate::call::Call;
use crate::cursor_pages::CursorPages;
use crate::{Answer, Client, Error};

impl Client {
    /// Returns the usage of a meter in each hour, day or month of `[start, end)`, each on
    /// its own: `GET /api/v2/billing/usage/series`. The time zone is that of the contract,
    /// also of dates that have no offset, which are else as in
    /// [`billable_usage`](Self::billable_usage); at most 1,000 buckets.
    /// Genesys Cloud has nothing like it.
    ///
    /// ```no_run
    /// # use exchequer_client::types::Granularity;
    /// # async fn show(client: exchequer_client::Client) -> Result<(), exchequer_client::Error> {
    /// let series = client
    ///     .usage_series("voice-minutes", "2026-10-01", "2026-11-01", Granularity::Day)
    ///     .await?;
    /// for bucket in &series.entities {
    ///     println!("{}: {}", bucket.local_start, bucket.usage);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As every call; 400 if there is no such meter, or too many buckets.
    pub async fn usage_series(
        &self,
        meter: &str,
        start: &str,
        end: &str,
        granularity: Granularity,
    ) -> Result<Answer<UsageSeries>, Error> {
        let call = self.series_call(meter, start, end, granularity)?;
        self.send(&call).await?.parse().await
    }

    /// Returns a series like [`usage_series`](Self::usage_series), in another time zone than
    /// that of the contract: a name of the IANA database, such as `Europe/Berlin` or `UTC`.
    ///
    /// # Errors
    /// As every call; 400 if there is no such meter or time zone, or too many buckets.
    pub async fn usage_series_in(
        &self,
        time_zone: &str,
        meter: &str,
        start: &str,
        end: &str,
        granularity: Granularity,
    ) -> Result<Answer<UsageSeries>, Error> {
        let call = self.series_call(meter, start, end, granularity)?;
        let call = call.query("timeZone", time_zone);
        self.send(&call).await?.parse().await
    }

    fn series_call(
        &self,
        meter: &str,
        start: &str,
        end: &str,
        granularity: Granularity,
    ) -> Result<Call, Error> {
        let call = self.get(&["billing", "usage", "series"])?;
        Ok(call
            .query("meter", meter)
            .query("granularity", granularity.as_str())
            .query("startDate", start)
            .query("endDate", end))
    }

    /// Returns the usage in `[start, end)` that no contract bills, with the reason:
    /// `GET /api/v2/billing/usage/unbilled`. Dates as in
    /// [`billable_usage`](Self::billable_usage). Genesys Cloud has nothing like it.
    ///
    /// # Errors
    /// As every call.
    pub async fn unbilled_usage(
        &self,
        start: &str,
        end: &str,
    ) -> Result<Answer<UnbilledUsage>, Error> {
        let call = self
            .get(&["billing", "usage", "unbilled"])?
            .query("startDate", start)
            .query("endDate", end);
        self.send(&call).await?.parse().await
    }

    /// Explains what a usage event has come to: the meters that count it, the billing periods
    /// that it is in, and the entry with which it was charged, or why nobody is billed for it:
    /// `GET /api/v2/billing/usage/explanation`. `time` is that of the event, as it was sent.
    /// Genesys Cloud has nothing like it.
    ///
    /// # Errors
    /// As every call; 404 if there is no such event at that time.
    pub async fn explain_event(
        &self,
        source: &str,
        id: &str,
        time: &str,
    ) -> Result<Answer<UsageExplanation>, Error> {
        let call = self
            .get(&["billing", "usage", "explanation"])?
            .query("source", source)
            .query("id", id)
            .query("time", time);
        self.send(&call).await?.parse().await
    }

    /// Lists the events of the caller's organisation in `[start, end)`, in order of
    /// time: `GET /api/v2/billing/usage/events`. Genesys Cloud has nothing like
    /// it.
    ///
    /// ```no_run
    /// # async fn show(client: exchequer_client::Client) -> Result<(), exchequer_client::Error> {
    /// // What is behind the voice minutes of one user.
    /// let mut pages = client
    ///     .recorded_events("2026-10-01", "2026-11-01")
    ///     .meter("voice-minutes")
    ///     .resource("ada@example.com");
    /// while let Some(page) = pages.next().await? {
    ///     for event in &page.entities {
    ///         println!("{} {} {:?}", event.time, event.id, event.quantity);
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn recorded_events(&self, start: &str, end: &str) -> RecordedEvents {
        let call = self.get(&["billing", "usage", "events"]);
        let call = call.map(|call| call.query("startDate", start).query("endDate", end));
        RecordedEvents(CursorPages::new(self, call, LARGEST))
    }
}

/// The largest number of events on a page.
const LARGEST: u32 = 1_000;

/// A listing of events, read a page at a time. Nothing is sent before a page is asked
/// for. All pages show the events that were stored when the first was read.
#[derive(Debug)]
#[must_use]
pub struct RecordedEvents(CursorPages);

impl RecordedEvents {
    /// Lists only the events that this meter reads, each with its quantity. For a meter
    /// of sessions these are all sessions that overlap the range.
    pub fn meter(self, name: &str) -> Self {
        self.query("meter", name)
    }

    /// Lists only the events of this resource.
    pub fn resource(self, name: &str) -> Self {
        self.query("resource", name)
    }

    /// Lists voided events too. They count nowhere.
    pub fn with_voided(self) -> Self {
        self.query("expand", "voided")
    }

    /// Sets the size of a page; 1,000 unless set, which is the largest.
    pub fn page_size(self, size: u32) -> Self {
        Self(self.0.page_size(size))
    }

    fn query(self, name: &str, value: &str) -> Self {
        Self(self.0.query(name, value))
    }

    /// Returns the next page, or `None` after the last. A page may be empty and not be
    /// the last. If this fails or is given up, the same page comes next.
    ///
    /// # Errors
    /// As every call; 400 if there is no such meter.
    pub async fn next(&mut self) -> Result<Option<Answer<CursorListing<RecordedEvent>>>, Error> {
        self.0.next().await
    }

    /// Returns every event from here to the end.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub async fn all(mut self) -> Result<Vec<RecordedEvent>, Error> {
        let mut all = Vec::new();
        while let Some(page) = self.next().await? {
            all.extend(page.into_inner().entities);
        }
        Ok(all)
    }
}
