//! The rollup of one organisation's day, by meter and subject.
//!
//! Points keep each subject's first instant and what the aggregation adds up.
//! Sessions are clipped at midnight and keep each subject's union of spans
//! and, for the whole day, how long exactly how many were active; both add up
//! exactly over days, and a span can still be cut at the edge of a range.

mod stored;

use std::collections::BTreeMap;

use exchequer_core::Aggregation;
use exchequer_core::sessions::{self, Span};

use crate::evaluate::combine;

pub(crate) use stored::{StoredSection, decode, encode, open};

/// One subject's day in a meter that counts points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Point {
    pub(crate) subject: u32,
    /// Microseconds since midnight of the first observation.
    pub(crate) first: u64,
    pub(crate) value: u128,
}

/// One subject's day in a meter of sessions: a union within the day.
pub(crate) type Sessions = (u32, Vec<Span>);

/// One meter's part of a day, ordered by subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Section {
    Points(Aggregation, Vec<Point>),
    Sessions(Vec<Sessions>),
}

/// A day's sections by the number of their meter.
pub(crate) type Sections = BTreeMap<u32, Section>;

/// Contributions to a day in any order.
#[derive(Default)]
pub(crate) struct Contributions {
    points: BTreeMap<u32, (Aggregation, Vec<Point>)>,
    sessions: BTreeMap<u32, Vec<(u32, Span)>>,
    pub(crate) last_seq: u64,
}

impl Contributions {
    pub(crate) fn point(&mut self, meter: u32, aggregation: Aggregation, point: Point) {
        let entry = self.points.entry(meter);
        entry
            .or_insert_with(|| (aggregation, Vec::new()))
            .1
            .push(point);
    }

    pub(crate) fn session(&mut self, meter: u32, subject: u32, span: Span) {
        self.sessions
            .entry(meter)
            .or_default()
            .push((subject, span));
    }

    /// Returns the sections that these contributions alone make.
    pub(crate) fn into_sections(self) -> Sections {
        let points = self
            .points
            .into_iter()
            .map(|(meter, (aggregation, points))| {
                (
                    meter,
                    Section::Points(aggregation, reduce(aggregation, points)),
                )
            });
        let sessions = self
            .sessions
            .into_iter()
            .map(|(meter, spans)| (meter, Section::Sessions(group(spans))));
        points.chain(sessions).collect()
    }
}

fn reduce(aggregation: Aggregation, mut points: Vec<Point>) -> Vec<Point> {
    // Sorted by instant within a subject, so the first of each group has the first
    // observation and stays.
    points.sort_unstable_by_key(|point| (point.subject, point.first));
    points.dedup_by(|next, kept| {
        let same = next.subject == kept.subject;
        if same {
            kept.value = combine(aggregation, kept.value, next.value);
        }
        same
    });
    points
}

/// Unions of spans by subject.
pub(crate) fn group(mut spans: Vec<(u32, Span)>) -> Vec<Sessions> {
    spans.sort_unstable();
    let mut grouped: Vec<Sessions> = Vec::new();
    for (subject, span) in spans {
        match grouped.last_mut() {
            Some((last, union)) if *last == subject => match union.last_mut() {
                // Spans that touch become one, so that a union has one form only and can be
                // compared.
                Some(open) if span.0 <= open.1 => open.1 = open.1.max(span.1),
                _ => union.push(span),
            },
            _ => grouped.push((subject, vec![span])),
        }
    }
    grouped
}

/// Returns two unions by subject, merged into one.
pub(crate) fn merge_sessions(a: Vec<Sessions>, b: Vec<Sessions>) -> Vec<Sessions> {
    let mut merged: BTreeMap<u32, Vec<Span>> = a.into_iter().collect();
    for (subject, spans) in b {
        let union = merged.entry(subject).or_default();
        *union = sessions::merge_sorted(union, &spans);
    }
    merged.into_iter().collect()
}

/// Adds new sections to stored ones.
pub(crate) fn merge(mut stored: Sections, new: Sections) -> Sections {
    for (meter, section) in new {
        let merged = match (stored.remove(&meter), section) {
            (Some(Section::Points(_, mut old)), Section::Points(aggregation, new)) => {
                old.extend(new);
                Section::Points(aggregation, reduce(aggregation, old))
            }
            (Some(Section::Sessions(old)), Section::Sessions(new)) => {
                Section::Sessions(merge_sessions(old, new))
            }
            // A meter never changes between points and sessions, so this is a meter
            // that the day has nothing of yet.
            (_, new) => new,
        };
        stored.insert(meter, merged);
    }
    stored
}
