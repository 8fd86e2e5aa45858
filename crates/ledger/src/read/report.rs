//! From gathered totals to the answer.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use exchequer_core::sessions::hours_rounded_up;
use exchequer_core::{
    Aggregation, Instant, Meter, MeterSet, MeterVersion, MeteredRange, Quantity, Spelling,
};

use super::merged::Merged;
use super::names::{Names, SeenAbove};
use super::reading::Reading;
use super::spans;
use crate::codec::damage::Damage;
use crate::codec::strings::Strings;
use crate::directory::Directory;

/// A resource of a usage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resource {
    /// Number for [`UsageReport::name`].
    pub subject: u32,
    /// First observation within the range.
    pub date: Instant,
}

/// The usage of one meter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// The name of the meter on the last day of the range.
    pub name: String,
    /// Its total over the range.
    pub total: Quantity,
    /// Its resources, by date, then name.
    pub resources: Vec<Resource>,
}

/// The exact usage of an organisation in a range.
pub struct UsageReport {
    /// The range.
    pub range: MeteredRange,
    /// Highest seq of an event that touches the days of the range; as of a mark, the mark.
    pub last_seq: u64,
    /// Revision of the meters.
    pub revision: u64,
    /// Version of the aliases; 0 if there are none.
    pub aliases: u64,
    /// One usage a meter that saw any or is listed all the same, by name.
    pub usages: Vec<Usage>,
    /// The meters that are listed even where they saw nothing.
    pub entitled: Vec<String>,
    directory: Arc<Directory>,
    newcomers: Strings,
}

impl UsageReport {
    /// Lists these meters of a set even where they saw nothing: what is missing could
    /// not be told from zero.
    pub fn entitle(&mut self, meters: Vec<String>, set: &MeterSet) {
        for meter in &meters {
            let known = set.by_name(meter);
            let name = known.map_or(meter.as_str(), |it| it.shown_on(self.range.last_day));
            let place = self
                .usages
                .binary_search_by(|usage| usage.name.as_str().cmp(name));
            if let Err(place) = place {
                let nothing = Usage {
                    name: name.to_owned(),
                    total: Quantity::ZERO,
                    resources: Vec::new(),
                };
                self.usages.insert(place, nothing);
            }
        }
        self.entitled = meters;
    }

    /// Returns the name of a resource of this report.
    #[must_use]
    pub fn name(&self, resource: Resource) -> &str {
        name(&self.directory, &self.newcomers, resource.subject)
    }
}

fn name<'a>(directory: &'a Directory, newcomers: &'a Strings, subject: u32) -> &'a str {
    match subject.checked_sub(directory.len()) {
        None => directory.name(subject),
        Some(newcomer) => newcomers.get(newcomer as usize),
    }
}

/// A usage before names are looked up.
struct Counted<'a> {
    meter: &'a Meter,
    version: &'a MeterVersion,
    total: Quantity,
    resources: Resources,
}

/// The resources of a usage before names are looked up.
enum Resources {
    /// All that were seen.
    Seen(Vec<Resource>),
    /// Those that may be of a peak, each with the microseconds for which it was active
    /// while the peak lasted, and how many of them are.
    OfPeak(Vec<(Resource, u64)>, usize),
}

impl Resources {
    fn subjects(&self) -> impl Iterator<Item = u32> + '_ {
        let (seen, of_peak) = match self {
            Self::Seen(seen) => (seen.as_slice(), Default::default()),
            Self::OfPeak(candidates, _) => (Default::default(), candidates.as_slice()),
        };
        let of_peak = of_peak.iter().map(|(resource, _)| resource.subject);
        seen.iter().map(|resource| resource.subject).chain(of_peak)
    }

    /// Returns the resources that are listed. Of those of a peak it is those that were
    /// active longest, and of equals those whose name comes first.
    fn listed<'n>(self, name: impl Fn(u32) -> &'n str) -> Vec<Resource> {
        let (mut candidates, most) = match self {
            Self::Seen(seen) => return seen,
            Self::OfPeak(candidates, most) => (candidates, most),
        };
        if most < candidates.len() {
            candidates.select_nth_unstable_by(most, |(a, active), (b, longer)| {
                let names = || name(a.subject).cmp(name(b.subject));
                longer.cmp(active).then_with(names)
            });
            candidates.truncate(most);
        }
        candidates
            .into_iter()
            .map(|(resource, _)| resource)
            .collect()
    }
}

impl<'a> Reading<'a> {
    pub(super) fn report<E>(
        self,
        directory: Arc<Directory>,
        newcomers: Strings,
        merged: &Merged,
        damaged: impl Fn(String, Damage) -> E,
    ) -> Result<UsageReport, E> {
        let range = MeteredRange {
            range: self.range,
            last_day: self.last_day,
        };
        let last_seq = self.mark.last_seq(self.last_seq);
        let (meters, aliases) = (self.meters, self.aliases.version());
        let what = format!("rollup of {}", self.organization);
        let names = Names::new(&directory, &newcomers, merged);
        let counted = self.count(names);
        let counted = counted.map_err(|damage| damaged(what, damage))?;
        let known = directory.len() as usize + newcomers.len();
        let mut usages = Vec::with_capacity(counted.len());
        for usage in counted {
            let nowhere = |subject: u32| subject as usize >= known;
            if usage.resources.subjects().any(nowhere) {
                let damage = Damage::new("a subject points nowhere");
                return Err(damaged("rollup".to_owned(), damage));
            }
            let name = |subject| name(&directory, &newcomers, subject);
            let mut resources = usage.resources.listed(name);
            resources.sort_by(|a, b| {
                let names = || name(a.subject).cmp(name(b.subject));
                a.date.cmp(&b.date).then_with(names)
            });
            usages.push(Usage {
                name: usage.meter.shown_on(range.last_day).to_owned(),
                total: usage.total,
                resources,
            });
        }
        // Meters are sorted by their own names, which may not be those of the range.
        usages.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(UsageReport {
            range,
            last_seq,
            revision: meters.revision(),
            aliases,
            usages,
            entitled: Vec::new(),
            directory,
            newcomers,
        })
    }

    /// Returns the total of every meter with usage.
    pub(super) fn totals(self, names: Names<'_>) -> Result<BTreeMap<String, Quantity>, Damage> {
        let totals = self.count(names)?.into_iter();
        Ok(totals
            .map(|usage| (usage.meter.name.clone(), usage.total))
            .collect())
    }

    /// Totals and resources of every meter with usage, by meter name.
    fn count(mut self, names: Names<'_>) -> Result<Vec<Counted<'a>>, Damage> {
        let mut counted = Vec::new();
        if self.range.is_empty() {
            return Ok(counted);
        }
        for meter in self.meters.meters() {
            // Options of the version in force at the end of the range hold
            // for all of it; versions differ only in what they listen to.
            let Some(version) = meter.at(self.last_day) else {
                continue;
            };
            let counts = if version.aggregation.is_session() {
                self.count_sessions(meter, version, names)?
            } else {
                self.count_points(meter, version, names)?
            };
            if let Some((total, resources)) = counts {
                counted.push(Counted {
                    meter,
                    version,
                    total,
                    resources,
                });
            }
        }
        count_highest_rank(&mut counted, names)?;
        Ok(counted)
    }

    fn count_points(
        &mut self,
        meter: &Meter,
        version: &MeterVersion,
        names: Names<'_>,
    ) -> Result<Option<(Quantity, Resources)>, Damage> {
        let Some(totals) = self.points.remove(&meter.number) else {
            return Ok(None);
        };
        let seen = totals.seen();
        let seen = seen.map(|(subject, date)| Resource { subject, date });
        let resources: Vec<Resource> = if names.are_resources(version.resources) {
            seen.collect()
        } else {
            let shown = names.shown(version.resources, seen)?.into_values();
            let shown: BTreeMap<u32, Resource> = shown.map(|it| (it.subject, it)).collect();
            shown.into_values().collect()
        };
        if resources.is_empty() {
            return Ok(None);
        }
        let total = match version.aggregation {
            Aggregation::Unique => Quantity::from_units(resources.len() as u64),
            Aggregation::Count => Quantity::from_units(within(totals.value)?),
            Aggregation::Sum | Aggregation::Max => Quantity::from_scaled(within(totals.value)?),
            // These count sessions, which are in `self.sessions`.
            Aggregation::Hours | Aggregation::Peak => return Ok(None),
        };
        Ok(Some((total, Resources::Seen(resources))))
    }

    fn count_sessions(
        &mut self,
        meter: &Meter,
        version: &MeterVersion,
        names: Names<'_>,
    ) -> Result<Option<(Quantity, Resources)>, Damage> {
        let Some(totals) = self.sessions.remove(&meter.number) else {
            return Ok(None);
        };
        let mut days = totals.unions()?;
        if days.is_empty() {
            return Ok(None);
        }
        if !names.are_resources(version.resources) {
            let shown = names.shown(version.resources, spans::resources(&days).into_iter())?;
            for day in &mut days {
                day.rename(|subject| shown[&subject].subject);
            }
        }
        let seen = spans::resources(&days);
        if version.aggregation == Aggregation::Peak {
            let (peak, active) = spans::peak(&days, version.peak_minutes);
            // Both are in the order of subjects, and who was active was seen.
            let mut active = active.into_iter().peekable();
            let candidates = seen.into_iter().filter_map(|resource| {
                let (_, micros) = active.next_if(|(subject, _)| *subject == resource.subject)?;
                Some((resource, micros))
            });
            return Ok(Some(of_peak(candidates.collect(), peak)?));
        }
        let total = hours_rounded_up(spans::total(&days));
        Ok(Some((total, Resources::Seen(seen))))
    }
}

/// Returns the usage of a peak. Stored levels that the sessions beside them cannot have
/// made come from a damaged rollup.
fn of_peak(candidates: Vec<(Resource, u64)>, peak: u32) -> Result<(Quantity, Resources), Damage> {
    if candidates.len() < peak as usize {
        return Err(Damage::new(
            "more subjects are active at once than there are",
        ));
    }
    let total = Quantity::from_units(u64::from(peak));
    Ok((total, Resources::OfPeak(candidates, peak as usize)))
}

/// Returns a sum that events can make; one that is not comes from a damaged rollup.
fn within<T: TryFrom<u128>>(sum: u128) -> Result<T, Damage> {
    T::try_from(sum).map_err(|_| Damage::new("a total is out of range"))
}

/// Counts a resource only in the highest-ranked meter of a family that saw it.
fn count_highest_rank(counted: &mut [Counted<'_>], names: Names<'_>) -> Result<(), Damage> {
    let mut families: BTreeMap<&str, Vec<(Reverse<u32>, usize)>> = BTreeMap::new();
    for (at, usage) in counted.iter().enumerate() {
        if let Some(family) = &usage.version.family {
            families
                .entry(&family.name)
                .or_default()
                .push((Reverse(family.rank), at));
        }
    }
    for mut members in families.into_values() {
        members.sort_unstable();
        let folds = |(_, at): &(_, usize)| counted[*at].version.resources == Spelling::Folded;
        let mut above = SeenAbove::new(names, members.iter().any(folds));
        for (_, at) in members {
            let usage = &mut counted[at];
            let Resources::Seen(resources) = &mut usage.resources else {
                unreachable!("a meter of a family counts resources")
            };
            above.take(usage.version.resources, resources)?;
            usage.total = Quantity::from_units(resources.len() as u64);
        }
    }
    Ok(())
}
