//! The subcommands, one file each.

pub(crate) mod apply;
pub(crate) mod demo;
pub(crate) mod ingest;
pub(crate) mod init;
pub(crate) mod migrate;
pub(crate) mod overview;
pub(crate) mod periods;
pub(crate) mod report;
pub(crate) mod serve;
pub(crate) mod usage;
pub(crate) mod verify;
pub(crate) mod whoami;

use crate::args::{Arguments, Command};
use crate::exit::Exit;
use crate::settings::Settings;

/// Runs the command that was asked for.
pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<Exit> {
    let environment = |name: &str| std::env::var(name).ok();
    let settings = || Settings::load(arguments.config.as_deref(), &environment);
    match arguments.command {
        // The same for everybody: not even a broken settings file keeps it
        // from running.
        Command::Demo(flags) => demo::run(flags).await,
        Command::Init(flags) => init::run(&settings()?, flags).await,
        Command::Migrate(flags) => migrate::run(&settings()?, flags).await,
        Command::Serve(flags) => serve::run(&settings()?, flags).await,
        Command::Apply(flags) => apply::run(&settings()?, flags).await,
        Command::Ingest(flags) => ingest::run(&settings()?, flags).await,
        Command::Overview(flags) => overview::run(&settings()?, flags).await,
        Command::Periods(flags) => periods::run(&settings()?, flags).await,
        Command::Report(flags) => report::run(&settings()?, flags).await,
        Command::Usage(flags) => usage::run(&settings()?, flags).await,
        Command::Verify(flags) => verify::run(&settings()?, flags).await,
        Command::Whoami(flags) => whoami::run(&settings()?, flags).await,
    }
}
