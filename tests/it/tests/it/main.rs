//! Stories over HTTP: a real server on a port of its own, over a ledger in a
//! directory of its own.

mod catalogue;
/// Worlds over HTTP are measured by the reference of the ledger's own tests.
#[path = "../../../../crates/ledger/tests/world/count.rs"]
mod count;
mod dates;
mod errors;
mod go;
mod ingest;
mod jobs;
#[path = "../../../../crates/ledger/tests/world/reference.rs"]
#[allow(dead_code, reason = "seqs do not show on the wire")]
mod reference;
mod report;
mod ruby;
mod support;
mod tenants;
mod tokens;
mod world;
