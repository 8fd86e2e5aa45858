//! Strategies for events, meters and ranges.

use exchequer_core::{Day, ExcessDecimals, MICROS_PER_DAY, Spelling, Unreadable};
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::history::Words;
use super::plan::{At, EventPlan, MeterPlan, NewPlan, Number, RangePlan, Twist};

const NANOS: i128 = 1_000_000_000;
const LONGEST: i128 = 31 * 86_400 * NANOS;

/// An instant: mostly in the first days, often on a quarter of an hour.
pub fn at() -> impl Strategy<Value = At> {
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

/// A quantity: mostly quarters of an hour, so that sessions meet; at times at a
/// limit, or beyond it.
pub fn number() -> impl Strategy<Value = Number> {
    let quarter = 900 * NANOS;
    prop_oneof![
        1 => Just(Number::Nanos(0)),
        6 => (1i128..40).prop_map(move |quarters| Number::Nanos(quarters * quarter)),
        2 => (1i64..31, -1i64..2).prop_map(|(days, micros)| Number::ToMidnight(days, micros)),
        2 => (1i64..3, -1i64..2).prop_map(|(days, micros)| Number::ToMidnight(days, micros)),
        1 => (0i128..31 * 96).prop_map(move |quarters| Number::Nanos(quarters * quarter)),
        1 => select(vec![1_000, LONGEST, LONGEST - 1_000, LONGEST + 1_000, 1_500, 1])
            .prop_map(Number::Nanos),
        1 => select(vec![999_999_999_999_999_999_999_999, 2_350_000_000, 100_000_001])
            .prop_map(Number::Nanos),
        1 => select(vec![1, 499, 500, 300_000_000_000_004, 899_999_999_999_600])
            .prop_map(Number::Picos),
        1 => select(vec![LONGEST * 1_000 + 499_999, LONGEST * 1_000 + 500_000])
            .prop_map(Number::Picos),
        1 => (0..5_000 * NANOS).prop_map(|nanos| Number::Nanos(nanos / 1_000 * 1_000)),
    ]
}

/// Sessions are the hardest to count, so every second event is one: they are
/// the first kind of a world.
fn kind(kinds: u8) -> impl Strategy<Value = u8> {
    prop_oneof![5 => Just(0u8), 5 => 0..kinds]
}

/// One of three organisations, mostly the first.
pub fn organization() -> impl Strategy<Value = u8> {
    prop_oneof![3 => Just(0u8), 1 => 0u8..3]
}

/// One of the subjects, mostly one of the first.
pub fn subject(words: &Words) -> impl Strategy<Value = u8> + use<> {
    prop_oneof![2 => 0u8..4, 1 => 0..words.subjects.len() as u8]
}

/// An event with `data` of this strategy.
pub fn event<S: Strategy + Clone + 'static>(
    words: &Words,
    data: S,
) -> impl Strategy<Value = EventPlan<S::Value>> + use<S>
where
    S::Value: Clone,
{
    let new = new(words, data.clone()).boxed();
    let twist = twist(words, data);
    prop_oneof![
        12 => new.clone().prop_map(EventPlan::New),
        2 => any::<Index>().prop_map(EventPlan::Repeat),
        2 => (any::<Index>(), twist).prop_map(|(of, twist)| EventPlan::Twist(of, twist)),
        2 => (any::<Index>(), new.clone()).prop_map(|(of, plan)| EventPlan::Void(of, plan)),
        1 => new.prop_map(EventPlan::VoidLater),
        1 => any::<Index>().prop_map(EventPlan::Later),
    ]
}

fn new<S: Strategy + 'static>(
    words: &Words,
    data: S,
) -> impl Strategy<Value = NewPlan<S::Value>> + use<S> {
    let new = (
        organization(),
        0..words.sources.len() as u8,
        kind(words.kinds.len() as u8),
        subject(words),
        at(),
        data,
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

fn twist<S: Strategy + 'static>(
    words: &Words,
    data: S,
) -> impl Strategy<Value = Twist<S::Value>> + use<S>
where
    S::Value: Clone,
{
    prop_oneof![
        data.prop_map(Twist::Data),
        subject(words).prop_map(Twist::Subject),
        kind(words.kinds.len() as u8).prop_map(Twist::Kind),
        (select(vec![0, 0, -1, 1, 61, -30]), -1i64..2).prop_map(|(d, m)| Twist::Time(d, m)),
        select(vec![1_000, 1_000_000, 10_000]).prop_map(Twist::Cut),
        (0u8..3).prop_map(Twist::Client),
        organization().prop_map(Twist::Organization),
        (0..words.sources.len() as u8).prop_map(Twist::Source),
        Just(Twist::Voids),
    ]
}

/// A version of one of so many meters, which read so many fields.
pub fn meter(words: &Words, meters: usize, fields: u8) -> impl Strategy<Value = MeterPlan> + use<> {
    let begins = prop_oneof![
        3 => Just(None),
        2 => (0i32..8).prop_map(Some),
        1 => (-10i32..40).prop_map(Some),
    ];
    let parts = (
        0..meters,
        begins,
        kind(words.kinds.len() as u8),
        0..fields,
        proptest::option::of(select(vec![1, 7, 100_000_000, 60_000_000_000])),
        select(vec![1, 15, 30, 60, 600]),
        proptest::option::of((0u8..2, 0u32..4)),
        select(Unreadable::ALL.to_vec()),
        select(ExcessDecimals::ALL.to_vec()),
        select(Spelling::ALL.to_vec()),
    );
    parts.prop_map(
        |(
            meter,
            begins,
            kind,
            field,
            step,
            peak_minutes,
            family,
            unreadable,
            excess_decimals,
            resources,
        )| MeterPlan {
            unreadable,
            excess_decimals,
            resources,
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

/// A range: whole days, cut days, months, what is around an event, nothing, all.
pub fn range() -> impl Strategy<Value = RangePlan> {
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

/// The day that a world counts from: ends of long and short months and of a
/// year, the first days that events may have, and `others`.
pub fn base(others: &[(i32, u32, u32)]) -> impl Strategy<Value = Day> + use<> {
    let days = [
        (2024, 2, 26),
        (2025, 2, 26),
        (2026, 1, 29),
        (2026, 4, 28),
        (2025, 12, 29),
        (2000, 1, 1),
    ];
    let days = days.iter().chain(others);
    let days = days.map(|(y, m, d)| Day::from_ymd(*y, *m, *d).expect("a day"));
    select(days.collect::<Vec<_>>())
}
