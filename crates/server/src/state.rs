//! State that all requests share: the application, and what only HTTP needs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::FromRef;
use exchequer_app::App;

use crate::budget::Budget;
use crate::limits::BODY_MEMORY;

/// State that all requests share; cheap to clone.
#[derive(Clone)]
pub(crate) struct HttpState {
    app: App,
    bodies: Budget,
    draining: Arc<AtomicBool>,
}

impl HttpState {
    /// Returns the state of a server that serves `app`.
    pub(crate) fn new(app: App) -> Self {
        Self {
            app,
            bodies: Budget::new(BODY_MEMORY),
            draining: Arc::default(),
        }
    }

    pub(crate) fn app(&self) -> &App {
        &self.app
    }

    pub(crate) fn bodies(&self) -> &Budget {
        &self.bodies
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
