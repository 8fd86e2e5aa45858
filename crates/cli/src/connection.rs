//! The server and the credentials: from flags, variables and the settings file
//! to a client of the API.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::Args;
use exchequer_client::{Client, Region, Server, Wait};

use crate::exit::usage;
use crate::output::message;
use crate::secret;
use crate::settings::Settings;

const DEFAULT_URL: &str = "http://127.0.0.1:8080";

/// The time for which a call is tried again, unless the command has more time.
pub(crate) const RETRY_BUDGET: Duration = Duration::from_secs(15);

/// Flags of every command that talks to a server.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Server and credentials")]
pub(crate) struct Connection {
    /// Address of the server [env: EXCHEQUER_URL] [default: http://127.0.0.1:8080]
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// Region of Genesys Cloud to use instead of --url, e.g. mypurecloud.com [env: EXCHEQUER_ENVIRONMENT]
    #[arg(long, value_name = "REGION", conflicts_with = "url")]
    pub(crate) environment: Option<String>,
    /// Certificates (PEM) to trust in addition to those of the system [env: EXCHEQUER_CA_CERT]
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_cert: Option<PathBuf>,
    /// Id of the OAuth client [env: EXCHEQUER_CLIENT_ID]
    #[arg(long, value_name = "ID")]
    pub(crate) client_id: Option<String>,
    /// File with the client secret [env: EXCHEQUER_CLIENT_SECRET_FILE, or EXCHEQUER_CLIENT_SECRET for the secret itself]
    #[arg(long, value_name = "FILE")]
    pub(crate) client_secret_file: Option<PathBuf>,
}

impl Connection {
    /// Prepares a client; nothing is sent yet.
    pub(crate) fn client(
        &self,
        settings: &Settings<'_>,
        retry_budget: Duration,
    ) -> anyhow::Result<Client> {
        let file = &settings.file;
        let server = self.server(settings)?;
        let id = self.client_id(settings)?;
        let secret = secret::find(settings, self.client_secret_file.as_deref())?;
        let mut builder = Client::builder(server, id, secret.expose())
            .user_agent(concat!("exchequer/", env!("CARGO_PKG_VERSION")))
            .retry_budget(retry_budget)
            // A user who does not want to wait gives --no-wait, or ends the program.
            .report_budget(Duration::MAX)
            .on_wait(report_waits());
        let roots = settings.choose(
            self.ca_cert.clone(),
            "EXCHEQUER_CA_CERT",
            file.ca_cert.clone(),
        )?;
        if let Some(path) = roots {
            let pem =
                fs::read(&path).map_err(|error| usage(format!("{}: {error}", path.display())))?;
            builder = builder.root_certificates(pem);
        }
        Ok(builder.build()?)
    }

    /// Prepares a client that asks for an organisation; without one, for its own.
    pub(crate) fn client_of(
        &self,
        organization: Option<&str>,
        settings: &Settings<'_>,
        retry_budget: Duration,
    ) -> anyhow::Result<Client> {
        let client = self.client(settings, retry_budget)?;
        Ok(match organization {
            Some(organization) => client.for_organization(organization),
            None => client,
        })
    }

    /// Returns the id of the OAuth client.
    pub(crate) fn client_id(&self, settings: &Settings<'_>) -> anyhow::Result<String> {
        let id = settings.choose(
            self.client_id.clone(),
            "EXCHEQUER_CLIENT_ID",
            settings.file.client_id.clone(),
        )?;
        id.ok_or_else(|| usage("no client id: set EXCHEQUER_CLIENT_ID or add --client-id"))
    }

    /// Returns the server that is named first: by flags, by variables, by the file.
    fn server(&self, settings: &Settings<'_>) -> anyhow::Result<Server> {
        let file = &settings.file;
        let places = [
            (
                "--url and --environment",
                self.url.clone(),
                self.environment.clone(),
            ),
            (
                "EXCHEQUER_URL and EXCHEQUER_ENVIRONMENT",
                settings.variable("EXCHEQUER_URL"),
                settings.variable("EXCHEQUER_ENVIRONMENT"),
            ),
            (
                "url and environment in the settings file",
                file.url.clone(),
                file.environment.clone(),
            ),
        ];
        for (place, url, environment) in places {
            return match (url, environment) {
                (None, None) => continue,
                (Some(url), None) => Ok(url.parse()?),
                (None, Some(region)) => Ok(region.parse::<Region>()?.into()),
                (Some(_), Some(_)) => Err(usage(format!(
                    "{place} cannot be used together: they name two servers"
                ))),
            };
        }
        Ok(DEFAULT_URL.parse()?)
    }
}

/// Returns a callback that says on stderr why nothing happens. Of a report it
/// says so once.
fn report_waits() -> impl Fn(Wait<'_>) + Send + Sync {
    let told = AtomicBool::new(false);
    move |wait| match wait {
        Wait::Retry { error, pause } => message(&format!("{error}; trying again in {pause:.1?}")),
        _ if told.swap(true, Ordering::Relaxed) => {}
        _ => message("the report is in progress; waiting for it"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(flags: (&str, &str), variables: (&str, &str)) -> anyhow::Result<String> {
        let set = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let environment = |name: &str| match name {
            "EXCHEQUER_URL" => set(variables.0),
            "EXCHEQUER_ENVIRONMENT" => set(variables.1),
            _ => None,
        };
        let connection = Connection {
            url: set(flags.0),
            environment: set(flags.1),
            ..Connection::default()
        };
        let settings = Settings::load(None, &environment)?;
        Ok(connection.server(&settings)?.to_string())
    }

    #[test]
    fn a_region_or_an_address_whichever_is_named_first() {
        let none = ("", "");
        let local = "http://127.0.0.1:8080/";
        assert_eq!(server(none, none).unwrap(), local);
        let ireland = "https://api.mypurecloud.ie/";
        assert_eq!(server(("", "mypurecloud.ie"), none).unwrap(), ireland);
        assert_eq!(server(none, ("", "mypurecloud.ie")).unwrap(), ireland);
        let both = server(("http://a", ""), ("", "mypurecloud.ie"));
        assert_eq!(both.unwrap(), "http://a/");
        assert!(server(none, ("http://a", "mypurecloud.ie")).is_err());
        for bad in [("localhost:1", ""), ("", "example.com")] {
            let error = server(bad, none).unwrap_err();
            assert_eq!(crate::exit::code(&error), crate::exit::Exit::Usage);
        }
    }
}
