//! Ingestion: reads usage events from a file in batches, in constant memory,
//! sends them, and keeps a checkpoint of how far it has come.
//!
//! ```text
//! input ─ csv, ndjson ─> reader ─ batches ─> transfer ─ outcomes ─> tally ─> rejects
//! (bytes)    (records)   (thread)            (requests)                └──> checkpoint
//! ```

mod batch;
mod checkpoint;
mod csv;
pub mod fuzz;
mod input;
mod lock;
mod ndjson;
mod prefix;
mod reader;
mod record;
mod rejects;
mod tally;
mod transfer;

pub(crate) use self::checkpoint::{IngestRequest, Transfer, begin};
pub(crate) use self::input::{Cells, InputFormat};
pub(crate) use self::reader::spawn;
pub(crate) use self::tally::Counts;
pub(crate) use self::transfer::Sending;

#[cfg(test)]
mod tests;
