//! The names of what a read has seen, and which of them are one resource.

use std::borrow::Cow;
use std::collections::BTreeMap;

use exchequer_core::Spelling;
use hashbrown::{HashMap, HashSet};

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
}

impl<'a> Names<'a> {
    pub(super) fn new(directory: &'a Directory, newcomers: &'a Strings) -> Self {
        Self {
            directory,
            newcomers,
        }
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

    /// Returns what all spellings of a subject have in common.
    fn key(self, subject: u32) -> Result<Cow<'a, str>, Damage> {
        Ok(Spelling::Folded.key(self.get(subject)?))
    }

    /// Returns for each subject the one by whose name its resource is shown: of all its
    /// spellings the one that was seen first, of equals the one that comes first.
    pub(super) fn shown(
        self,
        seen: impl Iterator<Item = Resource>,
    ) -> Result<BTreeMap<u32, Resource>, Damage> {
        let mut spellings: HashMap<Cow<'_, str>, (Resource, &str, Vec<u32>)> = HashMap::new();
        for resource in seen {
            let name = self.get(resource.subject)?;
            let one = spellings.entry(Spelling::Folded.key(name));
            let (first, first_name, all) = one.or_insert((resource, name, Vec::new()));
            if (resource.date, name) < (first.date, *first_name) {
                (*first, *first_name) = (resource, name);
            }
            all.push(resource.subject);
        }
        let spellings = spellings.into_values();
        let shown = spellings.flat_map(|(first, _, all)| {
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
