//! Totals of a meter of sessions, while a read gathers them, day by day.

use std::collections::BTreeMap;

use exchequer_core::sessions::{self, Span};
use exchequer_core::{Day, Instant, TimeRange};

use super::report::Resource;
use crate::codec::damage::Damage;
use crate::rollup::{Sessions, StoredSection, group, merge_sessions};

/// The sessions of one day: those of its rollup, and spans that are not in it.
#[derive(Default)]
struct DaySpans {
    stored: Option<StoredSection>,
    /// The range, if it cuts the day, so that stored spans have to be clipped.
    cut: Option<TimeRange>,
    added: Vec<(u32, Span)>,
}

#[derive(Default)]
pub(super) struct SessionTotals {
    days: BTreeMap<Day, DaySpans>,
}

/// A day's unions by subject, and its levels if the rollup has them ready.
pub(super) struct DayUnion {
    pub(super) subjects: Vec<Sessions>,
    levels: Option<Vec<(u32, u64)>>,
}

impl SessionTotals {
    pub(super) fn add_stored(&mut self, day: Day, section: StoredSection, range: TimeRange) {
        let whole = range.start() <= day.start() && day.next().start() <= range.end();
        let spans = self.days.entry(day).or_default();
        spans.stored = Some(section);
        spans.cut = (!whole).then_some(range);
    }

    pub(super) fn add(&mut self, day: Day, subject: u32, span: Span) {
        self.days
            .entry(day)
            .or_default()
            .added
            .push((subject, span));
    }

    /// Returns the unions of every day, in order.
    pub(super) fn unions(self) -> Result<Vec<DayUnion>, Damage> {
        let unions = self.days.into_values().map(DaySpans::union);
        unions
            .filter(|day| !matches!(day, Ok(day) if day.subjects.is_empty()))
            .collect()
    }
}

impl DaySpans {
    fn union(self) -> Result<DayUnion, Damage> {
        // Stored levels hold for the whole day with the stored spans alone. Clipped
        // or with others, they are computed from the union.
        let untouched = self.cut.is_none() && self.added.is_empty();
        let (mut subjects, levels) = match &self.stored {
            Some(section) => (section.sessions()?, section.levels()?),
            None => (Vec::new(), Vec::new()),
        };
        if let Some(range) = self.cut {
            for (_, spans) in &mut subjects {
                let clipped = spans.iter().filter_map(|span| sessions::clip(*span, range));
                *spans = clipped.collect();
            }
            subjects.retain(|(_, spans)| !spans.is_empty());
        }
        if !self.added.is_empty() {
            subjects = merge_sessions(subjects, group(self.added));
        }
        Ok(DayUnion {
            subjects,
            levels: untouched.then_some(levels),
        })
    }
}

impl DayUnion {
    /// Gives each subject the number of another one, whose sessions are then those of all.
    pub(super) fn rename(&mut self, number: impl Fn(u32) -> u32) {
        let mut renamed: BTreeMap<u32, Vec<Span>> = BTreeMap::new();
        let before = self.subjects.len();
        for (subject, spans) in std::mem::take(&mut self.subjects) {
            let union = renamed.entry(number(subject)).or_default();
            *union = sessions::merge_sorted(union, &spans);
        }
        if renamed.len() < before {
            // Two that were active at once may be one now.
            self.levels = None;
        }
        self.subjects = renamed.into_iter().collect();
    }

    fn levels(&self) -> Vec<(u32, u64)> {
        match &self.levels {
            Some(levels) => levels.clone(),
            None => {
                let all = self
                    .subjects
                    .iter()
                    .flat_map(|(_, spans)| spans.iter().copied());
                sessions::levels(all)
            }
        }
    }
}

/// Returns the time of all subjects together, in microseconds.
pub(super) fn total(days: &[DayUnion]) -> u128 {
    let subjects = days.iter().flat_map(|day| &day.subjects);
    subjects.map(|(_, spans)| sessions::total(spans)).sum()
}

/// Returns each subject with its first observation, by number.
pub(super) fn resources(days: &[DayUnion]) -> Vec<Resource> {
    let last = days.iter().filter_map(|day| day.subjects.last());
    let subjects = last.map(|(subject, _)| *subject as usize + 1).max();
    // Without a session there is no subject.
    let mut firsts = vec![None; subjects.unwrap_or(0)];
    // Days come in order, and so do the spans of each.
    for (subject, spans) in days.iter().flat_map(|day| &day.subjects) {
        let start = spans.first().map(|(start, _)| Instant::from_micros(*start));
        let first = &mut firsts[*subject as usize];
        *first = first.or(start);
    }
    let seen = (0..).zip(firsts);
    let seen = seen.filter_map(|(subject, date)| {
        Some(Resource {
            subject,
            date: date?,
        })
    });
    seen.collect()
}

/// Returns the peak level, and how long each subject was active while exactly so many
/// were, in microseconds, by subject. At least as many subjects as the level have such time.
pub(super) fn peak(days: &[DayUnion], minutes: u32) -> (u32, Vec<(u32, u64)>) {
    let levels: Vec<Vec<(u32, u64)>> = days.iter().map(DayUnion::levels).collect();
    let mut sum = Vec::new();
    for day in &levels {
        sessions::add_levels(&mut sum, day);
    }
    let peak = sessions::peak(&sum, minutes);
    let mut active: Vec<(u32, u64)> = Vec::new();
    for (day, levels) in days.iter().zip(&levels) {
        // Only days that reached the peak can have subjects of it.
        if peak > 0 && levels.iter().any(|(level, _)| *level == peak) {
            let spans = day
                .subjects
                .iter()
                .map(|(subject, spans)| (*subject, spans.as_slice()));
            active.extend(sessions::at_level(&spans.collect::<Vec<_>>(), peak));
        }
    }
    // Each day's are in order, which a stable sort makes use of.
    active.sort_by_key(|(subject, _)| *subject);
    active.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 += next.1;
        }
        same
    });
    (peak, active)
}
