//! Reports over HTTP, read to the last byte, and restarts of the server.

use anyhow::{Result, ensure};
use exchequer_core::TimeRange;

use crate::bodies;
use crate::input::Event;
use crate::measure::Clock;
use crate::reports::{Question, note_times, questions};
use crate::server::{Connection, Server};
use crate::task::{Figures, Task, note};

const COLD: usize = 3;
const WARM: usize = 100;
const CHANGED: usize = 30;

/// Measures reports of the task's database.
pub(crate) async fn run(task: &Task) -> Result<Figures> {
    let mut figures = Figures::new();
    let questions = questions(&task.ground.fresh());
    for question in &questions {
        let mut millis = Vec::new();
        for _ in 0..COLD {
            let server = Server::start(task)?;
            let connection = server.client().await?;
            millis.push(ask(&connection, question).await?.0);
        }
        note_times(
            &mut figures,
            &format!("{}.cold", question.figure("server")),
            millis,
        );
    }
    let server = Server::start(task)?;
    let connection = server.client().await?;
    for question in &questions {
        let name = question.figure("server");
        let (_, bytes) = ask(&connection, question).await?;
        note(&mut figures, &format!("{name}.bytes"), Some(bytes as f64));
        let mut millis = Vec::new();
        for _ in 0..WARM {
            millis.push(ask(&connection, question).await?.0);
        }
        note_times(&mut figures, &format!("{name}.warm"), millis);
        let mut millis = Vec::new();
        for number in 0..CHANGED {
            send_another(&connection, question, &format!("{name}-{number}")).await?;
            millis.push(ask(&connection, question).await?.0);
        }
        note_times(&mut figures, &format!("{name}.changed"), millis);
    }
    Ok(figures)
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

/// Milliseconds that a report took, and the bytes of its body.
async fn ask(connection: &Connection, question: &Question) -> Result<(f64, usize)> {
    let path = format!(
        "/api/v2/billing/reports/billableusage?organizationId={}&{}",
        question.organization,
        dates(question.range)?
    );
    let clock = Clock::start();
    let body = connection.get(&path).await?;
    let millis = clock.millis();
    let complete = br#""status":"Complete""#;
    ensure!(
        body.windows(complete.len()).any(|part| part == complete),
        "the report is not complete"
    );
    Ok((millis, body.len()))
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

async fn send_another(connection: &Connection, question: &Question, id: &str) -> Result<()> {
    let event = Event {
        organization: 0,
        kind: 0,
        source: 0,
        micros: question.middle().micros(),
        id,
        subject: "line-00000@c0000.example",
        data: r#"{"division":"Sales","minutes":"1.5","queue":"queue-1"}"#,
    };
    let mut body = String::new();
    bodies::render(&event, &question.organization.to_string(), &mut body)?;
    let answer = connection.send(format!("[{body}]").into_bytes()).await?;
    ensure!(
        answer.is_some_and(|answer| answer["accepted"] == 1),
        "an event was not taken"
    );
    Ok(())
}
