//! Locations of ledgers: directories, and databases of PostgreSQL.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::limits;

/// The place where a ledger is kept.
#[derive(Debug, Clone)]
pub enum Location {
    /// The files of a directory, which one process has to itself.
    Directory(PathBuf),
    /// A database that many nodes share.
    Postgres(Box<PostgresConfig>),
}

/// A database of PostgreSQL, and how it is used.
#[derive(Clone)]
pub struct PostgresConfig {
    /// `postgres://USER:PASSWORD@HOST:PORT/DATABASE`, with parameters as libpq
    /// has them (`sslmode`, `sslrootcert`, …).
    pub url: String,
    /// The most connections of a node for requests; three more are for its
    /// writer and its folder.
    pub connections: u32,
    /// The time that a connection is waited for.
    pub connect_timeout: Duration,
    /// The time that a statement may take.
    pub statement_timeout: Duration,
    /// The time that a transaction waits for another one's lock.
    pub lock_timeout: Duration,
}

impl PostgresConfig {
    /// Returns the configuration of a database with the usual settings.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            connections: limits::CONNECTIONS,
            connect_timeout: limits::CONNECT_TIMEOUT,
            statement_timeout: limits::STATEMENT_TIMEOUT,
            lock_timeout: limits::LOCK_TIMEOUT,
        }
    }

    /// Returns the URL without what stands before the host, which may be a password.
    fn address(&self) -> &str {
        let rest = self.url.split_once("://").map_or("", |(_, rest)| rest);
        let rest = rest.split_once('?').map_or(rest, |(rest, _)| rest);
        rest.rsplit_once('@').map_or(rest, |(_, address)| address)
    }
}

impl fmt::Debug for PostgresConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.address())
    }
}

/// Names it to people, without a password.
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory(directory) => write!(f, "{}", directory.display()),
            Self::Postgres(server) => write!(f, "PostgreSQL at {}", server.address()),
        }
    }
}

impl From<&Path> for Location {
    fn from(directory: &Path) -> Self {
        Self::Directory(directory.to_owned())
    }
}

impl From<&PathBuf> for Location {
    fn from(directory: &PathBuf) -> Self {
        Self::Directory(directory.clone())
    }
}

impl From<PostgresConfig> for Location {
    fn from(server: PostgresConfig) -> Self {
        Self::Postgres(Box::new(server))
    }
}

impl From<&Self> for Location {
    fn from(location: &Self) -> Self {
        location.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        for (url, shown) in [
            (
                "postgres://ada:p@ss@db:5432/billing?sslmode=require",
                "db:5432/billing",
            ),
            ("postgres://db/billing", "db/billing"),
            ("nonsense:secret", ""),
        ] {
            let location = Location::from(PostgresConfig::new(url));
            assert_eq!(location.to_string(), format!("PostgreSQL at {shown}"));
            assert_eq!(format!("{location:?}"), format!("Postgres({shown})"));
        }
    }
}
