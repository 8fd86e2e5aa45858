//! The HTTP server of Exchequer.
//!
//! A request goes through `middleware`, is matched by the list of the router,
//! is let in or refused by the extractors of `auth`, and reaches a handler of
//! `endpoints`, which calls a function of the application (`exchequer_app`) and
//! renders what it returns with `wire`. What the application refuses becomes an
//! answer in `error`, and nowhere else.

mod auth;
mod binary_mode;
mod body;
mod budget;
mod config;
mod cursor;
mod endpoints;
mod error;
mod limits;
mod metrics;
mod middleware;
mod openapi;
mod origin;
mod paging;
mod params;
mod router;
pub mod routes;
mod serve;
mod state;
mod tls;
mod uri;
mod wire;
mod write_timeout;

pub use config::Config;
pub use origin::{Origin, Origins};
pub use router::{openapi, route_table};
pub use serve::serve;
pub use tls::tls;
