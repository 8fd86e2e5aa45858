//! Contracts with their periods.

use exchequer_client::Error;

use crate::scripted::{Act, Script, ok, token};

/// A page of contracts that are called so.
fn page(numbers: &[&str], next: Option<&str>) -> Act {
    let contracts = numbers
        .iter()
        .map(|number| format!(r#"{{"id":"{number}"}}"#));
    let contracts = contracts.collect::<Vec<_>>().join(",");
    let next = next.map(|next| format!(r#","nextUri":"{next}""#));
    let next = next.unwrap_or_default();
    ok(&format!(r#"{{"entities":[{contracts}]{next}}}"#))
}

/// The request line of the next call.
async fn line(script: &mut Script) -> String {
    let asked = script.asked().await;
    let line = asked.lines().next().unwrap();
    line.trim_end_matches(" HTTP/1.1").to_owned()
}

#[tokio::test]
async fn contracts_are_listed_by_their_cursor() {
    let next = "/api/v2/billing/contracts?pageSize=2&status=Active&after=a%2Bb";
    // An empty page need not be the last.
    let acts = [
        token("t"),
        page(&["C-3", "C-2"], Some(next)),
        page(&[], Some("/x?after=c&pageSize=2")),
        page(&["C-1"], None),
    ];
    let mut script = Script::play(acts).await;
    let client = script.client().for_organization("o-1");
    let listed = client.contracts().status("Active").from("2026-01-01");
    let listed = listed.to("2026-12-31").external_number("C 1");
    let listed = listed.page_size(2).all().await.unwrap();
    let numbers: Vec<_> = listed.iter().filter_map(|it| it.id.as_deref()).collect();
    assert_eq!(numbers, ["C-3", "C-2", "C-1"]);
    script.asked().await;
    let first = "GET /api/v2/billing/contracts?organizationId=o-1&status=Active\
                 &dateStart=2026-01-01&dateEnd=2026-12-31&externalNumber=C+1&pageSize=2";
    assert_eq!(line(&mut script).await, first);
    assert_eq!(line(&mut script).await, format!("{first}&after=a%2Bb"));
    assert_eq!(line(&mut script).await, format!("{first}&after=c"));
    assert_eq!(script.left(), 0);
}

#[tokio::test]
async fn a_contract_and_a_period_are_read_by_their_ids() {
    let contract = r#"{"id":"C/1","billingPeriods":[{"id":"2026-10-01","status":"Closed"}]}"#;
    // Genesys Cloud sends numbers as it likes, and absent fields as null.
    let period = r#"{"id":"2026-10-01","charges":[{"overageQuantity":1.50,"overageRate":1e-3,
        "overageCharge":90071992547409931.01,"actualQuantity":null,"product":null}],"wallets":[]}"#;
    let mut script = Script::play([token("t"), ok(contract), ok(period)]).await;
    let client = script.client();
    let contract = client.contract("C/1").await.unwrap().into_inner();
    assert_eq!(
        contract.billing_periods[0].status.as_deref(),
        Some("Closed")
    );
    let period = client.contract_period("C/1", "2026-10-01").await.unwrap();
    let charge = &period.charges[0];
    let digits = [
        &charge.overage_quantity,
        &charge.overage_rate,
        &charge.overage_charge,
    ];
    let digits = digits.map(|number| number.as_ref().unwrap().as_str());
    assert_eq!(digits, ["1.50", "1e-3", "90071992547409931.01"]);
    assert_eq!(charge.actual_quantity, None);
    script.asked().await;
    let path = "GET /api/v2/billing/contracts/C%2F1";
    assert_eq!(line(&mut script).await, path);
    let period = format!("{path}/billingperiods/2026-10-01");
    assert_eq!(line(&mut script).await, period);
}

#[tokio::test]
async fn a_next_page_without_a_cursor_is_an_error() {
    let acts = [
        token("t"),
        page(&["C-1"], Some("/api/v2/billing/contracts")),
    ];
    let script = Script::play(acts).await;
    let failed = script.client().contracts().all().await.unwrap_err();
    assert!(matches!(failed, Error::Unreadable(_)), "{failed:?}");
}
