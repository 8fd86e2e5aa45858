//! `exchequer demo`: a server with a sample world, for a first look.
//!
//! It is independent of settings and of whatever ledger there may be: all it
//! makes lies in a scratch directory that goes when the demo ends.

mod calendar;
mod habits;
mod next;
mod server;
mod show;
#[cfg(test)]
mod tests;
mod usage;
mod world;

use std::future;
use std::pin::pin;

use anyhow::bail;
use clap::Args;
use exchequer_server::ambient::Ambient;

use self::server::Server;
use self::world::World;
use super::serve::{self, LogFormat};
use crate::exit::Exit;
use crate::output::{self, message};

/// Flags of `demo`.
#[derive(Debug, Args)]
pub(crate) struct Flags {
    /// Address to listen on; port 0 takes a free one [default: 127.0.0.1:8080, or a free port if that is taken]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// Show the sample world and end
    #[arg(long)]
    no_serve: bool,
}

/// Serves the sample world and shows it, until asked to end.
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
    message(&format!("the ledger is in {}", scratch.path().display()));
    let ambient = Ambient::system();
    let (server, mut served) = Server::start(scratch.path(), listener, ambient.clone()).await?;
    let outcome = tokio::select! {
        shown = show(&server, &ambient, !flags.no_serve) => shown,
        () = &mut asked_to_end => Ok(()),
        ended = &mut served => {
            ended??;
            bail!("the server ended by itself");
        }
    };
    drop(server);
    served.await??;
    scratch.close()?;
    outcome.map(|()| Exit::Success)
}

/// Loads the sample world and prints what there is to see; then, if it is to
/// be served, this never ends.
async fn show(server: &Server, ambient: &Ambient, serving: bool) -> anyhow::Result<()> {
    let now = ambient.now();
    let world = World::new(now)?;
    let events = world.load(&server.operator()?).await?;
    let partner = server.client(world.partner.id, &world.partner.secret)?;
    let customers = show::customers(&partner).await?;
    let one = show::one(&partner).await?;
    output::line(&format!(
        "A contact-centre platform: {events} usage events of 5 customers, whom one partner manages.\n\n\
         == The customers of Northwind Partners, current periods so far\n{customers}\n\n\
         == One of them: exchequer overview … --charges\n{one}\n"
    ))?;
    if !serving {
        return output::line(
            "`exchequer demo` keeps serving this, and says how to go on with the command line,\n\
             curl, Python, JavaScript and Rust.",
        );
    }
    let next = next::text(server, &world, now.day())?;
    let url = &server.url;
    output::line(&format!(
        "To try next: each block can be pasted into another terminal as it is.\n\n{next}\n\
         Serving on {url}; Ctrl-C ends it, and the scratch ledger with it."
    ))?;
    future::pending().await
}
