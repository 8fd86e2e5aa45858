use proptest::prelude::*;

use super::*;

/// A compact description of a version: first day, event type, family and rank.
type Sketch = (i32, u8, Option<(u8, u32)>);

fn build(sketches: &[Vec<Sketch>]) -> Vec<Meter> {
    let meter = |(number, versions): (u32, &Vec<Sketch>)| Meter {
        number,
        // Names in an order that is not that of the numbers.
        name: format!("meter-{}", number.reverse_bits()),
        versions: (1..)
            .zip(versions)
            .map(|(number, sketch)| from_sketch(number, *sketch))
            .collect(),
    };
    (0..).zip(sketches).map(meter).collect()
}

fn from_sketch(number: u32, (begins, kind, place): Sketch) -> MeterVersion {
    MeterVersion {
        version: number,
        begins: Day::from_number(begins),
        event_type: format!("type-{kind}"),
        family: place.and_then(|(name, rank)| family(&format!("family-{name}"), rank)),
        revision: u64::from(number) * 10,
        ..version(Aggregation::Unique)
    }
}

fn sketches(
    place: impl Strategy<Value = Option<(u8, u32)>>,
) -> impl Strategy<Value = Vec<Vec<Sketch>>> {
    let versions = prop::collection::vec((0i32..8, 0u8..3, place), 1..4);
    prop::collection::vec(versions, 0..6)
}

/// The version that holds, found by looking at each.
fn holds(meter: &Meter, day: Day) -> Option<&MeterVersion> {
    let begun = meter
        .versions
        .iter()
        .filter(|version| version.begins <= day);
    begun.max_by_key(|version| (version.begins, version.version))
}

fn clash_on_some_day(meters: &[Meter]) -> bool {
    (-1..10).map(Day::from_number).any(|day| {
        let places: Vec<&Family> = meters
            .iter()
            .filter_map(|meter| holds(meter, day)?.family.as_ref())
            .collect();
        (1..places.len()).any(|place| places[..place].contains(&places[place]))
    })
}

fn one(name: &str, number: u32, versions: Vec<MeterVersion>) -> Meter {
    Meter {
        number,
        name: name.to_owned(),
        versions,
    }
}

#[test]
fn an_empty_set_listens_to_nothing() {
    let set = MeterSet::default();
    assert_eq!(set, MeterSet::new(Vec::new()).unwrap());
    assert_eq!(set.revision(), 0);
    assert_eq!(set.listening("type-0", Day::from_number(0)).count(), 0);
    assert_eq!(set.by_name("calls"), None);
}

#[test]
fn meters_of_a_set_must_be_told_apart() {
    let count = || vec![version(Aggregation::Count)];
    let refuse = |meters| MeterSet::new(meters).unwrap_err();
    assert_eq!(
        refuse(vec![one("a", 1, count()), one("a", 2, count())]),
        MeterError::DuplicateName("a".to_owned())
    );
    assert_eq!(
        refuse(vec![one("a", 1, count()), one("b", 1, count())]),
        MeterError::DuplicateNumber(1)
    );
    assert_eq!(
        refuse(vec![one("a", 1, Vec::new())]),
        MeterError::NoVersion("a".to_owned())
    );
    assert_eq!(
        refuse(vec![one("", 1, count())]),
        MeterError::Length { setting: "name" }
    );
    assert_eq!(
        refuse(vec![one("a", 1, [count(), count()].concat())]),
        MeterError::DuplicateVersion {
            meter: "a".to_owned(),
            version: 1
        }
    );
}

#[test]
fn a_meter_keeps_its_aggregation() {
    let later = MeterVersion {
        version: 2,
        ..version(Aggregation::Max)
    };
    let meter = one("a", 1, vec![version(Aggregation::Sum), later]);
    let refused = MeterSet::new(vec![meter]).unwrap_err();
    assert_eq!(refused, MeterError::AggregationChanged("a".to_owned()));
}

#[test]
fn a_faulty_version_is_named() {
    let faulty = MeterVersion {
        event_type: String::new(),
        ..version(Aggregation::Count)
    };
    let refused = MeterSet::new(vec![one("calls", 1, vec![faulty])]).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "meter \"calls\", version 1: event_type must have 1 to 128 bytes"
    );
}

#[test]
fn a_clash_of_ranks_is_named() {
    let sketches = [
        vec![(0, 0, Some((0, 3)))],
        vec![(0, 0, Some((0, 1))), (5, 0, Some((0, 3)))],
    ];
    let mut meters = build(&sketches);
    meters[0].name = "cx-3".to_owned();
    meters[1].name = "cx-4".to_owned();
    assert_eq!(
        MeterSet::new(meters).unwrap_err().to_string(),
        "meters \"cx-3\" and \"cx-4\" both have rank 3 in family \"family-0\" on 1970-01-06"
    );
}

#[test]
fn a_name_in_reports_is_of_one_meter_for_ever() {
    let named = |number: u32, name: &str, shown: &[Option<&str>]| Meter {
        number,
        name: name.to_owned(),
        versions: (1..)
            .zip(shown)
            .map(|(number, shown)| MeterVersion {
                version: number,
                begins: Day::from_number(number as i32 * 10),
                shown_as: shown.map(str::to_owned),
                ..version(Aggregation::Unique)
            })
            .collect(),
    };
    let set = MeterSet::new(vec![
        named(1, "a", &[None, Some("b"), None]),
        named(2, "z", &[Some("y")]),
    ])
    .unwrap();
    let shown = |name, day| set.by_name(name).unwrap().shown_on(Day::from_number(day));
    // Before a meter begins it has its first name.
    assert_eq!(
        [5, 10, 20, 29, 30].map(|day| shown("a", day)),
        ["a", "a", "b", "b", "a"]
    );
    assert_eq!([5, 10].map(|day| shown("z", day)), ["y", "y"]);
    for (name, number) in [("a", Some(1)), ("b", Some(1)), ("y", Some(2)), ("x", None)] {
        assert_eq!(set.find(name).map(|meter| meter.number), number);
    }
    for taken in ["a", "b"] {
        let meters = vec![
            named(1, "a", &[None, Some("b"), None]),
            named(2, "z", &[Some(taken), None]),
        ];
        assert_eq!(
            MeterSet::new(meters),
            Err(MeterError::DuplicateName(taken.to_owned()))
        );
    }
    let empty = named(1, "a", &[Some("")]);
    assert!(matches!(
        MeterSet::new(vec![empty]),
        Err(MeterError::InVersion { .. })
    ));
}

proptest! {
    #[test]
    fn listening_equals_a_linear_scan(
        sketches in sketches(Just(None)), kind in 0u8..4, day in -1i32..10,
    ) {
        let mut meters = build(&sketches);
        let set = MeterSet::new(meters.clone()).unwrap();
        meters.sort_by(|a, b| a.name.cmp(&b.name));
        let (event_type, day) = (format!("type-{kind}"), Day::from_number(day));
        let expected: Vec<(&str, &MeterVersion)> = meters
            .iter()
            .filter_map(|meter| Some((meter.name.as_str(), holds(meter, day)?)))
            .filter(|(_, version)| version.event_type == event_type)
            .collect();
        let listening: Vec<(&str, &MeterVersion)> = set
            .listening(&event_type, day)
            .map(|(meter, version)| (meter.name.as_str(), version))
            .collect();
        prop_assert_eq!(listening, expected);
    }

    #[test]
    fn a_set_finds_its_meters(sketches in sketches(Just(None))) {
        let meters = build(&sketches);
        let set = MeterSet::new(meters.clone()).unwrap();
        prop_assert!(set.meters().is_sorted_by_key(|meter| &meter.name));
        prop_assert_eq!(set.meters().len(), meters.len());
        for meter in &meters {
            prop_assert_eq!(set.by_name(&meter.name).map(|found| found.number), Some(meter.number));
        }
        let longest = sketches.iter().map(Vec::len).max().unwrap_or(0);
        prop_assert_eq!(set.revision(), longest as u64 * 10);
    }

    #[test]
    fn equal_ranks_are_refused_exactly_when_they_meet(
        sketches in sketches(prop::option::of((0u8..2, 0u32..4))),
    ) {
        let meters = build(&sketches);
        let clash = clash_on_some_day(&meters);
        let refused = matches!(MeterSet::new(meters), Err(MeterError::EqualRanks { .. }));
        prop_assert_eq!(refused, clash);
    }
}
