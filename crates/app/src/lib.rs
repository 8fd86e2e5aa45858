//! The logic of Exchequer, without HTTP.
//!
//! [`App`] holds the store and what all work on it shares. The functions of
//! the modules take it, return values of the domain, and fail with an
//! [`Error`] of six kinds; only the server knows what those are on the wire.
//! Only the store knows SQL, only [`Ambient`] knows the clock.

pub mod access;
mod access_token;
mod ambient;
mod app;
pub mod audited_reads;
pub mod billing;
mod billing_view;
pub mod catalog;
pub mod changes;
pub mod closing;
pub mod contract_operations;
pub mod documents;
mod error;
pub mod evidence;
pub mod explanation;
#[doc(hidden)]
pub mod fuzz;
pub mod ingest;
pub mod jobs;
pub mod limits;
pub mod login;
mod rate_limiter;
pub mod reports;
mod running_reports;
pub mod unbilled;
pub mod usage;

pub use access_token::AccessToken;
pub use ambient::Ambient;
pub use app::{App, Settings};
pub use error::{Error, Fault, Source};
pub use rate_limiter::{Key, RateLimitStatus, RateLimiter};
