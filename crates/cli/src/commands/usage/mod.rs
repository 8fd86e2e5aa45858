//! `exchequer usage`: the usage of a meter by hour, day or month, its events, and what
//! no contract bills.

mod events;
mod query;
mod series;
mod unbilled;

pub(crate) use self::query::Flags;
use crate::connection::RETRY_BUDGET;
use crate::exit::Exit;
use crate::output::message;
use crate::settings::Settings;

/// Reads what is asked for, and prints it.
pub(crate) async fn run(settings: &Settings<'_>, flags: Flags) -> anyhow::Result<Exit> {
    let organization = flags.organization.as_deref();
    let client = flags
        .connection
        .client_of(organization, settings, RETRY_BUDGET)?;
    let Some(range) = query::range(&client, &flags).await? else {
        message(&format!(
            "error: there is no billing period {}; use --from and --to for another range",
            flags.period
        ));
        return Ok(Exit::NotFound);
    };
    match &flags.meter {
        _ if flags.unbilled => unbilled::run(&client, &flags, &range).await?,
        Some(meter) if !flags.events => series::run(&client, &flags, meter, &range).await?,
        _ => events::run(&client, &flags, &range).await?,
    }
    Ok(Exit::Success)
}
