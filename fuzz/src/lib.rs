//! Properties of any input, whatever it is: each target takes bytes and panics
//! if one does not hold. The program `fuzzer` makes up inputs, and
//! `tests/replay.rs` runs those that are checked in.
#![forbid(unsafe_code)]

mod blobs;
mod catalog;
mod csv;
mod dates;
mod events;
mod input;
mod read;

/// A check of any input.
pub type Target = fn(&[u8]);

/// All targets, by the folder of their corpus.
pub const TARGETS: [(&str, Target); 8] = [
    ("blobs", blobs::check),
    ("canonical", events::canonical),
    ("catalog", catalog::check),
    ("csv", csv::check),
    ("dates", dates::check),
    ("json", events::json),
    ("ndjson", events::ndjson),
    ("read", read::check),
];

#[cfg(test)]
mod tests;
