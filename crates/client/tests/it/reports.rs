//! Reports that take their time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use exchequer_client::types::ReportStatus;
use exchequer_client::{Error, Wait};
use tokio::time::Instant;

use crate::scripted::{Act, Script, answer_with, ok, token};

fn in_progress() -> Act {
    ok(r#"{"startDate":"a","endDate":"b","status":"InProgress","usages":[]}"#)
}

const COMPLETE: &str = r#"{ "startDate":"a","endDate":"b","status":"Complete","usages":
    [{"name":"users","totalUsage":"2","resources":[{"name":"ada","date":"c"}]}]}"#;

#[tokio::test(start_paused = true)]
async fn a_report_in_progress_is_waited_for() {
    let complete = answer_with("200 OK", "ETag: \"e-1\"\r\n", COMPLETE);
    let acts = [
        token("t"),
        in_progress(),
        in_progress(),
        in_progress(),
        complete,
    ];
    let mut script = Script::play(acts).await;
    let told = Arc::new(AtomicUsize::new(0));
    let client = script.builder().on_wait({
        let told = Arc::clone(&told);
        move |wait| {
            assert!(matches!(wait, Wait::Report { .. }));
            told.fetch_add(1, Ordering::Relaxed);
        }
    });
    let client = client.build().unwrap();
    let start = Instant::now();
    let report = client
        .billable_usage("2026-10-01", "2026-11-01")
        .await
        .unwrap();
    assert_eq!(report.usages[0].total_usage, "2");
    assert_eq!(report.body(), COMPLETE);
    assert_eq!(report.etag(), Some("\"e-1\""));
    assert_eq!(told.load(Ordering::Relaxed), 3);
    assert!(start.elapsed() >= Duration::from_millis(250 + 375 + 562));
    script.asked().await;
    let path = "GET /api/v2/billing/reports/billableusage?startDate=2026-10-01&endDate=2026-11-01 ";
    for _ in 0..4 {
        assert!(script.asked().await.starts_with(path));
    }
}

#[tokio::test]
async fn whoever_does_not_wait_gets_it_unfinished() {
    let script = Script::play([token("t"), in_progress()]).await;
    let report = script.client().billable_usage_now("a", "b").await.unwrap();
    assert_eq!(report.status, Some(ReportStatus::InProgress));
}

#[tokio::test(start_paused = true)]
async fn patience_with_reports_ends() {
    let acts = std::iter::once(token("t")).chain((0..50).map(|_| in_progress()));
    let script = Script::play(acts).await;
    let limit = Duration::from_secs(30);
    let client = script.builder().report_budget(limit).build().unwrap();
    let start = Instant::now();
    let error = client.billable_usage("a", "b").await.unwrap_err();
    assert_eq!(error, Error::InProgress);
    assert!(error.is_passing() && start.elapsed() <= limit);
}

/// Such a body is read on another thread.
#[tokio::test]
async fn large_reports_are_read() {
    let resources: Vec<String> = (0..20_000)
        .map(|n| format!("{{\"name\":\"user-{n}\",\"date\":\"2026-10-01T00:00:00.000Z\"}}"))
        .collect();
    let body = format!(
        "{{\"startDate\":\"a\",\"endDate\":\"b\",\"usages\":[{{\"name\":\"users\",\
          \"totalUsage\":\"20000\",\"resources\":[{}]}}]}}",
        resources.join(",")
    );
    let script = Script::play([token("t"), ok(&body)]).await;
    let report = script.client().billable_usage("a", "b").await.unwrap();
    assert_eq!(report.usages[0].resources.len(), 20_000);
    assert_eq!(report.body().len(), body.len());
}

#[tokio::test]
async fn a_body_of_another_kind_is_unreadable() {
    let script = Script::play([token("t"), ok("<html>")]).await;
    let error = script.client().billable_usage("a", "b").await.unwrap_err();
    assert!(matches!(error, Error::Unreadable(_)), "{error:?}");
}
