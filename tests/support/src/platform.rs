//! The platform that sends events and asks for reports.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use exchequer_core::Day;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;

use crate::connection::token;
use crate::program::Ledger;
use crate::requests::{ORGANIZATIONS, Request};

/// One server and a token for it.
#[derive(Clone)]
pub struct Platform {
    http: Client,
    url: String,
    token: String,
    changes: Arc<AtomicI32>,
}

/// The counts of the answer to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Events that are new.
    pub accepted: u64,
    /// Events that were known.
    pub duplicates: u64,
    /// Events that contradict known ones.
    pub conflicts: u64,
}

impl Platform {
    /// Logs in as the operator.
    pub async fn login(url: &str, ledger: &Ledger) -> Self {
        // Another test of this process may have installed it already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder().no_proxy().build().unwrap();
        let token = token(&http, url, &ledger.id, &ledger.secret).await.unwrap();
        let url = url.to_owned();
        let changes = Arc::default();
        Self {
            http,
            url,
            token,
            changes,
        }
    }

    /// Returns the same token at another server: it outlives a kill as events do.
    pub fn at(&self, url: &str) -> Self {
        Self {
            http: Client::builder().no_proxy().build().unwrap(),
            url: url.to_owned(),
            token: self.token.clone(),
            changes: Arc::clone(&self.changes),
        }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}/api/v2/billing/{path}", self.url);
        self.http.request(method, url).bearer_auth(&self.token)
    }

    /// Sends a request; `None` if the connection broke before the answer came.
    pub async fn send(&self, request: &Request) -> Option<Counts> {
        let (status, text) = self.post(request).await?;
        assert_eq!(status, 200, "{text}");
        Some(counts(request, &text))
    }

    /// Does the same where the database may go away; then there is no answer.
    pub async fn try_to_send(&self, request: &Request) -> Option<Counts> {
        let (status, text) = self.post(request).await?;
        let passing = [429, 503].contains(&status);
        assert!(passing || status == 200, "{status}: {text}");
        (!passing).then(|| counts(request, &text))
    }

    async fn post(&self, request: &Request) -> Option<(u16, String)> {
        let sent = self
            .request(Method::POST, "usage/events")
            .header("content-type", "application/x-ndjson")
            .body(request.body())
            .send();
        let response = sent.await.ok()?;
        let status = response.status().as_u16();
        Some((status, response.text().await.ok()?))
    }

    /// Gives a meter another rule, so that everything is rolled up again; no
    /// event is of the type that it listens to. The server may die over it.
    pub async fn change_meter(&self) {
        let change = self.changes.fetch_add(1, Ordering::Relaxed);
        let aggregation = ["count", "unique"][(change % 2) as usize];
        // Later versions begin later, and all before the events.
        let effective = Day::from_number(Day::from_ymd(2000, 1, 1).unwrap().number() + change);
        let body = serde_json::json!({
            "eventType": "fax", "aggregation": aggregation, "effective": effective.to_string(),
        });
        let put = self
            .request(Method::PUT, "catalog/meters/faxes")
            .json(&body)
            .send();
        if let Ok(response) = put.await {
            let status = response.status();
            // The next change may have overtaken this one.
            assert!(status.is_success() || status == 409, "{status}");
        }
    }

    /// The usages of an organisation in a range.
    pub async fn usages(&self, organization: usize, range: (&str, &str)) -> Value {
        let report = self.report(organization, range).await;
        usages(&report.expect("a report"))
    }

    /// The report of an organisation as it is answered, if it is.
    pub async fn report(&self, organization: usize, range: (&str, &str)) -> Option<String> {
        let query = [
            ("startDate", range.0),
            ("endDate", range.1),
            ("organizationId", ORGANIZATIONS[organization]),
        ];
        let ask = self.request(Method::GET, "reports/billableusage");
        let response = ask.query(&query).send().await.ok()?;
        let status = response.status().as_u16();
        let text = response.text().await.ok()?;
        assert!([200, 503].contains(&status), "{status}: {text}");
        (status == 200).then_some(text)
    }

    /// Returns how many of a request's own events an organisation has.
    pub async fn present(&self, request: &Request, organization: usize) -> u64 {
        self.try_present(request, organization)
            .await
            .expect("a report")
    }

    /// Does the same where the database may go away.
    pub async fn try_present(&self, request: &Request, organization: usize) -> Option<u64> {
        let (start, end) = request.window();
        let usages = usages(&self.report(organization, (&start, &end)).await?);
        let calls = usages.as_array().unwrap().iter();
        let mut calls = calls.filter(|usage| usage["name"] == "calls");
        Some(calls.next().map_or(0, |usage| {
            usage["totalUsage"].as_str().unwrap().parse().unwrap()
        }))
    }
}

/// The usages of a report that is complete.
pub fn usages(report: &str) -> Value {
    let mut body: Value = serde_json::from_str(report).unwrap();
    assert_eq!(body["status"], "Complete");
    body["usages"].take()
}

/// Reads the counts of an answer, which must be of all events.
fn counts(request: &Request, text: &str) -> Counts {
    let body: Value = serde_json::from_str(text).unwrap();
    let faults = (&body["rejected"], &body["unmetered"]);
    assert_eq!(faults, (&serde_json::json!([]), &0.into()));
    let count = |name: &str| body[name].as_u64().unwrap();
    let conflicts = body["conflicts"].as_array().unwrap().iter();
    let places: Vec<u64> = conflicts
        .map(|conflict| conflict["index"].as_u64().unwrap())
        .collect();
    assert_eq!(places, request.conflicting(), "{request:?}");
    let answer = Counts {
        accepted: count("accepted"),
        duplicates: count("duplicates"),
        conflicts: places.len() as u64,
    };
    let all = answer.accepted + answer.duplicates + answer.conflicts;
    assert_eq!(all, request.events(), "{request:?}");
    answer
}
