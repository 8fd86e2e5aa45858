//! The client secret: from the environment, a file, or a prompt. Never from a
//! flag, because the list of processes would show it.

use std::fmt;
use std::fs;
use std::io::IsTerminal;
use std::path::Path;

use anyhow::Context;

use crate::exit::usage;
use crate::settings::Settings;

/// A secret that does not show itself in logs and panics.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Secret {
    /// Returns the text, for the one place that sends it.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Finds the secret of the client: variable, file, prompt.
///
/// A file named by a flag wins over the variable, as flags do; one named by
/// the settings file does not.
pub(crate) fn find(settings: &Settings<'_>, flag: Option<&Path>) -> anyhow::Result<Secret> {
    if let Some(path) = flag {
        return from_file(path);
    }
    if let Some(text) = settings.variable("EXCHEQUER_CLIENT_SECRET") {
        return Ok(Secret(text));
    }
    let file = settings.file.client_secret_file.clone();
    match settings.choose(None, "EXCHEQUER_CLIENT_SECRET_FILE", file)? {
        Some(path) => from_file(&path),
        None => prompt(),
    }
}

fn from_file(path: &Path) -> anyhow::Result<Secret> {
    let text = fs::read_to_string(path)
        .map_err(|error| usage(error.to_string()))
        .with_context(|| format!("client secret file {}", path.display()))?;
    let text = text.trim_end_matches(['\r', '\n']);
    if text.is_empty() {
        return Err(usage(format!(
            "{} is empty: it should hold the client secret",
            path.display()
        )));
    }
    Ok(Secret(text.to_owned()))
}

fn prompt() -> anyhow::Result<Secret> {
    let terminal = console::Term::stderr();
    if !terminal.is_term() || !std::io::stdin().is_terminal() {
        return Err(usage(
            "no client secret: set EXCHEQUER_CLIENT_SECRET, or add --client-secret-file FILE",
        ));
    }
    terminal.write_str("Client secret: ")?;
    Ok(Secret(terminal.read_secure_line()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_is_read_and_never_shown() {
        let set = |name: &str| (name == "EXCHEQUER_CLIENT_SECRET").then(|| "s3cret".to_owned());
        let settings = Settings::load(None, &set).unwrap();
        let secret = find(&settings, None).unwrap();
        assert_eq!(secret.expose(), "s3cret");
        assert!(!format!("{secret:?}").contains("s3cret"));
    }
}
