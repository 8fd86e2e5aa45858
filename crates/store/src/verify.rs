//! Verification of a ledger: everything derived is derived again, and compared
//! with the stored rows.

use std::path::Path;

use exchequer_core::{Day, OrganizationId};
use exchequer_ledger::{
    Checked, Finding, Inventory, Observer, PartColumns, Partition, Partitions, Seq,
};
use rusqlite::Connection;

use crate::error::StoreError;
use crate::location::Location;
use crate::postgres::Postgres;
use crate::rows::{StoredRows, day, instant, seq};
use crate::sql::{Snapshot, params};
use crate::sqlite;
use crate::store::Inspection;

/// Derives everything that is derived from the events again, and tells the
/// observer each difference from the stored rows. It only reads, and sees one
/// snapshot, so the ledger may be served meanwhile. `also` is run on the same snapshot
/// after it, and returns the number of its own findings.
///
/// # Errors
/// There is no ledger, or it cannot be read at all; and the error of `also`.
pub fn verify(
    at: impl Into<Location>,
    observer: &mut dyn Observer,
    also: impl FnOnce(&Inspection<'_>, &mut dyn Observer) -> Result<u64, StoreError>,
) -> Result<Checked, StoreError> {
    let compared = match at.into() {
        Location::Directory(directory) => compare_files(&directory, observer, also),
        Location::Postgres(server) => {
            Postgres::open_reader(&server)?.snapshot(|db| compare(*db, observer, also))
        }
    };
    match compared {
        // The ledger is so damaged that nothing can be compared. For whoever verifies,
        // that is a finding too, and not a failure to verify.
        Err(StoreError::Corrupt { what, why }) => {
            observer.found(Finding {
                place: what,
                problem: why.to_string(),
            });
            Ok(Checked {
                findings: 1,
                ..Checked::default()
            })
        }
        checked => checked,
    }
}

fn compare_files(
    directory: &Path,
    observer: &mut dyn Observer,
    also: impl FnOnce(&Inspection<'_>, &mut dyn Observer) -> Result<u64, StoreError>,
) -> Result<Checked, StoreError> {
    let mut connection = sqlite::open_reader(directory)?;
    let snapshot = connection.transaction()?;
    let pages = damaged_pages(&snapshot)?;
    let damaged = pages.len() as u64;
    for problem in pages {
        observer.found(Finding {
            place: "database file".to_owned(),
            problem,
        });
    }
    let mut checked = compare(Snapshot::sqlite(&snapshot), observer, also)?;
    checked.findings += damaged;
    Ok(checked)
}

fn compare(
    db: Snapshot<'_>,
    observer: &mut dyn Observer,
    also: impl FnOnce(&Inspection<'_>, &mut dyn Observer) -> Result<u64, StoreError>,
) -> Result<Checked, StoreError> {
    let inspection = Inspection::new(db)?;
    let Inspection {
        key,
        meters,
        partitions,
        ..
    } = &inspection;
    let mut checked = Checked::default();
    for partition in partitions.all() {
        let rows = StoredRows::new(db, partition);
        let mut placed = Placed {
            observer: &mut *observer,
            partition,
            partitions: *partitions,
        };
        checked += exchequer_ledger::verify(*key, meters, &rows, &mut placed)?;
    }
    checked.findings += also(&inspection, observer)?;
    Ok(checked)
}

/// An observer that adds the partition to each finding, where there are several.
struct Placed<'a> {
    observer: &'a mut dyn Observer,
    partition: Partition,
    partitions: Partitions,
}

impl Observer for Placed<'_> {
    fn found(&mut self, mut finding: Finding) {
        // In a ledger of one partition its number would say nothing.
        if self.partitions != Partitions::ONE {
            let partition = self.partition.number();
            finding.place = format!("partition {partition}: {}", finding.place);
        }
        self.observer.found(finding);
    }

    fn progress(&mut self, done: u64, of: u64) {
        self.observer.progress(done, of);
    }
}

/// Returns the damage that SQLite itself finds in the file and its indexes.
fn damaged_pages(connection: &Connection) -> Result<Vec<String>, StoreError> {
    let mut statement = connection.prepare("PRAGMA integrity_check(1000)")?;
    let found = statement.query_map([], |row| row.get(0))?;
    let mut found: Vec<String> = found
        // A check that breaks off has found something too.
        .map(|message| message.unwrap_or_else(|error| error.to_string()))
        .collect();
    found.retain(|message| message != "ok");
    Ok(found)
}

impl Inventory for StoredRows<'_> {
    fn state(&self) -> Result<(Seq, Seq, u64), StoreError> {
        let extent = self.extent()?;
        let query = "SELECT next_run FROM ledger WHERE partition = $1";
        let next_run = self.one(query, params![], |row| row.get(0))?;
        Ok((extent.folded, extent.last, next_run))
    }

    fn organizations(&self) -> Result<Vec<OrganizationId>, StoreError> {
        let query = "SELECT organization FROM segment WHERE partition = $1
             UNION SELECT organization FROM rollup WHERE partition = $1
             UNION SELECT organization FROM void WHERE partition = $1
             UNION SELECT organization FROM subject WHERE partition = $1";
        self.all(query, params![], |row| {
            row.get(0).map(OrganizationId::from_bytes)
        })
    }

    fn days(&self, organization: OrganizationId) -> Result<Vec<Day>, StoreError> {
        let query = "SELECT day FROM segment WHERE partition = $1 AND organization = $2
             UNION SELECT day FROM rollup WHERE partition = $1 AND organization = $2
             UNION SELECT day FROM void WHERE partition = $1 AND organization = $2";
        self.all(query, params![organization.as_bytes()], |row| day(row, 0))
    }

    fn part_columns(
        &self,
        organization: OrganizationId,
        day: Day,
    ) -> Result<Vec<PartColumns>, StoreError> {
        let query = "SELECT part, events, min_time, max_time, min_seq, max_seq FROM segment
             WHERE partition = $1 AND organization = $2 AND day = $3 ORDER BY part";
        self.all(
            query,
            params![organization.as_bytes(), day.number()],
            |row| {
                Ok(PartColumns {
                    part: row.get(0)?,
                    events: row.get(1)?,
                    times: (instant(row, 2)?, instant(row, 3)?),
                    seqs: (seq(row, 4)?, seq(row, 5)?),
                })
            },
        )
    }

    fn blocks(&self, organization: OrganizationId) -> Result<Vec<(u32, u32)>, StoreError> {
        let query = "SELECT block, subjects FROM subject
             WHERE partition = $1 AND organization = $2 ORDER BY block";
        self.all(query, params![organization.as_bytes()], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
    }

    fn block(&self, organization: OrganizationId, block: u32) -> Result<Vec<u8>, StoreError> {
        let query = "SELECT blob FROM subject
             WHERE partition = $1 AND organization = $2 AND block = $3";
        self.one(query, params![organization.as_bytes(), block], |row| {
            row.get(0)
        })
    }

    fn runs(&self) -> Result<Vec<(u64, u64, bool)>, StoreError> {
        let query = "SELECT run, entries, live FROM identity_run WHERE partition = $1 ORDER BY run";
        self.all(query, params![], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
    }

    fn pages(&self, run: u64) -> Result<Vec<(u32, u64)>, StoreError> {
        let query = "SELECT page, lowest FROM identity_page
             WHERE partition = $1 AND run = $2 ORDER BY page";
        self.all(query, params![run], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    fn runs_with_pages(&self) -> Result<Vec<u64>, StoreError> {
        let query = "SELECT run FROM identity_page WHERE partition = $1
             UNION SELECT run FROM identity_filter WHERE partition = $1";
        self.all(query, params![], |row| row.get(0))
    }

    fn chunks(&self, run: u64) -> Result<Vec<u32>, StoreError> {
        let query = "SELECT chunk FROM identity_filter
             WHERE partition = $1 AND run = $2 ORDER BY chunk";
        self.all(query, params![run], |row| row.get(0))
    }

    fn journal(&self) -> Result<Vec<(Seq, u32)>, StoreError> {
        let query = "SELECT seq, events FROM journal WHERE partition = $1 ORDER BY seq";
        self.all(query, params![], |row| Ok((seq(row, 0)?, row.get(1)?)))
    }

    fn journal_blob(&self, seq: Seq) -> Result<Vec<u8>, StoreError> {
        let query = "SELECT blob FROM journal WHERE partition = $1 AND seq = $2";
        self.one(query, params![seq.number()], |row| row.get(0))
    }

    fn marks(&self, visit: &mut dyn FnMut(Seq, i64)) -> Result<(), StoreError> {
        let query = "SELECT seq, received FROM mark WHERE partition = $1 ORDER BY seq";
        self.each(query, params![], |row| {
            visit(seq(row, 0)?, row.get(1)?);
            Ok(true)
        })
    }
}
