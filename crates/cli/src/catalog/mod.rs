//! Catalog files: TOML that defines organisations, aliases, clients, trusts, meters,
//! products, contracts and the terms of closing. Everything is validated before the first change is
//! sent.

mod document;
mod items;
mod position;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

pub use self::items::{Catalog, CatalogItem};
use self::position::Source;
use crate::exit::usage;

/// Looks up a variable of the environment.
pub use crate::settings::Environment;

/// Reads and checks all files. The environment holds the secrets that
/// `secret_env` names.
///
/// # Errors
/// A file cannot be read or is not a valid catalog; the message names the place.
pub fn load(paths: &[PathBuf], environment: Environment<'_>) -> anyhow::Result<Catalog> {
    let mut catalog = Catalog::default();
    for path in paths {
        let text = fs::read_to_string(path)
            .map_err(|error| usage(format!("{}: {error}", path.display())))?;
        document::parse(&Source::new(path, &text), environment, &mut catalog)?;
    }
    check(&catalog)?;
    Ok(catalog)
}

/// Reads and checks a text as [`load`] does a file; messages name this path.
///
/// # Errors
/// The text is not a valid catalog.
pub fn parse(path: &Path, text: &str, environment: Environment<'_>) -> anyhow::Result<Catalog> {
    let mut catalog = Catalog::default();
    document::parse(&Source::new(path, text), environment, &mut catalog)?;
    check(&catalog)?;
    Ok(catalog)
}

fn check(catalog: &Catalog) -> anyhow::Result<()> {
    refuse_repeats("organization", &catalog.organizations)?;
    refuse_repeats("aliases", &catalog.aliases)?;
    refuse_repeats("client", &catalog.clients)?;
    refuse_repeats("trust", &catalog.trusts)?;
    refuse_repeats("meter", &catalog.meters)?;
    refuse_repeats("product", &catalog.products)?;
    refuse_repeats("closing", &catalog.closing)?;
    refuse_repeats("contract", &catalog.contracts)
}

/// Refuses an item that is defined twice: the outcome would depend on the order of
/// the files.
fn refuse_repeats<T>(kind: &str, items: &[CatalogItem<T>]) -> anyhow::Result<()> {
    let mut seen = HashMap::new();
    for item in items {
        if let Some(before) = seen.insert(&item.id, &item.at) {
            let (id, at) = (&item.id, &item.at);
            return Err(usage(format!(
                "{at}: {kind} {id} is defined already at {before}"
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
