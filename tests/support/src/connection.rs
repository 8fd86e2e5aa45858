//! A client of a server that runs as a process.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use reqwest::{Client, RequestBuilder, header};
use serde_json::Value;

/// The path that takes events.
const EVENTS: &str = "/api/v2/billing/usage/events";
/// A request takes no longer than this.
const TIMEOUT: Duration = Duration::from_secs(300);

/// One connection to a server, with the token of a client.
#[derive(Debug, Clone)]
pub struct Connection {
    client: Client,
    url: String,
    authorization: String,
}

impl Connection {
    /// Connects to a server and logs in.
    ///
    /// # Errors
    /// The server does not answer, or gives no token.
    pub async fn login(url: &str, id: &str, secret: &str) -> Result<Self> {
        // Another part of this process may have installed it already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let nobody = Self {
            client: client()?,
            url: url.to_owned(),
            authorization: String::new(),
        };
        nobody.login_as(id, secret).await
    }

    /// Another connection to the same server, with the same token.
    ///
    /// # Errors
    /// The client cannot be made.
    pub fn another(&self) -> Result<Self> {
        Ok(Self {
            client: client()?,
            ..self.clone()
        })
    }

    /// Returns the same connection with a new token, of this client.
    ///
    /// # Errors
    /// The server does not answer, or gives no token.
    pub async fn login_as(&self, id: &str, secret: &str) -> Result<Self> {
        let token = token(&self.client, &self.url, id, secret).await?;
        Ok(Self {
            authorization: format!("Bearer {token}"),
            ..self.clone()
        })
    }

    /// Reads a resource to its last byte.
    ///
    /// # Errors
    /// The answer is none, or a refusal.
    pub async fn get(&self, path: &str) -> Result<Vec<u8>> {
        let request = self.client.get(format!("{}{path}", self.url));
        read(self.authorized(request), path).await
    }

    /// Puts something into the catalog.
    ///
    /// # Errors
    /// The answer is none, or a refusal.
    pub async fn put(&self, path: &str, what: &Value) -> Result<()> {
        let request = self.client.put(format!("{}{path}", self.url)).json(what);
        read(self.authorized(request), path).await?;
        Ok(())
    }

    /// Deletes a resource.
    ///
    /// # Errors
    /// The answer is none, or a refusal.
    pub async fn delete(&self, path: &str) -> Result<()> {
        let request = self.client.delete(format!("{}{path}", self.url));
        read(self.authorized(request), path).await?;
        Ok(())
    }

    /// Sends an array of events; `None` if the server asks to try again later.
    ///
    /// # Errors
    /// The answer is none, or another refusal.
    pub async fn send(&self, events: Vec<u8>) -> Result<Option<Value>> {
        let request = self.client.post(format!("{}{EVENTS}", self.url));
        let request = request
            .header(header::CONTENT_TYPE, "application/json")
            .body(events);
        let answer = self.authorized(request).send().await?;
        let (status, body) = (answer.status(), answer.bytes().await?);
        if status.as_u16() == 429 {
            return Ok(None);
        }
        let text = String::from_utf8_lossy(&body);
        ensure!(status.is_success(), "{status} {text}");
        Ok(Some(serde_json::from_slice(&body)?))
    }

    fn authorized(&self, request: RequestBuilder) -> RequestBuilder {
        request.header(header::AUTHORIZATION, &self.authorization)
    }
}

/// Asks a server for a token of a client.
///
/// # Errors
/// The server does not answer, or gives no token.
pub async fn token(client: &Client, url: &str, id: &str, secret: &str) -> Result<String> {
    let request = client.post(format!("{url}/oauth/token"));
    let request = request
        .basic_auth(id, Some(secret))
        .form(&[("grant_type", "client_credentials")]);
    let grant: Value = serde_json::from_slice(&read(request, "/oauth/token").await?)?;
    let token = grant["access_token"].as_str();
    Ok(token.context("no token in the answer")?.to_owned())
}

/// A client that keeps one connection open.
fn client() -> Result<Client> {
    let client = Client::builder()
        .pool_max_idle_per_host(1)
        .timeout(TIMEOUT)
        .no_proxy();
    Ok(client.build()?)
}

/// Sends a request and reads the answer, which must be a success.
async fn read(request: RequestBuilder, path: &str) -> Result<Vec<u8>> {
    let answer = request.send().await?;
    let (status, body) = (answer.status(), answer.bytes().await?);
    let text = || String::from_utf8_lossy(&body).into_owned();
    ensure!(status.is_success(), "{path}: {status} {}", text());
    Ok(body.to_vec())
}
