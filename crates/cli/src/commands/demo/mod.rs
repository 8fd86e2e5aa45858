//! `exchequer demo`: a server with sample data, to try the product.
//!
//! It reads no settings and touches no existing ledger: everything it makes is
//! in a temporary directory, which is removed when the demo ends.

mod calendar;
mod habits;
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

use self::server::DemoServer;
use self::world::World;
use super::serve::{self, LogFormat};
use crate::exit::Exit;
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
}

/// Loads the sample data, prints it and serves it until asked to end.
pub(crate) async fn run(flags: Flags) -> anyhow::Result<Exit> {
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
    let (server, mut served) = DemoServer::start(scratch.path(), listener, ambient.clone()).await?;
    let outcome = tokio::select! {
        shown = present(&server, &ambient, !flags.no_serve) => shown,
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
async fn present(server: &DemoServer, ambient: &Ambient, serving: bool) -> anyhow::Result<()> {
    let now = ambient.now();
    let world = World::new(now)?;
    let events = world.load(&server.operator()?).await?;
    let partner = server.client(world.partner.id, &world.partner.secret)?;
    let acme_id = calendar::ACME.organization;
    let customers = overviews::customers(&partner).await?;
    let acme = overviews::acme(&partner).await?;
    output::line(&format!(
        "Sample data of a contact-centre platform: {events} usage events of 5 customers of\n\
         one partner.\n\n\
         == The customers of Northwind Partners, with charges of the current period\n\
         {customers}\n\n\
         == One customer in full\n\
         $ exchequer overview {acme_id} --charges\n\
         {acme}\n"
    ))?;
    if !serving {
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
