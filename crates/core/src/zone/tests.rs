use proptest::prelude::*;

use super::*;

const MINUTE: i64 = 60 * MICROS_PER_SECOND;

fn at(text: &str) -> Instant {
    let at: Timestamp = text.parse().unwrap();
    Instant::from_micros(at.as_microsecond())
}

fn zone(name: &str) -> Zone {
    Zone::named(name).unwrap()
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

#[test]
fn a_zone_has_the_name_that_it_was_asked_for_by() {
    assert_eq!(Zone::utc().name(), "UTC");
    assert_eq!(zone("UTC").name(), "UTC");
    assert_eq!(zone("Europe/Berlin").name(), "Europe/Berlin");
    for name in ["", "Mars/Olympus", "+02:00", "Factory", "CEST"] {
        assert!(Zone::named(name).is_err(), "{name}");
    }
}

#[test]
fn days_begin_at_the_first_instant_that_there_is() {
    for (name, of, begins) in [
        ("Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00Z"),
        ("Europe/Berlin", "2026-10-26", "2026-10-25T23:00:00Z"),
        // Midnight comes twice, and is skipped.
        ("America/Havana", "2026-11-01", "2026-11-01T04:00:00Z"),
        ("America/Santiago", "2026-09-06", "2026-09-06T04:00:00Z"),
        // From 23:30 to 00:30.
        ("America/Toronto", "1919-03-31", "1919-03-31T04:30:00Z"),
        // A day that there was not.
        ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"),
        ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z"),
    ] {
        assert_eq!(zone(name).midnight(day(of)), at(begins), "{name} {of}");
    }
}

#[test]
fn hours_end_where_clocks_are_changed() {
    let hours = |name: &str, from: &str, count: usize| {
        let zone = zone(name);
        let mut hours = vec![at(from)];
        for _ in 0..count {
            hours.push(zone.hour_after(*hours.last().unwrap()));
        }
        let minutes = hours
            .windows(2)
            .map(|two| (two[1].micros() - two[0].micros()) / MINUTE);
        minutes.collect::<Vec<_>>()
    };
    assert_eq!(
        hours("Europe/Berlin", "2026-10-25T00:00:00Z", 3),
        [60, 60, 60]
    );
    assert_eq!(hours("Asia/Kathmandu", "2026-10-25T00:00:00Z", 2), [15, 60]);
    // 30 minutes back at two o'clock, and forward.
    assert_eq!(
        hours("Australia/Lord_Howe", "2026-04-04T14:00:00Z", 4),
        [60, 30, 60, 60]
    );
    assert_eq!(
        hours("Australia/Lord_Howe", "2026-10-03T14:30:00Z", 4),
        [60, 30, 60, 60]
    );
}

/// The clocks went back at one minute past midnight, and showed the day before once more.
#[test]
fn a_day_that_begins_twice_begins_once() {
    let zone = zone("America/St_Johns");
    let begins = at("2010-11-07T02:30:00Z");
    assert_eq!(zone.midnight(day("2010-11-07")), begins);
    let within = Instant::from_micros(begins.micros() + 30 * MINUTE);
    assert_eq!(zone.shown_at(within).day(), day("2010-11-06"));
    assert_eq!(zone.day_after(within), at("2010-11-08T03:30:00Z"));
}

#[test]
fn the_ends_of_the_calendar_have_hours_days_and_months() {
    let last = Day::from_ymd(9999, 12, 31).unwrap();
    let end = last.next().start();
    for (name, offset) in [
        ("UTC", 0),
        ("Pacific/Kiritimati", 14),
        ("Pacific/Niue", -11),
    ] {
        let zone = zone(name);
        let hours = |hours: i64| Instant::from_micros(hours * MICROS_PER_HOUR);
        let local = |at: Instant| Instant::from_micros(at.micros() - hours(offset).micros());
        assert_eq!(zone.midnight(last), local(last.start()), "{name}");
        assert_eq!(zone.day_after(local(last.start())), local(end), "{name}");
        assert_eq!(zone.month_after(local(last.start())), local(end), "{name}");
        let hour = zone.hour_after(local(last.start()));
        assert_eq!(
            hour.micros() - local(last.start()).micros(),
            MICROS_PER_HOUR,
            "{name}"
        );
        let first = Day::from_ymd(1, 1, 1).unwrap().start();
        for next in [
            zone.hour_after(first),
            zone.day_after(first),
            zone.month_after(first),
        ] {
            assert!(first < next, "{name}");
        }
    }
    for extreme in [i64::MIN, i64::MAX] {
        let extreme = Instant::from_micros(extreme);
        let zone = zone("Europe/Berlin");
        let _ = (
            zone.shown_at(extreme),
            zone.first_showing(extreme),
            zone.hour_after(extreme),
        );
    }
}

const ZONES: [&str; 12] = [
    "UTC",
    "Europe/Berlin",
    "Africa/Casablanca",
    "America/Havana",
    "America/New_York",
    "America/Santiago",
    "America/St_Johns",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Pacific/Niue",
];

/// The instants of a range at which an hour, a day or a month begins: minute by minute,
/// from what a clock on the wall shows.
fn reference(name: &str, from: Instant, minutes: i64) -> [Vec<Instant>; 3] {
    let wall = TimeZone::get(name).unwrap();
    let shown = |at: Instant| {
        let at = Timestamp::from_microsecond(at.micros()).unwrap();
        (wall.to_datetime(at), wall.to_offset(at))
    };
    let mut begin = [Vec::new(), Vec::new(), Vec::new()];
    // A day has begun for good: what the clock shows once more changes nothing.
    let begun = Instant::from_micros(from.micros() - 120 * MINUTE);
    let mut latest = shown(begun).0.date();
    for minute in -119..=minutes {
        let before = shown(Instant::from_micros(from.micros() + (minute - 1) * MINUTE));
        let at = Instant::from_micros(from.micros() + minute * MINUTE);
        let now = shown(at);
        let hour = |of: &(jiff::civil::DateTime, Offset)| (of.0.date(), of.0.hour(), of.1);
        if hour(&before) != hour(&now) {
            begin[0].push(at);
        }
        let date = now.0.date();
        if latest < date {
            begin[1].push(at);
            if (latest.year(), latest.month()) != (date.year(), date.month()) {
                begin[2].push(at);
            }
            latest = date;
        }
    }
    begin.map(|all| all.into_iter().filter(|at| from < *at).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn hours_days_and_months_are_those_of_a_clock_on_the_wall(
        name in prop::sample::select(&ZONES[..]),
        // Whole days from 2000 to 2040, and more of the days on which clocks are changed.
        from in prop_oneof![10_957_i64..25_567, (0i64..40).prop_map(|year| 10_957 + year * 365 + 300)],
        hours in 0i64..24,
    ) {
        let (days, zone) = (34, zone(name));
        let from = Instant::from_micros(from * MICROS_PER_DAY + hours * MICROS_PER_HOUR);
        let end = Instant::from_micros(from.micros() + days * MICROS_PER_DAY);
        let expected = reference(name, from, days * 24 * 60);
        type After = fn(&Zone, Instant) -> Instant;
        let afters: [After; 3] = [Zone::hour_after, Zone::day_after, Zone::month_after];
        for (after, expected) in afters.into_iter().zip(expected) {
            let mut found = Vec::new();
            let mut next = after(&zone, from);
            while next <= end {
                found.push(next);
                next = after(&zone, next);
            }
            prop_assert_eq!(found, expected);
        }
    }
}
