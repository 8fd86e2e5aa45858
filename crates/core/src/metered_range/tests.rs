use jiff::Timestamp;

use super::*;
use crate::period::Calendar;

fn at(text: &str) -> Instant {
    let timestamp: Timestamp = text.parse().unwrap();
    Instant::from_micros(timestamp.as_microsecond())
}

fn range(start: &str, end: &str) -> TimeRange {
    TimeRange::new(at(start), at(end)).unwrap()
}

fn october(zone: &str) -> String {
    let mut zones = ContractZones::default();
    zones.add(at("2026-01-01T00:00:00Z"), None, zone).unwrap();
    let utc = range("2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z");
    zones.metered(utc).last_day.to_string()
}

#[test]
fn a_month_of_utc_ends_with_its_own_last_day_wherever_the_contract_is() {
    for zone in [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Pacific/Kiritimati",
        "Pacific/Pago_Pago",
    ] {
        assert_eq!(october(zone), "2026-10-31", "{zone}");
    }
}

#[test]
fn a_period_ends_with_its_own_last_day_wherever_the_contract_is() {
    for zone in [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "America/Havana",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
        "Pacific/Kiritimati",
        "Pacific/Pago_Pago",
    ] {
        let start = "2026-01-01".parse().unwrap();
        let calendar = Calendar::new(zone, start, None).unwrap();
        for number in 0..14 {
            let period = calendar.period(number).unwrap();
            let last = period.next.yesterday().unwrap().to_string();
            let metered = calendar.metered(period.range);
            assert_eq!(metered.last_day.to_string(), last, "{zone}");
            // As whoever reads only the borders of contracts finds it.
            let mut zones = ContractZones::default();
            zones
                .add(calendar.midnight(start), calendar.ends(), zone)
                .unwrap();
            assert_eq!(zones.metered(period.range), metered, "{zone}");
        }
    }
}

#[test]
fn the_contract_at_the_last_instant_says_whose_day_it_is() {
    let mut zones = ContractZones::default();
    let border = at("2026-11-01T04:00:00Z");
    zones
        .add(at("2026-01-01T05:00:00Z"), Some(border), "America/New_York")
        .unwrap();
    zones.add(border, None, "Europe/Berlin").unwrap();
    for (end, day) in [
        ("2026-11-01T03:00:00Z", "2026-10-31"),
        ("2026-11-01T04:00:00Z", "2026-10-31"),
        ("2026-11-01T04:00:01Z", "2026-11-01"),
        // Before the first contract there is none.
        ("2026-01-01T04:00:00Z", "2026-01-01"),
        ("2026-01-01T05:00:01Z", "2026-01-01"),
    ] {
        let metered = zones.metered(range("2025-12-01T00:00:00Z", end));
        assert_eq!(metered.last_day.to_string(), day, "{end}");
        assert_eq!(
            metered.is_local(),
            metered != MeteredRange::utc(metered.range)
        );
    }
    assert!(zones.add(border, None, "Mars/Olympus").is_err());
}
