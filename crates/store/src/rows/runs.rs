//! The identity runs of a partition.

use exchequer_ledger::RunMeta;

use super::StoredRows;
use crate::error::StoreError;
use crate::sql::params;

impl StoredRows<'_> {
    /// Reads the live runs: the number of each and its entries.
    pub(crate) fn live_runs(&self) -> Result<Vec<(u64, u64)>, StoreError> {
        let query = "SELECT run, entries FROM identity_run
             WHERE partition = $1 AND live = 1 ORDER BY run";
        self.all(query, params![], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// Reads and locks the live runs, until the transaction ends. Runs that
    /// another node has locked are left out: it merges them.
    pub(crate) fn lock_runs(&self) -> Result<Vec<(u64, u64)>, StoreError> {
        let query = "SELECT run, entries FROM identity_run
             WHERE partition = $1 AND live = 1 ORDER BY run FOR UPDATE SKIP LOCKED";
        self.all(query, params![], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// Reads the runs that are not live: merged into others, or left unfinished
    /// by a crash.
    pub(crate) fn superseded_runs(&self) -> Result<Vec<u64>, StoreError> {
        let query = "SELECT run FROM identity_run WHERE partition = $1 AND live = 0";
        self.all(query, params![], |row| row.get(0))
    }

    /// Counts the pages of a run.
    pub(crate) fn run_pages(&self, run: u64) -> Result<u32, StoreError> {
        let query = "SELECT count(*) FROM identity_page WHERE partition = $1 AND run = $2";
        self.one(query, params![run], |row| row.get(0))
    }

    /// Reads a run without its filter, which is loaded when it is needed.
    pub(crate) fn run(&self, run: u64, entries: u64) -> Result<RunMeta, StoreError> {
        let query = "SELECT lowest FROM identity_page
             WHERE partition = $1 AND run = $2 ORDER BY page";
        let lowest = self.all(query, params![run], |row| row.get(0))?;
        if lowest.is_empty() {
            let what = format!("identity_run {run}");
            return Err(StoreError::corrupt(what, "it has no pages"));
        }
        Ok(RunMeta::stored(run, entries, lowest))
    }
}
