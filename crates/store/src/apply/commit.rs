//! Storing a commit.

use exchequer_core::Instant;
use exchequer_ledger::{Commit, ForeignVoids, Partition};

use super::changed::expect_rows;
use crate::audit;
use crate::error::StoreError;
use crate::sql::{Each, Transaction, Value};

/// Stores the rows of a commit, which came at `received`. Where the clock has
/// gone back since the commit before, the instant of that one is stored: a later
/// seq never has an earlier instant.
pub(crate) fn commit(
    tx: &Transaction<'_>,
    commits: &[(Partition, Commit)],
    received: Instant,
) -> Result<(), StoreError> {
    const ROW: Each = Each {
        one: "INSERT INTO journal (partition, seq, events, blob) VALUES ($1, $2, $3, $4)",
        many: "INSERT INTO journal (partition, seq, events, blob)
             SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bytea[])",
    };
    const HEAD: Each = Each {
        one: "UPDATE head SET last = $1,
                             received = CASE WHEN received < $2 THEN $2 ELSE received END
             WHERE partition = $3 AND last = $4",
        many:
            "UPDATE head SET last = moved.last, received = greatest(head.received, moved.received)
             FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[])
                 AS moved (last, received, partition, before)
             WHERE head.partition = moved.partition AND head.last = moved.before",
    };
    const MARK: Each = Each {
        one: "INSERT INTO mark (partition, seq, received)
             SELECT partition, last, received FROM head WHERE partition = $1",
        many: "INSERT INTO mark (partition, seq, received)
             SELECT partition, last, received FROM head WHERE partition = ANY($1)",
    };
    let (mut rows, mut heads, mut marks) = (Vec::new(), Vec::new(), Vec::new());
    for (partition, commit) in commits {
        let partition = Value::number(partition.number());
        rows.extend(commit.rows.iter().map(|row| {
            let (seq, events) = (row.seq.number(), row.events);
            [
                partition,
                Value::number(seq),
                Value::number(events),
                Value::blob(&row.blob),
            ]
        }));
        if let (Some(first), Some(last)) = (commit.rows.first(), commit.rows.last()) {
            let (before, last) = (first.seq.number() - 1, last.last().number());
            heads.push([
                Value::number(last),
                Value::number(received.micros()),
                partition,
                Value::number(before),
            ]);
            marks.push([partition]);
        }
    }
    tx.execute_each(ROW, &rows)?;
    if tx.execute_each(HEAD, &heads)? != heads.len() {
        // The partition is locked, so nobody can have committed in between. If
        // somebody had, two events would share a seq; so it is checked.
        return Err(StoreError::unavailable("another commit came between"));
    }
    let marked = tx.execute_each(MARK, &marks)?;
    expect_rows("mark", marked, marks.len())?;
    // Last, as everything that records: nothing is locked after the trail.
    let mut foreign = commits.iter().flat_map(|(_, commit)| &commit.foreign_voids);
    foreign.try_for_each(|voids| record(tx, voids, received))
}

/// Records that a client voids events which another one has sent, in the trail of the
/// organisation whose events they are.
fn record(tx: &Transaction<'_>, voids: &ForeignVoids, received: Instant) -> Result<(), StoreError> {
    let (source, id) = &voids.first;
    let detail = match voids.events {
        1 => format!("{id} of source {source}"),
        events => format!("{events} events, the first is {id} of source {source}"),
    };
    let entry = audit::Entry {
        organization: voids.organization,
        action: "events.void",
        object: "usage/events",
        detail: &detail,
    };
    audit::record_of(tx, voids.client, received, &entry)
}
