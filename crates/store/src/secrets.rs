//! Client secrets. Only their hashes are kept.
//!
//! A generated secret has 256 random bits and a given one 32 characters or
//! more, so a salted hash is enough: there is no short password to guess.

use sha2::{Digest, Sha256};

/// The fewest characters of a secret that somebody chose.
pub const SHORTEST: usize = 32;

/// The longest secret, in bytes: a body may not make the server hash for long.
pub const LONGEST: usize = 1024;

/// The salted hash that is kept of a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretHash {
    pub(crate) salt: [u8; 16],
    pub(crate) hash: [u8; 32],
}

impl SecretHash {
    /// Hashes a secret.
    #[must_use]
    pub fn new(secret: &str, salt: [u8; 16]) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(salt);
        hasher.update(secret.as_bytes());
        Self {
            salt,
            hash: hasher.finalize().into(),
        }
    }

    /// Returns whether this is the hash of `secret`.
    #[must_use]
    pub fn matches(&self, secret: &str) -> bool {
        let other = Self::new(secret, self.salt);
        // Every byte is compared, so that the time tells nothing.
        let differing = self
            .hash
            .iter()
            .zip(other.hash)
            .fold(0, |seen, (a, b)| seen | (a ^ b));
        differing == 0
    }
}

impl std::fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretHash(…)")
    }
}

/// Writes a generated secret as 64 hexadecimal digits.
#[must_use]
pub fn to_text(random: [u8; 32]) -> String {
    use std::fmt::Write as _;
    random
        .iter()
        .fold(String::with_capacity(64), |mut text, byte| {
            // Writing into a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}
