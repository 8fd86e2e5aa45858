//! `exchequer changes`: what has changed of the things that bills are made from.

use std::time::Duration;

use clap::Args;
use exchequer_client::Changes;
use exchequer_types::{Change, CursorListing};
use tokio::signal;
use tokio::time::sleep;

use crate::connection::{Connection, RETRY_BUDGET};
use crate::exit::Exit;
use crate::output::{self, Format, message, printable};
use crate::settings::Settings;

/// The time between two looks for something new.
const PAUSE: Duration = Duration::from_secs(5);

/// Flags of `changes`.
#[derive(Debug, Args)]
pub(crate) struct Flags {
    /// Place to begin behind, as an earlier call has printed it [default: the oldest change]
    #[arg(long, value_name = "CURSOR")]
    after: Option<String>,
    /// Begin at the end: print only what changes from now on
    #[arg(long, conflicts_with = "after")]
    from_now: bool,
    /// Go on, looking for something new every 5 seconds, until the command is interrupted
    #[arg(long)]
    follow: bool,
    /// Output format; json prints one response body on each line
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Print only changes of this organisation, for clients of the operator
    #[arg(long, value_name = "ID")]
    organization: Option<String>,
    #[command(flatten)]
    connection: Connection,
}

/// Prints what has changed, and perhaps what changes, until an interrupt. The last line on
/// stderr says where to go on.
pub(crate) async fn run(settings: &Settings<'_>, flags: Flags) -> anyhow::Result<Exit> {
    let organization = flags.organization.as_deref();
    let client = flags
        .connection
        .client_of(organization, settings, RETRY_BUDGET)?;
    let mut changes = client.changes();
    if let Some(cursor) = &flags.after {
        changes = changes.starting_after(cursor);
    }
    if flags.from_now {
        changes = changes.from_now();
    }
    let done = tokio::select! {
        done = print(&mut changes, &flags) => done,
        interrupted = signal::ctrl_c(), if flags.follow => Ok(interrupted?),
    };
    if let Some(cursor) = changes.cursor() {
        message(&format!("to go on from here: --after {cursor}"));
    }
    done.map(|()| Exit::Success)
}

/// Prints page after page, up to the first empty one unless it is to follow.
async fn print(changes: &mut Changes, flags: &Flags) -> anyhow::Result<()> {
    let mut first = true;
    loop {
        let page = match changes.next().await {
            // The server may be restarted meanwhile.
            Err(error) if flags.follow && error.is_passing() => {
                message(&format!("{error}; going on in {PAUSE:?}"));
                sleep(PAUSE).await;
                continue;
            }
            page => page?,
        };
        let is_empty = page.entities.is_empty();
        if first && flags.format == Format::Table {
            output::line(&row(&HEADER))?;
        }
        match flags.format {
            // One that says nothing new is printed once: its nextUri is where to go on.
            Format::Json if is_empty && !first => {}
            Format::Json => output::line(std::str::from_utf8(page.body())?)?,
            Format::Table => table(&page)?,
        }
        first = false;
        match (is_empty, flags.follow) {
            (true, false) => return Ok(()),
            (true, true) => sleep(PAUSE).await,
            (false, _) => {}
        }
    }
}

const HEADER: [&str; 5] = ["TIME", "ACTION", "ORGANIZATION", "VERSION", "OBJECT"];

/// Prints the changes of a page. Columns have one width on all pages, which come one after
/// the other while it follows.
fn table(page: &CursorListing<Change>) -> anyhow::Result<()> {
    for change in &page.entities {
        let version = change.version.or(change.entry);
        let version = version.map(|number| number.to_string()).unwrap_or_default();
        let shown = [
            &change.date_created,
            &change.action,
            &change.organization_id,
            &version,
            &change.object,
        ];
        output::line(&row(&shown.map(|text| printable(text))))?;
    }
    Ok(())
}

fn row(cells: &[impl AsRef<str>; 5]) -> String {
    let [time, action, organization, version, object] = cells.each_ref().map(AsRef::as_ref);
    format!("{time:<24}  {action:<19}  {organization:<36}  {version:>7}  {object}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_one_width_on_all_pages() {
        let organization = "22222222-2222-4222-8222-222222222222";
        let header = row(&HEADER);
        let time = "2026-11-15T12:00:00.000Z";
        let shown = row(&[time, "organization.delete", organization, "12", "C-1"]);
        for (column, text) in [("ACTION", "organization."), ("OBJECT", "C-1")] {
            assert_eq!(header.find(column), shown.find(text), "{header}\n{shown}");
        }
    }
}
