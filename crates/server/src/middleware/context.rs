//! Facts about a request that become known while it is answered.

use std::sync::{Arc, OnceLock};

use exchequer_app::RateLimitStatus;
use exchequer_store::catalog::ClientId;

/// Travels with the request; the edge reads it when the answer goes out.
#[derive(Clone, Default)]
pub(crate) struct RequestContext(Arc<Facts>);

#[derive(Default)]
struct Facts {
    client: OnceLock<ClientId>,
    rate_limit: OnceLock<RateLimitStatus>,
}

impl RequestContext {
    /// Keeps who called, for the log.
    pub(crate) fn called_by(&self, client: ClientId) {
        let _ = self.0.client.set(client);
    }

    /// Keeps how often the caller has called, for the headers.
    pub(crate) fn counted(&self, status: RateLimitStatus) {
        let _ = self.0.rate_limit.set(status);
    }

    pub(crate) fn client(&self) -> Option<ClientId> {
        self.0.client.get().copied()
    }

    pub(crate) fn rate_limit(&self) -> Option<RateLimitStatus> {
        self.0.rate_limit.get().copied()
    }
}
