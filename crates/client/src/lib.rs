//! Rust SDK of the Genesys Cloud (PureCloud) Billing API, for Exchequer and for
//! Genesys Cloud itself.
//!
//! ```no_run
//! use exchequer_client::{Client, Expand, Region, Server};
//!
//! # async fn show() -> Result<(), exchequer_client::Error> {
//! let server: Server = "http://127.0.0.1:8080".parse()?; // or Region::EuWest1
//! let client = Client::builder(server, "client id", "client secret").build()?;
//!
//! // A partner's view of all its customers, in the current billing period.
//! let customers = client.trustors().all().await?;
//! for customer in customers.iter().filter(|customer| customer.enabled) {
//!     let overview = client
//!         .trustee_billing_overview(&customer.id, 0, Expand::Nothing)
//!         .await?;
//!     for usage in &overview.usages {
//!         println!("{}: {}", usage.name, usage.usage_quantity);
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What all calls have in common
//!
//! **Logins.** The first call logs in with the client credentials. The token is
//! kept, renewed before it ends, and once more when the server does not take
//! it. Calls that run in parallel share one login.
//!
//! **Retries.** Every request may be sent twice without harm, so a call is
//! tried again when the server is overloaded (429, 503), when there was no
//! answer, and after 502 and 504. There are exceptions, which are handed back
//! without an answer: a put that asks for a generated secret, because each attempt
//! would make another one, [`Client::close_periods`] and [`Client::correct_contract`],
//! because only the first answer says what was charged. (A new client without any secret
//! gets one that only the first answer shows; give it one yourself.) Pauses grow, with a random
//! part, and are at least as long as `Retry-After` asks for. [`ClientBuilder::retry_budget`] bounds it;
//! [`ClientBuilder::on_wait`] is told of each. A DELETE whose answer was lost, and
//! which then finds nothing, has done what it should.
//!
//! **Giving up.** Any call may be dropped at any point, by `select!` or a
//! timeout of your own. The client stays usable: the shared token is changed
//! only after a login has succeeded. Whether the server has carried the
//! call out is then unknown, and sending it again is harmless.
//!
//! **Answers.** An [`Answer`] derefs to what it says, and has the very bytes of
//! the body. All quantities and amounts are decimals as strings, or of contracts
//! [`types::Decimal`], dates are strings as well: nothing is rounded on the way.
//!
//! **Connections.** TLS needs no set-up. Certificates are checked as this
//! machine does it ([`ClientBuilder::root_certificates`] adds some). Redirects
//! are not followed, because they would carry the credentials elsewhere. A
//! server on this machine is never looked for behind a proxy.
//!
//! # Examples
//!
//! Two programs stand in `examples/`: `customers` (a partner's overview of all
//! its customers) and `usage` (a usage report from any server or region).

mod account;
mod answer;
mod billing;
mod builder;
mod call;
pub mod catalog;
mod changes;
mod client;
mod closing;
mod contracts;
mod cursor_pages;
mod error;
mod evidence;
mod pages;
mod region;
mod retry_budget;
mod secret;
mod server;
mod tls;
mod token;
mod usage;
mod wait;

/// The bodies of the API.
pub use exchequer_types as types;

pub use answer::Answer;
pub use billing::{Expand, Period};
pub use builder::ClientBuilder;
pub use changes::Changes;
pub use client::Client;
pub use closing::ContractEntries;
pub use contracts::Contracts;
pub use error::{Error, Refusal};
pub use evidence::RecordedEvents;
pub use pages::Pages;
pub use region::Region;
pub use server::Server;
pub use usage::{UsageEvent, UsageEvents};
pub use wait::Wait;
