//! Totals of a meter that counts points, while a read gathers them.

use exchequer_core::{Aggregation, Day, Instant};

use crate::codec::damage::Damage;
use crate::evaluate::combine;
use crate::rollup::StoredSection;

const UNSEEN: i64 = i64::MAX;

/// First observations by subject number, and what the values add up to.
#[derive(Default)]
pub(super) struct PointTotals {
    firsts: Vec<i64>,
    pub(super) value: u128,
}

impl PointTotals {
    fn first(&mut self, subject: u32) -> &mut i64 {
        let at = subject as usize;
        if self.firsts.len() <= at {
            // Doubled, so that growing costs a constant time a subject.
            let length = (at + 1).max(self.firsts.len() * 2);
            self.firsts.resize(length, UNSEEN);
        }
        &mut self.firsts[at]
    }

    pub(super) fn add(
        &mut self,
        aggregation: Aggregation,
        subject: u32,
        time: Instant,
        value: u128,
    ) {
        self.value = combine(aggregation, self.value, value);
        let first = self.first(subject);
        *first = time.micros().min(*first);
    }

    /// Adds a whole day. Days come in order, so a subject that was seen
    /// before has its first instant already.
    pub(super) fn add_day(
        &mut self,
        aggregation: Aggregation,
        day: Day,
        section: &StoredSection,
    ) -> Result<(), Damage> {
        let midnight = day.start().micros();
        let mut value = self.value;
        // Both closures use the array, one after the other, never at once.
        let firsts = std::cell::RefCell::new(&mut *self);
        section.points(
            |subject| *firsts.borrow_mut().first(subject) == UNSEEN,
            |point| {
                value = combine(aggregation, value, point.value);
                let mut totals = firsts.borrow_mut();
                let first = totals.first(point.subject);
                if *first == UNSEEN {
                    *first = midnight + point.first as i64;
                }
            },
        )?;
        self.value = value;
        Ok(())
    }

    /// Returns each subject seen, with its first instant, by number.
    pub(super) fn seen(&self) -> impl Iterator<Item = (u32, Instant)> + '_ {
        let seen = self
            .firsts
            .iter()
            .enumerate()
            .filter(|(_, first)| **first != UNSEEN);
        seen.map(|(subject, first)| (subject as u32, Instant::from_micros(*first)))
    }
}
