//! Settings: a flag wins over its `EXCHEQUER_*` variable, a variable over the
//! settings file, and the file over the default.

use std::fmt::Display;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::Context;
use serde::Deserialize;

use crate::exit::usage;

/// Read when no other settings file is named and this one is there.
const DEFAULT_FILE: &str = "exchequer.toml";

/// Looks up one variable of the environment; a test hands in its own.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The settings file. It holds no secret, only the name of a file with one.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    pub(crate) url: Option<String>,
    pub(crate) environment: Option<String>,
    pub(crate) ca_cert: Option<PathBuf>,
    pub(crate) client_id: Option<String>,
    pub(crate) client_secret_file: Option<PathBuf>,
    pub(crate) data: Option<PathBuf>,
    pub(crate) database_url: Option<String>,
    pub(crate) database_connections: Option<u32>,
    pub(crate) listen: Option<String>,
    pub(crate) tls_cert: Option<PathBuf>,
    pub(crate) tls_key: Option<PathBuf>,
    pub(crate) report_wait: Option<String>,
    pub(crate) public_url: Option<String>,
    pub(crate) cors_origins: Option<String>,
    pub(crate) rate_limit: Option<u32>,
    pub(crate) no_closing: Option<bool>,
    pub(crate) log_format: Option<String>,
    pub(crate) batch: Option<usize>,
    pub(crate) parallel: Option<usize>,
}

/// The sources of settings apart from flags.
pub(crate) struct Settings<'a> {
    environment: Environment<'a>,
    pub(crate) file: File,
}

impl<'a> Settings<'a> {
    /// Reads the settings file named by the flag or the environment, or the
    /// one in the current directory if there is one.
    pub(crate) fn load(flag: Option<&Path>, environment: Environment<'a>) -> anyhow::Result<Self> {
        let variable = environment("EXCHEQUER_CONFIG").filter(|value| !value.is_empty());
        let named = flag.map(Path::to_path_buf).or(variable.map(PathBuf::from));
        let path = named.clone().unwrap_or_else(|| DEFAULT_FILE.into());
        let file = match fs::read_to_string(&path) {
            Ok(text) => parse(&text, &path)?,
            Err(error) if named.is_none() && error.kind() == io::ErrorKind::NotFound => {
                File::default()
            }
            Err(error) => return Err(usage(format!("{}: {error}", path.display()))),
        };
        Ok(Self { environment, file })
    }

    /// Returns settings without a file.
    #[cfg(test)]
    pub(crate) fn without_file(environment: Environment<'a>) -> Self {
        Self {
            environment,
            file: File::default(),
        }
    }

    /// Returns a variable of the environment. An empty one counts as unset.
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        (self.environment)(name).filter(|value| !value.is_empty())
    }

    /// Returns the first value of flag, variable and file.
    pub(crate) fn choose<T>(
        &self,
        flag: Option<T>,
        variable: &str,
        file: Option<T>,
    ) -> anyhow::Result<Option<T>>
    where
        T: FromStr,
        T::Err: Display,
    {
        if flag.is_some() {
            return Ok(flag);
        }
        match self.variable(variable) {
            Some(text) => match text.parse() {
                Ok(value) => Ok(Some(value)),
                Err(error) => Err(usage(format!("{variable}: {error}"))),
            },
            None => Ok(file),
        }
    }
}

/// Parses the settings file; paths in it are relative to its directory.
fn parse(text: &str, path: &Path) -> anyhow::Result<File> {
    let mut file: File = toml::from_str(text)
        .map_err(|error| usage(error.to_string()))
        .with_context(|| format!("settings file {}", path.display()))?;
    let home = path.parent().unwrap_or(Path::new(""));
    for setting in [
        &mut file.ca_cert,
        &mut file.client_secret_file,
        &mut file.data,
        &mut file.tls_cert,
        &mut file.tls_key,
    ] {
        if let Some(relative) = setting {
            *setting = Some(home.join(&*relative));
        }
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings<'a>(environment: Environment<'a>, text: &str) -> Settings<'a> {
        let file = parse(text, Path::new("conf/exchequer.toml")).unwrap();
        Settings { environment, file }
    }

    #[test]
    fn flags_then_environment_then_file() {
        let set = |name: &str| (name == "EXCHEQUER_URL").then(|| "http://variable".to_owned());
        let both = settings(&set, "url = 'http://file'");
        let url = |settings: &Settings<'_>, flag: Option<&str>| {
            let flag = flag.map(str::to_owned);
            let file = settings.file.url.clone();
            settings.choose(flag, "EXCHEQUER_URL", file).unwrap()
        };
        assert_eq!(url(&both, Some("http://flag")).unwrap(), "http://flag");
        assert_eq!(url(&both, None).unwrap(), "http://variable");
        let blank = |_: &str| Some(String::new());
        let file = settings(&blank, "url = 'http://file'");
        assert_eq!(url(&file, None).unwrap(), "http://file");
        assert_eq!(url(&settings(&|_| None, ""), None), None);
    }

    #[test]
    fn a_bad_variable_is_named() {
        let set = |_: &str| Some("many".to_owned());
        let error = settings(&set, "")
            .choose(None::<usize>, "EXCHEQUER_BATCH", None)
            .unwrap_err();
        assert!(error.to_string().starts_with("EXCHEQUER_BATCH: "));
    }

    #[test]
    fn unknown_keys_are_refused_and_paths_follow_the_file() {
        let error = parse("client_secret = 'x'", Path::new("a.toml")).unwrap_err();
        assert!(format!("{error:#}").contains("client_secret"));
        let file = parse("data = 'ledger'", Path::new("conf/a.toml")).unwrap();
        assert_eq!(file.data.unwrap(), Path::new("conf/ledger"));
    }

    #[test]
    fn a_named_file_must_exist() {
        let missing = Path::new("no-such-directory/settings.toml");
        assert!(Settings::load(Some(missing), &|_| None).is_err());
    }
}
