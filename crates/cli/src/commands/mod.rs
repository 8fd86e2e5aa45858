//! The subcommands, one file each.

pub(crate) mod apply;
pub(crate) mod changes;
pub(crate) mod close;
pub(crate) mod contracts;
pub(crate) mod correct;
pub(crate) mod day_label;
pub(crate) mod demo;
pub(crate) mod entries;
pub(crate) mod explain;
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
