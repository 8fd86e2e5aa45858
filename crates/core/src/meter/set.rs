use std::collections::{BTreeMap, BTreeSet};

use super::definition::check_length;
use super::{Meter, MeterError, MeterVersion};
use crate::time::Day;

/// An immutable, checked snapshot of all meters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MeterSet {
    /// Sorted by name.
    meters: Vec<Meter>,
    /// Event type → the meters (places in `meters`) with any version listening to it.
    listeners: BTreeMap<String, Vec<usize>>,
    revision: u64,
}

impl MeterSet {
    /// Checks the meters and indexes them. The order of meters and of their
    /// versions does not matter: versions are put in order of their first day,
    /// those of one day in order of their number.
    ///
    /// # Errors
    /// The first meter that is invalid on its own or beside the others.
    pub fn new(mut meters: Vec<Meter>) -> Result<Self, MeterError> {
        for meter in &mut meters {
            meter
                .versions
                .sort_by_key(|version| (version.begins, version.version));
            check_meter(meter)?;
        }
        meters.sort_by(|a, b| a.name.cmp(&b.name));
        check_identities(&meters)?;
        check_families(&meters)?;
        Ok(Self {
            listeners: index(&meters),
            revision: highest_revision(&meters),
            meters,
        })
    }

    /// Returns all meters, sorted by name.
    pub fn meters(&self) -> &[Meter] {
        &self.meters
    }

    /// Returns the meter of this name.
    pub fn by_name(&self, name: &str) -> Option<&Meter> {
        let place = self
            .meters
            .binary_search_by(|meter| meter.name.as_str().cmp(name));
        place.ok().map(|place| &self.meters[place])
    }

    /// Returns the meter that has this name in the catalog, or has or had it in reports.
    pub fn find(&self, name: &str) -> Option<&Meter> {
        let renamed = || {
            let mut meters = self.meters.iter();
            meters.find(|meter| meter.names().any(|shown| shown == name))
        };
        self.by_name(name).or_else(renamed)
    }

    /// Returns the meters that count events of this type on this day, sorted by name,
    /// each with the version that holds.
    pub fn listening<'a>(
        &'a self,
        event_type: &str,
        day: Day,
    ) -> impl Iterator<Item = (&'a Meter, &'a MeterVersion)> + use<'a> {
        self.listeners
            .get_key_value(event_type)
            .into_iter()
            .flat_map(|(event_type, places)| places.iter().map(move |place| (event_type, place)))
            .filter_map(move |(event_type, place)| {
                let meter = &self.meters[*place];
                let version = meter.at(day)?;
                (version.event_type == *event_type).then_some((meter, version))
            })
    }

    /// Returns the names of the meters whose total is a level.
    #[must_use]
    pub fn levels(&self) -> BTreeSet<String> {
        let levels = self.meters.iter().filter(|meter| {
            // All versions of a meter have one aggregation.
            let mut versions = meter.versions.iter();
            versions.any(|version| version.aggregation.is_level())
        });
        levels.map(|meter| meter.name.clone()).collect()
    }

    /// Returns the highest catalog revision among the versions, and 0 for an empty set.
    pub fn revision(&self) -> u64 {
        self.revision
    }
}

fn check_meter(meter: &Meter) -> Result<(), MeterError> {
    check_length("name", &meter.name)?;
    let Some(first) = meter.versions.first() else {
        return Err(MeterError::NoVersion(meter.name.clone()));
    };
    let mut numbers = BTreeSet::new();
    for version in &meter.versions {
        version.validate().map_err(|why| MeterError::InVersion {
            meter: meter.name.clone(),
            version: version.version,
            why: Box::new(why),
        })?;
        if version.aggregation != first.aggregation {
            return Err(MeterError::AggregationChanged(meter.name.clone()));
        }
        if !numbers.insert(version.version) {
            return Err(MeterError::DuplicateVersion {
                meter: meter.name.clone(),
                version: version.version,
            });
        }
    }
    Ok(())
}

/// Checks that names and numbers stand for one meter each. `meters` is sorted by name.
fn check_identities(meters: &[Meter]) -> Result<(), MeterError> {
    if let Some(pair) = meters.windows(2).find(|pair| pair[0].name == pair[1].name) {
        return Err(MeterError::DuplicateName(pair[0].name.clone()));
    }
    // A name is for ever its meter's, so that it never stands for two.
    let mut owners: BTreeMap<&str, u32> = BTreeMap::new();
    for meter in meters {
        for name in meter.names() {
            if *owners.entry(name).or_insert(meter.number) != meter.number {
                return Err(MeterError::DuplicateName(name.to_owned()));
            }
        }
    }
    let mut numbers = BTreeSet::new();
    match meters.iter().find(|meter| !numbers.insert(meter.number)) {
        Some(meter) => Err(MeterError::DuplicateNumber(meter.number)),
        None => Ok(()),
    }
}

/// The days on which a meter has a rank in a family, up to but not including `end`.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Tenure<'a> {
    family: &'a str,
    rank: u32,
    begin: Day,
    /// `None` is for ever.
    end: Option<Day>,
    meter: &'a str,
}

fn check_families(meters: &[Meter]) -> Result<(), MeterError> {
    let mut tenures: Vec<Tenure<'_>> = meters.iter().flat_map(tenures).collect();
    tenures.sort();
    // Up to the first clash all tenures of a rank are disjoint, so neighbours suffice.
    for pair in tenures.windows(2) {
        let [first, second] = pair else { continue };
        let same_place = (first.family, first.rank) == (second.family, second.rank);
        if same_place && first.end.is_none_or(|end| second.begin < end) {
            return Err(MeterError::EqualRanks {
                family: first.family.to_owned(),
                rank: first.rank,
                first: first.meter.to_owned(),
                second: second.meter.to_owned(),
                day: second.begin,
            });
        }
    }
    Ok(())
}

fn tenures(meter: &Meter) -> impl Iterator<Item = Tenure<'_>> {
    let ends = meter
        .versions
        .iter()
        .skip(1)
        .map(|next| Some(next.begins))
        .chain([None]);
    meter
        .versions
        .iter()
        .zip(ends)
        // A version replaced on its own first day never holds.
        .filter(|(version, end)| *end != Some(version.begins))
        .filter_map(|(version, end)| {
            let family = version.family.as_ref()?;
            Some(Tenure {
                family: &family.name,
                rank: family.rank,
                begin: version.begins,
                end,
                meter: &meter.name,
            })
        })
}

fn index(meters: &[Meter]) -> BTreeMap<String, Vec<usize>> {
    let mut listeners: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (place, meter) in meters.iter().enumerate() {
        let types: BTreeSet<&str> = meter
            .versions
            .iter()
            .map(|version| version.event_type.as_str())
            .collect();
        for event_type in types {
            listeners
                .entry(event_type.to_owned())
                .or_default()
                .push(place);
        }
    }
    listeners
}

fn highest_revision(meters: &[Meter]) -> u64 {
    let versions = meters.iter().flat_map(|meter| &meter.versions);
    // The first revision is 1: a set without meters is as of before it.
    versions.map(|version| version.revision).max().unwrap_or(0)
}
