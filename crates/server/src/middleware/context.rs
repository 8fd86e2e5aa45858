//! What becomes known of a request while it is answered.

use std::sync::{Arc, OnceLock};

use exchequer_store::catalog::ClientId;

use crate::limits::RateLimitStatus;

/// Travels with the request; the edge reads it when the answer goes out.
#[derive(Clone, Default)]
pub(crate) struct RequestContext(Arc<Known>);

#[derive(Default)]
struct Known {
    client: OnceLock<ClientId>,
    standing: OnceLock<RateLimitStatus>,
}

impl RequestContext {
    /// Keeps who called, for the log.
    pub(crate) fn called_by(&self, client: ClientId) {
        let _ = self.0.client.set(client);
    }

    /// Keeps how the caller stands, for the headers.
    pub(crate) fn stands(&self, standing: RateLimitStatus) {
        let _ = self.0.standing.set(standing);
    }

    pub(crate) fn client(&self) -> Option<ClientId> {
        self.0.client.get().copied()
    }

    pub(crate) fn standing(&self) -> Option<RateLimitStatus> {
        self.0.standing.get().copied()
    }
}
