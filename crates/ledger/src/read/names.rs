//! The names of what a read has seen, and which of them are one resource.

use std::borrow::Cow;
use std::collections::BTreeMap;

use exchequer_core::{Instant, Spelling};
use hashbrown::{HashMap, HashSet};

use super::merged::Merged;
use super::report::Resource;
use crate::codec::damage::Damage;
use crate::codec::strings::Strings;
use crate::directory::Directory;

/// The names of subjects by number: those of the directory, behind them those that only
/// the tail knows.
#[derive(Clone, Copy)]
pub(super) struct Names<'a> {
    directory: &'a Directory,
    newcomers: &'a Strings,
    merged: &'a Merged,
}

impl<'a> Names<'a> {
    pub(super) fn new(
        directory: &'a Directory,
        newcomers: &'a Strings,
        merged: &'a Merged,
    ) -> Self {
        Self {
            directory,
            newcomers,
            merged,
        }
    }

    /// Returns true if each name is a resource of its own.
    pub(super) fn are_resources(self, spelling: Spelling) -> bool {
        spelling == Spelling::Exact && self.merged.is_empty()
    }

    /// Returns the name of a subject. One that is in neither comes from a damaged row.
    pub(super) fn get(self, subject: u32) -> Result<&'a str, Damage> {
        match subject.checked_sub(self.directory.len()) {
            None => Ok(self.directory.name(subject)),
            Some(newcomer) if (newcomer as usize) < self.newcomers.len() => {
                Ok(self.newcomers.get(newcomer as usize))
            }
            Some(_) => Err(Damage::new("a subject points nowhere")),
        }
    }

    /// Returns what all names of a resource have in common, folded.
    fn key(self, subject: u32) -> Result<Cow<'a, str>, Damage> {
        let key = Spelling::Folded.key(self.get(subject)?);
        let listed = self.merged.folded(&key);
        Ok(listed.map_or(key, |(_, key)| Cow::Borrowed(key)))
    }

    /// Returns for each subject its resource: that of its alias, or else of all its
    /// spellings the one that was seen first, of equals the one that comes first.
    pub(super) fn shown(
        self,
        spelling: Spelling,
        seen: impl Iterator<Item = Resource>,
    ) -> Result<BTreeMap<u32, Resource>, Damage> {
        match spelling {
            Spelling::Exact => Ok(self.shown_exact(seen)),
            Spelling::Folded => self.shown_folded(seen),
        }
    }

    fn shown_exact(self, seen: impl Iterator<Item = Resource>) -> BTreeMap<u32, Resource> {
        let mut firsts: HashMap<u32, Instant> = HashMap::new();
        let mut subjects = Vec::new();
        for Resource { subject, date } in seen {
            let resource = self.merged.exact(subject);
            let first = firsts.entry(resource).or_insert(date);
            *first = date.min(*first);
            subjects.push((subject, resource));
        }
        let subjects = subjects.into_iter();
        let shown = subjects.map(|(subject, resource)| {
            let date = firsts[&resource];
            (
                subject,
                Resource {
                    subject: resource,
                    date,
                },
            )
        });
        shown.collect()
    }

    fn shown_folded(
        self,
        seen: impl Iterator<Item = Resource>,
    ) -> Result<BTreeMap<u32, Resource>, Damage> {
        let mut spellings: HashMap<Cow<'_, str>, (Resource, &str, Vec<u32>)> = HashMap::new();
        for resource in seen {
            let name = self.get(resource.subject)?;
            let one = spellings.entry(self.key(resource.subject)?);
            let (first, first_name, all) = one.or_insert((resource, name, Vec::new()));
            if (resource.date, name) < (first.date, *first_name) {
                (*first, *first_name) = (resource, name);
            }
            all.push(resource.subject);
        }
        let spellings = spellings.into_iter();
        let shown = spellings.flat_map(|(key, (mut first, _, all))| {
            if let Some((listed, _)) = self.merged.folded(&key) {
                first.subject = listed;
            }
            let all = all.into_iter();
            all.map(move |subject| (subject, first))
        });
        Ok(shown.collect())
    }
}

/// The resources that meters of a family have seen, from the highest rank on.
///
/// If one of two meters folds its resources, those of both are compared so.
pub(super) struct SeenAbove<'a> {
    names: Names<'a>,
    /// Those of meters that do not fold.
    exact: HashSet<u32>,
    /// Those of meters that do.
    folded: HashSet<Cow<'a, str>>,
    /// All of them, folded, if some meter of the family needs that.
    keys: Option<HashSet<Cow<'a, str>>>,
}

impl<'a> SeenAbove<'a> {
    pub(super) fn new(names: Names<'a>, some_fold: bool) -> Self {
        Self {
            names,
            exact: HashSet::new(),
            folded: HashSet::new(),
            keys: some_fold.then(HashSet::new),
        }
    }

    /// Takes out of the resources of the next meter what those before it have seen.
    pub(super) fn take(
        &mut self,
        spelling: Spelling,
        resources: &mut Vec<Resource>,
    ) -> Result<(), Damage> {
        let Some(keys) = &mut self.keys else {
            resources.retain(|resource| self.exact.insert(resource.subject));
            return Ok(());
        };
        let mut left = Vec::with_capacity(resources.len());
        let mut own = Vec::with_capacity(resources.len());
        for resource in resources.iter() {
            let key = self.names.key(resource.subject)?;
            let above = match spelling {
                Spelling::Folded => keys.contains(&key),
                Spelling::Exact => {
                    self.exact.contains(&resource.subject) || self.folded.contains(&key)
                }
            };
            if !above {
                left.push(*resource);
            }
            own.push((resource.subject, key));
        }
        for (subject, key) in own {
            match spelling {
                Spelling::Folded => _ = self.folded.insert(key.clone()),
                Spelling::Exact => _ = self.exact.insert(subject),
            }
            keys.insert(key);
        }
        *resources = left;
        Ok(())
    }
}
