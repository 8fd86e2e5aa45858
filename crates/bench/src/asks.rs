//! Answers over HTTP, read to the last byte: the first one of a server, the
//! following ones, and those after one more event.

use anyhow::{Result, ensure};
use uuid::Uuid;

use crate::bodies;
use crate::input::Event;
use crate::measure::Clock;
use crate::questions::{Question, note_times};
use crate::server::{Connection, Server};
use crate::task::{Figures, Task, note};

const COLD: usize = 3;
const WARM: usize = 100;
const CHANGED: usize = 30;

/// Something to ask the server for.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    /// The start of names of its figures.
    pub(crate) figure: String,
    /// Whose token it is asked with.
    pub(crate) client: Uuid,
    pub(crate) path: String,
    /// What the right answer holds.
    pub(crate) proof: String,
    /// Whose usage it shows.
    pub(crate) question: Question,
}

/// Measures the answers from the task's database.
pub(crate) async fn measure(task: &Task, asks: &[Ask]) -> Result<Figures> {
    let mut figures = Figures::new();
    for ask in asks {
        let mut millis = Vec::new();
        for _ in 0..COLD {
            let server = Server::start(task)?;
            let connection = server.client_of(ask.client).await?;
            millis.push(ask.once(&connection).await?.0);
        }
        note_times(&mut figures, &format!("{}.cold", ask.figure), millis);
    }
    let server = Server::start(task)?;
    let operator = server.client().await?;
    for ask in asks {
        let connection = server.client_of(ask.client).await?;
        warm(ask, &connection, &mut figures).await?;
        let mut millis = Vec::new();
        for number in 0..CHANGED {
            send_another(&operator, ask, number).await?;
            millis.push(ask.once(&connection).await?.0);
        }
        note_times(&mut figures, &format!("{}.changed", ask.figure), millis);
    }
    Ok(figures)
}

async fn warm(ask: &Ask, connection: &Connection, figures: &mut Figures) -> Result<()> {
    let (_, bytes) = ask.once(connection).await?;
    note(
        figures,
        &format!("{}.bytes", ask.figure),
        Some(bytes as f64),
    );
    let mut millis = Vec::new();
    for _ in 0..WARM {
        millis.push(ask.once(connection).await?.0);
    }
    note_times(figures, &format!("{}.warm", ask.figure), millis);
    Ok(())
}

impl Ask {
    /// Milliseconds that an answer took, and the bytes of its body.
    async fn once(&self, connection: &Connection) -> Result<(f64, usize)> {
        let clock = Clock::start();
        let body = connection.get(&self.path).await?;
        let millis = clock.millis();
        let proof = self.proof.as_bytes();
        ensure!(
            body.windows(proof.len()).any(|part| part == proof),
            "{}: {} is not in the answer",
            self.path,
            self.proof
        );
        Ok((millis, body.len()))
    }
}

async fn send_another(operator: &Connection, ask: &Ask, number: usize) -> Result<()> {
    let (question, id) = (&ask.question, format!("{}-{number}", ask.figure));
    let event = Event {
        organization: 0,
        kind: 0,
        source: 0,
        micros: question.middle().micros(),
        id: &id,
        subject: "line-00000@c0000.example",
        data: r#"{"division":"Sales","minutes":"1.5","queue":"queue-1"}"#,
    };
    let mut body = String::new();
    bodies::render(&event, &question.organization.to_string(), &mut body)?;
    let answer = operator.send(format!("[{body}]").into_bytes()).await?;
    ensure!(
        answer.is_some_and(|answer| answer["accepted"] == 1),
        "an event was not taken"
    );
    Ok(())
}
