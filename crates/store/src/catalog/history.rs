//! What something was called before: words that are kept up to a day.
//!
//! A change restates what holds from its first day on, so there is one history: what holds
//! now, and what held earlier, each up to the day on which it was called otherwise.

use exchequer_core::{Day, Instant};

/// The first day that anything can be called something.
pub(super) const FIRST_DAY: Day = match Day::from_ymd(2000, 1, 1) {
    Some(day) => day,
    None => Day::from_number(0),
};

/// Something that held up to a day: the first on which it did not.
pub type Earlier<W> = (Day, W);

/// Returns the day from which a change holds if it names none: the one that has begun
/// furthest east. A change thus never touches a period that has ended, in whatever zone.
#[must_use]
pub fn day_of_change(at: Instant) -> Day {
    const FURTHEST_EAST: i64 = 14 * 3_600 * 1_000_000;
    Instant::from_micros(at.micros().saturating_add(FURTHEST_EAST)).day()
}

/// Returns true if the current words hold on every day from this one on.
pub(super) fn holds_since<W>(earlier: &[Earlier<W>], begins: Day) -> bool {
    earlier.iter().all(|(ends, _)| *ends <= begins)
}

/// Returns the words that are to be kept up to the day from which new ones hold, in place
/// of all that are kept up to that day or longer. None if there is nothing to tell apart.
/// `earlier` is in order of days.
pub(super) fn kept_until<'a, W: PartialEq>(
    earlier: &'a [Earlier<W>],
    current: &'a W,
    new: &W,
    begins: Day,
) -> Option<&'a W> {
    let held = earlier.iter().find(|(ends, _)| begins <= *ends);
    let held = held.map_or(current, |(_, words)| words);
    (begins > FIRST_DAY && held != new).then_some(held)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Puts words as the tables are changed.
    fn put(earlier: &mut Vec<Earlier<u8>>, current: &mut u8, new: u8, begins: Day) {
        let kept = kept_until(earlier, current, &new, begins).copied();
        earlier.retain(|(ends, _)| *ends < begins);
        earlier.extend(kept.map(|words| (begins, words)));
        *current = new;
    }

    fn on(earlier: &[Earlier<u8>], current: u8, day: Day) -> u8 {
        let held = earlier.iter().find(|(ends, _)| day < *ends);
        held.map_or(current, |(_, words)| *words)
    }

    proptest! {
        #[test]
        fn each_day_has_what_was_last_said_of_it(
            puts in prop::collection::vec((0u8..3, 0i32..12), 0..8),
        ) {
            let (mut earlier, mut current) = (Vec::new(), 9);
            // Day by day, the brute way.
            let mut days = [9u8; 14];
            for (words, offset) in puts {
                let begins = Day::from_number(FIRST_DAY.number() + offset);
                let (before, since) = days.split_at_mut(offset as usize);
                let unchanged = holds_since(&earlier, begins) && current == words;
                prop_assert_eq!(unchanged, since.iter().all(|day| *day == words));
                put(&mut earlier, &mut current, words, begins);
                since.fill(words);
                prop_assert!(before.len() == offset as usize);
                prop_assert!(earlier.is_sorted_by_key(|(ends, _)| *ends));
                for (offset, words) in (0..).zip(days) {
                    let day = Day::from_number(FIRST_DAY.number() + offset);
                    prop_assert_eq!(on(&earlier, current, day), words);
                }
            }
        }
    }

    #[test]
    fn a_change_without_a_day_leaves_what_has_ended_anywhere() {
        let at = |text: &str| {
            let day: Day = text.parse().unwrap();
            day.start().micros()
        };
        let hour = 3_600_000_000;
        let of = |micros| day_of_change(Instant::from_micros(micros)).to_string();
        assert_eq!(of(at("2026-10-31") + 10 * hour - 1), "2026-10-31");
        // In Kiritimati it is the 1st, and October is over.
        assert_eq!(of(at("2026-10-31") + 10 * hour), "2026-11-01");
    }
}
