//! `exchequer verify`: derives everything from the events again and compares it
//! with what is stored, and makes each entry of a contract again.

use anyhow::Context;
use clap::Args;
use exchequer_app::closing::{self, CheckedEntries};
use exchequer_store::{Checked, Finding, Observer};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::exit::Exit;
use crate::ledger::LedgerFlags;
use crate::output::{self, Format, printable};
use crate::settings::Settings;

/// Flags of `verify`.
#[derive(Debug, Args)]
pub(crate) struct Flags {
    #[command(flatten)]
    ledger: LedgerFlags,
    /// Print each finding when it is found, or one JSON document at the end
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Checks the ledger and prints what is wrong with it.
pub(crate) async fn run(settings: &Settings<'_>, flags: Flags) -> anyhow::Result<Exit> {
    let place = flags.ledger.location(settings)?;
    let format = flags.format;
    let work = move || {
        let mut watch = Watch::new(format);
        let checked = closing::verify(&place, &mut watch);
        let checked = checked.with_context(|| format!("reading the ledger in {place}"));
        watch.bar.finish_and_clear();
        checked.map(|checked| (checked, watch))
    };
    // Reading a whole ledger blocks a thread for minutes.
    let ((checked, entries), watch) = tokio::task::spawn_blocking(work).await??;
    if let Some(error) = watch.failure {
        return Err(error);
    }
    match format {
        Format::Json => output::line(&serde_json::to_string(&Report::new(
            checked,
            &entries,
            &watch.findings,
        ))?)?,
        Format::Table => {
            for (why, entries) in &entries.not_rated {
                let noted = format!("digest sound, not rated again: {why} ({entries} entries)");
                output::line(&printable(&noted))?;
            }
            output::line(&summary(&checked, &entries))?;
        }
    }
    Ok(match checked.findings {
        0 => Exit::Success,
        _ => Exit::Differences,
    })
}

/// Shows the progress and collects findings.
struct Watch {
    bar: ProgressBar,
    format: Format,
    findings: Vec<Finding>,
    failure: Option<anyhow::Error>,
}

impl Watch {
    /// Makes a progress bar on stderr, hidden unless that is a terminal.
    fn new(format: Format) -> Self {
        let bar = ProgressBar::no_length();
        let bar = match ProgressStyle::with_template("{bar:30} {percent}% {eta} left  {msg}") {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        };
        Self {
            bar,
            format,
            findings: Vec::new(),
            failure: None,
        }
    }
}

impl Observer for Watch {
    fn found(&mut self, finding: Finding) {
        if self.format == Format::Json {
            return self.findings.push(finding);
        }
        let line = format!("{}: {}", finding.place, finding.problem);
        let written = self.bar.suspend(|| output::line(&printable(&line)));
        // The observer cannot stop the check: the first failure is returned at its end.
        self.failure = self.failure.take().or(written.err());
    }

    fn progress(&mut self, done: u64, of: u64) {
        self.bar.set_length(of);
        self.bar.set_position(done);
    }
}

fn summary(checked: &Checked, entries: &CheckedEntries) -> String {
    let found = match checked.findings {
        0 => "sound".to_owned(),
        1 => "1 finding".to_owned(),
        findings => format!("{findings} findings"),
    };
    let stale = match checked.stale_days {
        0 => String::new(),
        stale => format!(" ({stale} of them wait to be rolled up again)"),
    };
    let Checked {
        folded,
        unfolded,
        organizations,
        days,
        runs,
        identities,
        ..
    } = checked;
    let mut summary = format!(
        "{found}: {folded} events folded, {unfolded} not yet; {organizations} organisations, \
         {days} days{stale}; {identities} identities in {runs} runs"
    );
    let CheckedEntries {
        contracts, entries, ..
    } = entries;
    if *entries > 0 {
        summary += &format!("; {entries} entries of {contracts} contracts");
    }
    summary
}

/// The result as JSON.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report<'a> {
    sound: bool,
    folded: u64,
    unfolded: u64,
    organizations: u64,
    days: u64,
    stale_days: u64,
    runs: u64,
    identities: u64,
    contracts: u64,
    entries: u64,
    not_rated: Vec<NotRated<'a>>,
    findings: Vec<Found<'a>>,
}

/// Entries of which the digest is sound, and which cannot be made again.
#[derive(Serialize)]
struct NotRated<'a> {
    reason: &'a str,
    entries: u64,
}

#[derive(Serialize)]
struct Found<'a> {
    place: &'a str,
    problem: &'a str,
}

impl<'a> Report<'a> {
    fn new(checked: Checked, entries: &'a CheckedEntries, findings: &'a [Finding]) -> Self {
        let not_rated = entries.not_rated.iter();
        let not_rated = not_rated.map(|(reason, entries)| NotRated {
            reason,
            entries: *entries,
        });
        let found = findings.iter().map(|finding| Found {
            place: &finding.place,
            problem: &finding.problem,
        });
        Self {
            sound: findings.is_empty(),
            folded: checked.folded,
            unfolded: checked.unfolded,
            organizations: checked.organizations,
            days: checked.days,
            stale_days: checked.stale_days,
            runs: checked.runs,
            identities: checked.identities,
            contracts: entries.contracts,
            entries: entries.entries,
            not_rated: not_rated.collect(),
            findings: found.collect(),
        }
    }
}
