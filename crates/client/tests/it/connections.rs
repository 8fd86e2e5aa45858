//! Whom the client talks to.

use std::time::Duration;

use exchequer_client::{Client, Error, Region, Server};

use crate::scripted::{Act, Script, answer_with, me, token};

#[tokio::test]
async fn redirects_are_not_followed() {
    let target = Script::play([token("stolen"), me()]).await;
    let location = format!("Location: {}/oauth/token\r\n", target.url);
    let elsewhere = answer_with("307 Temporary Redirect", &location, "");
    let script = Script::play([elsewhere]).await;
    let error = script.client().organization().await.unwrap_err();
    assert_eq!(error.status(), Some(307));
    assert_eq!(target.left(), 0);
}

#[tokio::test]
async fn the_client_names_itself() {
    let mut script = Script::play([token("t"), me()]).await;
    let client = script.builder().user_agent("tests/1").build().unwrap();
    client.organization().await.unwrap();
    assert!(script.asked().await.contains("user-agent: tests/1\r\n"));
    assert!(script.asked().await.contains("user-agent: tests/1\r\n"));
}

#[tokio::test]
async fn nobody_is_waited_for_longer_than_the_timeout() {
    let script = Script::play([Act::Silence]).await;
    let client = script.builder().retry_budget(Duration::ZERO);
    let client = client.timeout(Duration::from_millis(20)).build().unwrap();
    let error = client.organization().await.unwrap_err();
    assert!(matches!(error, Error::Unreachable(_)), "{error:?}");
}

/// No crypto of the process was installed here.
#[test]
fn tls_needs_no_preparation() {
    Client::builder(Region::UsEast1, "me", "secret")
        .build()
        .unwrap();
    let server: Server = "https://billing.example.com".parse().unwrap();
    let broken = "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";
    for nonsense in [broken, "no certificate at all"] {
        let builder = Client::builder(server.clone(), "me", "secret");
        let error = builder.root_certificates(nonsense).build().unwrap_err();
        assert!(matches!(error, Error::Invalid(_)), "{error:?}");
    }
}
