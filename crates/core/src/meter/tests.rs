use super::*;
use crate::quantity::Quantity;
use crate::time::Day;

mod definition;
mod reading;
mod set;
mod settings;

/// A version that is valid for every aggregation.
fn version(aggregation: Aggregation) -> MeterVersion {
    let needs_field = matches!(aggregation, Aggregation::Sum | Aggregation::Max);
    MeterVersion {
        version: 1,
        begins: Day::from_number(0),
        event_type: "call.ended".to_owned(),
        aggregation,
        quantity: needs_field.then(|| "minutes".to_owned()),
        round_up_each: None,
        peak_minutes: DEFAULT_PEAK_MINUTES,
        family: None,
        shown_as: None,
        unreadable: Default::default(),
        excess_decimals: Default::default(),
        resources: Default::default(),
        revision: 1,
    }
}

fn family(name: &str, rank: u32) -> Option<Family> {
    Some(Family {
        name: name.to_owned(),
        rank,
    })
}

fn quantity(text: &str) -> Quantity {
    Quantity::parse(text).unwrap()
}

const ALL: [Aggregation; 6] = [
    Aggregation::Unique,
    Aggregation::Sum,
    Aggregation::Count,
    Aggregation::Max,
    Aggregation::Hours,
    Aggregation::Peak,
];
