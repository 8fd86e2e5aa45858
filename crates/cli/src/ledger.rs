//! Flags and settings of the commands that open a ledger.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::Args;
use exchequer_store::{Location, PostgresConfig};

use crate::exit::usage;
use crate::settings::Settings;

/// The directory of the ledger if nothing names another.
const DEFAULT_DATA: &str = "exchequer-data";

/// Flags of `init`, `serve` and `verify`.
#[derive(Debug, Default, Args)]
pub(crate) struct LedgerFlags {
    /// Directory of the ledger [env: EXCHEQUER_DATA] [default: exchequer-data]
    #[arg(long, value_name = "DIR", conflicts_with = "database_url")]
    data: Option<PathBuf>,
    /// PostgreSQL database of the ledger, postgres://USER:PASSWORD@HOST/DATABASE; better keep the password in PGPASSWORD or ~/.pgpass [env: EXCHEQUER_DATABASE_URL]
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    /// Maximum number of database connections for requests; background work uses three more [env: EXCHEQUER_DATABASE_CONNECTIONS] [default: 20]
    #[arg(long, value_name = "CONNECTIONS")]
    database_connections: Option<u32>,
    /// Maximum time to wait for a database connection [env: EXCHEQUER_DATABASE_CONNECT_TIMEOUT] [default: 10s]
    #[arg(long, value_name = "TIME")]
    database_connect_timeout: Option<Time>,
    /// Maximum time of a database statement [env: EXCHEQUER_DATABASE_STATEMENT_TIMEOUT] [default: 60s]
    #[arg(long, value_name = "TIME")]
    database_statement_timeout: Option<Time>,
    /// Maximum time to wait for a database lock [env: EXCHEQUER_DATABASE_LOCK_TIMEOUT] [default: 15s]
    #[arg(long, value_name = "TIME")]
    database_lock_timeout: Option<Time>,
}

/// A time: a number with `ms` or `s`; a bare number is seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Time(pub(crate) Duration);

impl FromStr for Time {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (digits, unit): (_, fn(u64) -> Duration) = match text.strip_suffix("ms") {
            Some(digits) => (digits, Duration::from_millis),
            None => (text.strip_suffix('s').unwrap_or(text), Duration::from_secs),
        };
        let number = digits.parse::<u32>();
        let number =
            number.map_err(|_| format!("{text} is not a time: write it like 500ms or 2s"))?;
        Ok(Self(unit(number.into())))
    }
}

impl LedgerFlags {
    /// Returns the place that the flags name, or else the environment, or else
    /// the settings file.
    pub(crate) fn location(self, settings: &Settings<'_>) -> anyhow::Result<Location> {
        let file = &settings.file;
        let variable = |name| settings.variable(name);
        let variables = (
            variable("EXCHEQUER_DATA").map(PathBuf::from),
            variable("EXCHEQUER_DATABASE_URL"),
        );
        let places = [
            (&self.data, &self.database_url),
            (&variables.0, &variables.1),
            (&file.data, &file.database_url),
        ];
        let both = places
            .iter()
            .any(|(data, url)| data.is_some() && url.is_some());
        if both {
            return Err(usage(
                "a ledger is either in a directory (--data) or in PostgreSQL (--database-url), not both",
            ));
        }
        let mut places = places.into_iter();
        match places.find(|(data, url)| data.is_some() || url.is_some()) {
            Some((_, Some(url))) => {
                let mut config = PostgresConfig::new(url.as_str());
                self.apply_limits(settings, &mut config)?;
                Ok(config.into())
            }
            Some((Some(data), None)) => Ok(Location::Directory(data.clone())),
            _ => Ok(Location::Directory(DEFAULT_DATA.into())),
        }
    }

    fn apply_limits(
        &self,
        settings: &Settings<'_>,
        config: &mut PostgresConfig,
    ) -> anyhow::Result<()> {
        let connections = self.database_connections;
        let variable = "EXCHEQUER_DATABASE_CONNECTIONS";
        let connections =
            settings.choose(connections, variable, settings.file.database_connections)?;
        match connections {
            Some(0) => {
                return Err(usage(
                    "the number of database connections must be at least 1",
                ));
            }
            Some(connections) => config.connections = connections,
            None => {}
        }
        for (flag, variable, time) in [
            (
                self.database_connect_timeout,
                "EXCHEQUER_DATABASE_CONNECT_TIMEOUT",
                &mut config.connect_timeout,
            ),
            (
                self.database_statement_timeout,
                "EXCHEQUER_DATABASE_STATEMENT_TIMEOUT",
                &mut config.statement_timeout,
            ),
            (
                self.database_lock_timeout,
                "EXCHEQUER_DATABASE_LOCK_TIMEOUT",
                &mut config.lock_timeout,
            ),
        ] {
            if let Some(Time(chosen)) = settings.choose(flag, variable, None)? {
                *time = chosen;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        for (text, millis) in [("2s", 2000), ("0", 0), ("500ms", 500), ("60", 60_000)] {
            assert_eq!(text.parse(), Ok(Time(Duration::from_millis(millis))));
        }
        for bad in ["", "s", "2m", "-1s", "1.5s"] {
            assert!(bad.parse::<Time>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_flag_names_the_place_before_a_variable_and_the_default() {
        let set = |name: &str| match name {
            "EXCHEQUER_DATABASE_URL" => Some("postgres://ada@db/billing".to_owned()),
            "EXCHEQUER_DATABASE_LOCK_TIMEOUT" => Some("7s".to_owned()),
            _ => None,
        };
        let place = |flags: LedgerFlags, environment: &dyn Fn(&str) -> Option<String>| {
            let settings = Settings::without_file(environment);
            flags.location(&settings).map(|place| place.to_string())
        };
        let data = LedgerFlags {
            data: Some("here".into()),
            ..LedgerFlags::default()
        };
        assert_eq!(place(data, &set).unwrap(), "here");
        let none = LedgerFlags::default;
        assert_eq!(place(none(), &set).unwrap(), "PostgreSQL at db/billing");
        assert_eq!(place(none(), &|_| None).unwrap(), DEFAULT_DATA);
        assert!(place(none(), &|name| set(name).or(Some("4".to_owned()))).is_err());
        let settings = Settings::without_file(&set);
        let Location::Postgres(server) = none().location(&settings).unwrap() else {
            panic!("a database");
        };
        assert_eq!(server.lock_timeout, Duration::from_secs(7));
        let few = LedgerFlags {
            database_connections: Some(0),
            ..none()
        };
        assert!(few.location(&settings).is_err());
    }
}
