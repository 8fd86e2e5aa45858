//! A partner's overview of all its customers in one billing period.
//!
//! ```sh
//! export EXCHEQUER_CLIENT_ID=… EXCHEQUER_CLIENT_SECRET=…
//! cargo run -p exchequer-client --example customers -- http://127.0.0.1:8080
//! cargo run -p exchequer-client --example customers -- mypurecloud.ie 1
//! ```
//!
//! The second argument is the index of the period; 0, the current one, unless
//! given.

use std::env;

use anyhow::Context;
use exchequer_client::{Client, Expand, Region, Server};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let mut arguments = env::args().skip(1);
    let server = arguments.next().context("say a server or a region")?;
    let index = arguments.next().map_or(Ok(0), |text| text.parse())?;
    let client = Client::builder(
        find(&server)?,
        env::var("EXCHEQUER_CLIENT_ID").context("EXCHEQUER_CLIENT_ID")?,
        env::var("EXCHEQUER_CLIENT_SECRET").context("EXCHEQUER_CLIENT_SECRET")?,
    )
    .build()?;

    let customers = client.trustors().all().await?;
    for customer in customers.iter().filter(|customer| customer.enabled) {
        let overview = client.trustee_billing_overview(&customer.id, index, Expand::Charges);
        match overview.await {
            // Its last bill belongs to another month than those of the others.
            Ok(overview) if overview.contract_ended == Some(true) => {
                eprintln!("{}: the contract has ended", customer.id);
            }
            Ok(overview) => {
                let name = overview.organization.name.as_deref();
                println!("{}", name.unwrap_or(&customer.id));
                for usage in &overview.usages {
                    let (name, quantity) = (&usage.name, &usage.usage_quantity);
                    match usage.grouping.as_str() {
                        // Such a row has no usage, but what is free of it.
                        "fair-use" => println!("  {name}: {quantity} free"),
                        _ => println!(
                            "  {name}: {quantity} used, {} prepaid",
                            usage.prepay_quantity
                        ),
                    }
                }
                if let Some(charges) = &overview.charges {
                    println!("  total {} {}", charges.total, overview.currency);
                }
            }
            // One customer without a contract must not hide the others.
            Err(error) => eprintln!("{}: {error}", customer.id),
        }
    }
    Ok(())
}

/// A region of Genesys Cloud, or the address of any server.
fn find(text: &str) -> Result<Server, exchequer_client::Error> {
    match text.parse::<Region>() {
        Ok(region) => Ok(region.into()),
        Err(_) => text.parse(),
    }
}
