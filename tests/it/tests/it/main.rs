//! Stories over HTTP: a real server on a port of its own, over a ledger in a
//! directory of its own.

mod aliases;
mod arrival;
mod bills;
mod binary_mode;
mod catalog;
mod clock;
mod closings;
mod contract_operations;
mod cors;
mod dates;
mod docs;
mod errors;
mod evidence;
mod far_dates;
mod go;
mod ingest;
mod nodes;
mod older_ledger;
mod operations;
mod outcomes;
mod overview;
mod past;
mod reading;
mod report;
mod report_jobs;
mod round_trip;
mod ruby;
mod senders;
mod series_zones;
mod tenants;
mod terms;
mod tokens;
mod trusts;
mod wallets;
mod world;
