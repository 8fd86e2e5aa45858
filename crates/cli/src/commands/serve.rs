//! `exchequer serve`: serves the API of a ledger.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use anyhow::Context;
use clap::{Args, ValueEnum};
use exchequer_server::{Config, Origin, Origins};
use exchequer_store::Store;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use crate::exit::{Exit, usage};
use crate::ledger::{LedgerFlags, Time};
use crate::output::announce;
use crate::settings::Settings;

const DEFAULT_LISTEN: &str = "127.0.0.1:8080";
const LONGEST_REPORT_WAIT: Duration = Duration::from_secs(60);

/// Flags of `serve`.
#[derive(Debug, Args)]
pub(crate) struct Flags {
    /// Address to listen on; port 0 picks a free port [env: EXCHEQUER_LISTEN] [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    #[command(flatten)]
    ledger: LedgerFlags,
    /// Certificate chain (PEM) for TLS; needs --tls-key [env: EXCHEQUER_TLS_CERT]
    #[arg(long, value_name = "FILE")]
    tls_cert: Option<PathBuf>,
    /// Private key (PEM) of the certificate [env: EXCHEQUER_TLS_KEY]
    #[arg(long, value_name = "FILE")]
    tls_key: Option<PathBuf>,
    /// Address by which clients reach the server, if it is another one than that of --listen, e.g. https://billing.example.com [env: EXCHEQUER_PUBLIC_URL]
    #[arg(long, value_name = "ORIGIN")]
    public_url: Option<Origin>,
    /// Origins of pages that may call the API from a browser, between commas, or * for all [env: EXCHEQUER_CORS_ORIGINS] [default: none]
    #[arg(long, value_name = "ORIGINS")]
    cors_origins: Option<Origins>,
    /// Time that a request waits for its report, e.g. 500ms or 2s; 0 answers at once that it is in progress [env: EXCHEQUER_REPORT_WAIT] [default: 2s]
    #[arg(long, value_name = "TIME")]
    report_wait: Option<Time>,
    /// Maximum number of requests per minute and token [env: EXCHEQUER_RATE_LIMIT] [default: 300]
    #[arg(long, value_name = "REQUESTS")]
    rate_limit: Option<u32>,
    /// Close no billing periods in the background; `exchequer close` still does [env: EXCHEQUER_NO_CLOSING=true]
    #[arg(long)]
    no_closing: bool,
    /// Format of the logs on stderr; RUST_LOG sets which are written [env: EXCHEQUER_LOG_FORMAT] [default: text]
    #[arg(long, value_enum, value_name = "FORMAT")]
    log_format: Option<LogFormat>,
}

/// The format of logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum LogFormat {
    /// Lines of text for people
    #[default]
    Text,
    /// One JSON object per line
    Json,
}

impl FromStr for LogFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        ValueEnum::from_str(text, false)
    }
}

/// Opens the ledger and serves until SIGTERM or SIGINT.
pub(crate) async fn run(settings: &Settings<'_>, flags: Flags) -> anyhow::Result<Exit> {
    let file = &settings.file;
    // Logs come first, so that nothing is logged before there is a place for it.
    let log_format = parse(file.log_format.as_deref())?;
    let log_format = settings.choose(flags.log_format, "EXCHEQUER_LOG_FORMAT", log_format)?;
    start_logs(log_format.unwrap_or_default(), "info");
    let config = config(settings, &flags)?;
    let scheme = config.tls.as_ref().map_or("http", |_| "https");
    let place = flags.ledger.location(settings)?;
    let listen = settings
        .choose(flags.listen, "EXCHEQUER_LISTEN", file.listen.clone())?
        .unwrap_or_else(|| DEFAULT_LISTEN.to_owned());
    // Opening a large ledger takes time, and SIGTERM may come meanwhile.
    let shutdown = shutdown_signal()?;
    let store = Store::open(&place).with_context(|| format!("opening the ledger in {place}"))?;
    let listener = TcpListener::bind(&listen)
        .await
        .with_context(|| format!("listening on {listen}"))?;
    let address = listener.local_addr()?;
    // The store is open and connections queue from here on: it is ready.
    announce(&format!("listening on {scheme}://{address}"));
    exchequer_server::serve(store, config, listener, shutdown).await?;
    Ok(Exit::Success)
}

/// Returns the configuration of the server, from flags and settings.
fn config(settings: &Settings<'_>, flags: &Flags) -> anyhow::Result<Config> {
    let file = &settings.file;
    let mut config = Config::default();
    let wait = parse(file.report_wait.as_deref())?;
    if let Some(Time(wait)) = settings.choose(flags.report_wait, "EXCHEQUER_REPORT_WAIT", wait)? {
        // A request that waits longer would be cut by its time-out first.
        if wait > LONGEST_REPORT_WAIT {
            return Err(usage("--report-wait must be at most 60s"));
        }
        config.report_wait = wait;
    }
    let public_url = parse(file.public_url.as_deref())?;
    let flag = flags.public_url.clone();
    config.public_url = settings.choose(flag, "EXCHEQUER_PUBLIC_URL", public_url)?;
    let origins = parse(file.cors_origins.as_deref())?;
    let flag = flags.cors_origins.clone();
    let origins = settings.choose(flag, "EXCHEQUER_CORS_ORIGINS", origins)?;
    config.cors_origins = origins.unwrap_or_default();
    let limit = settings.choose(flags.rate_limit, "EXCHEQUER_RATE_LIMIT", file.rate_limit)?;
    if let Some(limit) = limit {
        config.rate_limit = limit;
    }
    let flag = flags.no_closing.then_some(true);
    if settings.choose(flag, "EXCHEQUER_NO_CLOSING", file.no_closing)? == Some(true) {
        config.closing_interval = None;
    }
    let path = |flag: &Option<PathBuf>, variable: &str, file: &Option<PathBuf>| {
        settings.choose(flag.clone(), variable, file.clone())
    };
    let certificate = path(&flags.tls_cert, "EXCHEQUER_TLS_CERT", &file.tls_cert)?;
    let key = path(&flags.tls_key, "EXCHEQUER_TLS_KEY", &file.tls_key)?;
    config.tls = match (certificate, key) {
        (None, None) => None,
        (Some(certificate), Some(key)) => {
            let tls = exchequer_server::tls(&certificate, &key);
            Some(tls.map_err(|error| usage(format!("{error:#}")))?)
        }
        _ => return Err(usage("TLS needs both --tls-cert and --tls-key")),
    };
    Ok(config)
}

fn parse<T: FromStr<Err = String>>(text: Option<&str>) -> anyhow::Result<Option<T>> {
    text.map(str::parse)
        .transpose()
        .map_err(|error| usage(format!("settings file: {error}")))
}

/// Writes logs to stderr: those that `RUST_LOG` selects, or else from this level on.
pub(super) fn start_logs(format: LogFormat, level: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match format {
        LogFormat::Text => logs.init(),
        LogFormat::Json => logs.json().init(),
    }
}

/// Returns a future that ends when the process is asked to end. The signal
/// handlers are in place when this returns, before anything is acknowledged.
#[cfg(unix)]
pub(super) fn shutdown_signal() -> anyhow::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[cfg(not(unix))]
pub(super) fn shutdown_signal() -> anyhow::Result<impl Future<Output = ()> + Send + 'static> {
    Ok(async {
        // Without a handler the process ends at once, which loses nothing
        // that was acknowledged.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::settings::Environment;

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        flags: Flags,
    }

    fn closes(flags: &[&str], environment: Environment<'_>, file: Option<bool>) -> bool {
        let mut settings = Settings::without_file(environment);
        settings.file.no_closing = file;
        let program = Program::try_parse_from([&["serve"], flags].concat()).unwrap();
        let config = config(&settings, &program.flags).unwrap();
        config.closing_interval.is_some()
    }

    #[test]
    fn closing_can_be_turned_off() {
        let none = |_: &str| None;
        let set = |to: &'static str| {
            move |name: &str| (name == "EXCHEQUER_NO_CLOSING").then(|| to.to_owned())
        };
        assert!(closes(&[], &none, None));
        assert!(!closes(&["--no-closing"], &none, Some(false)));
        assert!(!closes(&[], &set("true"), None));
        assert!(!closes(&[], &none, Some(true)));
        assert!(closes(&[], &set("false"), Some(true)));
    }
}
