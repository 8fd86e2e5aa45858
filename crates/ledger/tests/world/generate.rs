//! Random worlds. They are plain data, so that a failing one shrinks to few
//! steps.

use exchequer_support::random_world::generate::{self, organization, range, subject};
use exchequer_support::random_world::plan::{EventPlan, MeterPlan};
use proptest::prelude::*;
use proptest::sample::select;

use crate::as_of::PointPlan;
use crate::plan::{
    AliasPlan, FoldEnd, ListingPlan, METERS, MergeCrash, Outcome, PagePlan, Plan, Step, words,
};
use crate::quantities::{DataPlan, FIELDS, data};
use crate::series::LENGTHS;

fn event() -> impl Strategy<Value = EventPlan<DataPlan>> {
    generate::event(&words(), data().boxed())
}

fn meter() -> impl Strategy<Value = MeterPlan> {
    generate::meter(&words(), METERS.len(), FIELDS.len() as u8)
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

fn listing() -> impl Strategy<Value = Step> {
    let meter = proptest::option::weighted(0.7, 0..METERS.len());
    let subject = proptest::option::weighted(0.3, subject(&words()));
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
            Step::Listing(ListingPlan {
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

fn aliases() -> impl Strategy<Value = Step> {
    let pairs = proptest::collection::vec((subject(&words()), subject(&words())), 0..4);
    let begins = proptest::option::of(-2i32..4);
    (organization(), begins, pairs).prop_map(|(organization, begins, pairs)| {
        Step::Aliases(AliasPlan {
            organization,
            begins,
            pairs,
        })
    })
}

fn point() -> impl Strategy<Value = PointPlan> {
    // Mostly by the rules of the moment: others make most rollups useless.
    let rules = || prop_oneof![2 => Just(u16::MAX), 1 => any::<u16>()];
    (any::<u16>(), rules(), rules()).prop_map(|(seq, meters, aliases)| PointPlan {
        seq,
        meters,
        aliases,
    })
}

fn as_of() -> impl Strategy<Value = Step> {
    let late = proptest::bool::weighted(0.2);
    let all = (organization(), range(), point(), late);
    all.prop_map(|(organization, range, point, late)| Step::AsOf {
        organization,
        range,
        point,
        late,
    })
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
        2 => aliases(),
        1 => Just(Step::OpenSnapshot),
        4 => Just(Step::Switch),
        8 => as_of(),
        3 => series(),
        3 => listing(),
        4 => page().prop_map(Step::Turn),
    ]
}

/// A world of some dozens of steps.
pub(crate) fn plan() -> impl Strategy<Value = Plan> {
    let meters = proptest::collection::vec(meter(), 0..16);
    let watched = proptest::collection::vec((organization(), range()), 3);
    let steps = proptest::collection::vec(step(), 1..64);
    let directories = select(vec![0, 600, 1 << 20]);
    (
        any::<[u8; 16]>(),
        generate::base(&[(1970, 1, 1)]),
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
