//! Reports that took longer than their caller waited.
//!
//! A job is kept from the moment its caller was told to come back until some
//! time after its result was fetched, so that a restart loses nothing.
//!
//! Several nodes may work at one job, without a lock: each change is one
//! statement, and its WHERE says which state it may follow. The database makes
//! a second one look again at the row that the first has changed.

use exchequer_core::{Instant, OrganizationId, TimeRange};

use crate::error::{Cause, StoreError};
use crate::sql::{Row, Snapshot, Transaction, params};

/// An organisation and a range that a report is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ReportScope {
    /// The organisation whose usage is reported.
    pub organization: OrganizationId,
    /// The range of the report.
    pub range: TimeRange,
}

/// The state of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReportJob {
    /// The report is being made.
    Running,
    /// The report is ready.
    Complete {
        /// The report's key.
        etag: String,
        /// The report, as it is answered.
        body: Vec<u8>,
        /// All that was acknowledged before this is in it. Unknown of a report that an older
        /// program has kept.
        as_of: Option<Instant>,
        /// True if somebody has fetched it.
        delivered: bool,
    },
    /// The report could not be made.
    Failed,
}

const RUNNING: i64 = 0;
const COMPLETE: i64 = 1;
const FAILED: i64 = 2;

const COMPRESSION_LEVEL: i32 = 1;

type Key = (i64, [u8; 16], i64, i64);

fn key(db: &Snapshot<'_>, scope: &ReportScope) -> Result<Key, StoreError> {
    let range = scope.range;
    Ok((
        i64::from(db.partition_of(scope.organization)?.number()),
        *scope.organization.as_bytes(),
        range.start().micros(),
        range.end().micros(),
    ))
}

/// Returns the job for that report.
///
/// # Errors
/// If the database fails or the stored report is damaged.
pub fn find(db: &Snapshot<'_>, scope: &ReportScope) -> Result<Option<ReportJob>, StoreError> {
    type Stored = (i64, Option<String>, Option<Vec<u8>>, bool, Option<i64>);
    let (partition, organization, start, end) = key(db, scope)?;
    let stored: Option<Stored> = db.first(
        "SELECT state, etag, body, delivered, as_of FROM report_job
         WHERE partition = $1 AND organization = $2 AND range_start = $3 AND range_end = $4",
        params![partition, organization, start, end],
        |row| {
            Ok((
                row.get(0)?,
                row.get(1)?,
                row.get(2)?,
                row.get(3)?,
                row.get(4)?,
            ))
        },
    )?;
    let job = match stored {
        None => return Ok(None),
        Some((COMPLETE, Some(etag), Some(body), delivered, as_of)) => {
            let body = zstd::decode_all(body.as_slice()).map_err(|error| {
                let what = format!("report job of {}", scope.organization);
                StoreError::corrupt(what, Cause::from_error(error))
            })?;
            ReportJob::Complete {
                etag,
                body,
                as_of: as_of.map(Instant::from_micros),
                delivered,
            }
        }
        Some((RUNNING, ..)) => ReportJob::Running,
        Some(_) => ReportJob::Failed,
    };
    Ok(Some(job))
}

/// Keeps that the report is being made.
///
/// # Errors
/// If the database fails.
pub fn begin(tx: &Transaction<'_>, scope: &ReportScope, now: Instant) -> Result<(), StoreError> {
    let (partition, organization, start, end) = key(tx, scope)?;
    tx.execute(
        "INSERT INTO report_job (partition, organization, range_start, range_end, state, changed)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (partition, organization, range_start, range_end)
         DO UPDATE SET state = $5, changed = $6, delivered = 0, etag = NULL, body = NULL,
             as_of = NULL",
        params![partition, organization, start, end, RUNNING, now.micros()],
    )?;
    Ok(())
}

/// A finished report, compressed. That takes a while, so it is not done on the
/// thread that writes.
pub struct Packed {
    body: Vec<u8>,
    as_of: Instant,
}

impl Packed {
    /// Compresses a report that holds all that was acknowledged before `as_of`.
    ///
    /// # Errors
    /// If there is not enough memory.
    pub fn new(body: &[u8], as_of: Instant) -> Result<Self, StoreError> {
        let body = zstd::encode_all(body, COMPRESSION_LEVEL)
            .map_err(|error| StoreError::unavailable(Cause::from_error(error)))?;
        Ok(Self { body, as_of })
    }
}

/// Keeps the finished report, unless another node has finished it before.
///
/// # Errors
/// If the database fails.
pub fn complete(
    tx: &Transaction<'_>,
    scope: &ReportScope,
    now: Instant,
    etag: &str,
    body: &Packed,
) -> Result<(), StoreError> {
    finish(tx, scope, now, COMPLETE, Some((etag, body)))
}

/// Keeps that the report could not be made, for whoever asks next.
///
/// # Errors
/// If the database fails.
pub fn fail(tx: &Transaction<'_>, scope: &ReportScope, now: Instant) -> Result<(), StoreError> {
    finish(tx, scope, now, FAILED, None)
}

/// Ends a job that is running. One that ended otherwise meanwhile stays as it
/// is: its result may have been fetched, and must not come again.
fn finish(
    tx: &Transaction<'_>,
    scope: &ReportScope,
    now: Instant,
    state: i64,
    report: Option<(&str, &Packed)>,
) -> Result<(), StoreError> {
    let (partition, organization, start, end) = key(tx, scope)?;
    tx.execute(
        "UPDATE report_job SET state = $1, changed = $2, delivered = 0, etag = $3, body = $4,
             as_of = $5
         WHERE partition = $6 AND organization = $7 AND range_start = $8 AND range_end = $9
             AND state = $10",
        params![
            state,
            now.micros(),
            report.map(|(etag, _)| etag),
            report.map(|(_, packed)| packed.body.as_slice()),
            report.map(|(_, packed)| packed.as_of.micros()),
            partition,
            organization,
            start,
            end,
            RUNNING,
        ],
    )?;
    Ok(())
}

/// Keeps that somebody has fetched the result; a failure is told only once.
///
/// # Errors
/// If the database fails.
pub fn deliver(tx: &Transaction<'_>, scope: &ReportScope, now: Instant) -> Result<(), StoreError> {
    let (partition, organization, start, end) = key(tx, scope)?;
    tx.execute(
        "DELETE FROM report_job WHERE partition = $1 AND organization = $2
             AND range_start = $3 AND range_end = $4 AND state = $5",
        params![partition, organization, start, end, FAILED],
    )?;
    tx.execute(
        "UPDATE report_job SET delivered = 1, changed = $1 WHERE partition = $2
             AND organization = $3 AND range_start = $4 AND range_end = $5 AND state = $6",
        params![now.micros(), partition, organization, start, end, COMPLETE],
    )?;
    Ok(())
}

/// Returns the reports that were being made when the server ended.
///
/// # Errors
/// If the database fails.
pub fn running(db: &Snapshot<'_>) -> Result<Vec<ReportScope>, StoreError> {
    let mut running = Vec::new();
    for partition in db.partitions()?.all() {
        let scopes = db.all(
            "SELECT organization, range_start, range_end FROM report_job
             WHERE partition = $1 AND state = $2",
            params![partition.number(), RUNNING],
            scope_from_row,
        )?;
        running.extend(scopes);
    }
    Ok(running)
}

fn scope_from_row(row: &Row<'_>) -> Result<ReportScope, StoreError> {
    let organization = OrganizationId::from_bytes(row.get(0)?);
    let (start, end) = (
        Instant::from_micros(row.get(1)?),
        Instant::from_micros(row.get(2)?),
    );
    let range = TimeRange::new(start, end).ok_or_else(|| {
        let what = format!("report job of {organization}");
        StoreError::corrupt(what, "its range ends before it begins".to_owned())
    })?;
    Ok(ReportScope {
        organization,
        range,
    })
}

/// Forgets results: fetched ones that are older than `fetched`, others that
/// are older than `finished`.
///
/// # Errors
/// If the database fails.
pub fn purge(
    tx: &Transaction<'_>,
    fetched: Instant,
    finished: Instant,
) -> Result<usize, StoreError> {
    let mut purged = 0;
    for partition in tx.partitions()?.all() {
        purged += tx.execute(
            "DELETE FROM report_job WHERE partition = $1 AND state <> $2
                 AND ((delivered = 1 AND changed < $3) OR changed < $4)",
            params![
                partition.number(),
                RUNNING,
                fetched.micros(),
                finished.micros()
            ],
        )?;
    }
    Ok(purged)
}

#[cfg(test)]
mod tests;
