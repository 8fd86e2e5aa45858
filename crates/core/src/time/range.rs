use super::{Day, Instant};

/// A half-open range of time `[start, end)`; empty where both are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TimeRange {
    start: Instant,
    end: Instant,
}

impl TimeRange {
    /// Returns the range from `start` up to but not including `end`; `None` where the
    /// end lies before the start.
    pub const fn new(start: Instant, end: Instant) -> Option<Self> {
        if end.micros() < start.micros() {
            return None;
        }
        Some(Self { start, end })
    }

    pub(super) const fn of_day(day: Day) -> Self {
        Self {
            start: day.start(),
            end: day.next().start(),
        }
    }

    /// Returns the first instant inside (unless the range is empty).
    pub const fn start(self) -> Instant {
        self.start
    }

    /// Returns the first instant after the range.
    pub const fn end(self) -> Instant {
        self.end
    }

    /// Returns true if no instant lies inside.
    pub const fn is_empty(self) -> bool {
        self.start.micros() == self.end.micros()
    }

    /// Returns true if the instant lies inside: at or after the start, before the end.
    pub fn contains(self, instant: Instant) -> bool {
        self.start <= instant && instant < self.end
    }

    /// Returns the range that both share. `None` if they share no instant.
    pub fn intersect(self, other: Self) -> Option<Self> {
        let start = self.start.max(other.start);
        let end = self.end.min(other.end);
        (start < end).then_some(Self { start, end })
    }

    /// Returns the days of which the range touches any part, in order; none where it is empty.
    pub fn days(self) -> impl Iterator<Item = Day> + Clone {
        let first = self.start.day().number();
        // An end at midnight does not touch the day that it opens.
        let end = if self.is_empty() {
            first
        } else {
            Instant::from_micros(self.end.micros() - 1).day().number() + 1
        };
        (first..end).map(Day::from_number)
    }
}

impl From<Day> for TimeRange {
    fn from(day: Day) -> Self {
        Self::of_day(day)
    }
}
