//! Billing overviews over HTTP: as a partner reads them, where each read is in
//! the audit trail before it is answered, and as the customer reads its own.

use anyhow::{Context, Result};
use exchequer_support::{Connection, customers};

use crate::asks::{self, Ask};
use crate::questions::{Question, questions};
use crate::served::Served;
use crate::task::Figures;
use crate::world::World;

/// Measures overviews of a ledger that holds the world's events; it gets the
/// contracts that they need.
pub(crate) async fn run(served: &Served, world: &World) -> Result<Figures> {
    let months = questions(world).into_iter();
    let months = months.filter(|question| question.name.1 == "month");
    let mut asks = Vec::new();
    let node = served.start();
    let operator = served.operator(&node).await?;
    customers::prepare(&operator).await?;
    for question in months {
        customers::sign(&operator, question.organization).await?;
        let index = index(&operator, &question, world).await?;
        asks.extend(views(&question, world, index));
    }
    node.end();
    asks::measure(served, &asks).await
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

/// Returns the requests for one overview by the partner and by the customer.
fn views(question: &Question, world: &World, index: u64) -> [Ask; 2] {
    let customer = question.organization;
    let ask = |who, client: String, path: String| Ask {
        figure: question.figure(&format!("overview.{who}")),
        client: Some(client),
        path: format!("/api/v2/billing/{path}?billingPeriodIndex={index}"),
        proof: format!(r#""billingPeriodStartDate":"{}T"#, world.month.first()),
        question: *question,
    };
    let managed = format!("trusteebillingoverview/{customer}");
    [
        ask("partner", customers::PARTNER.to_string(), managed),
        ask(
            "customer",
            customer.to_string(),
            "subscriptionoverview".to_owned(),
        ),
    ]
}
