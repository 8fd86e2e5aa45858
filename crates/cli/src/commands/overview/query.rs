//! Flags of `overview`, and the calls to the API that they ask for.

use clap::Args;
use exchequer_client::{Answer, Client, Error, Expand, Period};
use exchequer_types::TrusteeBillingOverview;

use crate::connection::Connection;
use crate::output::Shape;

/// Flags of `overview`.
#[derive(Debug, Args)]
#[group(id = "whose", required = true, multiple = false, args = ["customer", "own", "all"])]
pub(crate) struct Flags {
    /// The customer: an organisation that trusts the caller's
    #[arg(value_name = "TRUSTOR_ORG_ID")]
    pub(super) customer: Option<String>,
    /// The caller's own organisation
    #[arg(long)]
    pub(super) own: bool,
    /// Every customer; one that fails is noted, and the others go on
    #[arg(long)]
    pub(super) all: bool,
    /// Which period: 0 contains now, 1 is the one before it, and so on
    #[arg(long, visible_alias = "period", value_name = "N", default_value_t = 0)]
    pub(super) index: u32,
    /// Show also what is charged; csv then has the charges instead of the usages
    #[arg(long)]
    pub(super) charges: bool,
    /// json is exactly the body of the API; with --all an array of the bodies
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Shape,
    /// For whom to act, for clients of the operator
    #[arg(long, value_name = "ID")]
    pub(super) organization: Option<String>,
    #[command(flatten)]
    pub(super) connection: Connection,
}

/// What the API answers.
pub(super) type Overview = Answer<TrusteeBillingOverview>;

/// The overview of one organisation; `None` if all were asked for.
pub(super) async fn one(client: &Client, flags: &Flags) -> Result<Option<Overview>, Error> {
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

pub(super) async fn of_customer(
    client: &Client,
    id: &str,
    flags: &Flags,
) -> Result<Overview, Error> {
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
