//! Where random worlds come from.

use exchequer_core::{Day, MICROS_PER_DAY};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::plan::{
    At, Content, DataPlan, EventPlan, KINDS, METERS, MeterPlan, NewPlan, Number, Plan, RangePlan,
    RequestPlan, SOURCES, SUBJECTS, Step, Twist, ValuePlan,
};

const NANOS: i128 = 1_000_000_000;
const LONGEST: i128 = 31 * 86_400 * NANOS;

fn at() -> impl Strategy<Value = At> {
    let day = prop_oneof![6 => 0i32..4, 3 => 0i32..33, 1 => -40i32..75];
    let micros = prop_oneof![
        1 => Just(0),
        1 => Just(1),
        1 => Just(MICROS_PER_DAY - 1),
        4 => (0i64..96).prop_map(|quarter| quarter * MICROS_PER_DAY / 96),
        2 => 0..MICROS_PER_DAY,
    ];
    (day, micros).prop_map(|(day, micros)| At { day, micros })
}

fn number() -> impl Strategy<Value = Number> {
    let nanos = prop_oneof![
        6 => (1i128..40).prop_map(|quarters| quarters * 900 * NANOS),
        1 => (0i128..31 * 96).prop_map(|quarters| quarters * 900 * NANOS),
        1 => select(vec![0, 1, 1_500, LONGEST, LONGEST - 1_000, LONGEST + 1_000]),
        1 => select(vec![999_999_999_999_999_999_999, 2_350_000_000, 100_000_001]),
        1 => (0..5_000 * NANOS).prop_map(|nanos| nanos / 1_000 * 1_000),
    ];
    let days = prop_oneof![1i64..3, 1i64..31];
    prop_oneof![
        3 => nanos.prop_map(Number::Nanos),
        1 => (days, -1i64..2).prop_map(|(days, micros)| Number::ToMidnight(days, micros)),
    ]
}

fn value() -> impl Strategy<Value = ValuePlan> {
    // Each as canonical JSON writes it.
    let unreadable = vec![
        "null",
        "\"x\"",
        "true",
        "-1",
        "\"-1\"",
        "\"1e3\"",
        "1.0000000001",
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

/// Sessions are the hardest to count, so every second event is one.
fn kind() -> impl Strategy<Value = u8> {
    prop_oneof![5 => Just(0u8), 5 => 0..KINDS.len() as u8]
}

fn organization() -> impl Strategy<Value = u8> {
    prop_oneof![3 => Just(0u8), 1 => 0u8..3]
}

fn subject() -> impl Strategy<Value = u8> {
    prop_oneof![2 => 0u8..3, 1 => 0..SUBJECTS.len() as u8]
}

fn source() -> impl Strategy<Value = u8> {
    0..SOURCES.len() as u8
}

fn twist() -> impl Strategy<Value = Twist> {
    prop_oneof![
        data().prop_map(Twist::Data),
        subject().prop_map(Twist::Subject),
        kind().prop_map(Twist::Kind),
        (select(vec![0, 0, -1, 1, 61, -30]), -1i64..2).prop_map(|(d, m)| Twist::Time(d, m)),
        organization().prop_map(Twist::Organization),
        source().prop_map(Twist::Source),
    ]
}

fn event() -> impl Strategy<Value = EventPlan> {
    let content = prop_oneof![
        10 => new().prop_map(Content::New),
        2 => any::<Index>().prop_map(Content::Repeat),
        2 => (any::<Index>(), twist()).prop_map(|(of, twist)| Content::Twist(of, twist)),
        1 => (any::<Index>(), new()).prop_map(|(of, plan)| Content::Void(of, plan)),
        1 => new().prop_map(Content::VoidLater),
        1 => any::<Index>().prop_map(Content::Later),
    ];
    (content, any::<u8>()).prop_map(|(content, style)| EventPlan { content, style })
}

fn new() -> impl Strategy<Value = NewPlan> {
    let new = (organization(), source(), kind(), subject(), at(), data());
    new.prop_map(|(organization, source, kind, subject, at, data)| NewPlan {
        organization,
        source,
        kind,
        subject,
        at,
        data,
    })
}

fn request() -> impl Strategy<Value = RequestPlan> {
    let by_customer = proptest::bool::weighted(0.2);
    let parts = (by_customer, any::<bool>(), vec(event(), 1..10));
    parts.prop_map(|(by_customer, ndjson, events)| RequestPlan {
        by_customer,
        ndjson,
        events,
    })
}

fn meter() -> impl Strategy<Value = MeterPlan> {
    let effective = prop_oneof![
        3 => Just(None),
        2 => (0i32..8).prop_map(Some),
        1 => (-10i32..40).prop_map(Some),
    ];
    let steps = vec![1, 7, 100_000_000, 60_000_000_000];
    let parts = (
        0..METERS.len(),
        effective,
        kind(),
        0u8..2,
        option::of(select(steps)),
        select(vec![1, 15, 30, 60, 600]),
        option::of(0u32..3),
    );
    parts.prop_map(
        |(meter, effective, kind, field, round_up_each, peak_minutes, rank)| MeterPlan {
            meter,
            effective,
            kind,
            field,
            round_up_each,
            peak_minutes,
            rank,
        },
    )
}

fn range() -> impl Strategy<Value = RangePlan> {
    prop_oneof![
        3 => (-2i32..6, 1i32..5).prop_map(|(first, days)| RangePlan::Days(first, first + days)),
        2 => (-40i32..40, 1i32..70).prop_map(|(first, days)| RangePlan::Days(first, first + days)),
        4 => (at(), at()).prop_map(|(a, b)| RangePlan::Between(a, b)),
        1 => at().prop_map(RangePlan::Empty),
        3 => (any::<Index>(), -1i64..2, -1i64..2)
            .prop_map(|(event, start, end)| RangePlan::Around(event, start, end)),
        2 => Just(RangePlan::Long),
    ]
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
    // Ends of long and short months and of a year; the first days that events
    // may have, and the last.
    let days = [
        (2024, 2, 26),
        (2025, 2, 26),
        (2026, 1, 29),
        (2026, 4, 28),
        (2025, 12, 29),
        (2000, 1, 1),
        (2026, 11, 12),
    ];
    let days = days.map(|(y, m, d)| Day::from_ymd(y, m, d).unwrap());
    let parts = (
        select(days.to_vec()),
        vec(meter(), 4..14),
        vec(step(), 1..40),
    );
    parts.prop_map(|(base, meters, steps)| Plan {
        base,
        meters,
        steps,
    })
}
