//! The daily activity of each customer, read from `usage.toml`.

use anyhow::Context;
use serde::Deserialize;

use super::calendar::{CUSTOMERS, Customer};

#[derive(Deserialize)]
struct File {
    habits: Vec<Habit>,
}

/// Something that happens again and again.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Habit {
    customer: String,
    /// The type of the events; each once at a source.
    pub(super) r#type: String,
    /// Who tells of them, if not the customer's own system.
    pub(super) source: Option<String>,
    /// The only day on which they happen, if they are sent late.
    pub(super) late: Option<Late>,
    /// The number of events on a working day.
    pub(super) a_day: u64,
    /// The hour (UTC) of the first one.
    pub(super) opens: u64,
    /// The hours over which they spread.
    #[serde(default = "nine")]
    pub(super) hours: u64,
    /// Whom or what they are about, if always the same.
    pub(super) subject: Option<String>,
    /// The number of people who take turns otherwise.
    #[serde(default = "one")]
    pub(super) people: u64,
    /// Every how many days another one joins them.
    #[serde(default = "one")]
    pub(super) join: u64,
    /// The number of people, from the first, who are not among them.
    #[serde(default)]
    pub(super) after: u64,
    /// The quantity in the events.
    pub(super) amount: Option<Amount>,
}

/// A day of which events are sent only after its period is closed.
#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Late {
    /// The number of the period.
    pub(super) period: u32,
    /// The days after its first one.
    pub(super) day: i32,
}

/// A quantity. The numbers are integers, of whose digits some are decimals.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Amount {
    /// The field that holds it.
    pub(super) field: String,
    /// The least on the first day.
    pub(super) least: u64,
    /// The most on the first day.
    pub(super) most: u64,
    /// The growth of both per day.
    #[serde(default)]
    pub(super) grows: u64,
    /// The number of digits that are decimals.
    #[serde(default)]
    pub(super) decimals: usize,
}

const fn nine() -> u64 {
    9
}

const fn one() -> u64 {
    1
}

/// Reads all habits, each with its customer.
pub(super) fn load() -> anyhow::Result<Vec<(&'static Customer, Habit)>> {
    let file: File = toml::from_str(include_str!("usage.toml"))?;
    let at = |habit: Habit| {
        let mut customers = CUSTOMERS.into_iter();
        let customer = customers.find(|customer| customer.name == habit.customer);
        let customer = customer.with_context(|| format!("no customer {}", habit.customer))?;
        Ok((customer, habit))
    };
    file.habits.into_iter().map(at).collect()
}
