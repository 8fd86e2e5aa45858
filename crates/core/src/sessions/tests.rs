use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::time::Instant;

/// The time line of the reference: every unit of it is marked on its own.
const UNITS: i64 = 48;

fn covered(spans: &[Span]) -> Vec<bool> {
    let inside = |unit| {
        spans
            .iter()
            .any(|(start, end)| (*start..*end).contains(&unit))
    };
    (0..UNITS).map(inside).collect()
}

/// The maximal runs of marked units: the only form that a union may have.
fn runs(marks: &[bool]) -> Vec<Span> {
    let mut runs: Vec<Span> = Vec::new();
    for (unit, _) in (0i64..).zip(marks).filter(|(_, mark)| **mark) {
        match runs.last_mut() {
            Some(last) if last.1 == unit => last.1 += 1,
            _ => runs.push((unit, unit + 1)),
        }
    }
    runs
}

fn spans() -> impl Strategy<Value = Vec<Span>> {
    // Backward and empty spans are among them.
    let span = (0..UNITS, -2i64..12).prop_map(|(start, length)| {
        let end = (start + length).clamp(0, UNITS);
        (start, end)
    });
    prop::collection::vec(span, 0..10)
}

fn unions() -> impl Strategy<Value = Vec<Vec<Span>>> {
    let union = spans().prop_map(|spans| runs(&covered(&spans)));
    prop::collection::vec(union, 0..7)
}

/// Returns the number of resources active in each unit.
fn active(unions: &[Vec<Span>]) -> Vec<u32> {
    let marks: Vec<Vec<bool>> = unions.iter().map(|union| covered(union)).collect();
    let count = |unit: usize| marks.iter().filter(|marks| marks[unit]).count() as u32;
    (0..UNITS as usize).map(count).collect()
}

#[test]
fn touching_spans_merge() {
    let mut spans = vec![(5, 7), (1, 3), (3, 5), (9, 9), (8, 2)];
    union(&mut spans);
    assert_eq!(spans, [(1, 7)]);
    assert_eq!(merge_sorted(&[(1, 3)], &[(3, 4), (6, 7)]), [(1, 4), (6, 7)]);
}

#[test]
fn sessions_that_follow_one_another_are_not_active_at_once() {
    assert_eq!(levels([(0, 5), (5, 9)]), [(1, 9)]);
    assert_eq!(
        at_level(&[('b', &[(0, 5)][..]), ('a', &[(5, 9)])], 1),
        [('a', 4), ('b', 5)]
    );
    assert_eq!(at_level(&[('b', &[(0, 5)][..]), ('a', &[(5, 9)])], 2), []);
    assert_eq!(at_level(&[('a', &[(0, 5)][..])], 0), []);
}

#[test]
fn the_peak_must_last_in_sum() {
    let minute = 60_000_000;
    let levels = [(1, 100 * minute), (2, 30 * minute), (3, 30 * minute - 1)];
    assert_eq!(peak(&levels, 30), 2);
    assert_eq!(peak(&levels, 29), 3);
    assert_eq!(peak(&levels, 31), 1);
    assert_eq!(peak(&levels, 101), 0);
    assert_eq!(peak(&[], 1), 0);
}

#[test]
fn hours_are_rounded_up_once() {
    let hour = 3_600_000_000u128;
    for (micros, hours) in [
        (0, 0),
        (1, 1),
        (hour, 1),
        (hour + 1, 2),
        (hour * 22_234 / 100, 223),
    ] {
        assert_eq!(hours_rounded_up(micros), Quantity::from_units(hours));
    }
    assert!(hours_rounded_up(u128::MAX) > Quantity::ZERO);
}

#[test]
fn the_ends_of_time_do_not_overflow() {
    let all = (i64::MIN, i64::MAX);
    assert_eq!(total(&[all]), u128::from(u64::MAX));
    assert_eq!(levels([all, all]), [(2, u64::MAX)]);
    assert_eq!(
        levels([(i64::MIN, 0), all]),
        [(1, i64::MAX as u64), (2, 1 << 63)]
    );
}

proptest! {
    #[test]
    fn a_union_is_the_runs_of_covered_units(mut spans in spans()) {
        let expected = runs(&covered(&spans));
        union(&mut spans);
        prop_assert_eq!(&spans, &expected);
        let units = covered(&spans).iter().filter(|mark| **mark).count();
        prop_assert_eq!(total(&spans), units as u128);
    }

    #[test]
    fn merging_unions_is_the_union_of_all(a in spans(), b in spans()) {
        let both = runs(&covered(&[a.clone(), b.clone()].concat()));
        let (a, b) = (runs(&covered(&a)), runs(&covered(&b)));
        prop_assert_eq!(merge_sorted(&a, &b), both);
    }

    #[test]
    fn clipping_keeps_the_units_inside(
        span in (0..UNITS, 0..UNITS), start in 0..UNITS, length in 0..UNITS,
    ) {
        let end = Instant::from_micros((start + length).min(UNITS));
        let range = TimeRange::new(Instant::from_micros(start), end).unwrap();
        let clipped: Vec<Span> = clip(span, range).into_iter().collect();
        let mut marks = covered(&[span]);
        for (unit, mark) in (0..).zip(&mut marks) {
            *mark &= range.contains(Instant::from_micros(unit));
        }
        prop_assert_eq!(clipped, runs(&marks));
    }

    #[test]
    fn levels_count_the_units_at_each_number(unions in unions()) {
        let mut expected: BTreeMap<u32, u64> = BTreeMap::new();
        for number in active(&unions).into_iter().filter(|number| *number > 0) {
            *expected.entry(number).or_default() += 1;
        }
        let levels = levels(unions.concat());
        prop_assert_eq!(levels, expected.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn levels_add_up_over_cuts(unions in unions(), cut in 0..=UNITS) {
        let all = unions.concat();
        let part = |start, end| {
            let (start, end) = (Instant::from_micros(start), Instant::from_micros(end));
            let range = TimeRange::new(start, end).unwrap();
            levels(all.iter().filter_map(|span| clip(*span, range)))
        };
        let mut sum = part(0, cut);
        add_levels(&mut sum, &part(cut, UNITS));
        prop_assert_eq!(sum, levels(all.iter().copied()));
    }

    #[test]
    fn resources_at_a_level_have_the_units_marked_there(unions in unions(), level in 0u32..8) {
        let active = active(&unions);
        let items: Vec<(usize, &[Span])> =
            unions.iter().map(Vec::as_slice).enumerate().rev().collect();
        let at = |unit: &usize| level > 0 && active[*unit] == level;
        let mut expected: BTreeMap<usize, u64> = BTreeMap::new();
        for unit in (0..UNITS as usize).filter(at) {
            let here = |(_, union): &&(usize, &[Span])| covered(union)[unit];
            for (subject, _) in items.iter().filter(here) {
                *expected.entry(*subject).or_default() += 1;
            }
        }
        prop_assert_eq!(at_level(&items, level), expected.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn the_peak_is_the_highest_lasting_level(
        times in prop::collection::btree_map(1u32..9, 0u64..5, 0..8), minutes in 1u32..5,
    ) {
        // Half minutes, so that levels miss the limit by little.
        let levels: Vec<_> = times.into_iter().map(|(level, half)| (level, half * 30_000_000)).collect();
        let lasts = |level: &u32| levels
            .iter().any(|(at, micros)| at == level && *micros >= u64::from(minutes) * 60_000_000);
        let expected = (1..9).rev().find(lasts).unwrap_or(0);
        prop_assert_eq!(peak(&levels, minutes), expected);
    }
}
