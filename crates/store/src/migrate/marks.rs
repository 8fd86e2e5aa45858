//! Marks of closed periods and entries, in the numbers of the copy.
//!
//! A mark is the seq of an event, and the copy counts the events of each of its partitions
//! from 1 on, in the same order. So the mark that says the same there is the number of events
//! of the partition that the old mark covers.

use std::collections::BTreeMap;

use exchequer_core::OrganizationId;
use exchequer_ledger::{Partition, Partitions, Seq};

use crate::error::StoreError;
use crate::sql::{Row, Snapshot, params};

/// A mark of the old ledger.
struct Mark {
    old: u64,
    /// The events after the mark before it, up to this one.
    events: u64,
}

/// The marks of an old ledger, by the partition of the copy in which they are needed.
pub(super) struct Marks {
    partitions: Partitions,
    /// In ascending order.
    marks: BTreeMap<Partition, Vec<Mark>>,
}

impl Marks {
    /// Reads the marks of a ledger whose copy has these partitions.
    pub(super) fn read(db: &Snapshot<'_>, partitions: Partitions) -> Result<Self, StoreError> {
        let mut found: BTreeMap<Partition, Vec<u64>> = BTreeMap::new();
        for query in [
            "SELECT DISTINCT organization, mark FROM closed_period WHERE partition = 0",
            "SELECT DISTINCT organization, mark
             FROM contract JOIN billing_entry ON billing_entry.partition = contract.partition
                 AND billing_entry.contract = contract.number
             WHERE contract.partition = 0",
        ] {
            let row = |row: &Row<'_>| {
                let id = OrganizationId::from_bytes(row.get(0)?);
                Ok((partitions.partition_of(id), row.get(1)?))
            };
            for (partition, mark) in db.all(query, params![], row)? {
                found.entry(partition).or_default().push(mark);
            }
        }
        let marks = found.into_iter().map(|(partition, mut marks)| {
            marks.sort_unstable();
            marks.dedup();
            let marks = marks.into_iter().map(|old| Mark { old, events: 0 });
            (partition, marks.collect())
        });
        Ok(Self {
            partitions,
            marks: marks.collect(),
        })
    }

    /// Counts an event of the old ledger.
    pub(super) fn count(&mut self, organization: OrganizationId, seq: Seq) {
        let partition = self.partitions.partition_of(organization);
        let Some(marks) = self.marks.get_mut(&partition) else {
            return;
        };
        let first = marks.partition_point(|mark| mark.old < seq.number());
        if let Some(mark) = marks.get_mut(first) {
            mark.events += 1;
        }
    }

    /// Returns the marks of the copy, once all events are counted.
    pub(super) fn in_copy(self) -> CopiedMarks {
        let mut copied = BTreeMap::new();
        for (partition, marks) in self.marks {
            let mut events = 0;
            for mark in marks {
                events += mark.events;
                copied.insert((partition, mark.old), events);
            }
        }
        CopiedMarks {
            partitions: self.partitions,
            copied,
        }
    }
}

/// Marks of an old ledger, and what they are in its copy.
pub(super) struct CopiedMarks {
    partitions: Partitions,
    copied: BTreeMap<(Partition, u64), u64>,
}

impl CopiedMarks {
    /// Returns a mark of an organisation in the numbers of the copy.
    pub(super) fn of(&self, organization: OrganizationId, old: u64) -> Result<u64, StoreError> {
        let partition = self.partitions.partition_of(organization);
        let copied = self.copied.get(&(partition, old)).copied();
        copied.ok_or_else(|| StoreError::corrupt(format!("mark {old}"), "it was not read"))
    }
}
