//! Stories over HTTP: a real server on a port of its own, over a ledger in a
//! directory of its own.

mod arrival;
mod bills;
mod catalog;
mod clock;
/// Worlds over HTTP are measured by the reference of the ledger's own tests.
#[path = "../../../../crates/ledger/tests/world/count.rs"]
mod count;
mod dates;
mod docs;
mod errors;
mod evidence;
mod go;
mod ingest;
mod nodes;
mod operations;
mod overview;
#[path = "../../../../crates/ledger/tests/world/reference.rs"]
#[allow(dead_code, reason = "seqs do not show on the wire")]
mod reference;
mod report;
mod report_jobs;
mod ruby;
/// The world of the official SDKs.
#[path = "../../../sdk/tests/sdk/stage/mod.rs"]
#[allow(dead_code, reason = "the scripts of the SDKs use more of it")]
mod stage;
mod support;
mod tenants;
mod terms;
mod tokens;
mod world;
