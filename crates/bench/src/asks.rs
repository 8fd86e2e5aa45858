//! Answers over HTTP, read to the last byte: the first one of a server, the
//! following ones, and those after one more event.

use anyhow::{Result, ensure};
use exchequer_support::Connection;

use crate::bodies;
use crate::input::Event;
use crate::questions::{Question, note_times};
use crate::served::{Node, Served};
use crate::task::{Figures, note};
use exchequer_support::measure::Stopwatch;

const COLD: usize = 3;
const WARM: usize = 100;
const CHANGED: usize = 30;

/// Something to ask the server for.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    /// The start of names of its figures.
    pub(crate) figure: String,
    /// The client that asks, or the operator if there is none.
    pub(crate) client: Option<String>,
    pub(crate) path: String,
    /// A part of the right answer.
    pub(crate) proof: String,
    /// The organisation and range that it shows.
    pub(crate) question: Question,
}

/// Measures the answers from a ledger.
pub(crate) async fn measure(served: &Served, asks: &[Ask]) -> Result<Figures> {
    let mut figures = Figures::new();
    for ask in asks {
        let mut millis = Vec::new();
        for _ in 0..COLD {
            let node = served.start();
            let connection = ask.connect(served, &node).await?;
            millis.push(ask.once(&connection).await?.0);
            node.end();
        }
        note_times(&mut figures, &format!("{}.cold", ask.figure), millis);
    }
    let node = served.start();
    let operator = served.operator(&node).await?;
    for ask in asks {
        let connection = ask.connect(served, &node).await?;
        warm(ask, &connection, &mut figures).await?;
        let mut millis = Vec::new();
        for number in 0..CHANGED {
            send_another(&operator, ask, number).await?;
            millis.push(ask.once(&connection).await?.0);
        }
        note_times(&mut figures, &format!("{}.changed", ask.figure), millis);
    }
    node.end();
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
    async fn connect(&self, served: &Served, node: &Node) -> Result<Connection> {
        match &self.client {
            Some(id) => served.client(node, id).await,
            None => served.operator(node).await,
        }
    }

    /// Milliseconds that an answer took, and the bytes of its body.
    async fn once(&self, connection: &Connection) -> Result<(f64, usize)> {
        let clock = Stopwatch::start();
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
