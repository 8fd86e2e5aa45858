//! Flags of `overview`, and the calls to the API that they ask for.

use clap::Args;
use exchequer_client::{Answer, Client, Error, Expand, Period};
use exchequer_types::TrusteeBillingOverview;

use crate::connection::Connection;
use crate::output::DataFormat;

/// Flags of `overview`.
#[derive(Debug, Args)]
#[group(id = "whose", required = true, multiple = false, args = ["customer", "own", "all"])]
pub(crate) struct Flags {
    /// Organisation id of a customer that trusts your organisation
    #[arg(value_name = "TRUSTOR_ORG_ID")]
    pub(super) customer: Option<String>,
    /// Your own organisation
    #[arg(long)]
    pub(super) own: bool,
    /// All your customers; the command reports a customer that fails and continues
    #[arg(long)]
    pub(super) all: bool,
    /// Billing period: 0 is the current one, 1 the one before it, and so on
    #[arg(long, visible_alias = "period", value_name = "N", default_value_t = 0)]
    pub(super) index: u32,
    /// Also print the charges; csv then prints charges instead of usage
    #[arg(long)]
    pub(super) charges: bool,
    /// Output format; json with --all prints an array of the response bodies
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: DataFormat,
    /// Write cells of csv as they are kept, also those that a spreadsheet takes for formulas
    #[arg(long)]
    pub(super) raw: bool,
    /// Organisation to act for, for clients of the operator
    #[arg(long, value_name = "ID")]
    pub(super) organization: Option<String>,
    #[command(flatten)]
    pub(super) connection: Connection,
}

/// The answer of the API.
pub(super) type Overview = Answer<TrusteeBillingOverview>;

/// Reads the overview of one organisation; returns `None` if the user asks for all.
pub(super) async fn one(client: &Client, flags: &Flags) -> Result<Option<Overview>, Error> {
    if let Some(customer) = &flags.customer {
        return self::customer(client, customer, flags).await.map(Some);
    }
    if flags.all {
        return Ok(None);
    }
    let period = Period::Index(flags.index);
    let own = client.subscription_overview(period, expand(flags)).await?;
    Ok(Some(own))
}

/// Reads the overview of one customer.
pub(super) async fn customer(client: &Client, id: &str, flags: &Flags) -> Result<Overview, Error> {
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
