use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::*;
use crate::time::MICROS_PER_SECOND;

fn stretch(from: Option<Date>, until: Option<Date>) -> TrustStretch {
    TrustStretch { from, until }
}

fn at(text: &str) -> Instant {
    let at: Timestamp = text.parse().unwrap();
    Instant::from_micros(at.as_microsecond())
}

#[test]
fn dates_are_written_and_read() {
    assert_eq!(TrustDates::unlimited().to_string(), "..");
    for text in [
        "..",
        "2026-01-01..",
        "..2026-12-31",
        "0001-01-01..9999-12-31",
        "2024-01-01..2025-03-31 2025-04-01..2025-04-01 2026-01-01..",
    ] {
        let dates: TrustDates = text.parse().unwrap();
        assert_eq!(dates.to_string(), text);
    }
    use TrustDatesError::{Order, Reversed, Unreadable};
    for (text, error) in [
        ("", Unreadable),
        ("2026-01-01", Unreadable),
        ("2026-02-30..", Unreadable),
        ("..2026-01-01 ", Unreadable),
        ("2026-01-02..2026-01-01", Reversed),
        ("2026-01-01.. 2027-01-01..", Order),
        ("..2026-01-01 ..", Order),
        ("..2026-01-01 2026-01-01..", Order),
        ("2026-01-01..2026-02-01 2025-01-01..2025-02-01", Order),
    ] {
        assert_eq!(text.parse::<TrustDates>(), Err(error), "{text}");
    }
    assert_eq!(TrustDates::new(Vec::new()), Err(TrustDatesError::Empty));
}

/// A month begins on its day in the zone of the contract, whatever day it is elsewhere.
#[test]
fn a_period_belongs_to_the_partner_of_its_first_local_day() {
    let old: TrustDates = "..2026-05-31".parse().unwrap();
    let new: TrustDates = "2026-06-01..".parse().unwrap();
    for (zone, begins) in [
        ("Pacific/Kiritimati", "2026-05-31T10:00:00Z"),
        ("Europe/Berlin", "2026-05-31T22:00:00Z"),
        ("UTC", "2026-06-01T00:00:00Z"),
        ("Pacific/Niue", "2026-06-01T11:00:00Z"),
    ] {
        let calendar = Calendar::new(zone, date(2026, 1, 1), None).unwrap();
        let [may, june] = [4, 5].map(|number| calendar.period(number).unwrap());
        assert_eq!(june.range.start(), at(begins), "{zone}");
        for (dates, sees) in [(&old, [true, false]), (&new, [false, true])] {
            let seen = [&may, &june].map(|period| dates.stretch_of(period).is_some());
            assert_eq!(seen, sees, "{zone}, {dates}");
        }
        // The old one's last day ends where June begins.
        assert_eq!(old.last().ends(&calendar), Some(june.range.start()));
        assert_eq!(new.last().ends(&calendar), None);
    }
}

/// A contract that follows another one directly begins when that one ends, in another
/// time zone on the day before. Its first period still has its own first day.
#[test]
fn a_period_that_begins_early_keeps_its_day() {
    let calendar = Calendar::new("America/New_York", date(2027, 1, 1), None).unwrap();
    let moved = calendar.begin_at(at("2026-12-31T23:00:00Z")).unwrap();
    let first = moved.period(0).unwrap();
    assert_eq!(first.range.start(), at("2026-12-31T23:00:00Z"));
    let until: TrustDates = "..2026-12-31".parse().unwrap();
    let from: TrustDates = "2027-01-01..".parse().unwrap();
    assert_eq!(until.stretch_of(&first), None);
    assert!(from.stretch_of(&first).is_some());
}

#[test]
fn dates_have_ended_once_the_day_is_over_everywhere() {
    let dates: TrustDates = "2020-01-01..2020-12-31 2025-01-01..2026-08-31"
        .parse()
        .unwrap();
    for (now, ended) in [
        ("2026-08-31T12:00:00Z", false),
        ("2026-09-01T11:59:59.999999Z", false),
        ("2026-09-01T12:00:00Z", true),
    ] {
        assert_eq!(dates.have_ended(at(now)), ended, "{now}");
    }
    // Neither what goes on nor what has not begun has ended.
    for text in ["..", "2020-01-01..2020-12-31 2030-01-01..", "..9999-12-31"] {
        let dates: TrustDates = text.parse().unwrap();
        assert!(!dates.have_ended(at("2026-09-01T12:00:00Z")), "{text}");
    }
    assert_eq!(
        stretch(None, Some(date(9999, 12, 31)))
            .ends(&Calendar::new("Pacific/Niue", date(2026, 1, 1), None).unwrap()),
        None
    );
}

const ZONES: [&str; 6] = [
    "UTC",
    "Pacific/Kiritimati",
    "Europe/Berlin",
    "Asia/Kathmandu",
    "America/Havana",
    "Pacific/Niue",
];

proptest! {
    /// Partners take turns, each from one border to the next. Whoever is the partner on
    /// the local day of a period's first instant sees the period, and nobody else does.
    #[test]
    fn one_of_the_partners_who_take_turns_sees_a_period(
        zone in prop::sample::select(&ZONES[..]),
        start in 0i64..800,
        mut borders in prop::collection::btree_set(0i64..1_600, 1..6),
        number in 0u32..24,
    ) {
        let first = date(2025, 1, 1);
        let day = |days: i64| first.checked_add(days.days()).unwrap();
        let calendar = Calendar::new(zone, day(start), None).unwrap();
        let period = calendar.period(number).unwrap();
        // The reference: the local day, from the instant alone, second by second east.
        let local = Timestamp::from_microsecond(period.range.start().micros()).unwrap();
        let local = local.in_tz(zone).unwrap().date();
        let mut stretches = vec![Vec::new(), Vec::new()];
        let mut from = None;
        let last = borders.pop_last().unwrap();
        for (turn, border) in borders.iter().chain([&last]).enumerate() {
            let next = day(*border);
            let until = next.checked_sub(1.day()).unwrap();
            stretches[turn % 2].push(stretch(from, Some(until)));
            from = Some(next);
        }
        stretches[(borders.len() + 1) % 2].push(stretch(from, None));
        let mut seen = 0;
        for (who, stretches) in stretches.into_iter().enumerate() {
            let dates = TrustDates::new(stretches).unwrap();
            prop_assert_eq!(dates.to_string().parse(), Ok(dates.clone()));
            let turns = borders.iter().chain([&last]).filter(|border| day(**border) <= local);
            let is_partner = turns.count() % 2 == who;
            prop_assert_eq!(dates.stretch_of(&period).is_some(), is_partner);
            seen += u32::from(is_partner);
            // What the trust shows after the period ends no later than the partner's day.
            if let Some(ends) = dates.stretch_of(&period).and_then(|it| it.ends(&calendar)) {
                prop_assert!(period.range.start() < ends);
                let before = Instant::from_micros(ends.micros() - MICROS_PER_SECOND);
                let before = Timestamp::from_microsecond(before.micros()).unwrap();
                let day = before.in_tz(zone).unwrap().date();
                prop_assert!(dates.stretches().iter().any(|it| it.until == Some(day)));
            }
        }
        prop_assert_eq!(seen, 1);
    }
}
