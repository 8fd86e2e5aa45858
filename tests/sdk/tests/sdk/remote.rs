//! Lets a script move the clock of its server: an HTTP request whose path is
//! a number of seconds.

use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use exchequer_support::Clock;

/// Listens for as long as the test runs; returns the URL.
pub(crate) async fn control(clock: Clock) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            serve(stream, &clock).await;
        }
    });
    url
}

/// `GET /59 HTTP/1.1`, and headers up to an empty line.
async fn serve(stream: TcpStream, clock: &Clock) {
    let mut stream = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).await.unwrap_or(0) == 0 {
            return;
        }
    }
    let path = head.split(' ').nth(1).unwrap_or_default();
    clock.advance(Duration::from_secs(path[1..].parse().unwrap()));
    let answer = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";
    stream.write_all(answer).await.unwrap();
}
