//! The clients that make changes.

use exchequer_core::{Instant, OrganizationId};

pub use exchequer_core::ClientId;

/// The client and organisation that do something, and the instant.
#[derive(Clone, Copy, Debug)]
pub struct Actor {
    /// The client.
    pub client: ClientId,
    /// Its organisation.
    pub organization: OrganizationId,
    /// The instant of the action.
    pub at: Instant,
}
