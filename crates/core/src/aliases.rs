//! The names of an organisation that are one resource, from a day on.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::meter::Spelling;
use crate::time::Day;

#[cfg(test)]
mod tests;

/// The rule that a list of aliases breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AliasError {
    /// A name is an alias of two resources.
    #[error("{0:?} is an alias of two resources")]
    Twice(String),
    /// A name is an alias of itself.
    #[error("{0:?} is an alias of itself")]
    Itself(String),
    /// A resource is itself an alias of another one.
    #[error("{0:?} has an alias, and is one itself")]
    Chain(String),
}

/// The aliases of an organisation on a day: names that count as another one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AliasList(BTreeMap<String, String>);

/// Names that are one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneResource<'a> {
    /// The name under which the resource is shown.
    pub shown: &'a str,
    /// What the spellings of its names have in common, by the [`Spelling::key`] of each.
    pub keys: BTreeSet<Cow<'a, str>>,
}

impl AliasList {
    /// Returns the list of these aliases, each with the name of its resource.
    ///
    /// # Errors
    /// If a name would be two resources, or a resource another one.
    pub fn new(aliases: impl IntoIterator<Item = (String, String)>) -> Result<Self, AliasError> {
        let mut list = BTreeMap::new();
        for (alias, resource) in aliases {
            if alias == resource {
                return Err(AliasError::Itself(alias));
            }
            if let Some(other) = list.insert(alias.clone(), resource.clone())
                && other != resource
            {
                return Err(AliasError::Twice(alias));
            }
        }
        match list.values().find(|resource| list.contains_key(*resource)) {
            Some(resource) => Err(AliasError::Chain(resource.clone())),
            None => Ok(Self(list)),
        }
    }

    /// Returns true if no name counts as another one.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the number of aliases.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns the resources that have aliases, each with them, in order.
    #[must_use]
    pub fn by_resource(&self) -> BTreeMap<&str, Vec<&str>> {
        let mut resources: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (alias, resource) in &self.0 {
            resources.entry(resource).or_default().push(alias);
        }
        resources
    }

    /// Returns the names that are one resource for a meter that spells so: those of the
    /// list, and of those that share a spelling all together, under the name that comes
    /// first.
    #[must_use]
    pub fn resources(&self, spelling: Spelling) -> Vec<OneResource<'_>> {
        let mut merged: Vec<Option<OneResource<'_>>> = Vec::new();
        let mut places: HashMap<Cow<'_, str>, usize> = HashMap::new();
        for (shown, aliases) in self.by_resource() {
            let names = std::iter::once(shown).chain(aliases);
            let mut one = OneResource {
                shown,
                keys: names.map(|name| spelling.key(name)).collect(),
            };
            // Those before it that share a spelling become part of it.
            let same: BTreeSet<usize> = one
                .keys
                .iter()
                .filter_map(|it| places.get(it))
                .copied()
                .collect();
            for place in same {
                let other = merged[place]
                    .take()
                    .expect("a place of one that was not merged");
                one.shown = one.shown.min(other.shown);
                one.keys.extend(other.keys);
            }
            places.extend(one.keys.iter().map(|key| (key.clone(), merged.len())));
            merged.push(Some(one));
        }
        merged.into_iter().flatten().collect()
    }

    /// Returns what the spellings of the names have in common that are one resource with
    /// this one.
    #[must_use]
    pub fn same_as<'a>(&'a self, name: &'a str, spelling: Spelling) -> BTreeSet<Cow<'a, str>> {
        let key = spelling.key(name);
        let mut resources = self.resources(spelling).into_iter();
        let found = resources.find(|one| one.keys.contains(&key));
        found.map_or_else(|| BTreeSet::from([key]), |one| one.keys)
    }
}

/// A change of an alias: a name that counts as a resource from a day on, or as itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AliasChange {
    /// The name.
    pub name: String,
    /// The first day.
    pub begins: Day,
    /// The resource; `None` for the name itself.
    pub resource: Option<String>,
}

/// The aliases of an organisation, day by day.
///
/// What was said last of a day holds on it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Aliases {
    version: u64,
    /// By name, what was said of it, in the order in which it was.
    said: BTreeMap<String, Vec<(Day, Option<String>)>>,
    /// The days on which the list may change.
    begins: BTreeSet<Day>,
}

impl Aliases {
    /// No aliases.
    pub const NONE: Self = Self {
        version: 0,
        said: BTreeMap::new(),
        begins: BTreeSet::new(),
    };

    /// Returns the aliases that these changes make, in the order in which they were made.
    /// `version` counts the lists that were put.
    #[must_use]
    pub fn new(version: u64, changes: impl IntoIterator<Item = AliasChange>) -> Self {
        let mut aliases = Self {
            version,
            ..Self::default()
        };
        for change in changes {
            aliases.begins.insert(change.begins);
            let said = aliases.said.entry(change.name).or_default();
            said.push((change.begins, change.resource));
        }
        aliases
    }

    /// Returns the number of lists that were put.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Returns the number of changes.
    #[must_use]
    pub fn changes(&self) -> usize {
        self.said.values().map(Vec::len).sum()
    }

    /// Returns the first day on which the list of a day has held; `None` before all lists.
    #[must_use]
    pub fn since(&self, day: Day) -> Option<Day> {
        self.begins.range(..=day).next_back().copied()
    }

    /// Returns the list of a day.
    #[must_use]
    pub fn on(&self, day: Day) -> AliasList {
        let names = self.said.keys();
        let aliases =
            names.filter_map(|name| Some((name.clone(), self.resource(name, day)?.to_owned())));
        AliasList(aliases.collect())
    }

    /// Returns the resource that a name is an alias of on a day.
    fn resource(&self, name: &str, day: Day) -> Option<&str> {
        let said = self.said.get(name)?.iter().rev();
        let mut holds = said.filter(|(begins, _)| *begins <= day);
        holds.next().and_then(|(_, resource)| resource.as_deref())
    }

    /// Returns the changes after which this list holds from a day on, for ever.
    #[must_use]
    pub fn changes_to(&self, list: &AliasList, begins: Day) -> Vec<AliasChange> {
        let days: Vec<Day> = std::iter::once(begins)
            .chain(self.begins.iter().copied().filter(|day| *day > begins))
            .collect();
        let names: BTreeSet<&String> = self.said.keys().chain(list.0.keys()).collect();
        let changed = names.into_iter().filter(|name| {
            let wanted = list.0.get(*name).map(String::as_str);
            days.iter().any(|day| self.resource(name, *day) != wanted)
        });
        changed
            .map(|name| AliasChange {
                name: name.clone(),
                begins,
                resource: list.0.get(name).cloned(),
            })
            .collect()
    }
}
