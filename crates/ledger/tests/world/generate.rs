//! Random worlds. They are plain data, so that a failing one shrinks to few
//! steps.

use exchequer_core::Day;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::plan::{
    At, EventPlan, FoldEnd, KINDS, METERS, MergeCrash, MeterPlan, NewPlan, Outcome, PagePlan, Plan,
    RangePlan, SOURCES, SUBJECTS, Step, Twist, WalkPlan,
};
use crate::quantities::data;
use crate::series::LENGTHS;

const DAY: i64 = 86_400_000_000;
const QUARTER: i64 = DAY / 96;

fn at() -> impl Strategy<Value = At> {
    let day = prop_oneof![6 => 0i32..4, 3 => 0i32..33, 1 => -40i32..75];
    let micros = prop_oneof![
        1 => Just(0),
        1 => Just(1),
        1 => Just(DAY - 1),
        4 => (0i64..96).prop_map(|quarter| quarter * QUARTER),
        2 => 0..DAY,
    ];
    (day, micros).prop_map(|(day, micros)| At { day, micros })
}

/// Sessions are the hardest to count, so every second event is one.
fn kind() -> impl Strategy<Value = u8> {
    prop_oneof![5 => Just(0u8), 5 => 0..KINDS.len() as u8]
}

fn organization() -> impl Strategy<Value = u8> {
    prop_oneof![3 => Just(0u8), 1 => 0u8..3]
}

fn subject() -> impl Strategy<Value = u8> {
    prop_oneof![2 => 0u8..4, 1 => 0..SUBJECTS.len() as u8]
}

fn event() -> impl Strategy<Value = EventPlan> {
    prop_oneof![
        12 => new().prop_map(EventPlan::New),
        2 => any::<Index>().prop_map(EventPlan::Repeat),
        2 => (any::<Index>(), twist()).prop_map(|(of, twist)| EventPlan::Twist(of, twist)),
        2 => (any::<Index>(), new()).prop_map(|(of, plan)| EventPlan::Void(of, plan)),
        1 => new().prop_map(EventPlan::VoidLater),
        1 => any::<Index>().prop_map(EventPlan::Later),
    ]
}

fn new() -> impl Strategy<Value = NewPlan> {
    let new = (
        organization(),
        0..SOURCES.len() as u8,
        kind(),
        subject(),
        at(),
        data(),
    );
    new.prop_map(|(organization, source, kind, subject, at, data)| NewPlan {
        organization,
        source,
        kind,
        subject,
        at,
        data,
    })
}

fn twist() -> impl Strategy<Value = Twist> {
    prop_oneof![
        data().prop_map(Twist::Data),
        subject().prop_map(Twist::Subject),
        kind().prop_map(Twist::Kind),
        (select(vec![0, 0, -1, 1, 61, -30]), -1i64..2).prop_map(|(d, m)| Twist::Time(d, m)),
        organization().prop_map(Twist::Organization),
        (0..SOURCES.len() as u8).prop_map(Twist::Source),
        Just(Twist::Voids),
    ]
}

fn meter() -> impl Strategy<Value = MeterPlan> {
    let begins = prop_oneof![
        3 => Just(None),
        2 => (0i32..8).prop_map(Some),
        1 => (-10i32..40).prop_map(Some),
    ];
    let step = prop_oneof![
        Just(None),
        select(vec![1, 7, 100_000_000, 60_000_000_000]).prop_map(Some)
    ];
    let peak_minutes = select(vec![1, 15, 30, 60, 600]);
    let family = proptest::option::of((0u8..2, 0u32..4));
    (
        0..METERS.len(),
        begins,
        kind(),
        0u8..3,
        step,
        peak_minutes,
        family,
    )
        .prop_map(
            |(meter, begins, kind, field, step, peak_minutes, family)| MeterPlan {
                meter,
                begins,
                kind,
                field,
                step,
                peak_minutes,
                family,
            },
        )
}

fn range() -> impl Strategy<Value = RangePlan> {
    prop_oneof![
        3 => (-2i32..6, 1i32..5).prop_map(|(first, days)| RangePlan::Days(first, first + days)),
        2 => (-40i32..40, 1i32..70).prop_map(|(first, days)| RangePlan::Days(first, first + days)),
        4 => (at(), at()).prop_map(|(a, b)| RangePlan::Between(a, b)),
        1 => at().prop_map(RangePlan::Empty),
        2 => (-31i32..62).prop_map(RangePlan::Month),
        3 => (any::<Index>(), -1i64..2, -1i64..2)
            .prop_map(|(event, start, end)| RangePlan::Around(event, start, end)),
        2 => Just(RangePlan::Long),
    ]
}

fn commit() -> impl Strategy<Value = Step> {
    let outcome = prop_oneof![
        10 => Just(Outcome::Durable),
        1 => Just(Outcome::Failed),
        1 => Just(Outcome::DurableUnknown),
    ];
    let batch = proptest::collection::vec(event(), 1..12);
    let group = proptest::collection::vec(batch, 1..4);
    (group, outcome).prop_map(|(group, outcome)| Step::Commit(group, outcome))
}

fn page() -> impl Strategy<Value = PagePlan> {
    let budget = proptest::option::of(0usize..8);
    (1usize..7, budget).prop_map(|(limit, budget)| PagePlan { limit, budget })
}

fn walk() -> impl Strategy<Value = Step> {
    let meter = proptest::option::weighted(0.7, 0..METERS.len());
    let subject = proptest::option::weighted(0.3, subject());
    let late = proptest::bool::weighted(0.2);
    let all = (
        organization(),
        range(),
        meter,
        subject,
        any::<bool>(),
        late,
        page(),
    );
    all.prop_map(
        |(organization, range, meter, subject, voided, late, page)| {
            Step::Walk(WalkPlan {
                organization,
                range,
                meter,
                subject,
                voided,
                late,
                page,
            })
        },
    )
}

fn series() -> impl Strategy<Value = Step> {
    let all = (organization(), range(), 0..LENGTHS.len());
    all.prop_map(|(organization, range, length)| Step::Series {
        organization,
        range,
        length,
    })
}

fn step() -> impl Strategy<Value = Step> {
    let crash = select(vec![
        None,
        None,
        None,
        Some(MergeCrash::Begun),
        Some(MergeCrash::Written),
        Some(MergeCrash::Replaced),
    ]);
    let report = (organization(), range(), proptest::bool::weighted(0.2));
    prop_oneof![
        8 => commit(),
        8 => report.prop_map(|(organization, range, late)| Step::Report { organization, range, late }),
        1 => proptest::collection::vec(event(), 1..16).prop_map(Step::Trickle),
        1 => Just(Step::Crash),
        2 => Just(Step::BeginFold),
        2 => Just(Step::ComputeFold),
        2 => fold_end().prop_map(Step::StoreFold),
        1 => Just(Step::AbandonFold),
        3 => Just(Step::Fold),
        1 => crash.prop_map(|crash| Step::Merge { crash }),
        2 => (0u8..6).prop_map(Step::Reroll),
        3 => meter().prop_map(Step::Meter),
        1 => Just(Step::OpenSnapshot),
        4 => Just(Step::Switch),
        3 => series(),
        3 => walk(),
        4 => page().prop_map(Step::Turn),
    ]
}

/// A world of some dozens of steps.
pub(crate) fn plan() -> impl Strategy<Value = Plan> {
    let days = [
        (2024, 2, 26),
        (2025, 2, 26),
        (2026, 1, 29),
        (2026, 4, 28),
        (2025, 12, 29),
        (2000, 1, 1),
        (1970, 1, 1),
    ];
    let days = days.map(|(y, m, d)| Day::from_ymd(y, m, d).unwrap());
    let meters = proptest::collection::vec(meter(), 0..16);
    let watched = proptest::collection::vec((organization(), range()), 3);
    let steps = proptest::collection::vec(step(), 1..64);
    let directories = select(vec![0, 600, 1 << 20]);
    (
        any::<[u8; 16]>(),
        select(days.to_vec()),
        directories,
        meters,
        watched,
        steps,
    )
        .prop_map(|(key, base, directories, meters, watched, steps)| Plan {
            key,
            base,
            directories,
            meters,
            watched,
            steps,
        })
}

fn fold_end() -> impl Strategy<Value = FoldEnd> {
    prop_oneof![
        6 => Just(FoldEnd::Stored),
        1 => Just(FoldEnd::StoredUnknown),
        2 => Just(FoldEnd::Crash),
    ]
}
