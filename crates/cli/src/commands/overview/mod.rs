//! `exchequer overview`: what an organisation used, committed and pays in a
//! billing period.

pub(super) mod charges;
mod csv;
mod customers;
mod query;
mod table;

pub(crate) use self::query::Flags;
pub(super) use self::table::render;
use crate::connection::RETRY_BUDGET;
use crate::exit::Exit;
use crate::output::{self, DataFormat};
use crate::settings::Settings;

/// Reads one overview or all of them, and prints it.
pub(crate) async fn run(settings: &Settings<'_>, flags: Flags) -> anyhow::Result<Exit> {
    let retry_budget = match flags.all {
        true => customers::RETRY_BUDGET,
        false => RETRY_BUDGET,
    };
    let organization = flags.organization.as_deref();
    let client = flags
        .connection
        .client_of(organization, settings, retry_budget)?;
    let Some(overview) = query::one(&client, &flags).await? else {
        return customers::run(&client, &flags).await;
    };
    match flags.format {
        DataFormat::Json => output::body(overview.body())?,
        DataFormat::Table => output::line(&table::render(&overview, flags.charges))?,
        DataFormat::Csv => output::data(&csv::render([&*overview], &flags)?)?,
    }
    Ok(Exit::Success)
}
