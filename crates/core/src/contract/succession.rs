//! The contracts of one organisation, one after the other.

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::{AfterEnd, Contract};
use crate::period::next_day;
use crate::time::{Instant, MICROS_PER_SECOND};

/// The reason for which two contracts of one organisation cannot stand beside each other.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Clash {
    /// They share an instant.
    #[error("contract {0} of the same organization overlaps")]
    Overlap(String),
    /// Some hours lie between them, because they count days in different time zones.
    #[error(
        "between contract {before}, which ends on {end}, and contract {after} lie {minutes} \
         minutes, because their time zones differ; a contract that starts on {next} begins when \
         {before} ends"
    )]
    Hours {
        /// The number of the one that ends.
        before: String,
        /// Its last day.
        end: Date,
        /// The number of the one that begins.
        after: String,
        /// The day after the last day.
        next: Date,
        /// The time between them, in minutes, begun ones counted.
        minutes: i64,
    },
}

/// Puts the contracts of one organisation in the order of their first days. One whose
/// first day is the day after the last day of another begins at the instant at which
/// that one ends, also if its own days begin at other instants. One that goes on after its
/// end does so until the day before the first day of the next.
#[must_use]
pub fn in_succession(mut contracts: Vec<Contract>) -> Vec<Contract> {
    contracts.sort_by(|a, b| {
        let key = |contract: &Contract| (contract.calendar.start(), contract.calendar.begins());
        key(a).cmp(&key(b))
    });
    for at in 1..contracts.len() {
        let (before, after) = contracts.split_at_mut(at);
        let (before, after) = (&mut before[at - 1], &mut after[0].calendar);
        before.make_way(after.start());
        let before = &before.calendar;
        if let (Some(last), Some(ends)) = (before.end(), before.ends())
            && next_day(last) == after.start()
            && let Some(moved) = after.begin_at(ends)
        {
            *after = moved;
        }
    }
    contracts
}

impl Contract {
    /// Ends the contract before a day on which another one begins, if that is after its
    /// last agreed day.
    fn make_way(&mut self, next: Date) {
        let goes_on = self.settings.after_end == AfterEnd::MonthToMonth;
        if let Some(term_end) = self.term_end.filter(|_| goes_on) {
            let last = next.saturating_sub(1.day()).max(term_end);
            self.calendar = self.calendar.with_end(Some(last));
        }
    }
}

/// Checks that a contract, one of these in succession, overlaps no other one, and that
/// nothing lies between it and its neighbours that nobody meant.
///
/// # Errors
/// The first clash.
pub fn check_succession(contracts: &[Contract], number: &str) -> Result<(), Clash> {
    let Some(at) = contracts.iter().position(|it| it.number == number) else {
        return Ok(());
    };
    let this = &contracts[at];
    let shares = |other: &&Contract| {
        let (this, other) = (&this.calendar, &other.calendar);
        let precedes = |ends: Option<Instant>, begins| ends.is_some_and(|ends| ends <= begins);
        !precedes(this.ends(), other.begins()) && !precedes(other.ends(), this.begins())
    };
    let mut others = contracts.iter().filter(|other| other.number != number);
    if let Some(other) = others.find(shares) {
        return Err(Clash::Overlap(other.number.clone()));
    }
    let from = at.saturating_sub(1);
    let neighbours = &contracts[from..contracts.len().min(at + 2)];
    let mut pairs = neighbours.windows(2);
    pairs.try_for_each(|pair| check_hours(&pair[0], &pair[1]))
}

/// Refuses a gap of less than a day between two contracts of different time zones.
fn check_hours(before: &Contract, after: &Contract) -> Result<(), Clash> {
    const MINUTE: i64 = 60 * MICROS_PER_SECOND;
    const DAY: i64 = 24 * 60 * MINUTE;
    let (Some(end), Some(ends)) = (before.calendar.end(), before.calendar.ends()) else {
        return Ok(());
    };
    let between = after.calendar.begins().micros() - ends.micros();
    let same_zone = before.calendar.zone() == after.calendar.zone();
    if same_zone || between <= 0 || DAY <= between {
        return Ok(());
    }
    Err(Clash::Hours {
        before: before.number.clone(),
        end,
        after: after.number.clone(),
        next: next_day(end),
        minutes: (between + MINUTE - 1) / MINUTE,
    })
}

#[cfg(test)]
mod tests;
