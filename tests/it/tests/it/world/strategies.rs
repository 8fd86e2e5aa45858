//! Strategies for random worlds over HTTP.

use exchequer_support::random_world::generate::{self, number, organization, range};
use exchequer_support::random_world::plan::MeterPlan;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::plan::{DataPlan, FIELDS, METERS, Plan, RequestPlan, SentPlan, Step, ValuePlan, words};

fn value() -> impl Strategy<Value = ValuePlan> {
    // Each as canonical JSON writes it.
    let unreadable = vec![
        "null",
        "\"x\"",
        "true",
        "-1",
        "\"-1\"",
        "\"1e3\"",
        "1000000000000000",
        "[1]",
    ];
    prop_oneof![
        8 => number().prop_map(ValuePlan::Text),
        4 => number().prop_map(ValuePlan::Number),
        1 => select(unreadable).prop_map(ValuePlan::Unreadable),
    ]
}

fn data() -> impl Strategy<Value = DataPlan> {
    let minutes = option::weighted(0.8, value());
    let seconds = option::weighted(0.9, value());
    option::weighted(
        0.9,
        (minutes, seconds).prop_map(|(minutes, seconds)| [minutes, seconds]),
    )
}

fn sent() -> impl Strategy<Value = SentPlan> {
    let event = generate::event(&words(), data().boxed());
    (event, any::<u8>()).prop_map(|(event, style)| SentPlan { event, style })
}

fn meter() -> impl Strategy<Value = MeterPlan> {
    generate::meter(&words(), METERS.len(), FIELDS.len() as u8)
}

fn request() -> impl Strategy<Value = RequestPlan> {
    let by_customer = proptest::bool::weighted(0.2);
    let parts = (by_customer, any::<bool>(), vec(sent(), 1..10));
    parts.prop_map(|(by_customer, ndjson, events)| RequestPlan {
        by_customer,
        ndjson,
        events,
    })
}

fn step() -> impl Strategy<Value = Step> {
    let together = (
        [request(), request()],
        (organization(), range()),
        any::<bool>(),
    );
    let together = together.prop_map(|(requests, report, fold)| Step::Together {
        requests: Box::new(requests),
        report,
        fold,
    });
    prop_oneof![
        6 => request().prop_map(Step::Send),
        4 => together,
        2 => any::<Index>().prop_map(Step::SendAgain),
        3 => Just(Step::Fold),
        1 => Just(Step::Restart),
        3 => meter().prop_map(Step::Meter),
        8 => (organization(), range()).prop_map(|(of, range)| Step::Report(of, range)),
    ]
}

/// A world of some dozens of steps.
pub(crate) fn plan() -> impl Strategy<Value = Plan> {
    let parts = (
        // The last days that events may have: now is 15 November.
        generate::base(&[(2026, 11, 12)]),
        vec(meter(), 4..14),
        vec(step(), 1..40),
    );
    parts.prop_map(|(base, meters, steps)| Plan {
        base,
        meters,
        steps,
    })
}
