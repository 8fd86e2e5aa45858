//! A server that says what a test wants to hear, for answers that a real one
//! gives only after months of contracts.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;

use exchequer_support::program::program;

/// One request, without its headers.
#[derive(Clone)]
pub(crate) struct Request {
    /// Method and target, `GET /api/v2/…`.
    pub(crate) line: String,
    pub(crate) body: String,
}

/// A running stub; it ends with the test.
pub(crate) struct Stub {
    url: String,
    log: Arc<Mutex<Vec<Request>>>,
}

impl Stub {
    /// Answers everything but logins as the function says: status and body.
    pub(crate) fn start(answer: impl Fn(&Request) -> (u16, String) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let log = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&log);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let request = read(&stream);
                let (status, body) = if request.line == "POST /oauth/token" {
                    let token = r#"{"access_token":"t","token_type":"bearer","expires_in":86400}"#;
                    (200, token.to_owned())
                } else {
                    kept.lock().unwrap().push(request.clone());
                    answer(&request)
                };
                let length = body.len();
                let head =
                    format!("HTTP/1.1 {status} -\r\nConnection: close\r\nContent-Length: {length}");
                write!(stream, "{head}\r\n\r\n{body}").unwrap();
            }
        });
        Self { url, log }
    }

    /// The program as a client of this server.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program();
        command
            .args(arguments)
            .env("EXCHEQUER_URL", &self.url)
            .env("EXCHEQUER_CLIENT_ID", "somebody")
            .env("EXCHEQUER_CLIENT_SECRET", "whatever");
        command
    }

    /// What was asked since the last time.
    pub(crate) fn asked(&self) -> Vec<Request> {
        std::mem::take(&mut *self.log.lock().unwrap())
    }
}

fn read(stream: &TcpStream) -> Request {
    let mut reader = BufReader::new(stream);
    let mut line = || {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    };
    let first = line().trim_end_matches(" HTTP/1.1").to_owned();
    let mut length = 0;
    loop {
        let header = line().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length: ") {
            length = value.parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    Request {
        line: first,
        body: String::from_utf8(body).unwrap(),
    }
}
