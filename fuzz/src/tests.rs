//! Checks that accept nothing would hold of anything.

use exchequer_core::{ClientId, Day};
use exchequer_ledger::{BatchBuilder, NewEvent, fuzz};

use crate::input::{HOME, OTHER, key};

/// A blob of each kind, as the writers make it.
fn blobs() -> Vec<(u8, Vec<u8>)> {
    let mut builder = BatchBuilder::new();
    for row in 0..6 {
        let (id, subject) = (format!("e-{row}"), format!("user {}", row % 4));
        let event = NewEvent {
            source: "/pbx",
            id: &id,
            kind: ["call", "session", "user.login"][row % 3],
            subject: &subject,
            time: Day::from_number(20_000).start(),
            voids: ["", "e-0"][row % 2],
            data: ["{\"minutes\":1.5}", "{\"seconds\":60}", ""][row % 3],
        };
        let client = (row > 0).then(|| ClientId::from_bytes([row as u8 % 2; 16]));
        builder.push_from(client, if row == 5 { OTHER } else { HOME }, event);
    }
    fuzz::seeds(&builder.build(&key()))
}

#[test]
fn blobs_as_the_writers_make_them_are_accepted() {
    let blobs = blobs();
    let mut kinds: Vec<u8> = blobs.iter().map(|blob| blob.0).collect();
    kinds.dedup();
    assert_eq!(kinds, (0..fuzz::ALL).collect::<Vec<_>>());
    for (number, blob) in blobs {
        assert_eq!(fuzz::check(number, &blob), Ok(()), "{number}");
    }
}
