//! Reports over HTTP.

use anyhow::Result;
use exchequer_core::{OrganizationId, TimeRange};

use crate::asks::{self, Ask};
use crate::bodies;
use crate::questions::{Question, questions};
use crate::served::Served;
use crate::task::Figures;
use crate::world::World;

/// Measures reports of a ledger that holds the world's events.
pub(crate) async fn run(served: &Served, world: &World) -> Result<Figures> {
    let questions = questions(world);
    let asks: Vec<Ask> = questions.into_iter().map(ask).collect::<Result<_>>()?;
    asks::measure(served, &asks).await
}

fn ask(question: Question) -> Result<Ask> {
    Ok(Ask {
        figure: question.figure("report"),
        client: None,
        path: path(question.organization, question.range)?,
        proof: COMPLETE.to_owned(),
        question,
    })
}

/// A part of every finished report.
pub(crate) const COMPLETE: &str = r#""status":"Complete""#;

/// Returns the path of a report.
pub(crate) fn path(organization: OrganizationId, range: TimeRange) -> Result<String> {
    Ok(format!(
        "/api/v2/billing/reports/billableusage?organizationId={organization}&{}",
        dates(range)?
    ))
}

fn dates(range: TimeRange) -> Result<String> {
    let (mut start, mut end) = (String::new(), String::new());
    bodies::write_time(range.start().micros(), &mut start)?;
    bodies::write_time(range.end().micros(), &mut end)?;
    Ok(format!(
        "startDate={}&endDate={}",
        start.trim_matches('"'),
        end.trim_matches('"')
    ))
}
