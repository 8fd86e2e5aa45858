use super::*;
use crate::decimal::ExcessDecimals;

fn micros(version: &MeterVersion, raw: &str) -> Option<u64> {
    match version.read(Some(raw)) {
        Ok(Reading::Session { micros }) => Some(micros),
        _ => None,
    }
}

#[test]
fn unique_and_count_look_at_no_field() {
    for aggregation in [Aggregation::Unique, Aggregation::Count] {
        for raw in [None, Some("null"), Some("\"rubbish\"")] {
            let reading = version(aggregation).read(raw);
            assert_eq!(reading, Ok(Reading::Point(Quantity::ONE)));
        }
    }
}

#[test]
fn strings_and_numbers_read_alike() {
    for aggregation in [Aggregation::Sum, Aggregation::Max] {
        for raw in ["12.5", "\"12.5\"", "1.25e1", "\"012.50\""] {
            let reading = version(aggregation).read(Some(raw));
            assert_eq!(reading, Ok(Reading::Point(quantity("12.5"))), "{raw}");
        }
    }
}

#[test]
fn each_event_of_a_sum_is_rounded_up() {
    let mut sum = version(Aggregation::Sum);
    sum.round_up_each = Some(quantity("0.1"));
    for (raw, rounded) in [
        ("0", "0"),
        ("0.01", "0.1"),
        ("0.1", "0.1"),
        ("12.34", "12.4"),
    ] {
        assert_eq!(sum.read(Some(raw)), Ok(Reading::Point(quantity(rounded))));
    }
    sum.round_up_each = Some(Quantity::from_scaled(i128::MAX));
    assert_eq!(
        sum.read(Some("1")),
        Ok(Reading::Point(Quantity::from_scaled(i128::MAX)))
    );
}

#[test]
fn sessions_are_whole_microseconds_of_up_to_31_days() {
    for aggregation in [Aggregation::Hours, Aggregation::Peak] {
        let session = version(aggregation);
        for (raw, expected) in [
            ("0", 0),
            ("\"1800\"", 1_800_000_000),
            ("0.000001", 1),
            ("1e-6", 1),
            ("2678400", 2_678_400_000_000),
        ] {
            assert_eq!(micros(&session, raw), Some(expected), "{raw}");
        }
        let field = || "seconds".to_owned();
        for raw in ["2678400.000001", "2678401", "999999999999"] {
            assert_eq!(
                session.read(Some(raw)),
                Err(ReadError::TooLong { field: field() })
            );
        }
        for raw in ["0.0000001", "1.000000001"] {
            assert_eq!(
                session.read(Some(raw)),
                Err(ReadError::TooFine { field: field() })
            );
        }
    }
}

#[test]
fn what_cannot_be_read_names_the_field() {
    use crate::quantity::QuantityError as Why;
    let sum = version(Aggregation::Sum);
    for raw in [None, Some("null")] {
        let error = sum.read(raw).unwrap_err();
        assert_eq!(
            error,
            ReadError::Missing {
                field: "minutes".to_owned()
            }
        );
        assert_eq!(error.field(), "minutes");
        assert!(error.to_string().contains("data.minutes"));
    }
    for (raw, why) in [
        ("", Why::NotADecimal),
        ("\"", Why::NotADecimal),
        ("\"\"", Why::NotADecimal),
        ("true", Why::NotADecimal),
        ("[1]", Why::NotADecimal),
        ("{}", Why::NotADecimal),
        ("\"1e3\"", Why::NotADecimal),
        ("\"\\u0031\"", Why::NotADecimal),
        ("-1", Why::Negative),
        ("1e15", Why::TooLarge),
        ("1e-10", Why::TooManyDecimals),
    ] {
        let error = sum.read(Some(raw)).unwrap_err();
        assert_eq!(
            error,
            ReadError::Unreadable {
                field: "minutes".to_owned(),
                why
            },
            "{raw}"
        );
        assert_eq!(error.to_string(), format!("data.minutes {why}"));
    }
}

#[test]
fn what_cannot_be_read_counts_as_0_where_the_meter_says_so() {
    for raw in [None, Some("null"), Some("\"x\""), Some("-1"), Some("1e15")] {
        for (aggregation, nothing) in [
            (Aggregation::Sum, Reading::Point(Quantity::ZERO)),
            (Aggregation::Max, Reading::Point(Quantity::ZERO)),
            (Aggregation::Hours, Reading::Session { micros: 0 }),
            (Aggregation::Peak, Reading::Session { micros: 0 }),
        ] {
            let mut version = version(aggregation);
            assert!(version.read(raw).is_err());
            version.unreadable = Unreadable::Skip;
            assert!(version.read(raw).is_err());
            version.unreadable = Unreadable::Zero;
            assert_eq!(version.read(raw), Ok(nothing));
            assert!(version.measure(raw).is_err());
        }
    }
    let mut sum = version(Aggregation::Sum);
    sum.unreadable = Unreadable::Zero;
    sum.round_up_each = Some(quantity("5"));
    assert_eq!(sum.read(None), Ok(Reading::Point(Quantity::ZERO)));
    assert_eq!(sum.read(Some("1")), Ok(Reading::Point(quantity("5"))));
}

#[test]
fn numbers_of_programs_are_cut_or_rounded() {
    let mut sum = version(Aggregation::Sum);
    let read = |sum: &MeterVersion, raw: &str| match sum.read(Some(raw)) {
        Ok(Reading::Point(quantity)) => Some(quantity.to_string()),
        _ => None,
    };
    for (raw, cut, rounded) in [
        ("0.30000000000000004", "0.3", "0.3"),
        ("\"0.30000000000000004\"", "0.3", "0.3"),
        ("2.9999999999999996", "2.999999999", "3"),
        ("0.0000000005", "0", "0.000000001"),
        ("0.00000000049", "0", "0"),
        ("1e-400", "0", "0"),
        ("-0", "0", "0"),
        ("12.5", "12.5", "12.5"),
    ] {
        sum.excess_decimals = ExcessDecimals::Cut;
        assert_eq!(read(&sum, raw).as_deref(), Some(cut), "{raw}");
        sum.excess_decimals = ExcessDecimals::Round;
        assert_eq!(read(&sum, raw).as_deref(), Some(rounded), "{raw}");
    }
    // Only decimals are in excess: other limits hold.
    for raw in [
        "999999999999999.9999999995",
        "1e15",
        "-0.0000000001",
        "\"1e-10\"",
    ] {
        assert_eq!(read(&sum, raw), None, "{raw}");
    }
    sum.round_up_each = Some(Quantity::ONE);
    assert_eq!(
        read(&sum, "2.0000000004").as_deref(),
        Some("2"),
        "rounded first"
    );
    sum.excess_decimals = ExcessDecimals::Reject;
    assert_eq!(read(&sum, "0.30000000000000004"), None);
}

#[test]
fn durations_of_programs_are_cut_or_rounded_to_microseconds() {
    for aggregation in [Aggregation::Hours, Aggregation::Peak] {
        let mut session = version(aggregation);
        for (raw, cut, rounded) in [
            ("1.0000005", Some(1_000_000), Some(1_000_001)),
            ("1.00000049999", Some(1_000_000), Some(1_000_000)),
            ("0.0000009", Some(0), Some(1)),
            (
                "2678400.0000004",
                Some(2_678_400_000_000),
                Some(2_678_400_000_000),
            ),
            ("2678400.0000005", Some(2_678_400_000_000), None),
        ] {
            session.excess_decimals = ExcessDecimals::Cut;
            assert_eq!(micros(&session, raw), cut, "{raw}");
            session.excess_decimals = ExcessDecimals::Round;
            assert_eq!(micros(&session, raw), rounded, "{raw}");
        }
    }
}
