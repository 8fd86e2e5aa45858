//! The platform that sends events and asks for reports.

use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;

use crate::requests::{ORGANIZATIONS, Request};
use crate::support::Ledger;

/// One server and a token for it.
#[derive(Clone)]
pub(crate) struct Platform {
    http: Client,
    url: String,
    token: String,
}

/// What the answer to a request says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) accepted: u64,
    pub(crate) duplicates: u64,
}

impl Platform {
    /// Logs in as the operator.
    pub(crate) async fn login(url: &str, ledger: &Ledger) -> Self {
        // Another test of this process may have installed it already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder().no_proxy().build().unwrap();
        let login = http
            .post(format!("{url}/oauth/token"))
            .basic_auth(&ledger.id, Some(&ledger.secret))
            .form(&[("grant_type", "client_credentials")]);
        let grant: Value = login.send().await.unwrap().json().await.unwrap();
        let token = grant["access_token"].as_str().unwrap().to_owned();
        let url = url.to_owned();
        Self { http, url, token }
    }

    /// The same token at another server: it outlives a kill as events do.
    pub(crate) fn at(&self, url: &str) -> Self {
        Self {
            http: Client::builder().no_proxy().build().unwrap(),
            url: url.to_owned(),
            token: self.token.clone(),
        }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}/api/v2/billing/{path}", self.url);
        self.http.request(method, url).bearer_auth(&self.token)
    }

    /// Sends a request; `None` if the connection broke before the answer came.
    pub(crate) async fn send(&self, request: &Request) -> Option<Answer> {
        let sent = self
            .request(Method::POST, "usage/events")
            .header("content-type", "application/x-ndjson")
            .body(request.body())
            .send();
        let response = sent.await.ok()?;
        let status = response.status();
        let text = response.text().await.ok()?;
        assert_eq!(status, 200, "{text}");
        let body: Value = serde_json::from_str(&text).unwrap();
        let faults = (&body["conflicts"], &body["rejected"], &body["unmetered"]);
        assert_eq!(
            faults,
            (&serde_json::json!([]), &serde_json::json!([]), &0.into())
        );
        let count = |name: &str| body[name].as_u64().unwrap();
        let (accepted, duplicates) = (count("accepted"), count("duplicates"));
        assert_eq!(accepted + duplicates, request.events(), "{request:?}");
        Some(Answer {
            accepted,
            duplicates,
        })
    }

    /// The usages of an organisation in a range.
    pub(crate) async fn usages(&self, organization: usize, range: (&str, &str)) -> Value {
        let query = [
            ("startDate", range.0),
            ("endDate", range.1),
            ("organizationId", ORGANIZATIONS[organization]),
        ];
        let ask = self.request(Method::GET, "reports/billableusage");
        let response = ask.query(&query).send().await.unwrap();
        assert_eq!(response.status(), 200);
        let mut body: Value = response.json().await.unwrap();
        assert_eq!(body["status"], "Complete");
        body["usages"].take()
    }

    /// How many of a request's own events an organisation has.
    pub(crate) async fn present(&self, request: &Request, organization: usize) -> u64 {
        let (start, end) = request.window();
        let usages = self.usages(organization, (&start, &end)).await;
        let calls = usages.as_array().unwrap().iter();
        let mut calls = calls.filter(|usage| usage["name"] == "calls");
        calls.next().map_or(0, |usage| {
            usage["totalUsage"].as_str().unwrap().parse().unwrap()
        })
    }
}
