use super::*;

#[test]
fn aggregations_are_spelt_in_lower_case() {
    for aggregation in ALL {
        assert_eq!(aggregation.to_string().parse(), Ok(aggregation));
        assert_eq!(
            aggregation.to_string(),
            aggregation.to_string().to_lowercase()
        );
    }
    for text in ["", "Sum", "average"] {
        let refused = MeterError::UnknownAggregation(text.to_owned());
        assert_eq!(text.parse::<Aggregation>(), Err(refused));
    }
}

#[test]
fn session_meters_read_seconds_unless_told_otherwise() {
    let mut hours = version(Aggregation::Hours);
    assert_eq!(hours.field(), Some("seconds"));
    hours.quantity = Some("duration".to_owned());
    assert_eq!(hours.field(), Some("duration"));
    assert_eq!(hours.validate(), Ok(()));
    assert_eq!(version(Aggregation::Sum).field(), Some("minutes"));
    assert_eq!(version(Aggregation::Count).field(), None);
}

/// A setting, how to set it, and the aggregations that it goes with.
type Setting = (&'static str, fn(&mut MeterVersion), &'static [Aggregation]);

#[test]
fn each_option_goes_with_its_aggregations_only() {
    let options: [Setting; 4] = [
        (
            "quantity",
            |version| version.quantity = Some("units".to_owned()),
            &[
                Aggregation::Sum,
                Aggregation::Max,
                Aggregation::Hours,
                Aggregation::Peak,
            ],
        ),
        (
            "round_up_each",
            |version| version.round_up_each = Some(quantity("0.1")),
            &[Aggregation::Sum],
        ),
        (
            "family",
            |version| version.family = family("named", 1),
            &[Aggregation::Unique],
        ),
        (
            "peak_minutes",
            |version| version.peak_minutes = 5,
            &[Aggregation::Peak],
        ),
    ];
    for aggregation in ALL {
        assert_eq!(version(aggregation).validate(), Ok(()));
        for (setting, set, goes_with) in &options {
            let mut version = version(aggregation);
            set(&mut version);
            let refused = MeterError::NotApplicable {
                setting,
                aggregation,
            };
            let expected = if goes_with.contains(&aggregation) {
                Ok(())
            } else {
                Err(refused)
            };
            assert_eq!(version.validate(), expected, "{aggregation} {setting}");
        }
    }
}

#[test]
fn limits_are_kept() {
    let check = |aggregation, change: &dyn Fn(&mut MeterVersion)| {
        let mut version = version(aggregation);
        change(&mut version);
        version.validate()
    };
    let length = |setting| Err(MeterError::Length { setting });
    let (sum, peak, unique) = (Aggregation::Sum, Aggregation::Peak, Aggregation::Unique);
    assert_eq!(check(sum, &|v| v.version = 0), Err(MeterError::VersionZero));
    assert_eq!(check(sum, &|v| v.event_type.clear()), length("event_type"));
    assert_eq!(check(sum, &|v| v.event_type = "é".repeat(64)), Ok(()));
    assert_eq!(
        check(sum, &|v| v.event_type = "é".repeat(65)),
        length("event_type")
    );
    for field in ["a\"b", "a\\b", "a\nb"] {
        assert_eq!(
            check(sum, &|v| v.quantity = Some(field.to_owned())),
            Err(MeterError::FieldName)
        );
    }
    assert_eq!(
        check(sum, &|v| v.quantity = None),
        Err(MeterError::QuantityRequired(sum))
    );
    assert_eq!(
        check(sum, &|v| v.quantity = Some(String::new())),
        length("quantity")
    );
    let zero = Some(Quantity::ZERO);
    assert_eq!(
        check(sum, &|v| v.round_up_each = zero),
        Err(MeterError::StepNotPositive)
    );
    assert_eq!(
        check(unique, &|v| v.family = family("", 1)),
        length("family")
    );
    for (minutes, fine) in [(0, false), (1, true), (44_640, true), (44_641, false)] {
        let result = check(peak, &|v| v.peak_minutes = minutes);
        assert_eq!(
            result,
            if fine {
                Ok(())
            } else {
                Err(MeterError::PeakMinutes)
            }
        );
    }
}

#[test]
fn the_last_version_that_has_begun_holds() {
    let at = |number, begins| MeterVersion {
        version: number,
        begins: Day::from_number(begins),
        ..version(Aggregation::Count)
    };
    let meter = Meter {
        number: 1,
        name: "calls".to_owned(),
        versions: vec![at(1, 10), at(2, 20), at(3, 20), at(4, 30)],
    };
    for (day, number) in [
        (9, None),
        (10, Some(1)),
        (19, Some(1)),
        (20, Some(3)),
        (99, Some(4)),
    ] {
        let holds = meter
            .at(Day::from_number(day))
            .map(|version| version.version);
        assert_eq!(holds, number, "day {day}");
    }
}
