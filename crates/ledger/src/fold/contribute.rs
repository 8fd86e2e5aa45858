//! The contribution of one event to the rollups of its days.

use std::collections::BTreeMap;

use exchequer_core::{Day, Instant, MICROS_PER_DAY, MeterSet, TimeRange};

use crate::evaluate::{Observed, evaluate};
use crate::rollup::{Contributions, Point};
use crate::tail::Seq;

/// Returns the days that a session lies in, with its part in each.
pub(crate) fn by_day(range: TimeRange) -> impl Iterator<Item = (Day, (i64, i64))> {
    range.days().map(move |day| {
        let start = day.start().micros();
        let end = start + MICROS_PER_DAY;
        (
            day,
            (
                range.start().micros().max(start),
                range.end().micros().min(end),
            ),
        )
    })
}

/// Adds the contribution of an event to its days. A void event adds nothing, but
/// raises the last seq of the same days: without it their figures have changed,
/// and a report's key has to change with them.
pub(crate) fn contribute(
    meters: &MeterSet,
    event: (&str, Instant, &str),
    voided: bool,
    (subject, seq): (u32, Seq),
    days: &mut BTreeMap<Day, Contributions>,
) {
    let (kind, time, data) = event;
    let day = time.day();
    let first = days.entry(day).or_default();
    first.last_seq = first.last_seq.max(seq.number());
    evaluate(
        meters,
        kind,
        time,
        data,
        |meter, aggregation, observed| match observed {
            Observed::Point(_) if voided => {}
            Observed::Point(value) => {
                let first = time.offset_in_day();
                let point = Point {
                    subject,
                    first,
                    value,
                };
                days.entry(day)
                    .or_default()
                    .point(meter.number, aggregation, point);
            }
            Observed::Session(range) => {
                // A session is cut at midnight, since rollups are by day. Each piece raises
                // the last seq of its day, so that reports of later days notice it too.
                for (day, span) in by_day(range) {
                    let contributions = days.entry(day).or_default();
                    if !voided {
                        contributions.session(meter.number, subject, span);
                    }
                    contributions.last_seq = contributions.last_seq.max(seq.number());
                }
            }
        },
    );
}
