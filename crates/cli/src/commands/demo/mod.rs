//! `exchequer demo`: a server with sample data, to try the product.
//!
//! It reads no settings and touches no existing ledger: everything it makes is
//! in a temporary directory, which is removed when the demo ends.

mod calendar;
mod closing;
mod habits;
mod logins;
mod next;
mod overviews;
mod server;
#[cfg(test)]
mod tests;
mod usage;
mod world;

use std::future;
use std::pin::pin;

use anyhow::bail;
use clap::Args;
use exchequer_app::Ambient;
use exchequer_server::Config;

use self::server::DemoServer;
use self::world::{Loaded, World};
use super::serve::{self, LogFormat};
use crate::exit::{self, Exit};
use crate::output::{self, message};

/// Flags of `demo`.
#[derive(Debug, Args)]
pub(crate) struct Flags {
    /// Address to listen on; port 0 picks a free port [default: 127.0.0.1:8080, or a free port if that is taken]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// Print the sample data and exit
    #[arg(long)]
    no_serve: bool,
    /// Print only one JSON object, once it serves: "url", and "clientId", "clientSecret" and "organization" of "operator", "partner" and "customer"
    #[arg(long)]
    json: bool,
}

/// Loads the sample data, prints it and serves it until asked to end.
pub(crate) async fn run(flags: Flags) -> anyhow::Result<Exit> {
    if flags.json && flags.no_serve {
        return Err(exit::usage(
            "--json prints how to reach the server, and with --no-serve there is none to reach",
        ));
    }
    serve::start_logs(LogFormat::Text, "warn");
    let mut asked_to_end = pin!(serve::shutdown_signal()?);
    let listener = match (flags.no_serve, &flags.listen) {
        (true, None) => server::listen_anywhere().await?,
        (_, asked) => server::listen(asked.as_deref()).await?,
    };
    let scratch = tempfile::Builder::new()
        .prefix("exchequer-demo-")
        .tempdir()?;
    message(&format!(
        "the ledger is in {}, a temporary directory",
        scratch.path().display()
    ));
    let ambient = Ambient::system();
    let config = Config {
        ambient: ambient.clone(),
        ..Config::default()
    };
    let (server, mut served) = DemoServer::start(scratch.path(), listener, config).await?;
    let outcome = tokio::select! {
        shown = present(&server, &ambient, &flags) => shown,
        () = &mut asked_to_end => Ok(()),
        ended = &mut served => {
            ended??;
            bail!("the server stopped unexpectedly");
        }
    };
    drop(server);
    served.await??;
    scratch.close()?;
    outcome.map(|()| Exit::Success)
}

/// Loads the sample data and prints it. If it is to be served, this never ends.
async fn present(server: &DemoServer, ambient: &Ambient, flags: &Flags) -> anyhow::Result<()> {
    let now = ambient.now();
    let world = World::new(now)?;
    let loaded = world.load(&server.operator()?).await?;
    if flags.json {
        output::line(&logins::json(server, &world).await?)?;
        return future::pending().await;
    }
    output::line(&tables(server, &world, &loaded).await?)?;
    if flags.no_serve {
        return output::line(
            "Run `exchequer demo` without --no-serve to query this with the command line, curl,\n\
             Python, JavaScript and Rust.",
        );
    }
    let next = next::blocks(server, &world, now.day())?;
    let url = &server.url;
    output::line(&format!(
        "Try next: paste any of these blocks into another terminal.\n\n{next}\n\
         Serving on {url}. Ctrl-C stops the server and deletes its ledger."
    ))?;
    future::pending().await
}

/// Returns what was loaded: all customers, one of them in full, and what was closed of another.
async fn tables(server: &DemoServer, world: &World, loaded: &Loaded) -> anyhow::Result<String> {
    let partner = server.client(world.partner.id, &world.partner.secret)?;
    let Loaded {
        events,
        late,
        closed,
    } = loaded;
    let customers = overviews::customers(&partner).await?;
    let acme_id = calendar::ACME.organization;
    let acme = overviews::acme(&partner).await?;
    let (contract, fjord_id) = (closing::CONTRACT, calendar::FJORD.organization);
    let entries = closing::table(&server.operator()?).await?;
    Ok(format!(
        "Sample data of a contact-centre platform: {events} usage events of {} customers of\n\
         one partner. {closed} billing periods are over and closed.\n\n\
         == The customers of Northwind Partners, with charges of the current period\n\
         {customers}\n\n\
         == One customer in full\n\
         $ exchequer overview {acme_id} --charges\n\
         {acme}\n\n\
         == Another one: closed periods, what came late, and a correction\n\
         Fjord Lines buys AI credits for a year ahead. When three periods had been closed, {late}\n\
         events of the second one came late. They are adjusted there, and the credits that they\n\
         took are missing in the third one. Then a price of the third one was corrected.\n\
         $ exchequer entries {contract} --organization {fjord_id}\n\
         {entries}\n",
        calendar::CUSTOMERS.len(),
    ))
}
