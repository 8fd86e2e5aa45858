//! Access tokens: the client's id, so that a lookup needs no search, and 256
//! random bits, in base64url.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use exchequer_store::catalog::ClientId;
use exchequer_store::tokens::TokenKey;

/// A token in full; only its [`TokenKey`] is ever stored.
pub struct AccessToken {
    client: ClientId,
    secret: [u8; 32],
}

impl AccessToken {
    /// Returns the token of a client with this secret half.
    #[must_use]
    pub fn new(client: ClientId, random: [u8; 32]) -> Self {
        Self {
            client,
            secret: random,
        }
    }

    /// Parses what [`AccessToken::expose`] wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 48];
        // A text of any other length is refused without being decoded.
        if text.len() != 64 {
            return None;
        }
        URL_SAFE_NO_PAD
            .decode_slice(text, &mut bytes)
            .ok()
            .filter(|length| *length == 48)?;
        let (client, secret) = bytes.split_first_chunk()?;
        Some(Self {
            client: ClientId::from_bytes(*client),
            secret: secret.try_into().ok()?,
        })
    }

    /// Returns what the token is known by.
    #[must_use]
    pub fn key(&self) -> TokenKey {
        TokenKey::new(self.client, &self.secret)
    }

    /// Returns the text that the client gets.
    #[must_use]
    pub fn expose(&self) -> String {
        let mut bytes = [0; 48];
        bytes[..16].copy_from_slice(self.client.as_bytes());
        bytes[16..].copy_from_slice(&self.secret);
        URL_SAFE_NO_PAD.encode(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_back() {
        let client = ClientId::from_bytes([7; 16]);
        let token = AccessToken::new(client, [250; 32]);
        let text = token.expose();
        assert_eq!(text.len(), 64);
        let read = AccessToken::parse(&text).unwrap();
        assert!(read.key() == token.key());
        assert_eq!(read.key().client(), client);
    }

    #[test]
    fn anything_else_is_no_token() {
        let text = AccessToken::new(ClientId::from_bytes([7; 16]), [1; 32]).expose();
        for other in [
            "",
            "x",
            &text[1..],
            &format!("{text}A"),
            &text.replace('A', "!"),
        ] {
            assert!(AccessToken::parse(other).is_none_or(|token| token.expose() == text));
        }
        assert!(AccessToken::parse(&"ä".repeat(32)).is_none());
        assert!(AccessToken::parse(&"!".repeat(64)).is_none());
    }
}
