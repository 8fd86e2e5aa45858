//! Identifiers as types of their own, so that one cannot stand in for another.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

#[cfg(test)]
mod tests;

/// The id of an organisation: the tenant that owns events, clients and reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrganizationId(Uuid);

/// The error of a text that is not a UUID in its hyphenated form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a UUID of the form 8-4-4-4-12 hexadecimal digits")]
pub struct InvalidOrganizationId;

impl OrganizationId {
    /// Returns the id with these 16 bytes, as they are stored (network byte order).
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }

    /// Returns the 16 bytes that are stored. They sort as the ids do.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// Returns the id of this UUID.
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid)
    }

    /// Returns the UUID of this id.
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

/// The id of a client: the credentials with which events are sent and things changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(Uuid);

impl ClientId {
    /// Returns the id with these 16 bytes, as they are stored (network byte order).
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }

    /// Returns the 16 bytes that are stored.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// Returns the id of this UUID.
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid)
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0.hyphenated(), f)
    }
}

impl fmt::Display for OrganizationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0.hyphenated(), f)
    }
}

impl FromStr for OrganizationId {
    type Err = InvalidOrganizationId;

    /// Parses the hyphenated form only, in either case: an id has one spelling
    /// on the wire, and the braced and `urn:` forms are none of it.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const HYPHENATED_LENGTH: usize = 36;
        if text.len() != HYPHENATED_LENGTH {
            return Err(InvalidOrganizationId);
        }
        Uuid::try_parse(text)
            .map(Self)
            .map_err(|_| InvalidOrganizationId)
    }
}
