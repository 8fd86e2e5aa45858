//! Billing overviews over HTTP: as a partner sees them, each look in the audit
//! trail before it is answered, and as the customer sees its own, without.

use anyhow::{Context, Result};
use uuid::Uuid;

use crate::asks::{self, Ask};
use crate::contracts;
use crate::measure::syncs;
use crate::questions::{Question, note_times, questions};
use crate::server::{Connection, Server};
use crate::task::{Figures, Task};
use crate::world::World;

/// How often the disk alone is measured, beside looks that wait for it.
const SYNCS: usize = 100;

/// Measures overviews of the task's database, which gets what they need.
pub(crate) async fn run(task: &Task) -> Result<Figures> {
    let world = task.ground.fresh();
    let months = questions(&world).into_iter();
    let months = months.filter(|question| question.name.1 == "month");
    let mut asks = Vec::new();
    {
        let server = Server::start(task)?;
        let operator = server.client().await?;
        contracts::prepare(&operator).await?;
        for question in months {
            contracts::sign(&operator, question.organization).await?;
            let index = index(&operator, &question, &world).await?;
            asks.extend(views(&question, &world, index));
        }
    }
    let mut figures = asks::measure(task, &asks).await?;
    let syncs = syncs(&task.ground.file("syncs"), SYNCS)?;
    note_times(&mut figures, "overview.sync", syncs);
    Ok(figures)
}

/// The index of the month: the server's clock moves on, and the month does not.
async fn index(operator: &Connection, question: &Question, world: &World) -> Result<u64> {
    let path = format!(
        "/api/v2/billing/periods?organizationId={}&pageSize=200",
        question.organization
    );
    let periods: serde_json::Value = serde_json::from_slice(&operator.get(&path).await?)?;
    let first = world.month.first().to_string();
    let entities = periods["entities"].as_array().context("no periods")?;
    let found = entities.iter().find(|period| period["id"] == first);
    let index = found.and_then(|period| period["billingPeriodIndex"].as_u64());
    index.with_context(|| format!("no period begins on {first}"))
}

/// The same overview for the partner and for the customer.
fn views(question: &Question, world: &World, index: u64) -> [Ask; 2] {
    let customer = question.organization;
    let ask = |who, client, path: String| Ask {
        figure: question.figure(&format!("overview.{who}")),
        client,
        path: format!("/api/v2/billing/{path}?billingPeriodIndex={index}"),
        proof: format!(r#""billingPeriodStartDate":"{}T"#, world.month.first()),
        question: *question,
    };
    let managed = format!("trusteebillingoverview/{customer}");
    [
        ask("partner", contracts::PARTNER, managed),
        ask(
            "customer",
            Uuid::from_bytes(*customer.as_bytes()),
            "subscriptionoverview".to_owned(),
        ),
    ]
}
