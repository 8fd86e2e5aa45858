use jiff::civil::date;
use proptest::prelude::*;

use super::*;

fn calendar(zone: &str, start: Date, end: Option<Date>) -> Calendar {
    Calendar::new(zone, start, end).unwrap()
}

fn firsts(calendar: &Calendar, count: u32) -> Vec<String> {
    let periods = (0..count).map_while(|number| calendar.period(number));
    periods.map(|period| period.first.to_string()).collect()
}

#[test]
fn the_anchor_is_clamped_to_short_months_and_comes_back() {
    let from = |start| firsts(&calendar("UTC", start, None), 5);
    assert_eq!(
        from(date(2026, 12, 31)),
        [
            "2026-12-31",
            "2027-01-31",
            "2027-02-28",
            "2027-03-31",
            "2027-04-30"
        ]
    );
    assert_eq!(
        from(date(2023, 12, 30)),
        [
            "2023-12-30",
            "2024-01-30",
            "2024-02-29",
            "2024-03-30",
            "2024-04-30"
        ]
    );
    assert_eq!(from(date(2026, 1, 29))[1], "2026-02-28");
}

#[test]
fn only_the_last_period_can_be_short() {
    let calendar = calendar("UTC", date(2026, 1, 15), Some(date(2026, 3, 1)));
    let last = calendar.period(1).unwrap();
    assert_eq!(
        (last.first, last.next),
        (date(2026, 2, 15), date(2026, 3, 2))
    );
    assert_eq!((last.days(), last.full_days), (15, 28));
    assert_eq!(calendar.period(2), None);
    assert!(calendar.ends_period(date(2026, 3, 1)) && calendar.ends_period(date(2026, 2, 14)));
    assert!(!calendar.ends_period(date(2026, 2, 28)));
    assert!(
        calendar.begins_period(date(2026, 2, 15)) && !calendar.begins_period(date(2026, 3, 15))
    );
}

#[test]
fn periods_begin_at_local_midnights() {
    let hours = |zone: &str, start: Date| {
        let range = calendar(zone, start, None).period(0).unwrap().range;
        (range.end().micros() - range.start().micros()) / 3_600_000_000
    };
    assert_eq!(hours("UTC", date(2026, 3, 1)), 31 * 24);
    assert_eq!(hours("Europe/Berlin", date(2026, 3, 1)), 31 * 24 - 1);
    assert_eq!(hours("Europe/Berlin", date(2026, 10, 1)), 31 * 24 + 1);
    let kathmandu = calendar("Asia/Kathmandu", date(2026, 1, 1), None);
    let micros = kathmandu.midnight(date(2026, 1, 1)).micros();
    assert_eq!(micros, (20_454 * 86_400 - 5 * 3_600 - 45 * 60) * 1_000_000);
}

#[test]
fn a_midnight_that_is_skipped_or_comes_twice_is_the_first_instant_of_its_day() {
    // Havana's clocks jumped from 0:00 to 1:00 on 10 March 2024, and went back
    // from 1:00 to 0:00 on 3 November.
    let havana = calendar("America/Havana", date(2024, 1, 1), None);
    let hours = |day: Date| {
        let [start, end] = [day, next_day(day)].map(|day| havana.midnight(day).micros());
        (end - start) / 3_600_000_000
    };
    assert_eq!(hours(date(2024, 3, 9)), 24);
    assert_eq!(hours(date(2024, 3, 10)), 23);
    assert_eq!(hours(date(2024, 11, 2)), 24);
    assert_eq!(hours(date(2024, 11, 3)), 25);
}

#[test]
fn the_latest_period_follows_the_local_clock() {
    let berlin = calendar("Europe/Berlin", date(2026, 1, 31), Some(date(2026, 6, 10)));
    let number = |instant: Instant| berlin.latest(instant).map(|period| period.number);
    let before = |day: Date| Instant::from_micros(berlin.midnight(day).micros() - 1);
    assert_eq!(number(before(date(2026, 1, 31))), None);
    assert_eq!(number(berlin.midnight(date(2026, 1, 31))), Some(0));
    assert_eq!(number(before(date(2026, 2, 28))), Some(0));
    assert_eq!(number(berlin.midnight(date(2026, 2, 28))), Some(1));
    assert_eq!(number(berlin.midnight(date(2026, 6, 10))), Some(4));
    // After its end a contract stays at its last period.
    assert_eq!(number(berlin.midnight(date(2030, 1, 1))), Some(4));
}

#[test]
fn calendars_are_checked() {
    let new = |zone: &str, start, end| Calendar::new(zone, start, end).err();
    let day = date(2026, 1, 1);
    assert_eq!(
        new("Mars", day, None),
        Some(CalendarError::UnknownZone("Mars".to_owned()))
    );
    assert!(new("Factory", day, None).is_some());
    assert_eq!(
        new("UTC", date(1999, 12, 31), None),
        Some(CalendarError::OutOfRange("start"))
    );
    assert_eq!(
        new("UTC", day, Some(date(2200, 1, 1))),
        Some(CalendarError::OutOfRange("end"))
    );
    assert_eq!(
        new("UTC", day, Some(date(2025, 12, 31))),
        Some(CalendarError::Reversed)
    );
    assert_eq!(new("UTC", day, Some(day)), None);
}

proptest! {
    #[test]
    fn periods_follow_each_other_and_each_day_lies_in_one(
        start in 0i32..2000, days in 0u32..1500,
        zone in prop::sample::select(vec![
            "UTC", "Europe/Berlin", "America/New_York", "America/Havana", "Asia/Kathmandu",
            "Australia/Lord_Howe", "Pacific/Kiritimati",
        ]),
    ) {
        let start = date(2024, 1, 1).saturating_add(start.days());
        let end = start.saturating_add(i64::from(days).days());
        let calendar = calendar(zone, start, Some(end));
        let mut next = start;
        let mut instant = calendar.midnight(start);
        for number in 0.. {
            let Some(period) = calendar.period(number) else { break };
            prop_assert_eq!((period.number, period.first), (number, next));
            prop_assert_eq!(period.range.start(), instant);
            prop_assert!(period.days() <= period.full_days);
            prop_assert!((28..=31).contains(&period.full_days));
            let mut day = period.first;
            while day < period.next {
                prop_assert_eq!(calendar.period_of(day), Some(period));
                prop_assert_eq!(calendar.latest(calendar.midnight(day)), Some(period));
                day = next_day(day);
            }
            (next, instant) = (period.next, period.range.end());
        }
        prop_assert_eq!(next, next_day(end));
        prop_assert_eq!(Some(instant), calendar.ends());
        prop_assert_eq!(calendar.period_of(next), None);
    }
}
