//! Cursors of listings, as text: opaque to callers, and checked when they come
//! back, so that a cut or invented one is refused and not misread.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use exchequer_core::{Instant, OrganizationId};
use exchequer_ledger::{EventCursor, Seq};
use sha2::{Digest, Sha256};

use crate::error::ApiError;

/// The form of what follows.
const VERSION: u8 = 1;

/// Bytes of the version and of three numbers.
const NUMBERS: usize = 25;

/// Bytes of the digest that tells a cursor from an invented one.
const CHECK: usize = 4;

/// Returns a cursor of an organisation's events as text.
pub(crate) fn to_text(organization: OrganizationId, cursor: EventCursor) -> String {
    let mut bytes = vec![VERSION];
    bytes.extend_from_slice(&cursor.upto.number().to_be_bytes());
    bytes.extend_from_slice(&cursor.time.micros().to_be_bytes());
    bytes.extend_from_slice(&cursor.seq.number().to_be_bytes());
    let check = check(organization, &bytes);
    bytes.extend_from_slice(&check);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Parses the text of a cursor.
pub(crate) fn parse(organization: OrganizationId, text: &str) -> Result<EventCursor, ApiError> {
    let refused = || ApiError::invalid_param(text, "after", "the cursor of a nextUri");
    decode(organization, text).ok_or_else(refused)
}

fn decode(organization: OrganizationId, text: &str) -> Option<EventCursor> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (bytes, found) = bytes.split_at_checked(NUMBERS)?;
    if bytes.first() != Some(&VERSION) || found != check(organization, bytes) {
        return None;
    }
    let (_, numbers) = bytes.split_first()?;
    let (numbers, _) = numbers.as_chunks::<8>();
    let [upto, time, seq] = numbers else {
        return None;
    };
    Some(EventCursor {
        upto: Seq::new(u64::from_be_bytes(*upto)),
        time: Instant::from_micros(i64::from_be_bytes(*time)),
        seq: Seq::new(u64::from_be_bytes(*seq)),
    })
}

fn check(organization: OrganizationId, bytes: &[u8]) -> [u8; CHECK] {
    let digest = Sha256::new_with_prefix(organization.as_bytes()).chain_update(bytes);
    let mut check = [0; CHECK];
    for (to, from) in check.iter_mut().zip(digest.finalize()) {
        *to = from;
    }
    check
}

#[cfg(test)]
mod tests {
    use super::*;

    fn organization(byte: u8) -> OrganizationId {
        OrganizationId::from_bytes([byte; 16])
    }

    fn cursor() -> EventCursor {
        EventCursor {
            upto: Seq::new(12),
            time: Instant::from_micros(-7),
            seq: Seq::new(u64::MAX),
        }
    }

    #[test]
    fn a_cursor_comes_back_as_it_was() {
        let text = to_text(organization(1), cursor());
        assert_eq!(decode(organization(1), &text), Some(cursor()));
    }

    #[test]
    fn any_other_text_is_refused() {
        let text = to_text(organization(1), cursor());
        assert_eq!(decode(organization(2), &text), None, "of somebody else");
        for cut in 0..text.len() {
            assert_eq!(decode(organization(1), &text[..cut]), None, "{cut}");
        }
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let other = String::from_utf8(bytes).unwrap();
            assert_eq!(decode(organization(1), &other), None, "{other}");
        }
        for text in ["", "=", "%", &format!("{text}A"), &format!("{text}AAAA")] {
            assert_eq!(decode(organization(1), text), None, "{text}");
        }
    }
}
