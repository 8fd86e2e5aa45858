//! The command line as its users meet it: the real program, a real server, and
//! nothing but flags, files, variables, exit codes and what is printed.

mod apply;
mod catalog;
mod changes;
mod close;
mod contracts;
mod demo;
mod exits;
mod getting_started;
mod ingest;
mod migrate;
mod overview;
mod partner;
mod proxy;
mod report;
mod resume;
mod run;
mod serve;
mod stub;
mod tls;
mod usage;
mod verify;
