//! The clients that make changes.

use exchequer_core::{Instant, OrganizationId};
use uuid::Uuid;

/// The id of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClientId(Uuid);

impl ClientId {
    /// Returns the client of that id.
    #[must_use]
    pub fn from_uuid(id: Uuid) -> Self {
        Self(id)
    }

    /// Returns the client of the id with these bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }

    /// Returns the id's bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
}

impl std::fmt::Display for ClientId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

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
