//! The identity of an event: organisation, source and id.
//!
//! The event is hashed with a secret key, so that nobody can send events whose
//! hashes collide, and compared in full wherever a hash is met again.

use std::hash::Hasher;

use exchequer_core::{ClientId, Instant, OrganizationId};
use siphasher::sip::SipHasher13;
use siphasher::sip128::{Hasher128, SipHasher13 as SipHasher13Wide};

use crate::cut;

/// The secret key of a ledger's identity hashes, drawn at `init`. With it
/// unknown, nobody can craft events whose hashes collide.
#[derive(Clone, Copy)]
pub struct IdentityKey {
    low: u64,
    high: u64,
}

/// 128 keyed bits of an identity. Runs are sorted by `hash`; a hit there is
/// confirmed with `check`, computed from the source and id that are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) hash: u64,
    pub(crate) check: u64,
}

impl IdentityKey {
    /// Makes a key of 16 random bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        let wide = u128::from_le_bytes(bytes);
        Self {
            low: wide as u64,
            high: (wide >> 64) as u64,
        }
    }

    pub(crate) fn identity(
        &self,
        organization: OrganizationId,
        source: &str,
        id: &str,
    ) -> Identity {
        let mut hasher = SipHasher13Wide::new_with_keys(self.low, self.high);
        hasher.write(organization.as_bytes());
        // The length keeps ("ab", "c") and ("a", "bc") apart.
        hasher.write_usize(source.len());
        hasher.write(source.as_bytes());
        hasher.write(id.as_bytes());
        let wide = hasher.finish128();
        Identity {
            hash: wide.h1,
            check: wide.h2,
        }
    }

    /// Returns the digest of an event's content but for its instant, which is compared
    /// by itself: it may have been cut.
    pub(crate) fn digest(&self, event: &Content<'_>) -> u64 {
        // Another key than that of identities: the two must not be related.
        let mut hasher = SipHasher13::new_with_keys(!self.low, self.high);
        for text in [event.kind, event.subject] {
            hasher.write_usize(text.len());
            hasher.write(text.as_bytes());
        }
        hasher.write_usize(event.voids.len());
        hasher.write(event.voids.as_bytes());
        hasher.write(event.data.as_bytes());
        hasher.finish()
    }
}

/// All of an event: its identity within an organisation, its content, and who has
/// sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Content<'a> {
    pub(crate) source: &'a str,
    pub(crate) id: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) subject: &'a str,
    pub(crate) time: Instant,
    pub(crate) data: &'a str,
    /// Id of the event that this one voids, empty for most.
    pub(crate) voids: &'a str,
    /// The client that has sent it, if that is known. It is no part of the content.
    pub(crate) client: Option<ClientId>,
}

impl Content<'_> {
    /// Returns whether an event of its identity repeats it, whoever has sent either, and
    /// also if a relay has cut the instant of one of them.
    pub(crate) fn same_content(&self, other: &Content<'_>) -> bool {
        self.kind == other.kind
            && self.subject == other.subject
            && cut::are_one(self.time, other.time)
            && self.data == other.data
            && self.voids == other.voids
    }
}
