//! Cursors of listings, as text: opaque to callers, and checked when they come
//! back, so that a cut or invented one is refused and not misread.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use exchequer_app::changes::Cursor;
use exchequer_app::contract_operations::Place;
use exchequer_core::{Instant, OrganizationId};
use exchequer_ledger::{EventCursor, Seq};
use exchequer_store::changes::Seen;
use jiff::civil::Date;
use sha2::{Digest, Sha256};

use crate::error::ApiError;

/// The form of what follows in a cursor of events: three numbers.
const EVENTS: u8 = 1;

/// The form of what follows in a cursor of contracts: a day and a number.
const CONTRACTS: u8 = 2;

/// The form of what follows in a cursor of changes: whose they are, the number of partitions,
/// and a number for each that is read.
const CHANGES: u8 = 3;

/// Bytes of a day, as `yyyy-mm-dd`.
const DAY: usize = 10;

/// Bytes of the digest that tells a cursor from an invented one.
const CHECK: usize = 4;

/// Returns a cursor of an organisation's events as text.
pub(crate) fn to_text(organization: OrganizationId, cursor: EventCursor) -> String {
    let mut bytes = vec![EVENTS];
    bytes.extend_from_slice(&cursor.upto.number().to_be_bytes());
    bytes.extend_from_slice(&cursor.time.micros().to_be_bytes());
    bytes.extend_from_slice(&cursor.seq.number().to_be_bytes());
    seal(organization, bytes)
}

/// Returns the place of a contract in an organisation's listing as text.
pub(crate) fn contract_to_text(organization: OrganizationId, place: &Place) -> String {
    let mut bytes = vec![CONTRACTS];
    bytes.extend_from_slice(place.start.to_string().as_bytes());
    bytes.extend_from_slice(place.number.as_bytes());
    seal(organization, bytes)
}

/// Returns a place in the feed of changes as text.
pub(crate) fn changes_to_text(caller: OrganizationId, seen: Seen, cursor: &Cursor) -> String {
    let mut bytes = vec![CHANGES, of_one(seen)];
    bytes.extend_from_slice(&cursor.partitions.to_be_bytes());
    for number in &cursor.numbers {
        bytes.extend_from_slice(&number.to_be_bytes());
    }
    seal(caller, bytes)
}

/// Returns 1 if changes of one organisation are read, whose numbers say nothing of the others.
fn of_one(seen: Seen) -> u8 {
    u8::from(seen.organization().is_some())
}

/// Parses the text of a place in the feed of changes.
pub(crate) fn parse_changes(
    caller: OrganizationId,
    seen: Seen,
    text: &str,
) -> Result<Cursor, ApiError> {
    let refused = || ApiError::invalid_param(text, "after", "the cursor of a nextUri");
    decode_changes(caller, seen, text).ok_or_else(refused)
}

fn decode_changes(caller: OrganizationId, seen: Seen, text: &str) -> Option<Cursor> {
    let bytes = open(caller, CHANGES, text)?;
    let (whose, bytes) = bytes.split_first()?;
    let (partitions, numbers) = bytes.split_first_chunk::<4>()?;
    let (numbers, rest) = numbers.as_chunks::<8>();
    if *whose != of_one(seen) || !rest.is_empty() {
        return None;
    }
    Some(Cursor {
        partitions: u32::from_be_bytes(*partitions),
        numbers: numbers.iter().map(|it| u64::from_be_bytes(*it)).collect(),
    })
}

/// Parses the text of a cursor.
pub(crate) fn parse(organization: OrganizationId, text: &str) -> Result<EventCursor, ApiError> {
    let refused = || ApiError::invalid_param(text, "after", "the cursor of a nextUri");
    decode(organization, text).ok_or_else(refused)
}

/// Parses the text of the place of a contract, which the parameter of this name holds.
pub(crate) fn parse_contract(
    organization: OrganizationId,
    text: &str,
    parameter: &'static str,
) -> Result<Place, ApiError> {
    let refused = || {
        let allowed = "the cursor of a nextUri or previousUri";
        ApiError::invalid_param(text, parameter, allowed)
    };
    decode_contract(organization, text).ok_or_else(refused)
}

fn decode(organization: OrganizationId, text: &str) -> Option<EventCursor> {
    let numbers = open(organization, EVENTS, text)?;
    let (numbers, rest) = numbers.as_chunks::<8>();
    let ([upto, time, seq], []) = (numbers, rest) else {
        return None;
    };
    Some(EventCursor {
        upto: Seq::new(u64::from_be_bytes(*upto)),
        time: Instant::from_micros(i64::from_be_bytes(*time)),
        seq: Seq::new(u64::from_be_bytes(*seq)),
    })
}

fn decode_contract(organization: OrganizationId, text: &str) -> Option<Place> {
    let place = open(organization, CONTRACTS, text)?;
    let (day, number) = place.split_at_checked(DAY)?;
    Some(Place {
        start: std::str::from_utf8(day).ok()?.parse::<Date>().ok()?,
        number: String::from_utf8(number.to_vec()).ok()?,
    })
}

/// Adds the digest to the bytes of a cursor, and returns them as text.
fn seal(organization: OrganizationId, mut bytes: Vec<u8>) -> String {
    let check = check(organization, &bytes);
    bytes.extend_from_slice(&check);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Returns what stands in a cursor of this form, if it is one of the organisation.
fn open(organization: OrganizationId, form: u8, text: &str) -> Option<Vec<u8>> {
    let mut bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let found = bytes.split_off(bytes.len().checked_sub(CHECK)?);
    if bytes.first() != Some(&form) || found != check(organization, &bytes) {
        return None;
    }
    bytes.remove(0);
    Some(bytes)
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

    fn place() -> Place {
        Place {
            start: jiff::civil::date(2026, 1, 31),
            number: "C 7/é".to_owned(),
        }
    }

    #[test]
    fn a_place_comes_back_as_it_was() {
        let text = contract_to_text(organization(1), &place());
        assert_eq!(decode_contract(organization(1), &text), Some(place()));
        assert_eq!(decode(organization(1), &text), None, "no event");
        let event = to_text(organization(1), cursor());
        assert_eq!(decode_contract(organization(1), &event), None, "no place");
    }

    #[test]
    fn any_other_place_is_refused() {
        let text = contract_to_text(organization(1), &place());
        assert_eq!(decode_contract(organization(2), &text), None);
        for cut in 0..text.len() {
            assert_eq!(decode_contract(organization(1), &text[..cut]), None);
        }
    }

    #[test]
    fn a_place_in_the_feed_comes_back_as_it_was() {
        let cursor = Cursor {
            partitions: 16,
            numbers: vec![1, u64::MAX, 0],
        };
        let (caller, all) = (organization(1), Seen::All);
        let text = changes_to_text(caller, all, &cursor);
        assert_eq!(decode_changes(caller, all, &text), Some(cursor));
        // Whoever reads one organisation has seen nothing of the others, and no other feed.
        let of_one = Seen::Of(caller);
        assert_eq!(decode_changes(caller, of_one, &text), None);
        assert_eq!(decode_changes(organization(2), all, &text), None);
        for cut in 0..text.len() {
            assert_eq!(decode_changes(caller, all, &text[..cut]), None);
        }
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
