//! Catalog files: TOML that says what organisations, clients, trusts,
//! meters, products and contracts shall be. Everything is read and checked
//! before the first change is sent.

mod document;
mod position;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use exchequer_types::{PutClient, PutContract, PutMeter, PutOrganization, PutProduct, PutTrust};

use self::position::Source;
use crate::exit::usage;

/// Looks up a variable of the environment.
pub use crate::settings::Environment;

/// What the files say, in the order in which it is sent.
#[derive(Default)]
pub struct Catalog {
    /// Organisations.
    pub organizations: Vec<Item<PutOrganization>>,
    /// Clients.
    pub clients: Vec<Item<PutClient>>,
    /// Trusts.
    pub trusts: Vec<Item<PutTrust>>,
    /// Meters.
    pub meters: Vec<Item<PutMeter>>,
    /// Products.
    pub products: Vec<Item<PutProduct>>,
    /// Contracts.
    pub contracts: Vec<Item<PutContract>>,
}

/// One thing of the catalog.
pub struct Item<T> {
    /// Its id: of a trust `TRUSTEE:TRUSTOR`, of a meter its name, of a product
    /// its part number, of a contract its number.
    pub id: String,
    /// `FILE:LINE`, for messages.
    pub at: String,
    /// The body that is sent.
    pub put: T,
}

/// Reads and checks all files. The environment holds the secrets that
/// `secret_env` names.
///
/// # Errors
/// A file cannot be read, or says what no catalog may; the message names the
/// place.
pub fn load(paths: &[PathBuf], environment: Environment<'_>) -> anyhow::Result<Catalog> {
    let mut catalog = Catalog::default();
    for path in paths {
        let text = fs::read_to_string(path)
            .map_err(|error| usage(format!("{}: {error}", path.display())))?;
        document::read(&Source::new(path, &text), environment, &mut catalog)?;
    }
    check(&catalog)?;
    Ok(catalog)
}

/// As [`load`], of a text; messages call it by this path.
///
/// # Errors
/// The text says what no catalog may.
pub fn parse(path: &Path, text: &str, environment: Environment<'_>) -> anyhow::Result<Catalog> {
    let mut catalog = Catalog::default();
    document::read(&Source::new(path, text), environment, &mut catalog)?;
    check(&catalog)?;
    Ok(catalog)
}

fn check(catalog: &Catalog) -> anyhow::Result<()> {
    refuse_repeats("organization", &catalog.organizations)?;
    refuse_repeats("client", &catalog.clients)?;
    refuse_repeats("trust", &catalog.trusts)?;
    refuse_repeats("meter", &catalog.meters)?;
    refuse_repeats("product", &catalog.products)?;
    refuse_repeats("contract", &catalog.contracts)
}

/// The same thing said twice would make the outcome depend on the order of files.
fn refuse_repeats<T>(kind: &str, items: &[Item<T>]) -> anyhow::Result<()> {
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
