//! `exchequer whoami`: the organisation, client and permissions of the credentials.

use std::str;

use clap::Args;
use exchequer_types::{Organization, TokenInfo};

use crate::connection::{Connection, RETRY_BUDGET};
use crate::exit::Exit;
use crate::output::{self, Format, printable};
use crate::settings::Settings;

/// Flags of `whoami`.
#[derive(Debug, Args)]
pub(crate) struct Flags {
    #[command(flatten)]
    connection: Connection,
    /// Output format; json holds the responses of tokens/me and organizations/me as token and organization
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Reads `tokens/me` and `organizations/me`, and prints them.
pub(crate) async fn run(settings: &Settings<'_>, flags: Flags) -> anyhow::Result<Exit> {
    let client = flags.connection.client(settings, RETRY_BUDGET)?;
    let token = client.token_info().await?;
    let organization = client.organization().await?;
    match flags.format {
        Format::Json => output::line(&format!(
            "{{\"token\":{},\"organization\":{}}}",
            str::from_utf8(token.body())?,
            str::from_utf8(organization.body())?
        ))?,
        Format::Table => table(token.into_inner(), organization.into_inner())?,
    }
    Ok(Exit::Success)
}

fn table(token: TokenInfo, organization: Organization) -> anyhow::Result<()> {
    let named = |name: Option<String>, id: String| match name {
        Some(name) => format!("{} ({})", printable(&name), printable(&id)),
        None => printable(&id).into_owned(),
    };
    let client = token.oauth_client;
    output::line(&format!(
        "organization  {}",
        named(organization.name, organization.id)
    ))?;
    output::line(&format!("client        {}", named(client.name, client.id)))?;
    for (place, permission) in token.authorized_scope.iter().enumerate() {
        let title = if place == 0 { "permissions" } else { "" };
        output::line(&format!("{title:<13} {}", printable(permission)))?;
    }
    Ok(())
}
