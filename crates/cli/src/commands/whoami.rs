//! `exchequer whoami`: whose credentials these are and what they may do.

use std::str;

use clap::Args;
use exchequer_types::{Organization, TokenInfo};
use reqwest::Method;

use crate::api::{Answer, Api};
use crate::args::Connection;
use crate::exit::Exit;
use crate::output::{self, Format, printable};
use crate::settings::Settings;

/// Flags of `whoami`.
#[derive(Debug, Args)]
pub(crate) struct Flags {
    #[command(flatten)]
    connection: Connection,
    /// json holds the bodies of tokens/me and organizations/me as `token` and `organization`
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Asks `tokens/me` and `organizations/me`.
pub(crate) async fn run(settings: &Settings<'_>, flags: Flags) -> anyhow::Result<Exit> {
    let api = Api::new(settings, &flags.connection)?;
    let token = api.send(&api.call(Method::GET, &["tokens", "me"])).await?;
    let organization = api
        .send(&api.call(Method::GET, &["organizations", "me"]))
        .await?;
    match flags.format {
        Format::Json => output::line(&format!(
            "{{\"token\":{},\"organization\":{}}}",
            str::from_utf8(&token.body)?,
            str::from_utf8(&organization.body)?
        ))?,
        Format::Table => table(&token, &organization)?,
    }
    Ok(Exit::Success)
}

fn table(token: &Answer, organization: &Answer) -> anyhow::Result<()> {
    let token: TokenInfo = token.json()?;
    let organization: Organization = organization.json()?;
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
