use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

/// A server that answers one request per connection, in this order, and
/// returns what it was asked. An empty answer closes the connection.
async fn scripted(listener: TcpListener, answers: &[&str]) -> Vec<String> {
    let mut asked = Vec::new();
    for answer in answers {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.windows(4).any(|end| end == b"\r\n\r\n") {
            assert_ne!(stream.read_buf(&mut request).await.unwrap(), 0);
        }
        asked.push(String::from_utf8_lossy(&request).into_owned());
        stream.write_all(answer.as_bytes()).await.unwrap();
    }
    asked
}

fn answer(status: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nRetry-After: 0\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

fn api(url: &str) -> Api {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let environment = |name: &str| match name {
        "EXCHEQUER_URL" => Some(url.to_owned()),
        "EXCHEQUER_CLIENT_ID" => Some("me".to_owned()),
        "EXCHEQUER_CLIENT_SECRET" => Some("secret".to_owned()),
        _ => None,
    };
    let settings = Settings::load(None, &environment).unwrap();
    Api::new(&settings, &Connection::default()).unwrap()
}

#[tokio::test]
async fn passing_faults_are_retried_and_an_old_token_is_renewed() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let api = api(&format!("http://{}", listener.local_addr().unwrap()));
    let token = |name: &str| answer("200 OK", &format!("{{\"access_token\":\"{name}\"}}"));
    let answers = [
        answer("429 Too Many Requests", "{}"),
        token("first"),
        answer("503 Service Unavailable", "{}"),
        String::new(),
        answer("401 Unauthorized", "{}"),
        token("second"),
        answer("200 OK", "done"),
    ];
    let answers: Vec<&str> = answers.iter().map(String::as_str).collect();
    let call = api.call(Method::GET, &["tokens", "me"]);
    let (asked, answer) = tokio::join!(scripted(listener, &answers), api.send(&call));
    assert_eq!(&answer.unwrap().body[..], b"done");
    assert!(asked[0].starts_with("POST /oauth/token "));
    assert!(asked[4].contains("Bearer first"));
    assert!(asked[6].contains("Bearer second"));
}

#[tokio::test]
async fn a_refusal_is_final() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let api = api(&format!("http://{}", listener.local_addr().unwrap()));
    let refused = answer("401 Unauthorized", "{\"error\":\"invalid_client\"}");
    let answers = [refused.as_str()];
    let call = api.call(Method::GET, &["tokens", "me"]);
    let (_, answer) = tokio::join!(scripted(listener, &answers), api.send(&call));
    assert_eq!(answer.unwrap_err().status(), Some(401));
}

#[test]
fn paths_keep_a_prefix_and_escape_names() {
    let base = parse_base("http://127.0.0.1:8080/exchequer/").unwrap();
    let url = extend(&base, &["api", "v2"], &["meters", "a/b c"]);
    assert_eq!(
        url.as_str(),
        "http://127.0.0.1:8080/exchequer/api/v2/meters/a%2Fb%20c"
    );
}

#[test]
fn only_addresses_of_servers_are_taken() {
    for bad in ["localhost:8080", "file:///etc", "http://h/?q", "nonsense"] {
        assert!(parse_base(bad).is_err(), "{bad}");
    }
    for (address, loopback) in [
        ("http://127.0.0.1:1", true),
        ("http://[::1]:1", true),
        ("http://localhost", true),
        ("https://billing.example.com", false),
    ] {
        assert_eq!(is_loopback(&parse_base(address).unwrap()), loopback);
    }
}
