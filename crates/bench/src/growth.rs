//! A restart with as much unfolded as there can be.

use anyhow::{Context, Result};
use exchequer_ledger::IdentityKey;
use rusqlite::{Connection, params};

use crate::input::{Chunk, Reader};
use crate::task::{Figures, NEXT, Task, note};

/// The most events that the store leaves unfolded.
const FULL_TAIL: u64 = 500_000;

/// Fills the journal of a closed store, as if it had been killed before a
/// fold of everything that it may leave unfolded.
pub(crate) fn fill_tail(task: &Task) -> Result<Figures> {
    let mut connection = Connection::open(task.database().join("exchequer.db"))?;
    let transaction = connection.transaction()?;
    let (mut seq, mut unfolded): (i64, u64) = transaction
        .query_row(
            "SELECT MAX(folded, COALESCE((SELECT MAX(seq + events) - 1 FROM journal), 0)),
                    (SELECT COALESCE(SUM(events), 0) FROM journal)
             FROM ledger",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .context("the ledger's row")?;
    let mut reader = Reader::open(&task.ground.file(NEXT), u64::MAX)?;
    let ids = task.ground.next().ids();
    let (mut chunk, key) = (Chunk::default(), IdentityKey::from_bytes([9; 16]));
    while unfolded + 1_000 <= FULL_TAIL && reader.next(&mut chunk)? {
        transaction.execute(
            "INSERT INTO journal (partition, seq, events, blob) VALUES (0, $1, $2, $3)",
            params![seq + 1, chunk.events, chunk.batch(&ids, &key).encode()],
        )?;
        seq += chunk.events as i64;
        unfolded += chunk.events as u64;
    }
    let received: i64 =
        transaction.query_row("SELECT MAX(received) FROM mark", [], |row| row.get(0))?;
    transaction.execute(
        "INSERT INTO mark (partition, seq, received) VALUES (0, $1, $2)
         ON CONFLICT DO NOTHING",
        params![seq, received],
    )?;
    transaction.commit()?;
    let mut figures = Figures::new();
    note(&mut figures, "restart.tail", Some(unfolded as f64));
    Ok(figures)
}
