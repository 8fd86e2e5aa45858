//! A server with a script: one request a connection, answered in this order.

use std::time::Duration;

use exchequer_client::{Client, ClientBuilder, Server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// What becomes of one connection.
pub(crate) enum Act {
    /// It is answered.
    Answer(String),
    /// It is closed after the request was read.
    HangUp,
    /// It stays open, and nothing comes.
    Silence,
}

/// A running script.
pub(crate) struct Script {
    pub(crate) url: String,
    requests: UnboundedReceiver<String>,
}

impl Script {
    pub(crate) async fn play(acts: impl IntoIterator<Item = Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let acts: Vec<Act> = acts.into_iter().collect();
        let (sender, requests) = unbounded_channel();
        tokio::spawn(async move {
            let mut silent = Vec::new();
            for act in acts {
                let (mut stream, _) = listener.accept().await.unwrap();
                let request = read(&mut stream).await;
                match act {
                    Act::Answer(text) => stream.write_all(text.as_bytes()).await.unwrap(),
                    Act::HangUp => {}
                    Act::Silence => silent.push(stream),
                }
                // The test may have seen enough.
                let _ = sender.send(request);
            }
        });
        Self { url, requests }
    }

    /// The next request, once it has come.
    pub(crate) async fn asked(&mut self) -> String {
        self.requests.recv().await.expect("a request")
    }

    /// How many requests have come that no test has looked at.
    pub(crate) fn left(&self) -> usize {
        self.requests.len()
    }

    /// A client of this server. It has no time-outs: where a test pauses the
    /// clock, no other timer may be there to jump to.
    pub(crate) fn builder(&self) -> ClientBuilder {
        let server: Server = self.url.parse().unwrap();
        Client::builder(server, "me", "the-secret").timeout(Duration::MAX)
    }

    pub(crate) fn client(&self) -> Client {
        self.builder().build().unwrap()
    }
}

/// A request with its body.
async fn read(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                let length = name.eq_ignore_ascii_case("content-length");
                length.then(|| value.trim().parse::<usize>().unwrap())
            });
            if body.len() >= length.unwrap_or(0) {
                return text;
            }
        }
        assert_ne!(stream.read_buf(&mut request).await.unwrap(), 0, "{text}");
    }
}

/// An answer with these further header lines.
pub(crate) fn answer_with(status: &str, headers: &str, body: &str) -> Act {
    let length = body.len();
    Act::Answer(format!(
        "HTTP/1.1 {status}\r\n{headers}Connection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    ))
}

pub(crate) fn answer(status: &str, body: &str) -> Act {
    answer_with(status, "", body)
}

pub(crate) fn ok(body: &str) -> Act {
    answer("200 OK", body)
}

/// A granted token that lives for a day.
pub(crate) fn token(name: &str) -> Act {
    ok(&format!(
        "{{\"access_token\":\"{name}\",\"token_type\":\"bearer\",\"expires_in\":86400}}"
    ))
}

/// The body of `organizations/me`.
pub(crate) const ME: &str = r#"{"id":"o-1","name":"Acme Ltd","version":3}"#;

pub(crate) fn me() -> Act {
    ok(ME)
}
