//! The client: sends calls, tries them again, keeps the token.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ETAG, HeaderMap, RETRY_AFTER};

use crate::answer::Reply;
use crate::call::Call;
use crate::retry_budget::RetryBudget;
use crate::secret::Secret;
use crate::token::{Grant, Tokens};
use crate::{ClientBuilder, Error, Server, Wait};

/// A client of the API: a server, credentials, and the token that they gave.
///
/// Clones are cheap and share everything, the token included; calls may run
/// in parallel. See the [crate's documentation](crate) for what all of them
/// have in common.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    /// The organisation that a client of the operator acts for.
    organization: Option<Arc<str>>,
}

struct Shared {
    http: reqwest::Client,
    settings: ClientBuilder,
    tokens: Tokens,
}

impl Client {
    /// Returns the settings of a client of this server with these OAuth client credentials.
    pub fn builder(
        server: impl Into<Server>,
        client_id: impl Into<String>,
        secret: impl Into<String>,
    ) -> ClientBuilder {
        ClientBuilder::new(server.into(), client_id.into(), secret.into())
    }

    pub(crate) fn new(http: reqwest::Client, settings: ClientBuilder) -> Self {
        Self {
            shared: Arc::new(Shared {
                http,
                settings,
                tokens: Tokens::default(),
            }),
            organization: None,
        }
    }

    /// Returns the same client, acting for another organisation. Exchequer lets the
    /// clients of its operator do so, and ignores it for all others.
    #[must_use]
    pub fn for_organization(&self, id: &str) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            organization: Some(id.into()),
        }
    }

    /// Returns the server that the requests go to.
    pub fn server(&self) -> &Server {
        &self.shared.settings.server
    }

    pub(crate) fn get(&self, path: &[&str]) -> Result<Call, Error> {
        self.call(reqwest::Method::GET, path)
    }

    /// Returns a call of the API. `path` is below `/api/v2`.
    pub(crate) fn call(&self, method: reqwest::Method, path: &[&str]) -> Result<Call, Error> {
        let call = Call::new(self.server(), method, path)?;
        Ok(match &self.organization {
            Some(id) => call.query("organizationId", id),
            None => call,
        })
    }

    pub(crate) fn report_budget(&self) -> RetryBudget {
        RetryBudget::with_reports(self.shared.settings.report_budget)
    }

    pub(crate) fn tell(&self, wait: Wait<'_>) {
        self.shared.settings.listener.tell(wait);
    }

    /// Sends a call until it succeeds, is refused, or the budget ends.
    pub(crate) async fn send(&self, call: &Call) -> Result<Reply, Error> {
        let mut budget = RetryBudget::with_faults(self.shared.settings.retry_budget);
        let mut renewed = false;
        let mut in_doubt = false;
        loop {
            let token = self.token(&mut budget).await?;
            match self.once(call, &token).await {
                // The token may have ended under way: once, get another.
                Err(error) if error.status() == Some(401) && !renewed => {
                    renewed = true;
                    self.shared.tokens.forget(&token).await;
                }
                // An earlier attempt did it, and only its answer was lost.
                Err(error) if in_doubt && call.is_done_by(&error) => return Ok(Reply::empty()),
                Err(error) if !call.may_follow(&error) => return Err(error),
                Err(error) => {
                    in_doubt |= error.leaves_doubt();
                    self.pause(&mut budget, error).await?;
                }
                reply => return reply,
            }
        }
    }

    /// Sends a call once, with this token.
    pub(crate) async fn once(&self, call: &Call, token: &Secret) -> Result<Reply, Error> {
        let request = call.request(&self.shared.http).bearer_auth(token.expose());
        exchange(request).await
    }

    /// Takes the token out, so that the next call logs in.
    pub(crate) async fn take_token(&self) -> Option<Secret> {
        self.shared.tokens.take().await
    }

    async fn token(&self, budget: &mut RetryBudget) -> Result<Secret, Error> {
        self.shared.tokens.get(self.log_in(budget)).await
    }

    async fn log_in(&self, budget: &mut RetryBudget) -> Result<Grant, Error> {
        let settings = &self.shared.settings;
        loop {
            let request = self
                .shared
                .http
                .post(settings.server.login())
                .basic_auth(&settings.client_id, Some(settings.secret.expose()))
                .form(&[("grant_type", "client_credentials")]);
            match exchange(request).await {
                // Not through `parse`: its error would quote the token.
                Ok(reply) => {
                    return serde_json::from_slice(&reply.body)
                        .map_err(|_| Error::Unreadable("a login without a token".to_owned()));
                }
                Err(error) => self.pause(budget, error).await?,
            }
        }
    }

    /// Waits before the next attempt, or returns the error if it is final.
    async fn pause(&self, budget: &mut RetryBudget, error: Error) -> Result<(), Error> {
        if !error.is_passing() {
            return Err(error);
        }
        let Some(pause) = budget.pause(error.retry_after()) else {
            return Err(error);
        };
        self.tell(Wait::Retry {
            error: &error,
            pause,
        });
        tokio::time::sleep(pause).await;
        Ok(())
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("server", &self.server().to_string())
            .field("client_id", &self.shared.settings.client_id)
            .field("organization", &self.organization)
            .finish_non_exhaustive()
    }
}

async fn exchange(request: reqwest::RequestBuilder) -> Result<Reply, Error> {
    let response = request.send().await?;
    let status = response.status();
    let retry_after = seconds(response.headers());
    let etag = header_text(response.headers(), ETAG.as_str());
    let correlation = header_text(response.headers(), "inin-correlation-id");
    let body = response.bytes().await?;
    if status.is_success() {
        return Ok(Reply { body, etag });
    }
    let mut error = Error::refused(status.as_u16(), &body, retry_after);
    if let Error::Refused(refusal) = &mut error {
        refusal.context_id = refusal.context_id.take().or(correlation);
    }
    Err(error)
}

fn header_text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// Parses `Retry-After` in seconds. Its other form, a date, is not used by this API.
fn seconds(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?;
    text.trim().parse().ok().map(Duration::from_secs)
}
