//! Settings of a client.

use std::time::Duration;

use crate::secret::Secret;
use crate::wait::Listener;
use crate::{Client, Error, Server, Wait, tls};

/// Settings of a [`Client`], from [`Client::builder`].
#[derive(Clone, Debug)]
#[must_use]
pub struct ClientBuilder {
    pub(crate) server: Server,
    pub(crate) client_id: String,
    pub(crate) secret: Secret,
    pub(crate) retry_budget: Duration,
    pub(crate) report_budget: Duration,
    pub(crate) listener: Listener,
    user_agent: String,
    timeout: Duration,
    roots: Vec<u8>,
}

impl ClientBuilder {
    pub(crate) fn new(server: Server, client_id: String, secret: String) -> Self {
        Self {
            server,
            client_id,
            secret: Secret::new(secret),
            retry_budget: Duration::from_secs(15),
            report_budget: Duration::from_secs(600),
            listener: Listener::default(),
            user_agent: concat!("exchequer-client/", env!("CARGO_PKG_VERSION")).to_owned(),
            timeout: Duration::from_secs(120),
            roots: Vec::new(),
        }
    }

    /// Sets the time for all attempts of a call, logins included; 15 s unless set.
    /// No attempt begins later than this after the first.
    /// `Duration::ZERO` tries once, `Duration::MAX` for ever.
    pub fn retry_budget(mut self, budget: Duration) -> Self {
        self.retry_budget = budget;
        self
    }

    /// Sets the time to wait for a report in progress; ten minutes unless set.
    pub fn report_budget(mut self, budget: Duration) -> Self {
        self.report_budget = budget;
        self
    }

    /// Sets the time for one attempt, from connecting to the last byte of the
    /// answer; two minutes unless set. `Duration::MAX` sets no bound.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the name by which the client identifies itself to the server.
    pub fn user_agent(mut self, name: impl Into<String>) -> Self {
        self.user_agent = name.into();
        self
    }

    /// Adds certificates (PEM, one or more) to those that this machine trusts, for a
    /// server with a certificate of your own.
    pub fn root_certificates(mut self, pem: impl AsRef<[u8]>) -> Self {
        self.roots.extend_from_slice(pem.as_ref());
        self.roots.push(b'\n');
        self
    }

    /// Sets a callback that is called before every pause.
    ///
    /// ```
    /// # use exchequer_client::{Client, ClientBuilder, Wait};
    /// # fn with(builder: ClientBuilder) -> ClientBuilder {
    /// builder.on_wait(|wait| match wait {
    ///     Wait::Retry { error, pause } => eprintln!("{error}; trying again in {pause:.1?}"),
    ///     other => eprintln!("{other:?}"),
    /// })
    /// # }
    /// ```
    pub fn on_wait(mut self, listener: impl Fn(Wait<'_>) + Send + Sync + 'static) -> Self {
        self.listener = Listener::new(listener);
        self
    }

    /// Returns the client. Nothing is sent yet; the first call is the first to use the
    /// credentials. Certificates of this machine are read from its disk here.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the settings cannot be used: certificates that
    /// are none, or a name that no header can hold.
    pub fn build(self) -> Result<Client, Error> {
        let mut http = reqwest::Client::builder()
            .user_agent(&self.user_agent)
            .tls_backend_preconfigured(tls::config(&self.server, &self.roots)?)
            // A redirect would carry the secret to a place nobody named.
            .redirect(reqwest::redirect::Policy::none());
        if self.timeout < Duration::MAX {
            http = http
                .timeout(self.timeout)
                .connect_timeout(self.timeout.min(Duration::from_secs(10)));
        }
        if self.server.is_loopback() {
            // No proxy reaches the server that runs on this machine.
            http = http.no_proxy();
        }
        Ok(Client::new(http.build()?, self))
    }
}
