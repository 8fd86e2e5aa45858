//! Closing, and what it has charged.

use exchequer_client::Error;
use exchequer_client::types::{ClosePeriods, CorrectContract, PutClosingTerms};

use crate::scripted::{Act, Script, answer, ok, token};

const OUTCOME: &str = r#"{"dryRun":false,"contracts":2,
    "totals":[{"kind":"close","currency":"USD","entries":3,"total":"8314.6"}],
    "failures":[{"contract":"C-2","reason":"not said"}]}"#;

fn request(dry_run: bool) -> ClosePeriods {
    ClosePeriods {
        contract: Some("C-1".to_owned()),
        through: Some("2026-01-01".to_owned()),
        dry_run,
    }
}

#[tokio::test]
async fn closing_names_the_contract_and_its_last_period() {
    let mut script = Script::play([token("t"), ok(OUTCOME)]).await;
    let outcome = script.client().close_periods(&request(false)).await;
    let outcome = outcome.unwrap();
    assert_eq!((outcome.contracts, outcome.entries.len()), (2, 0));
    assert_eq!(outcome.totals[0].total, "8314.6");
    assert_eq!(outcome.failures[0].contract, "C-2");
    script.asked().await;
    let asked = script.asked().await;
    assert!(
        asked.starts_with("POST /api/v2/billing/closings HTTP"),
        "{asked}"
    );
    let body = r#"{"contract":"C-1","through":"2026-01-01","dryRun":false}"#;
    assert!(asked.ends_with(body), "{asked}");
}

#[tokio::test(start_paused = true)]
async fn a_close_without_an_answer_is_handed_back_and_a_dry_run_sent_again() {
    let mut script = Script::play([token("t"), Act::HangUp, Act::HangUp, ok(OUTCOME)]).await;
    let client = script.client();
    let lost = client.close_periods(&request(false)).await.unwrap_err();
    assert!(matches!(lost, Error::Unreachable(_)), "{lost:?}");
    client.close_periods(&request(true)).await.unwrap();
    for _ in 0..4 {
        script.asked().await;
    }
    assert_eq!(script.left(), 0);
}

fn correction(dry_run: bool) -> CorrectContract {
    CorrectContract {
        reason: "typo in the price".to_owned(),
        dry_run,
        ..CorrectContract::default()
    }
}

#[tokio::test]
async fn a_correction_names_the_contract_and_its_reason() {
    let mut script = Script::play([token("t"), ok(OUTCOME)]).await;
    let client = script.client();
    let outcome = client.correct_contract("C/1", &correction(true)).await;
    assert_eq!(outcome.unwrap().contracts, 2);
    script.asked().await;
    let asked = script.asked().await;
    let path = "POST /api/v2/billing/contracts/C%2F1/corrections HTTP";
    assert!(asked.starts_with(path), "{asked}");
    let body = r#""reason":"typo in the price","dryRun":true}"#;
    assert!(asked.ends_with(body), "{asked}");
}

#[tokio::test(start_paused = true)]
async fn a_correction_without_an_answer_is_handed_back_and_a_dry_run_sent_again() {
    let mut script = Script::play([token("t"), Act::HangUp, Act::HangUp, ok(OUTCOME)]).await;
    let client = script.client();
    let lost = client.correct_contract("C-1", &correction(false)).await;
    assert!(matches!(lost, Err(Error::Unreachable(_))), "{lost:?}");
    let dry = client.correct_contract("C-1", &correction(true)).await;
    dry.unwrap();
    for _ in 0..4 {
        script.asked().await;
    }
    assert_eq!(script.left(), 0);
}

fn page(entries: &[u64], next: Option<u64>) -> Act {
    let entries = entries.iter().map(|entry| {
        format!(
            r#"{{"entry":{entry},"kind":"close","contractId":"C/1","billingPeriodId":"2026-01-01",
            "dateCreated":"2026-02-02T00:00:00.000Z","rows":[],"currency":"USD","total":"0",
            "digest":"00"}}"#
        )
    });
    let entries: Vec<String> = entries.collect();
    let path = "/api/v2/billing/contracts/C%2F1/entries";
    let next = next.map(|after| format!(r#","nextUri":"{path}?pageSize=2&after={after}""#));
    let (entries, next) = (entries.join(","), next.unwrap_or_default());
    ok(&format!(r#"{{"entities":[{entries}],"pageSize":2{next}}}"#))
}

#[tokio::test]
async fn entries_are_listed_by_their_cursor() {
    let acts = [token("t"), page(&[1, 2], Some(2)), page(&[5], None)];
    let mut script = Script::play(acts).await;
    let client = script.client().for_organization("o-1");
    let all = client.contract_entries("C/1").page_size(2).all().await;
    let all: Vec<_> = all.unwrap().iter().map(|entry| entry.entry).collect();
    assert_eq!(all, [Some(1), Some(2), Some(5)]);
    script.asked().await;
    for query in ["pageSize=2", "pageSize=2&after=2"] {
        let path = "GET /api/v2/billing/contracts/C%2F1/entries?organizationId=o-1";
        let line = format!("{path}&{query} HTTP/1.1\r\n");
        let asked = script.asked().await;
        assert!(asked.starts_with(&line), "{asked}");
    }
}

#[tokio::test]
async fn terms_are_put_over_the_version_that_was_read() {
    let terms = |version: u64| ok(&format!(r#"{{"closeAfter":24,"version":{version}}}"#));
    let stale = answer("412 Precondition Failed", "{}");
    let acts = [token("t"), terms(0), terms(1), stale];
    let mut script = Script::play(acts).await;
    let client = script.client();
    let mut put: PutClosingTerms = client.closing_terms().await.unwrap().into_inner().into();
    put.billing_from = Some("2026-01-01".to_owned());
    let put = client.put_closing_terms(&put).await.unwrap().into_inner();
    let refused = client.put_closing_terms(&put.into()).await.unwrap_err();
    assert_eq!(refused.status(), Some(412));
    script.asked().await;
    let read = script.asked().await;
    assert!(
        read.starts_with("GET /api/v2/billing/catalog/closing HTTP"),
        "{read}"
    );
    // Terms that were never set have no version to change.
    let first = script.asked().await;
    assert!(
        first.starts_with("PUT /api/v2/billing/catalog/closing HTTP"),
        "{first}"
    );
    assert!(first.contains("if-none-match: *\r\n"), "{first}");
    let body = r#"{"billingFrom":"2026-01-01","closeAfter":24,"version":0}"#;
    assert!(first.ends_with(body), "{first}");
    let second = script.asked().await;
    assert!(!second.contains("if-none-match"), "{second}");
    assert!(
        second.ends_with(r#"{"closeAfter":24,"version":1}"#),
        "{second}"
    );
}
