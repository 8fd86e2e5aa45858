//! `exchequer overview`: what an organisation used, committed and pays in a
//! billing period.

mod charges;
mod csv;
mod customers;
mod table;

use clap::Args;
use exchequer_client::{Answer, Client, Error, Expand, Period};
use exchequer_types::TrusteeBillingOverview;

use crate::connection::{Connection, PATIENCE};
use crate::exit::Exit;
use crate::output::{self, Shape};
use crate::settings::Settings;

pub(super) use self::table::{align, end, start, text};

/// Flags of `overview`.
#[derive(Debug, Args)]
#[group(id = "whose", required = true, multiple = false, args = ["customer", "own", "all"])]
pub(crate) struct Flags {
    /// The customer: an organisation that trusts the caller's
    #[arg(value_name = "TRUSTOR_ORG_ID")]
    customer: Option<String>,
    /// The caller's own organisation
    #[arg(long)]
    own: bool,
    /// Every customer; one that fails is noted, and the others go on
    #[arg(long)]
    all: bool,
    /// Which period: 0 contains now, 1 is the one before it, and so on
    #[arg(long, visible_alias = "period", value_name = "N", default_value_t = 0)]
    index: u32,
    /// Show also what is charged; csv then has the charges instead of the usages
    #[arg(long)]
    charges: bool,
    /// json is exactly the body of the API; with --all an array of the bodies
    #[arg(long, value_enum, default_value_t)]
    format: Shape,
    /// For whom to act, for clients of the operator
    #[arg(long, value_name = "ID")]
    organization: Option<String>,
    #[command(flatten)]
    connection: Connection,
}

/// What the API answers.
type Overview = Answer<TrusteeBillingOverview>;

/// Asks for one overview or all of them, and writes it.
pub(crate) async fn run(settings: &Settings<'_>, flags: Flags) -> anyhow::Result<Exit> {
    let patience = match flags.all {
        true => customers::PATIENCE,
        false => PATIENCE,
    };
    let client = flags.connection.client(settings, patience)?;
    let client = match &flags.organization {
        Some(organization) => client.for_organization(organization),
        None => client,
    };
    let Some(overview) = one(&client, &flags).await? else {
        return customers::run(&client, &flags).await;
    };
    match flags.format {
        Shape::Json => output::body(overview.body())?,
        Shape::Table => output::line(&table::text(&overview, flags.charges))?,
        Shape::Csv => output::data(&csv::text([&*overview], flags.charges)?)?,
    }
    Ok(Exit::Success)
}

/// The overview of one organisation; `None` if all were asked for.
async fn one(client: &Client, flags: &Flags) -> Result<Option<Overview>, Error> {
    if let Some(customer) = &flags.customer {
        return of_customer(client, customer, flags).await.map(Some);
    }
    if flags.all {
        return Ok(None);
    }
    let period = Period::Index(flags.index);
    let own = client.subscription_overview(period, expand(flags)).await?;
    Ok(Some(own))
}

async fn of_customer(client: &Client, id: &str, flags: &Flags) -> Result<Overview, Error> {
    client
        .trustee_billing_overview(id, flags.index, expand(flags))
        .await
}

fn expand(flags: &Flags) -> Expand {
    match flags.charges {
        true => Expand::Charges,
        false => Expand::Nothing,
    }
}
