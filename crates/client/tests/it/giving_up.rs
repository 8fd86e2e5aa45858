//! Calls that are dropped half-way leave a client that works.

use std::time::Duration;

use crate::scripted::{Act, Script, answer, answer_with, me, ok, token};

#[tokio::test]
async fn a_dropped_login_does_not_stand_in_the_way() {
    let mut script = Script::play([Act::Silence, token("t"), me()]).await;
    let client = script.client();
    tokio::select! {
        _ = client.organization() => unreachable!("nobody answers"),
        login = script.asked() => assert!(login.starts_with("POST /oauth/token")),
    }
    assert_eq!(client.organization().await.unwrap().id, "o-1");
}

#[tokio::test]
async fn whoever_waits_for_a_dropped_login_logs_in() {
    let mut script = Script::play([Act::Silence, token("t"), me()]).await;
    let client = script.client();
    let first = tokio::spawn({
        let client = client.clone();
        async move { client.organization().await }
    });
    script.asked().await;
    let second = client.organization();
    tokio::pin!(second);
    tokio::select! {
        biased;
        _ = &mut second => unreachable!("the first is logging in"),
        () = tokio::task::yield_now() => first.abort(),
    }
    assert_eq!(second.await.unwrap().id, "o-1");
}

#[tokio::test]
async fn a_dropped_call_leaves_the_token_alone() {
    let mut script = Script::play([token("t"), Act::Silence, me()]).await;
    let client = script.client();
    tokio::select! {
        _ = client.organization() => unreachable!("nobody answers"),
        () = async { script.asked().await; script.asked().await; } => {}
    }
    client.organization().await.unwrap();
    assert!(script.asked().await.contains("Bearer t"));
}

#[tokio::test(start_paused = true)]
async fn a_call_may_be_dropped_in_a_pause() {
    let later = answer_with("503 Service Unavailable", "Retry-After: 9\r\n", "{}");
    let script = Script::play([later, token("t"), me()]).await;
    let client = script.client();
    let limit = Duration::from_secs(5);
    assert!(
        tokio::time::timeout(limit, client.organization())
            .await
            .is_err()
    );
    client.organization().await.unwrap();
}

#[tokio::test]
async fn a_dropped_page_comes_next() {
    let page = |number: u32, next: &str| {
        ok(&format!(
            "{{\"entities\":[{{\"id\":\"c-{number}\",\"enabled\":true}}],\"pageSize\":1,\
              \"pageNumber\":{number},\"total\":2,\"pageCount\":2{next}}}"
        ))
    };
    let more = r#","nextUri":"/api/v2/orgauthorization/trustors?pageNumber=2""#;
    let acts = [token("t"), page(1, more), Act::Silence, page(2, "")];
    let mut script = Script::play(acts).await;
    let mut pages = script.client().trustors().page_size(1);
    assert!(pages.next().await.unwrap().is_some());
    tokio::select! {
        _ = pages.next() => unreachable!("nobody answers"),
        () = async { for _ in 0..3 { script.asked().await; } } => {}
    }
    assert_eq!(pages.next().await.unwrap().unwrap().entities[0].id, "c-2");
    assert!(pages.next().await.unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_refused_login_does_not_stand_in_the_way() {
    let refused = answer("401 Unauthorized", "{}");
    let script = Script::play([refused, token("t"), me()]).await;
    let client = script.client();
    assert!(client.organization().await.is_err());
    // Whoever comes after a failure is not told of it, but tries.
    assert!(client.organization().await.is_ok());
}
