//! Usage events.

use bytes::Bytes;
use exchequer_types::IngestResponse;
use reqwest::Method;
use serde::Serialize;

use crate::{Answer, Client, Error};

/// A usage event (CloudEvents 1.0), as [`UsageEvents::send`] takes it.
///
/// ```
/// use exchequer_client::UsageEvent;
///
/// let event = UsageEvent {
///     id: "call-1".to_owned(),
///     source: "/pbx/eu-1".to_owned(),
///     r#type: "call.ended".to_owned(),
///     subject: "ada@example.com".to_owned(),
///     time: "2026-10-01T08:00:00Z".to_owned(),
///     data: Some(serde_json::json!({"minutes": "12.5"})),
///     ..UsageEvent::default()
/// };
/// assert_eq!(event.specversion, "1.0");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UsageEvent {
    /// Always `1.0`.
    pub specversion: &'static str,
    /// Identifies the event, together with `source`: it counts once.
    pub id: String,
    /// The system that observed the event.
    pub source: String,
    /// The type of the event. Meters read events by their type.
    pub r#type: String,
    /// The resource that the event concerns, e.g. a user or a device.
    pub subject: String,
    /// The instant of the event (RFC 3339, with a zone).
    pub time: String,
    /// The organisation whose usage this is. The caller's unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// An object with quantities and whatever else belongs to the event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<serde_json::Value>,
    /// The `id` of the event that this event replaces. That event, of the same source
    /// and time, counts nowhere, whichever of the two arrives first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voids: Option<String>,
}

impl Default for UsageEvent {
    fn default() -> Self {
        Self {
            specversion: "1.0",
            id: String::new(),
            source: String::new(),
            r#type: String::new(),
            subject: String::new(),
            time: String::new(),
            organization: None,
            data: None,
            voids: None,
        }
    }
}

/// Sends usage events; from [`Client::usage_events`].
#[derive(Clone, Debug)]
#[must_use]
pub struct UsageEvents<'a> {
    client: &'a Client,
    dry_run: bool,
}

impl Client {
    /// Sends usage events: `POST /api/v2/billing/usage/events`. A request holds
    /// up to 10,000 of them. Sending an event again is always harmless, also
    /// when a call failed or was given up.
    ///
    /// ```no_run
    /// # use exchequer_client::{Client, Error, UsageEvent};
    /// # async fn show(client: Client, events: Vec<UsageEvent>) -> Result<(), Error> {
    /// let answer = client.usage_events().send(&events).await?;
    /// for refused in &answer.rejected {
    ///     eprintln!("event {}: {}", refused.index, refused.message);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn usage_events(&self) -> UsageEvents<'_> {
        UsageEvents {
            client: self,
            dry_run: false,
        }
    }
}

impl UsageEvents<'_> {
    /// Checks the events and stores nothing.
    pub fn dry_run(mut self) -> Self {
        self.dry_run = true;
        self
    }

    /// Sends [`UsageEvent`]s, or anything that is serialized like them.
    ///
    /// # Errors
    /// As every call. Events that are refused one by one are no error; they
    /// are listed in the answer.
    pub async fn send<E: Serialize>(self, events: &[E]) -> Result<Answer<IngestResponse>, Error> {
        let body = serde_json::to_vec(events).map_err(|error| Error::Invalid(error.to_string()))?;
        self.post("application/cloudevents-batch+json", body.into())
            .await
    }

    /// Sends events that are serialized already, one on each line.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn send_ndjson(
        self,
        lines: impl Into<Bytes>,
    ) -> Result<Answer<IngestResponse>, Error> {
        self.post("application/x-ndjson", lines.into()).await
    }

    async fn post(self, kind: &'static str, body: Bytes) -> Result<Answer<IngestResponse>, Error> {
        let path = ["billing", "usage", "events"];
        let mut call = self.client.call(Method::POST, &path)?.body(kind, body);
        if self.dry_run {
            call = call.query("dryRun", "true");
        }
        self.client.send(&call).await?.parse().await
    }
}
