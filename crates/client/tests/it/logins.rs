//! Tokens: one login for everybody, renewed in time, and never shown.

use std::time::Duration;

use exchequer_client::Error;

use crate::scripted::{Script, answer, me, ok, token};

#[tokio::test]
async fn parallel_calls_share_one_login() {
    let mut script = Script::play([token("t"), me(), me(), me()]).await;
    let client = script.client();
    let (one, two, three) = tokio::join!(
        client.organization(),
        client.organization(),
        client.organization()
    );
    assert!(one.is_ok() && two.is_ok() && three.is_ok());
    let login = script.asked().await;
    assert!(login.starts_with("POST /oauth/token "), "{login}");
    // The usual encoding of `me:the-secret`.
    let basic = "authorization: Basic bWU6dGhlLXNlY3JldA==";
    assert!(login.contains(basic), "{login}");
    assert!(login.ends_with("\r\n\r\ngrant_type=client_credentials"));
    for _ in 0..3 {
        assert!(script.asked().await.contains("authorization: Bearer t\r\n"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_is_renewed_before_it_ends() {
    let short = |name: &str| {
        ok(&format!(
            "{{\"access_token\":\"{name}\",\"token_type\":\"bearer\",\"expires_in\":300}}"
        ))
    };
    let mut script = Script::play([short("a"), me(), me(), short("b"), me()]).await;
    let client = script.client();
    client.organization().await.unwrap();
    tokio::time::advance(Duration::from_secs(269)).await;
    client.organization().await.unwrap();
    tokio::time::advance(Duration::from_secs(2)).await;
    client.organization().await.unwrap();
    let mut bearers = Vec::new();
    for _ in 0..5 {
        let request = script.asked().await;
        let bearer = request
            .split_once("Bearer ")
            .map(|(_, rest)| rest[..1].to_owned());
        bearers.extend(bearer);
    }
    assert_eq!(bearers, ["a", "a", "b"]);
}

#[tokio::test]
async fn a_refused_token_is_renewed_once() {
    let refused = || answer("401 Unauthorized", r#"{"code":"bad.credentials"}"#);
    let mut script = Script::play([token("old"), refused(), token("new"), me()]).await;
    script.client().organization().await.unwrap();
    for _ in 0..3 {
        script.asked().await;
    }
    assert!(script.asked().await.contains("Bearer new"));

    let script = Script::play([token("old"), refused(), token("new"), refused()]).await;
    let error = script.client().organization().await.unwrap_err();
    assert_eq!(error.status(), Some(401));
}

#[tokio::test]
async fn refused_credentials_are_final_and_shared() {
    let refused = answer(
        "401 Unauthorized",
        r#"{"error":"invalid_client","description":"Invalid login credentials."}"#,
    );
    let mut script = Script::play([refused]).await;
    let client = script.client();
    let (one, two) = tokio::join!(client.organization(), client.token_info());
    assert_eq!(one.unwrap_err(), two.unwrap_err());
    script.asked().await;
    assert_eq!(script.left(), 0);
}

#[tokio::test]
async fn a_login_that_grants_nothing_is_unreadable() {
    let script = Script::play([ok(r#"{"token":"hidden-token"}"#)]).await;
    let error = script.client().organization().await.unwrap_err();
    assert!(matches!(error, Error::Unreadable(_)), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("hidden-token"));
}

#[tokio::test]
async fn an_ended_token_is_not_used_again() {
    let gone = answer("204 No Content", "");
    let mut script = Script::play([token("a"), me(), gone, token("b"), me()]).await;
    let client = script.client();
    client.revoke_token().await.unwrap();
    client.organization().await.unwrap();
    client.clone().revoke_token().await.unwrap();
    client.organization().await.unwrap();
    script.asked().await;
    script.asked().await;
    let ended = script.asked().await;
    assert!(
        ended.starts_with("DELETE /api/v2/tokens/me HTTP"),
        "{ended}"
    );
    assert!(ended.contains("Bearer a"), "{ended}");
    script.asked().await;
    assert!(script.asked().await.contains("Bearer b"));
}

#[tokio::test]
async fn secrets_do_not_show() {
    let script = Script::play([token("hidden-token"), me()]).await;
    let builder = script.builder();
    let shown = format!("{builder:?}");
    let client = builder.build().unwrap();
    client.organization().await.unwrap();
    let shown = format!("{shown} {client:?} {:?}", client.trustors());
    assert!(
        !shown.contains("the-secret") && !shown.contains("hidden-token"),
        "{shown}"
    );
}
