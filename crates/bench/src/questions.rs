//! The organisations and ranges that are asked for.

use exchequer_core::{Instant, MICROS_PER_SECOND, OrganizationId, TimeRange};

use crate::task::{Figures, note};
use crate::world::World;
use exchequer_support::measure::percentile;

/// A range of an organisation to ask for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question {
    /// `largest` or `median`, and `month` or `cut`.
    pub(crate) name: (&'static str, &'static str),
    pub(crate) organization: OrganizationId,
    pub(crate) range: TimeRange,
}

impl Question {
    /// The start of names of its figures; `what` is e.g. `report.store`.
    pub(crate) fn figure(&self, what: &str) -> String {
        format!("{what}.{}.{}", self.name.0, self.name.1)
    }

    /// An instant in the middle of the range.
    pub(crate) fn middle(&self) -> Instant {
        let (start, end) = (self.range.start().micros(), self.range.end().micros());
        Instant::from_micros(start + (end - start) / 2)
    }
}

/// The largest and a median organisation, a month and a range that cuts days.
pub(crate) fn questions(world: &World) -> Vec<Question> {
    let month = world.month.range();
    let moved = |instant: Instant, seconds: i64| {
        Instant::from_micros(instant.micros() + seconds * MICROS_PER_SECOND)
    };
    let cut = TimeRange::new(
        moved(month.start(), 3 * 86_400 + 5 * 3_600 + 17 * 60),
        moved(month.end(), -(2 * 86_400 + 7 * 3_600 + 41 * 60)),
    );
    let ranges = [("month", month), ("cut", cut.unwrap_or(month))];
    let organizations = [("largest", 0), ("median", world.median())];
    let of = |(who, number): (&'static str, u32)| {
        ranges.map(|(which, range)| Question {
            name: (who, which),
            organization: World::organization(number),
            range,
        })
    };
    organizations.into_iter().flat_map(of).collect()
}

/// Notes the percentiles of some milliseconds.
pub(crate) fn note_times(figures: &mut Figures, name: &str, mut millis: Vec<f64>) {
    note(
        figures,
        &format!("{name}_p50"),
        percentile(&mut millis, 0.5),
    );
    note(
        figures,
        &format!("{name}_p99"),
        percentile(&mut millis, 0.99),
    );
}
