//! What is tried again, how soon, and for how long.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use exchequer_client::types::{CatalogClient, CatalogMeter, PutClient, PutMeter};
use exchequer_client::{Error, Wait};
use tokio::time::Instant;

use crate::scripted::{Act, Script, answer, answer_with, me, token};

/// A listener that keeps the pauses, and where it keeps them.
fn pauses() -> (impl Fn(Wait<'_>) + Send + Sync, Arc<Mutex<Vec<Duration>>>) {
    let pauses = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&pauses);
    let listener = move |wait: Wait<'_>| match wait {
        Wait::Retry { pause, .. } => kept.lock().unwrap().push(pause),
        other => panic!("{other:?}"),
    };
    (listener, pauses)
}

#[tokio::test(start_paused = true)]
async fn passing_faults_are_tried_again_wherever_they_come() {
    let script = Script::play([
        answer("429 Too Many Requests", "{}"),
        Act::HangUp,
        token("t"),
        answer("503 Service Unavailable", "{}"),
        answer("502 Bad Gateway", "<html>"),
        Act::HangUp,
        answer("504 Gateway Timeout", ""),
        me(),
    ])
    .await;
    let (listener, pauses) = pauses();
    let client = script.builder().on_wait(listener).build().unwrap();
    let start = Instant::now();
    assert_eq!(client.organization().await.unwrap().id, "o-1");
    let pauses = pauses.lock().unwrap();
    assert_eq!(pauses.len(), 6);
    // Timers tick in milliseconds.
    let slack = Duration::from_millis(10);
    let told: Duration = pauses.iter().sum();
    assert!(start.elapsed() >= told && start.elapsed() < told + slack);
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_waited_out() {
    let later = answer_with("429 Too Many Requests", "Retry-After: 7\r\n", "{}");
    let script = Script::play([token("t"), later, me()]).await;
    let (listener, pauses) = pauses();
    let client = script.builder().on_wait(listener).build().unwrap();
    client.organization().await.unwrap();
    let asked = Duration::from_secs(7);
    let pause = pauses.lock().unwrap()[0];
    assert!(pause > asked && pause < asked * 2, "{pause:?}");
}

#[tokio::test(start_paused = true)]
async fn patience_ends() {
    let busy = || {
        answer_with(
            "503 Service Unavailable",
            "Retry-After: 5\r\n",
            r#"{"code":"service.unavailable"}"#,
        )
    };
    let acts = [token("t"), busy(), busy(), busy(), me()];
    let mut script = Script::play(acts).await;
    let start = Instant::now();
    let error = script.client().organization().await.unwrap_err();
    assert_eq!(error.code(), Some("service.unavailable"));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(5)));
    // A third pause would have ended after the fifteen seconds.
    assert!(start.elapsed() < Duration::from_secs(15));
    for _ in 0..4 {
        script.asked().await;
    }
    assert_eq!(script.left(), 0);
}

#[tokio::test]
async fn without_patience_there_is_one_attempt() {
    let script = Script::play([Act::HangUp]).await;
    let client = script
        .builder()
        .retry_budget(Duration::ZERO)
        .build()
        .unwrap();
    let error = client.organization().await.unwrap_err();
    assert!(matches!(error, Error::Unreachable(_)), "{error:?}");
    assert!(error.to_string().contains(&script.url), "{error}");
}

#[tokio::test]
async fn refusals_are_final() {
    let refused = answer_with(
        "400 Bad Request",
        "ININ-Correlation-Id: c-7\r\n",
        r#"{"message":"no date","code":"invalid.date","status":400,
            "details":[{"errorCode":"invalid.date","fieldName":"endDate"}]}"#,
    );
    let script = Script::play([token("t"), refused]).await;
    let error = script.client().billable_usage("a", "b").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "no date (HTTP 400, invalid.date, contextId c-7)"
    );
    let refusal = error.refusal().unwrap();
    assert_eq!(refusal.details[0].field_name, "endDate");
}

#[tokio::test(start_paused = true)]
async fn a_deletion_whose_answer_was_lost_is_done() {
    let gone = || answer("404 Not Found", r#"{"code":"not.found"}"#);
    let script = Script::play([token("t"), Act::HangUp, gone(), gone()]).await;
    let client = script.client();
    let meters = client.catalog::<CatalogMeter>();
    meters.delete("voice").await.unwrap();
    // Without a lost answer nothing was there.
    assert_eq!(
        meters.delete("voice").await.unwrap_err().status(),
        Some(404)
    );
}

#[tokio::test(start_paused = true)]
async fn a_repeated_change_is_the_same_request() {
    let body =
        r#"{"id":"voice","name":"voice","version":1,"eventType":"call","aggregation":"count"}"#;
    let script = [token("t"), Act::HangUp, answer("200 OK", body)];
    let mut script = Script::play(script).await;
    let client = script.client();
    let put = PutMeter::default();
    client
        .catalog::<CatalogMeter>()
        .put("voice", &put)
        .await
        .unwrap();
    script.asked().await;
    assert_eq!(script.asked().await, script.asked().await);
}

/// A second attempt would make a second secret, and end the one in use.
#[tokio::test(start_paused = true)]
async fn a_secret_is_not_generated_twice() {
    let script = Script::play([token("t"), Act::HangUp]).await;
    let put = PutClient {
        generate_secret: true,
        ..PutClient::default()
    };
    let clients = script.client();
    let lost = clients.catalog::<CatalogClient>().put("c", &put).await;
    assert!(matches!(lost.err(), Some(Error::Unreachable(_))));
}
