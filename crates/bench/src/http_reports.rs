//! Reports over HTTP, and restarts of the server.

use anyhow::{Result, ensure};
use exchequer_core::TimeRange;

use crate::asks::{self, Ask};
use crate::bodies;
use crate::measure::Clock;
use crate::questions::{Question, questions};
use crate::server::Server;
use crate::setup;
use crate::task::{Figures, Task, note};

/// Measures reports of the task's database.
pub(crate) async fn run(task: &Task) -> Result<Figures> {
    let questions = questions(&task.ground.fresh());
    let asks: Vec<Ask> = questions.into_iter().map(ask).collect::<Result<_>>()?;
    asks::measure(task, &asks).await
}

/// Measures how long a server takes to be ready on the task's database.
pub(crate) async fn restart(task: &Task) -> Result<Figures> {
    let clock = Clock::start();
    let server = Server::start(task)?;
    let seconds = clock.seconds();
    let connection = server.client().await?;
    ensure!(
        !connection.get("/health/ready").await?.is_empty(),
        "an empty answer"
    );
    let mut figures = Figures::new();
    note(&mut figures, "restart.seconds", Some(seconds));
    note(&mut figures, "restart.memory", server.process().peak());
    Ok(figures)
}

fn ask(question: Question) -> Result<Ask> {
    Ok(Ask {
        figure: question.figure("report.server"),
        client: setup::CLIENT,
        path: format!(
            "/api/v2/billing/reports/billableusage?organizationId={}&{}",
            question.organization,
            dates(question.range)?
        ),
        proof: r#""status":"Complete""#.to_owned(),
        question,
    })
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
