//! The platform that sends usage, and counts it.

use std::fmt::Write as _;

use exchequer_support::connection::token;
use reqwest::{Client, Response};
use serde_json::{Value, json};

pub(crate) const CUSTOMER: &str = "22222222-2222-4222-8222-222222222222";
const READER: &str = "aaaaaaaa-0000-4000-8000-000000000001";
const SECRET: &str = "a secret of the customer's own reader";
const CATALOG: &str = "/api/v2/billing/catalog";

pub(crate) const REPORT: &str =
    "/api/v2/billing/reports/billableusage?startDate=2024-10-01&endDate=2024-11-01";

/// No report may come back as `InProgress`, no request be one too many.
pub(crate) const FLAGS: [&str; 4] = ["--report-wait", "60s", "--rate-limit", "1000000"];

/// The operator at one server.
#[derive(Clone)]
pub(crate) struct Platform {
    http: Client,
    pub(crate) url: String,
    pub(crate) token: String,
    /// The customer's own token: what an operator sees of it must be put into
    /// the audit trail first, which a store that cannot write refuses.
    pub(crate) reader: String,
}

/// An answer: status, headers that matter, body.
#[derive(Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<String>,
    pub(crate) body: Value,
}

impl Platform {
    /// Logs in, and makes a customer with a client, and a meter that counts
    /// its calls.
    pub(crate) async fn start(url: &str, id: &str, secret: &str) -> Self {
        // Another test of this process may have installed it already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder().no_proxy().build().unwrap();
        let operator = token(&http, url, id, secret).await.unwrap();
        let customer = json!({"name": "Customer"});
        let meter = json!({"eventType": "call", "aggregation": "count"});
        let permissions = ["billing:subscription:view"];
        let reader = json!({
            "organization": CUSTOMER, "name": "Reader", "secret": SECRET, "permissions": permissions,
        });
        for (path, what) in [
            (format!("organizations/{CUSTOMER}"), customer),
            ("meters/calls".to_owned(), meter),
            (format!("clients/{READER}"), reader),
        ] {
            let put = http.put(format!("{url}{CATALOG}/{path}")).json(&what);
            let put = put.bearer_auth(&operator).send().await.unwrap();
            assert_eq!(put.status(), 201, "{}", put.text().await.unwrap());
        }
        let reader = token(&http, url, READER, SECRET);
        let reader = reader.await.unwrap();
        let url = url.to_owned();
        Self {
            http,
            url,
            token: operator,
            reader,
        }
    }

    /// The same token at another server.
    pub(crate) fn at(&self, url: &str) -> Self {
        Self {
            url: url.to_owned(),
            ..self.clone()
        }
    }

    /// Sends a body; `None` if the connection broke.
    pub(crate) async fn send(&self, body: String) -> Option<Answer> {
        let post = self
            .http
            .post(format!("{}/api/v2/billing/usage/events", self.url))
            .bearer_auth(&self.token)
            .header("content-type", "application/x-ndjson")
            .body(body);
        read(post.send().await.ok()?).await
    }

    /// Sends a body that must be kept; how many of its events were new.
    pub(crate) async fn keep(&self, body: String) -> u64 {
        let answer = self.send(body).await.unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body["accepted"].as_u64().unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        let get = self.http.get(format!("{}{path}", self.url));
        let get = get.bearer_auth(&self.reader).send().await.unwrap();
        read(get).await.unwrap()
    }

    /// The number of calls that are counted.
    pub(crate) async fn calls(&self) -> u64 {
        let answer = self.get(REPORT).await;
        assert_eq!(answer.body["status"], "Complete", "{answer:?}");
        let usages = answer.body["usages"].as_array().unwrap();
        usages.first().map_or(0, |usage| {
            usage["totalUsage"].as_str().unwrap().parse().unwrap()
        })
    }
}

async fn read(response: Response) -> Option<Answer> {
    let status = response.status().as_u16();
    let retry_after = response.headers().get("retry-after");
    let retry_after = retry_after.map(|value| value.to_str().unwrap().to_owned());
    let text = response.text().await.ok()?;
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Some(Answer {
        status,
        retry_after,
        body,
    })
}

const LETTERS: &[u8; 64] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";

/// A request of some calls; its number makes their ids. `filler` bytes of
/// each are of no use but to be large.
pub(crate) fn calls(number: u64, events: u64, filler: usize) -> String {
    let mut body = String::new();
    let mut state = number + 1;
    for event in 0..events {
        let mut data = String::with_capacity(filler);
        while data.len() < filler {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            // Ten letters of six bits each: nothing that packs well.
            let letter = |place: u64| char::from(LETTERS[(state >> (4 + place * 6) & 63) as usize]);
            data.extend((0..10).map(letter));
        }
        let _ = writeln!(
            body,
            r#"{{"specversion":"1.0","id":"{number}-{event}","source":"/pbx","type":"call","subject":"caller","time":"2024-10-02T08:00:00Z","organization":"{CUSTOMER}","data":{{"filler":"{data}"}}}}"#
        );
    }
    body
}

/// A request of calls, each by somebody else with a long name.
pub(crate) fn callers(number: u64, events: u64) -> String {
    let mut body = String::new();
    for event in 0..events {
        let id = format!("{number}-{event}");
        let _ = writeln!(
            body,
            r#"{{"specversion":"1.0","id":"c-{id}","source":"/pbx","type":"call","subject":"{id:x>200}","time":"2024-10-02T08:00:00Z","organization":"{CUSTOMER}"}}"#
        );
    }
    body
}
