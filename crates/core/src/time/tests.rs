use proptest::prelude::*;

use super::*;

fn range(start: i64, end: i64) -> TimeRange {
    TimeRange::new(Instant::from_micros(start), Instant::from_micros(end)).unwrap()
}

/// Counts the calendar day by day with nothing but the lengths of the months.
#[test]
fn every_day_of_ten_thousand_years() {
    let mut day = Day::from_ymd(0, 1, 1).unwrap();
    for year in 0..10_000 {
        let leap = year % 400 == 0 || (year % 4 == 0 && year % 100 != 0);
        let february = if leap { 29 } else { 28 };
        let lengths = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        for (month, length) in (1..).zip(lengths) {
            for of_month in 1..=length {
                assert_eq!(day.ymd(), (year, month, of_month));
                assert_eq!(Day::from_ymd(year, month, of_month), Some(day));
                day = day.next();
            }
            assert_eq!(Day::from_ymd(year, month, length + 1), None);
        }
    }
    assert_eq!(Day::from_ymd(1970, 1, 1), Some(Day::from_number(0)));
    assert_eq!(Day::from_ymd(2000, 3, 1), Some(Day::from_number(11_017)));
    for (year, month, of_month) in [(-1, 1, 1), (10_000, 1, 1), (1, 0, 1), (1, 13, 1), (1, 1, 0)] {
        assert_eq!(Day::from_ymd(year, month, of_month), None);
    }
}

#[test]
fn days_are_read_and_written() {
    for text in ["0000-01-01", "1969-12-31", "2024-02-29", "9999-12-31"] {
        assert_eq!(text.parse::<Day>().unwrap().to_string(), text);
    }
    for text in [
        "",
        "2026-02-29",
        "2026-13-01",
        "2026-1-01",
        "+026-01-01",
        "2026/01/01",
        "2026-01-01 ",
        "20260101",
        "２026-01-01",
        "2026-00-10",
        "2026-01-00",
    ] {
        assert_eq!(text.parse::<Day>(), Err(InvalidDay), "{text}");
    }
}

#[test]
fn the_ends_of_time_do_not_panic() {
    for micros in [i64::MIN, i64::MIN + 1, -1, 0, i64::MAX - 1, i64::MAX] {
        let instant = Instant::from_micros(micros);
        assert!(instant.day().range().start() <= instant);
        assert!(instant.offset_in_day() < MICROS_PER_DAY as u64);
    }
    for number in [i32::MIN, i32::MAX] {
        let day = Day::from_number(number);
        assert!(day.prev() <= day && day <= day.next());
        assert!(day.range().is_empty());
        assert!(!day.to_string().is_empty());
    }
    let all = range(i64::MIN, i64::MAX);
    assert_eq!(all.days().next(), Some(all.start().day()));
    assert_eq!(Instant::from_micros(i64::MAX).checked_add_micros(1), None);
}

#[test]
fn a_range_does_not_run_backwards() {
    let (early, late) = (Instant::from_micros(1), Instant::from_micros(2));
    assert_eq!(TimeRange::new(late, early), None);
    let empty = TimeRange::new(early, early).unwrap();
    assert!(empty.is_empty() && !empty.contains(early));
    assert_eq!(empty.days().count(), 0);
    assert_eq!(empty.intersect(empty), None);
}

#[test]
fn midnight_belongs_to_the_day_it_opens() {
    let day: Day = "2026-10-01".parse().unwrap();
    let range = TimeRange::from(day);
    assert_eq!(range, day.range());
    assert_eq!(range.end(), day.next().start());
    assert_eq!(range.days().collect::<Vec<_>>(), [day]);
    assert!(range.contains(day.start()) && !range.contains(range.end()));
    assert_eq!(day.start().offset_in_day(), 0);
    assert_eq!(range.end().day(), day.next());
}

proptest! {
    #[test]
    fn an_instant_is_its_day_and_offset(micros: i64) {
        let instant = Instant::from_micros(micros);
        let rebuilt = i128::from(instant.day().number()) * i128::from(MICROS_PER_DAY)
            + i128::from(instant.offset_in_day());
        prop_assert_eq!(rebuilt, i128::from(micros));
    }

    #[test]
    fn intersections_hold_what_both_contain(
        a in 0i64..12, a_length in 0i64..12, b in 0i64..12, b_length in 0i64..12,
    ) {
        let (a, b) = (range(a, a + a_length), range(b, b + b_length));
        let shared = a.intersect(b);
        prop_assert_eq!(shared, b.intersect(a));
        for micros in 0..24 {
            let instant = Instant::from_micros(micros);
            let both = a.contains(instant) && b.contains(instant);
            prop_assert_eq!(shared.is_some_and(|shared| shared.contains(instant)), both);
        }
    }

    #[test]
    fn days_are_those_touched(
        first in -3i64..3, start in -2i64..3, days in 0i64..4, end in -2i64..3,
    ) {
        // Offsets around midnight, where an error by one would show.
        let start = first * MICROS_PER_DAY + start;
        let end = ((first + days) * MICROS_PER_DAY + end).max(start);
        let range = range(start, end);
        let touched: Vec<Day> = (-10..10)
            .map(Day::from_number)
            .filter(|day| range.intersect(day.range()).is_some())
            .collect();
        prop_assert_eq!(range.days().collect::<Vec<_>>(), touched);
    }
}
