//! The HTTP server of Exchequer.
//!
//! A request goes through `middleware`, is matched by the list of the router,
//! is let in or refused by the extractors of `auth`, and reaches a handler of
//! `endpoints`, which calls an application function of `app`. Only the
//! store knows SQL, only [`ambient`] knows the clock.

pub mod ambient;
mod app;
mod auth;
mod body;
mod budget;
mod config;
mod contract;
mod cursor;
mod endpoints;
mod error;
#[doc(hidden)]
pub mod fuzz;
pub mod ingest;
mod limits;
mod metrics;
mod middleware;
mod openapi;
mod paging;
mod params;
mod router;
pub mod routes;
mod serve;
mod stall;
mod state;
mod tls;
mod uri;

pub use config::Config;
pub use router::{openapi, route_table, router};
pub use serve::serve;
pub use state::AppState;
pub use tls::tls;
