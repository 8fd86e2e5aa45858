//! The billing periods of an organisation, through all of its contracts.

use crate::contract::Contract;
use crate::period::Period;
use crate::time::Instant;

#[cfg(test)]
mod tests;

/// The billing periods that have begun, counted backwards as `billingPeriodIndex`
/// does: 0 is the period that contains now, or the last one before.
#[derive(Debug)]
pub struct Schedule<'a> {
    /// Each contract that has begun with its last period that has begun, newest first.
    begun: Vec<(&'a Contract, Period)>,
    /// True if no contract is in force now, though one was.
    ended: bool,
}

/// A period and the contract that it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scheduled<'a> {
    /// The contract.
    pub contract: &'a Contract,
    /// The period.
    pub period: Period,
    /// The index of the period.
    pub index: u32,
}

impl<'a> Schedule<'a> {
    /// Returns the periods of these contracts, which do not overlap, as of `now`.
    #[must_use]
    pub fn new(contracts: &'a [Contract], now: Instant) -> Self {
        let begun = contracts
            .iter()
            .filter_map(|contract| Some((contract, contract.calendar().latest(now)?)));
        let mut begun: Vec<_> = begun.collect();
        begun.sort_by_key(|(_, period)| std::cmp::Reverse(period.range.start()));
        debug_assert!(
            begun
                .windows(2)
                .all(|pair| pair[1].1.range.end() <= pair[0].1.range.start()),
            "contracts of an organisation do not overlap"
        );
        let newest = begun.first();
        let ends = newest.and_then(|(contract, _)| contract.calendar().ends());
        Self {
            ended: ends.is_some_and(|ends| ends <= now),
            begun,
        }
    }

    /// Returns true if the last contract has ended: then index 0 is its last period, and
    /// no longer the current one.
    #[must_use]
    pub fn contract_ended(&self) -> bool {
        self.ended
    }

    /// Returns the number of periods.
    #[must_use]
    pub fn len(&self) -> u32 {
        let counts = self.begun.iter().map(|(_, latest)| latest.number + 1);
        counts.sum()
    }

    /// Returns true if there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.begun.is_empty()
    }

    /// Returns the period of an index. None beyond the first period.
    #[must_use]
    pub fn at(&self, index: u32) -> Option<Scheduled<'a>> {
        let mut left = index;
        for (contract, latest) in &self.begun {
            if let Some(number) = latest.number.checked_sub(left) {
                let period = contract.calendar().period(number)?;
                return Some(Scheduled {
                    contract,
                    period,
                    index,
                });
            }
            // All periods of this contract are newer than the one asked for.
            left -= latest.number + 1;
        }
        None
    }

    /// Returns the period that contains an instant.
    #[must_use]
    pub fn containing(&self, instant: Instant) -> Option<Scheduled<'a>> {
        let mut newer = 0;
        for (contract, latest) in &self.begun {
            let period = contract.calendar().latest(instant);
            let period = period.filter(|period| period.range.contains(instant));
            if let Some(period) = period
                && let Some(back) = latest.number.checked_sub(period.number)
            {
                return Some(Scheduled {
                    contract,
                    period,
                    index: newer + back,
                });
            }
            newer += latest.number + 1;
        }
        None
    }
}
