//! Events, meters and ranges as plain data.

use exchequer_core::{ExcessDecimals, Spelling, Unreadable};
use proptest::sample::Index;

/// A plan of an event, perhaps made from an earlier one; `D` plans its `data`.
#[derive(Debug, Clone)]
pub enum EventPlan<D> {
    /// An event of its own.
    New(NewPlan<D>),
    /// An earlier event once more.
    Repeat(Index),
    /// An earlier event with one difference.
    Twist(Index, Twist<D>),
    /// A correction of an earlier event.
    Void(Index, NewPlan<D>),
    /// A correction of an event that has not come yet.
    VoidLater(NewPlan<D>),
    /// An event that was corrected before it came.
    Later(Index),
}

/// A difference from an earlier event.
#[derive(Debug, Clone)]
pub enum Twist<D> {
    /// Other `data`.
    Data(D),
    /// Another subject.
    Subject(u8),
    /// Another type.
    Kind(u8),
    /// Another instant, by days and microseconds.
    Time(i32, i64),
    /// The instant without what is beyond a multiple of so many microseconds.
    Cut(i64),
    /// Another client with all else equal.
    Client(u8),
    /// Another organisation: another identity with all else equal.
    Organization(u8),
    /// Another source: another identity with all else equal.
    Source(u8),
    /// The void of an event, or of nothing any more.
    Voids,
}

/// A plan of a new event; each number stands for a word of the world.
#[derive(Debug, Clone)]
pub struct NewPlan<D> {
    /// The number of its organisation.
    pub organization: u8,
    /// The number of its source.
    pub source: u8,
    /// Its type.
    pub kind: u8,
    /// Its subject.
    pub subject: u8,
    /// The time at which it happens.
    pub at: At,
    /// Its `data`.
    pub data: D,
}

/// An instant: days from the base of the world, and microseconds of the day.
#[derive(Debug, Clone, Copy)]
pub struct At {
    /// Days from the base.
    pub day: i32,
    /// Microseconds since midnight.
    pub micros: i64,
}

/// A quantity in the `data` of an event.
#[derive(Debug, Clone, Copy)]
pub enum Number {
    /// Steps of 10^-9.
    Nanos(i128),
    /// Steps of 10^-12: more decimals than quantities have.
    Picos(i128),
    /// The seconds that are left to the midnight so many days on, and microseconds beyond.
    ToMidnight(i64, i64),
}

impl Number {
    /// Returns its steps of 10^-12 at this microsecond of the day.
    #[must_use]
    pub fn picos(self, micros_in_day: i64) -> i128 {
        match self {
            Self::Nanos(nanos) => nanos * 1_000,
            Self::Picos(picos) => picos,
            Self::ToMidnight(days, micros) => {
                let left = days * exchequer_core::MICROS_PER_DAY - micros_in_day + micros;
                i128::from(left.max(0)) * 1_000_000
            }
        }
    }
}

/// A version of a meter.
#[derive(Debug, Clone)]
pub struct MeterPlan {
    /// The index of the meter in the world.
    pub meter: usize,
    /// Days from the base; `None` leaves it to the world.
    pub begins: Option<i32>,
    /// The type that it listens to.
    pub kind: u8,
    /// The field that it reads.
    pub field: u8,
    /// Steps of 10^-9 that each quantity is rounded up to.
    pub step: Option<i128>,
    /// Minutes that a peak must last.
    pub peak_minutes: u32,
    /// The number of its family, and its rank there.
    pub family: Option<(u8, u32)>,
    /// The meaning of an event without a readable quantity.
    pub unreadable: Unreadable,
    /// The treatment of decimals that a quantity cannot hold.
    pub excess_decimals: ExcessDecimals,
    /// The names that are one resource.
    pub resources: Spelling,
}

/// A range of time.
#[derive(Debug, Clone)]
pub enum RangePlan {
    /// Whole days.
    Days(i32, i32),
    /// From one instant to another, whichever is first.
    Between(At, At),
    /// Nothing.
    Empty(At),
    /// The month that so many days from the base lie in.
    Month(i32),
    /// From an event, a microsecond off or not, to the end of its session.
    Around(Index, i64, i64),
    /// All that there may be.
    Long,
}
