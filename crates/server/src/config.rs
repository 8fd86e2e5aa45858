//! Settings of the server.

use std::sync::Arc;
use std::time::Duration;

use exchequer_app::{Ambient, Settings};

use crate::origin::{Origin, Origins};

/// Settings of the server, as its callers give them.
#[derive(Clone, Debug)]
pub struct Config {
    /// The time that a request waits for its report before it is told to come
    /// back; zero makes every report in the background.
    pub report_wait: Duration,
    /// Requests a minute: reading per token, tokens per client, failed logins
    /// per address.
    pub rate_limit: u32,
    /// The time between two looks at what is to be closed. None if this node closes no
    /// period by itself.
    pub closing_interval: Option<Duration>,
    /// Speak TLS with this certificate; plain HTTP if absent.
    pub tls: Option<Arc<rustls::ServerConfig>>,
    /// The address by which clients reach the server, if it is not the one that they
    /// connect to, as behind a proxy.
    pub public_url: Option<Origin>,
    /// The pages elsewhere that may call the API from a browser.
    pub cors_origins: Origins,
    /// The clock and the source of randomness.
    pub ambient: Ambient,
}

impl From<&Config> for Settings {
    fn from(config: &Config) -> Self {
        Self {
            report_wait: config.report_wait,
            rate_limit: config.rate_limit,
            closing_interval: config.closing_interval,
            ambient: config.ambient.clone(),
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            report_wait: Duration::from_secs(2),
            rate_limit: 300,
            closing_interval: Some(Duration::from_secs(30)),
            tls: None,
            public_url: None,
            cors_origins: Origins::default(),
            ambient: Ambient::system(),
        }
    }
}
