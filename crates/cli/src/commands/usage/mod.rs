//! `exchequer usage`: the usage of a meter by hour, day or month, and its events.

mod events;
mod query;
mod series;

pub(crate) use self::query::Flags;
use crate::connection::RETRY_BUDGET;
use crate::exit::Exit;
use crate::output::message;
use crate::settings::Settings;

/// Reads the series or the events, and prints them.
pub(crate) async fn run(settings: &Settings<'_>, flags: Flags) -> anyhow::Result<Exit> {
    let client = flags.connection.client(settings, RETRY_BUDGET)?;
    let client = match &flags.organization {
        Some(organization) => client.for_organization(organization),
        None => client,
    };
    let Some(range) = query::range(&client, &flags).await? else {
        message(&format!(
            "error: there is no billing period {}; use --from and --to for another range",
            flags.period
        ));
        return Ok(Exit::NotFound);
    };
    match &flags.meter {
        Some(meter) if !flags.events => series::run(&client, &flags, meter, &range).await?,
        _ => events::run(&client, &flags, &range).await?,
    }
    Ok(Exit::Success)
}
