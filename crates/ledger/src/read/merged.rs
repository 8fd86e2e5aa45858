//! The subjects that the aliases of a day make one resource.

use exchequer_core::{AliasList, OneResource, Spelling};
use hashbrown::HashMap;

use super::reading::Newcomers;
use crate::directory::Directory;

/// The subjects that the aliases of a day make one resource. Each listed name has a number,
/// so that a resource can be shown under a name that nobody has sent.
#[derive(Default)]
pub(super) struct Merged {
    /// By subject, that of the resource.
    exact: HashMap<u32, u32>,
    /// By folded name, the resource.
    folded: HashMap<String, Folded>,
}

/// A resource of meters that fold.
struct Folded {
    subject: u32,
    /// Its name, folded: what its names have in common.
    key: String,
}

impl Merged {
    /// `folds` says that some meter folds its resources.
    pub(super) fn new(
        list: &AliasList,
        folds: bool,
        directory: &Directory,
        newcomers: &mut Newcomers,
    ) -> Self {
        let mut merged = Self::default();
        let mut number = |name: &str| {
            directory
                .number(name)
                .unwrap_or_else(|| directory.len() + newcomers.number(name))
        };
        for OneResource { shown, keys } in list.resources(Spelling::Exact) {
            let subject = number(shown);
            let names = keys.iter().map(|name| (number(name), subject));
            merged.exact.extend(names);
        }
        let folded = folds.then(|| list.resources(Spelling::Folded));
        for OneResource { shown, keys } in folded.into_iter().flatten() {
            let subject = number(shown);
            let key = Spelling::Folded.key(shown);
            merged.folded.extend(keys.into_iter().map(|name| {
                let key = key.clone().into_owned();
                (name.into_owned(), Folded { subject, key })
            }));
        }
        merged
    }

    /// Returns true if no name counts as another one.
    pub(super) fn is_empty(&self) -> bool {
        self.exact.is_empty()
    }

    /// Returns the subject that a subject counts as for meters that do not fold.
    pub(super) fn exact(&self, subject: u32) -> u32 {
        self.exact.get(&subject).copied().unwrap_or(subject)
    }

    /// Returns the resource of a folded name that is listed: its subject, and what its
    /// names have in common.
    pub(super) fn folded(&self, key: &str) -> Option<(u32, &str)> {
        let listed = self.folded.get(key)?;
        Some((listed.subject, &listed.key))
    }
}
