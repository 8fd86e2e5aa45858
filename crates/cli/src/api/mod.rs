//! A small client of the API: one request at a time, with retries that are safe
//! because everything this program sends may be sent twice.

mod error;
mod patience;

use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Method, Url};
use serde::Deserialize;
use tokio::sync::Mutex;

pub(crate) use self::error::ApiError;
use self::patience::Patience;
use crate::args::Connection;
use crate::exit::usage;
use crate::output::note;
use crate::secret::{self, Secret};
use crate::settings::Settings;

const DEFAULT_URL: &str = "http://127.0.0.1:8080";

/// The server, the credentials, and the token that they gave.
pub(crate) struct Api {
    http: reqwest::Client,
    base: Url,
    client_id: String,
    secret: Secret,
    token: Mutex<Option<Secret>>,
    patience: Duration,
}

/// One call, kept so that it can be sent again.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    method: Method,
    url: Url,
    body: Option<(&'static str, Bytes)>,
}

/// A successful answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) body: Bytes,
}

/// What `/oauth/token` answers, as far as it is used.
#[derive(Deserialize)]
struct Grant {
    access_token: String,
}

impl Api {
    /// Prepares a client from flags and settings; nothing is sent yet.
    pub(crate) fn new(settings: &Settings<'_>, connection: &Connection) -> anyhow::Result<Self> {
        let file = &settings.file;
        let url = settings
            .choose(connection.url.clone(), "EXCHEQUER_URL", file.url.clone())?
            .unwrap_or_else(|| DEFAULT_URL.to_owned());
        let base = parse_base(&url)?;
        let client_id = settings
            .choose(
                connection.client_id.clone(),
                "EXCHEQUER_CLIENT_ID",
                file.client_id.clone(),
            )?
            .ok_or_else(|| usage("no client: set EXCHEQUER_CLIENT_ID or give --client-id"))?;
        let secret = secret::find(settings, connection)?;
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("exchequer/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(10))
            .timeout(Duration::from_secs(120))
            // A redirect would carry the secret to a place nobody named.
            .redirect(reqwest::redirect::Policy::none());
        if is_loopback(&base) {
            // No proxy reaches the server that runs on this machine.
            builder = builder.no_proxy();
        }
        Ok(Self {
            http: builder.build().context("the HTTP client did not start")?,
            base,
            client_id,
            secret,
            token: Mutex::new(None),
            patience: Duration::from_secs(15),
        })
    }

    /// Waits this long in total, instead of a few seconds, before giving up.
    pub(crate) fn patient(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// A call of the API; `path` is below `/api/v2`, segment by segment, so
    /// that a name with a slash in it stays one segment.
    pub(crate) fn call(&self, method: Method, path: &[&str]) -> Call {
        Call {
            method,
            url: extend(&self.base, &["api", "v2"], path),
            body: None,
        }
    }

    /// Sends a call until it succeeds, is refused, or patience runs out.
    pub(crate) async fn send(&self, call: &Call) -> Result<Answer, ApiError> {
        let mut patience = Patience::new(self.patience);
        let mut renewed = false;
        loop {
            let token = self.token(&mut patience).await?;
            match self.once(call, &token).await {
                // The token may have expired under way: once, get another.
                Err(error) if error.status() == Some(401) && !renewed => {
                    renewed = true;
                    let mut current = self.token.lock().await;
                    if current.as_ref() == Some(&token) {
                        *current = None;
                    }
                }
                Err(error) => pause(&mut patience, error).await?,
                answer => return answer,
            }
        }
    }

    async fn once(&self, call: &Call, token: &Secret) -> Result<Answer, ApiError> {
        let mut request = self
            .http
            .request(call.method.clone(), call.url.clone())
            .header(AUTHORIZATION, format!("Bearer {}", token.expose()));
        if let Some((kind, body)) = &call.body {
            request = request.header(CONTENT_TYPE, *kind).body(body.clone());
        }
        exchange(request).await
    }

    /// The access token: the one at hand, or a new one. Parallel senders wait
    /// for the one who asks.
    async fn token(&self, patience: &mut Patience) -> Result<Secret, ApiError> {
        let mut current = self.token.lock().await;
        if let Some(token) = current.as_ref() {
            return Ok(token.clone());
        }
        let url = extend(&self.base, &["oauth", "token"], &[]);
        loop {
            let request = self
                .http
                .post(url.clone())
                .basic_auth(&self.client_id, Some(self.secret.expose()))
                .form(&[("grant_type", "client_credentials")]);
            match exchange(request).await {
                Ok(answer) => {
                    let grant: Grant = answer.json()?;
                    return Ok(current.insert(Secret::new(grant.access_token)).clone());
                }
                Err(error) => pause(patience, error).await?,
            }
        }
    }
}

impl Call {
    /// Adds a query parameter.
    pub(crate) fn query(mut self, name: &str, value: &str) -> Self {
        self.url.query_pairs_mut().append_pair(name, value);
        self
    }

    /// Adds a body of the given media type.
    pub(crate) fn body(mut self, kind: &'static str, body: impl Into<Bytes>) -> Self {
        self.body = Some((kind, body.into()));
        self
    }
}

impl Answer {
    /// The body as JSON of the expected shape.
    pub(crate) fn json<T: for<'a> Deserialize<'a>>(&self) -> Result<T, ApiError> {
        serde_json::from_slice(&self.body).map_err(|error| ApiError::Unreadable(error.to_string()))
    }
}

/// Waits before the next attempt, or hands the error back when it is final.
async fn pause(patience: &mut Patience, error: ApiError) -> Result<(), ApiError> {
    if !error.is_passing() {
        return Err(error);
    }
    let dice = crate::random::bytes().map_or(0, u16::from_le_bytes);
    match patience.pause(error.retry_after(), dice) {
        Some(pause) => {
            note(&format!("{error}; trying again in {pause:.1?}"));
            tokio::time::sleep(pause).await;
            Ok(())
        }
        None => Err(error),
    }
}

async fn exchange(request: reqwest::RequestBuilder) -> Result<Answer, ApiError> {
    let response = request.send().await.map_err(ApiError::from)?;
    let status = response.status();
    let retry_after = seconds(response.headers());
    let body = response.bytes().await.map_err(ApiError::from)?;
    if status.is_success() {
        return Ok(Answer { body });
    }
    Err(ApiError::from_answer(status.as_u16(), &body, retry_after))
}

/// `Retry-After` in seconds; its other form, a date, is not used by this API.
fn seconds(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?;
    text.trim().parse().ok().map(Duration::from_secs)
}

fn parse_base(text: &str) -> anyhow::Result<Url> {
    let url = Url::parse(text).map_err(|error| usage(format!("server address {text}: {error}")))?;
    let plain = url.query().is_none() && url.fragment().is_none();
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() || !plain {
        return Err(usage(format!(
            "server address {text}: expected http://HOST[:PORT] or https://HOST[:PORT]"
        )));
    }
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || bare
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

fn extend(base: &Url, prefix: &[&str], path: &[&str]) -> Url {
    let mut url = base.clone();
    // Err only for addresses without a host, which `parse_base` refuses.
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(prefix).extend(path);
    }
    url
}

#[cfg(test)]
mod tests;
