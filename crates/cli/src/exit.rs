//! Exit codes: one small, documented number for each way a command can end.

use std::fmt;
use std::process::ExitCode;

use exchequer_client::Error;

/// The exit codes. The numbers are part of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything was done.
    Success = 0,
    /// The command failed for a reason without a code of its own.
    Failure = 1,
    /// Flags, settings or an input file are invalid; nothing was sent.
    Usage = 2,
    /// The server refused the credentials, or they lack a permission.
    NotAuthorised = 3,
    /// The thing does not exist, or the caller may not see it.
    NotFound = 4,
    /// The server could not be reached, or stayed overloaded, after all retries.
    Unavailable = 5,
    /// The work was partly done: some events were rejected or conflict, the overviews of
    /// some customers are missing, or some contracts were not closed.
    Incomplete = 6,
    /// The report is still in progress, and the caller did not want to wait.
    InProgress = 7,
    /// The ledger is damaged or does not agree with its events.
    Differences = 8,
}

/// The table printed by `exchequer --help`.
pub(crate) const HELP: &str = "\
Exit codes:
  0  success
  1  any other failure
  2  invalid flags, settings or input file; nothing was sent
  3  the server refused the credentials, or a permission is missing
  4  not found
  5  the server could not be reached, or stayed overloaded, after all retries
  6  partly done: some events were rejected or conflict, the overviews of some
     customers could not be read (overview --all), or some contracts could not
     be closed (close --all)
  7  the report is still in progress (report --no-wait)
  8  the ledger is damaged or does not agree with its events (verify)

Data goes to stdout, everything else to stderr.
A flag wins over its EXCHEQUER_* variable, and that over the settings file.
The client secret is read from EXCHEQUER_CLIENT_SECRET or from the file named by
--client-secret-file, or the command asks for it on a terminal. No flag takes it.";

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// A mistake of the caller, found before anything was sent.
#[derive(Debug)]
pub(crate) struct Usage(pub(crate) String);

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// Returns a [`Usage`] error.
pub(crate) fn usage(message: impl Into<String>) -> anyhow::Error {
    Usage(message.into()).into()
}

/// Returns the exit code of an error: that of its first cause that has one.
pub(crate) fn code(error: &anyhow::Error) -> Exit {
    for cause in error.chain() {
        if let Some(error) = cause.downcast_ref::<Error>() {
            return code_of_call(error);
        }
        if cause.downcast_ref::<Usage>().is_some() {
            return Exit::Usage;
        }
    }
    Exit::Failure
}

/// Returns the exit code of a failed call.
fn code_of_call(error: &Error) -> Exit {
    match (error, error.status()) {
        (_, Some(401 | 403)) => Exit::NotAuthorised,
        (_, Some(404)) => Exit::NotFound,
        (Error::InProgress, _) => Exit::InProgress,
        (Error::Invalid(_), _) => Exit::Usage,
        (Error::Untrusted(_), _) => Exit::Unavailable,
        (error, _) if error.is_passing() => Exit::Unavailable,
        _ => Exit::Failure,
    }
}

#[cfg(test)]
mod tests {
    use anyhow::{Context, anyhow};

    use super::*;

    #[test]
    fn the_first_cause_with_a_code_decides() {
        assert_eq!(code(&anyhow!("disk")), Exit::Failure);
        assert_eq!(code(&usage("no such flag")), Exit::Usage);
        let wrapped = Err::<(), _>(usage("bad key")).context("reading settings");
        assert_eq!(code(&wrapped.unwrap_err()), Exit::Usage);
        let invalid = Error::Invalid("no id".to_owned());
        let wrapped = Err::<(), _>(invalid).context("meter voice");
        assert_eq!(code(&wrapped.unwrap_err()), Exit::Usage);
        let down = Error::Unreachable("refused".to_owned());
        assert_eq!(code(&down.into()), Exit::Unavailable);
    }

    #[test]
    fn help_names_every_code() {
        for code in 0..=Exit::Differences as u8 {
            assert!(HELP.contains(&format!("\n  {code}  ")), "{code}");
        }
    }
}
