//! Meters as a plan wants them, in the domain and on the wire.

use exchequer_core::{
    Aggregation, Day, ExcessDecimals, Family, Meter, MeterVersion, Quantity, Spelling, Unreadable,
};
use serde_json::{Value, json};

use exchequer_support::random_world::plan::MeterPlan;

use super::plan::{FIELDS, KINDS, METERS};
use super::wire;

/// The meter that `populate` makes.
pub(crate) fn logins() -> Meter {
    let plan = MeterPlan {
        meter: 0,
        begins: None,
        kind: 1,
        field: 0,
        step: None,
        peak_minutes: 30,
        family: None,
        unreadable: Unreadable::Reject,
        excess_decimals: ExcessDecimals::Reject,
        resources: Spelling::Exact,
    };
    let first = Day::from_ymd(2000, 1, 1).unwrap();
    Meter {
        number: 1,
        name: METERS[0].0.to_owned(),
        versions: vec![meter_version(&plan, METERS[0], 1, first)],
    }
}

pub(crate) fn meter_version(
    plan: &MeterPlan,
    (name, aggregation): (&str, Aggregation),
    version: u32,
    begins: Day,
) -> MeterVersion {
    let field = FIELDS[plan.field as usize];
    let quantity = match aggregation {
        Aggregation::Sum | Aggregation::Max => Some(field),
        Aggregation::Unique | Aggregation::Count => None,
        // Every other session meter reads the field of its default.
        Aggregation::Hours | Aggregation::Peak => (field == "minutes").then_some(field),
    };
    let sum = aggregation == Aggregation::Sum;
    let step = plan.step.filter(|_| sum);
    let peak = aggregation == Aggregation::Peak;
    let family = plan.family.filter(|_| aggregation == Aggregation::Unique);
    let reads = aggregation.reads_quantity();
    MeterVersion {
        version,
        begins,
        event_type: KINDS[plan.kind as usize].to_owned(),
        aggregation,
        quantity: quantity.map(str::to_owned),
        round_up_each: step.map(Quantity::from_scaled),
        peak_minutes: if peak { plan.peak_minutes } else { 30 },
        family: family.map(|(name, rank)| Family {
            name: format!("family-{name}"),
            rank,
        }),
        // Some are renamed, so that reports sort them otherwise.
        shown_as: (plan.kind == 0).then(|| format!("renamed {name} {}", plan.field)),
        unreadable: if reads {
            plan.unreadable
        } else {
            Unreadable::Reject
        },
        excess_decimals: if reads {
            plan.excess_decimals
        } else {
            ExcessDecimals::Reject
        },
        resources: plan.resources,
        revision: u64::from(version),
    }
}

pub(crate) fn counts_like(a: &MeterVersion, b: &MeterVersion) -> bool {
    rule(a, None) == rule(b, None)
}

/// A version as the body of its PUT.
pub(crate) fn rule(version: &MeterVersion, effective: Option<Day>) -> Value {
    let mut body = json!({
        "eventType": version.event_type,
        "aggregation": version.aggregation.to_string(),
    });
    let optional = [
        (
            "quantity",
            version.quantity.as_ref().map(|name| json!(name)),
        ),
        (
            "roundUpEach",
            version
                .round_up_each
                .map(|step| json!(wire::decimal(step.scaled() * 1_000))),
        ),
        (
            "family",
            version.family.as_ref().map(|family| json!(family.name)),
        ),
        (
            "rank",
            version.family.as_ref().map(|family| json!(family.rank)),
        ),
        ("shownAs", version.shown_as.as_ref().map(|name| json!(name))),
        (
            "unreadable",
            (version.aggregation.reads_quantity()).then(|| json!(version.unreadable.as_str())),
        ),
        (
            "excessDecimals",
            (version.excess_decimals != ExcessDecimals::Reject)
                .then(|| json!(version.excess_decimals.as_str())),
        ),
        (
            "resources",
            (version.resources != Spelling::Exact).then(|| json!(version.resources.as_str())),
        ),
        ("effective", effective.map(|day| json!(day.to_string()))),
    ];
    let peak = version.aggregation == Aggregation::Peak;
    let peak = peak.then(|| ("peakMinutes", json!(version.peak_minutes)));
    let set = optional
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)));
    for (name, value) in set.chain(peak) {
        body[name] = value;
    }
    body
}
