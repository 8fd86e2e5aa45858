//! The SDK against a server that answers what a test tells it to.

mod closing;
mod connections;
mod contracts;
mod giving_up;
mod logins;
mod operations;
mod pages;
mod reports;
mod retries;
mod scripted;
