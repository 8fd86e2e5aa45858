//! Stored blobs with a checksum that fits and contents that need not.

use exchequer_ledger::fuzz;

/// The first byte says the kind, and whether the rest are sections as they are
/// stored or parts of which the lengths are made to fit.
pub(crate) fn check(bytes: &[u8]) {
    let Some((head, rest)) = bytes.split_first() else {
        return;
    };
    let (number, in_parts) = (head % fuzz::ALL, head / fuzz::ALL % 2 == 1);
    let blob = if in_parts {
        fuzz::seal_parts(number, rest)
    } else {
        fuzz::seal(number, rest)
    };
    let accepted = fuzz::check(number, &blob).is_ok();
    // Without the right checksum nothing gets in.
    assert!(fuzz::check(number, rest).is_err() || rest.starts_with(b"XL"));
    if let (true, Some((_, short))) = (accepted, blob.split_last()) {
        assert!(fuzz::check(number, short).is_err());
    }
}
