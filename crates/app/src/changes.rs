//! The feed of changes, a page at a time.

use exchequer_store::changes::{self, Change, Position, Seen};
use exchequer_store::{Snapshot, StoreError};

use crate::app::App;
use crate::error::Error;

/// How far a follower has read: one number for each partition that it reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// How many partitions the ledger has. A copy of a ledger may have others, and counts
    /// its changes anew.
    pub partitions: u32,
    /// The number of the last change that was read of each, in ascending order of partitions.
    pub numbers: Vec<u64>,
}

/// The place at which a page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// The oldest change that is kept.
    Oldest,
    /// The end: only what changes from now on.
    Now,
    /// Behind what was read before.
    After(Cursor),
}

/// A page of the feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangesPage {
    /// The changes, those of each partition in their order; none if nothing is new.
    pub changes: Vec<Change>,
    /// The place behind them.
    pub next: Cursor,
}

/// Reads a page of changes: of all partitions those first that were made first. `None` if the
/// place is of another ledger, or of this one before it was set back to an earlier state.
///
/// # Errors
/// If the database fails.
pub async fn page(
    app: &App,
    seen: Seen,
    start: Start,
    most: u32,
) -> Result<Option<ChangesPage>, Error> {
    let read = move |db: &Snapshot<'_>| read(db, seen, start, most);
    Ok(app.database().read(read).await?)
}

fn read(
    db: &Snapshot<'_>,
    seen: Seen,
    start: Start,
    most: u32,
) -> Result<Option<ChangesPage>, StoreError> {
    let (partitions, count) = changes::partitions(db, seen)?;
    let numbers = match start {
        Start::Oldest => vec![0; partitions.len()],
        Start::Now => {
            let ends = partitions.iter().map(|it| changes::last(db, *it));
            ends.collect::<Result<_, _>>()?
        }
        Start::After(cursor) => cursor_numbers(cursor, count, partitions.len()),
    };
    if numbers.len() != partitions.len() {
        return Ok(None);
    }
    let mut found = Vec::with_capacity(partitions.len());
    for (partition, number) in partitions.into_iter().zip(&numbers) {
        let place = Position {
            partition,
            number: *number,
        };
        let stretch = changes::after(db, place, seen, most)?;
        // Nobody can have read what is not there: the ledger is an older one.
        if stretch.last < *number {
            return Ok(None);
        }
        found.push(stretch.changes);
    }
    Ok(Some(merge(found, numbers, count, most as usize)))
}

/// Returns the numbers of a cursor; none if it is of a ledger with other partitions.
fn cursor_numbers(cursor: Cursor, count: u32, read: usize) -> Vec<u64> {
    match cursor.partitions == count && cursor.numbers.len() == read {
        true => cursor.numbers,
        false => Vec::new(),
    }
}

/// Takes changes of all partitions, always the one that was made first of those that come
/// next, until the page is full.
fn merge(found: Vec<Vec<Change>>, mut numbers: Vec<u64>, count: u32, most: usize) -> ChangesPage {
    let mut rest: Vec<_> = found
        .into_iter()
        .map(|of_one| of_one.into_iter().peekable())
        .collect();
    let mut taken = Vec::new();
    while taken.len() < most {
        let next = rest
            .iter_mut()
            .enumerate()
            .filter_map(|(place, rest)| Some((rest.peek()?.at, place)))
            .min();
        let Some((_, place)) = next else {
            break;
        };
        let change = rest[place].next().expect("it was peeked at");
        numbers[place] = change.number;
        taken.push(change);
    }
    ChangesPage {
        changes: taken,
        next: Cursor {
            partitions: count,
            numbers,
        },
    }
}

#[cfg(test)]
mod tests {
    use exchequer_core::{Instant, OrganizationId};

    use super::*;

    fn change(partition: u32, number: u64, at: i64) -> Change {
        Change {
            partition,
            number,
            at: Instant::from_micros(at),
            organization: OrganizationId::from_bytes([1; 16]),
            action: "contract.put".to_owned(),
            object: "C-1".to_owned(),
            version: 1,
        }
    }

    /// Clocks of nodes may differ: a partition is read in the order of its numbers all the same.
    #[test]
    fn partitions_are_merged_by_time_and_keep_their_order() {
        let found = vec![
            vec![change(0, 5, 30), change(0, 6, 10)],
            Vec::new(),
            vec![change(2, 1, 20), change(2, 2, 40)],
        ];
        let page = merge(found.clone(), vec![4, 7, 0], 3, 3);
        let order: Vec<_> = page
            .changes
            .iter()
            .map(|it| (it.partition, it.number))
            .collect();
        assert_eq!(order, [(2, 1), (0, 5), (0, 6)]);
        assert_eq!(page.next.numbers, [6, 7, 1]);
        let all = merge(found, vec![4, 7, 0], 3, 9);
        assert_eq!((all.changes.len(), all.next.numbers), (4, vec![6, 7, 2]));
    }

    #[test]
    fn a_cursor_of_other_partitions_is_none_of_this_ledger() {
        let cursor = |partitions, numbers: &[u64]| Cursor {
            partitions,
            numbers: numbers.to_vec(),
        };
        assert_eq!(cursor_numbers(cursor(16, &[7]), 16, 1), [7]);
        assert!(cursor_numbers(cursor(1, &[7]), 16, 1).is_empty());
        assert!(cursor_numbers(cursor(16, &[7]), 16, 16).is_empty());
    }
}
