//! Tests of the store as a whole, which look into its tables beside what it
//! answers.

mod as_of;
mod backup;
mod changes;
mod ledger;
mod log;
mod reports;
mod tenants;
mod upgrade;
mod voids;
mod world;
