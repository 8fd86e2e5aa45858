//! Instants that were cut on their way. A relay that keeps milliseconds or whole
//! seconds, or an answer that shows milliseconds, cuts what is beyond them.

use exchequer_core::{Instant, MICROS_PER_SECOND};

const MICROS_PER_MILLISECOND: i64 = 1_000;

fn cut(time: Instant, to: i64) -> Instant {
    Instant::from_micros(time.micros().div_euclid(to).saturating_mul(to))
}

/// Returns the instant without what is beyond its milliseconds.
pub(crate) fn to_millisecond(time: Instant) -> Instant {
    cut(time, MICROS_PER_MILLISECOND)
}

/// Returns whether the two are one instant, or one of them is the other, cut to
/// milliseconds or to whole seconds.
pub(crate) fn are_one(a: Instant, b: Instant) -> bool {
    let (low, high) = (a.min(b), a.max(b));
    low == high || low == to_millisecond(high) || low == cut(high, MICROS_PER_SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_cut_towards_the_past() {
        let at = Instant::from_micros;
        assert_eq!(to_millisecond(at(1_234_567)), at(1_234_000));
        assert_eq!(to_millisecond(at(-1)), at(-1_000));
        for (low, high, one) in [
            (1_234_567, 1_234_567, true),
            (1_234_000, 1_234_567, true),
            (1_000_000, 1_234_567, true),
            (1_000_000, 1_234_000, true),
            (1_230_000, 1_234_567, false),
            (1_234_566, 1_234_567, false),
            (1_235_000, 1_234_567, false),
            (2_000_000, 1_234_567, false),
        ] {
            assert_eq!(are_one(at(low), at(high)), one, "{low} {high}");
            assert_eq!(are_one(at(high), at(low)), one, "{high} {low}");
        }
    }
}
