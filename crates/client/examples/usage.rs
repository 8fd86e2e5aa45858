//! A billable-usage report, from Genesys Cloud or any server.
//!
//! ```sh
//! export EXCHEQUER_CLIENT_ID=… EXCHEQUER_CLIENT_SECRET=…
//! cargo run -p exchequer-client --example usage -- \
//!     mypurecloud.ie 2026-10-01T00:00:00.000Z 2026-11-01T00:00:00.000Z
//! ```

use std::env;
use std::time::Duration;

use anyhow::{Context, bail};
use exchequer_client::{Client, Error, Region, Server, Wait};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [server, start, end] = arguments.as_slice() else {
        bail!("say a server or a region, the start and the end");
    };
    let client = Client::builder(
        find(server)?,
        env::var("EXCHEQUER_CLIENT_ID").context("EXCHEQUER_CLIENT_ID")?,
        env::var("EXCHEQUER_CLIENT_SECRET").context("EXCHEQUER_CLIENT_SECRET")?,
    )
    .report_budget(Duration::from_secs(60))
    .on_wait(|wait| match wait {
        Wait::Retry { error, pause } => eprintln!("{error}; trying again in {pause:.1?}"),
        _ => eprintln!("the report is being made"),
    })
    .build()?;

    match client.billable_usage(start, end).await {
        Ok(report) => {
            for usage in &report.usages {
                let resources = usage.resources.len();
                println!(
                    "{}: {} ({resources} resources)",
                    usage.name, usage.total_usage
                );
            }
            Ok(())
        }
        Err(Error::InProgress) => bail!("it takes long; ask again later"),
        Err(error) => Err(error.into()),
    }
}

/// A region of Genesys Cloud, or the address of any server.
fn find(text: &str) -> Result<Server, Error> {
    match text.parse::<Region>() {
        Ok(region) => Ok(region.into()),
        Err(_) => text.parse(),
    }
}
