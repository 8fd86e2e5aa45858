//! State that all requests share: the application, and what only HTTP needs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::FromRef;
use exchequer_app::App;

use crate::budget::Budget;
use crate::config::Config;
use crate::limits::BODY_MEMORY;
use crate::origin::Origin;

/// State that all requests share; cheap to clone.
#[derive(Clone)]
pub(crate) struct HttpState {
    app: App,
    bodies: Budget,
    draining: Arc<AtomicBool>,
    public_url: Option<Arc<Origin>>,
    scheme: &'static str,
}

impl HttpState {
    /// Returns the state of a server that serves `app`.
    pub(crate) fn new(app: App, config: &Config) -> Self {
        Self {
            app,
            bodies: Budget::new(BODY_MEMORY),
            draining: Arc::default(),
            public_url: config.public_url.clone().map(Arc::new),
            scheme: config.tls.as_ref().map_or("http", |_| "https"),
        }
    }

    pub(crate) fn app(&self) -> &App {
        &self.app
    }

    pub(crate) fn bodies(&self) -> &Budget {
        &self.bodies
    }

    /// Returns the address of the server, if a setting says it.
    pub(crate) fn public_url(&self) -> Option<&Origin> {
        self.public_url.as_deref()
    }

    /// Returns the scheme that the server itself speaks.
    pub(crate) fn scheme(&self) -> &'static str {
        self.scheme
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }
}

/// Handlers that need nothing of HTTP take the application alone.
impl FromRef<HttpState> for App {
    fn from_ref(state: &HttpState) -> Self {
        state.app.clone()
    }
}
