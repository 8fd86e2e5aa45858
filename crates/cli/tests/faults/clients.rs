//! Clients that die, dawdle, or do nothing in great number.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use crate::platform::{FLAGS, Platform, REPORT, callers, calls};
use exchequer_support::program::{Ledger, Server};

async fn start() -> (Ledger, Server, Platform) {
    let ledger = Ledger::init();
    let server = ledger.serve(&FLAGS);
    let platform = Platform::start(&server.url, &ledger.id, &ledger.secret).await;
    (ledger, server, platform)
}

async fn connect(platform: &Platform) -> TcpStream {
    let address = platform.url.strip_prefix("http://").unwrap();
    TcpStream::connect(address).await.unwrap()
}

/// Sends the head of a request and a part of its body.
async fn begin(platform: &Platform, body: &str, part: usize) -> TcpStream {
    let mut stream = connect(platform).await;
    let head = format!(
        "POST /api/v2/billing/usage/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\
         content-type: application/x-ndjson\r\ncontent-length: {}\r\n\r\n",
        platform.token,
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&body.as_bytes()[..part]).await.unwrap();
    stream
}

#[tokio::test]
async fn a_client_that_dies_within_a_body_leaves_nothing_behind() {
    let (_ledger, _server, platform) = start().await;
    let body = calls(1, 100, 1_000);
    for part in [0, 1, body.len() / 2, body.len() - 1] {
        let mut stream = begin(&platform, &body, part).await;
        stream.shutdown().await.unwrap();
        let mut answer = String::new();
        // An answer or none: what matters is that it is over.
        let _ = stream.read_to_string(&mut answer).await;
        assert!(!answer.contains(" 200 "), "{answer}");
        assert_eq!(platform.calls().await, 0);
    }
    assert_eq!(platform.keep(body).await, 100);
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let (_ledger, _server, platform) = start().await;
    let body = calls(1, 10, 100);
    let mut stream = begin(&platform, &body, body.len() / 2).await;
    let mut answer = String::new();
    let half = tokio::time::Duration::from_secs(50);
    let read = tokio::time::timeout(half, stream.read_to_string(&mut answer));
    read.await.expect("it gives up in time").unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("client.timeout"), "{answer}");
    assert_eq!(platform.calls().await, 0);
    assert_eq!(platform.keep(body).await, 10);
}

/// It cannot hold what was made for it in memory for ever.
#[tokio::test]
async fn a_client_that_stops_reading_is_not_waited_for() {
    let (_ledger, server, platform) = start().await;
    // Sixteen megabytes: more than the buffers of both sides hold.
    for number in 0..8 {
        platform.keep(callers(number, 10_000)).await;
    }
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let address = platform.url.strip_prefix("http://").unwrap();
    let mut stream = socket.connect(address.parse().unwrap()).await.unwrap();
    let request = format!(
        "GET {REPORT} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\r\n",
        platform.reader
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut first = [0; 15];
    stream.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200 OK");
    let held = sockets(&server);
    // Others are served meanwhile, and then it is over.
    let given_up = async {
        for number in 100.. {
            if sockets(&server) < held {
                return;
            }
            assert_eq!(platform.keep(calls(number, 1, 0)).await, 1);
            tokio::time::sleep(tokio::time::Duration::from_millis(200)).await;
        }
    };
    let longest = tokio::time::Duration::from_secs(50);
    let given_up = tokio::time::timeout(longest, given_up).await;
    given_up.expect("it gives up in time");
    let mut rest = Vec::new();
    let end = stream.read_to_end(&mut rest).await;
    assert!(
        end.is_err() || !rest.ends_with(b"0\r\n\r\n"),
        "all was sent"
    );
}

/// As many as a limit of 1,024 open files, which is usual, and one of twice
/// that many allow: see the limit of connections in docs/operations.md.
#[tokio::test]
async fn many_idle_connections_are_in_nobodys_way() {
    const IDLE: usize = 2_000;
    let (_ledger, server, platform) = start().await;
    let before = resident(&server);
    let mut idle = Vec::new();
    for _ in 0..IDLE {
        let address = platform.url.strip_prefix("http://").unwrap();
        match TcpStream::connect(address).await {
            Ok(stream) => idle.push(stream),
            Err(error) => {
                eprintln!("SKIPPED: this process may not open {IDLE} sockets: {error}");
                return;
            }
        }
    }
    // Connections are taken in order: when this is answered, all are there.
    for number in 0..20 {
        let work = platform.keep(calls(number, 100, 10));
        let longest = tokio::time::Duration::from_secs(5);
        let kept = tokio::time::timeout(longest, work).await;
        assert_eq!(kept.expect("real requests are served"), 100);
    }
    assert_eq!(platform.calls().await, 2_000);
    let grown = resident(&server) - before;
    println!("{IDLE} idle connections: {grown} KiB");
    assert!(grown < 100 << 10, "{grown} KiB for {IDLE} connections");
    drop(idle);
}

/// The number of sockets that it has open.
fn sockets(server: &Server) -> usize {
    let files = std::fs::read_dir(format!("/proc/{}/fd", server.id())).unwrap();
    let targets = files.filter_map(|file| std::fs::read_link(file.unwrap().path()).ok());
    targets
        .filter(|target| target.to_string_lossy().starts_with("socket:"))
        .count()
}

/// KiB of memory.
fn resident(server: &Server) -> i64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let number = line.unwrap().split_whitespace().nth(1).unwrap();
    number.parse().unwrap()
}
