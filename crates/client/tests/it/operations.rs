//! What each operation sends.

use exchequer_client::catalog::{Catalog, Condition, Entry};
use exchequer_client::types::{
    BulkEntity, CatalogClient, CatalogContract, CatalogMeter, CatalogOrganization, CatalogProduct,
    CatalogTrust, PutOrganization, PutTrust,
};
use exchequer_client::{Client, Error, Expand, Period, UsageEvent};

use crate::scripted::{Script, answer, answer_with, me, ok, token};

const OVERVIEW: &str = r#"{"organization":{"id":"c-1"},"currency":"USD","enabledProducts":[],
    "subscriptionType":"PREPAY","usages":[]}"#;

/// The request lines of a script, without the login's and the protocol.
async fn lines(script: &mut Script, count: usize) -> Vec<String> {
    script.asked().await;
    let mut lines = Vec::new();
    for _ in 0..count {
        let request = script.asked().await;
        let line = request.lines().next().unwrap();
        lines.push(line.trim_end_matches(" HTTP/1.1").replace("/api/v2", ""));
    }
    lines
}

#[tokio::test]
async fn overviews_name_their_period() {
    let overview = || ok(OVERVIEW);
    let acts = [token("t"), overview(), overview(), overview(), overview()];
    let mut script = Script::play(acts).await;
    let client = script.client();
    let first = client.trustee_billing_overview("c-1", 0, Expand::Nothing);
    let first = first.await.unwrap();
    assert_eq!(
        (first.currency.as_str(), &first.body()[..]),
        ("USD", OVERVIEW.as_bytes())
    );
    let own = client.for_organization("o-1");
    let second = own.trustee_billing_overview("c-1", 2, Expand::Charges);
    second.await.unwrap();
    let third = own.subscription_overview(Period::Index(1), Expand::Charges);
    third.await.unwrap();
    let period = Period::EndingAt(1_588_291_199_000);
    let fourth = client.subscription_overview(period, Expand::Nothing);
    assert_eq!(fourth.await.unwrap().into_inner().organization.id, "c-1");
    assert_eq!(
        lines(&mut script, 4).await,
        [
            "GET /billing/trusteebillingoverview/c-1?billingPeriodIndex=0",
            "GET /billing/trusteebillingoverview/c-1?organizationId=o-1&billingPeriodIndex=2&expand=charges",
            "GET /billing/subscriptionoverview?organizationId=o-1&billingPeriodIndex=1&expand=charges",
            "GET /billing/subscriptionoverview?periodEndingTimestamp=1588291199000",
        ]
    );
}

#[tokio::test]
async fn customers_partners_and_oneself() {
    let whoever = || ok(r#"{"id":"x","enabled":true,"organization":{"id":"x","version":1}}"#);
    let token_info = ok(r#"{"organization":{"id":"o"},"homeOrganization":{"id":"o"},
        "OAuthClient":{"id":"me"}}"#);
    let periods = ok(
        r#"{"entities":[{"id":"2026-10-01","startDate":"a","endDate":"b",
        "billingPeriodIndex":0,"contractId":"C-1"}],"pageSize":200,"pageNumber":1,"total":1,"pageCount":1}"#,
    );
    let acts = [token("t"), whoever(), whoever(), me(), token_info, periods];
    let mut script = Script::play(acts).await;
    let client = script.client();
    assert!(client.trustor("a/b").await.unwrap().enabled);
    assert!(client.trustee("x").await.unwrap().enabled);
    assert_eq!(client.organization().await.unwrap().version, 3);
    assert_eq!(client.token_info().await.unwrap().oauth_client.id, "me");
    let periods = client.billing_periods().all().await.unwrap();
    assert_eq!(periods[0].contract_id.as_deref(), Some("C-1"));
    assert_eq!(
        lines(&mut script, 5).await,
        [
            "GET /orgauthorization/trustors/a%2Fb",
            "GET /orgauthorization/trustees/x",
            "GET /organizations/me",
            "GET /tokens/me",
            "GET /billing/periods?pageSize=100&pageNumber=1",
        ]
    );
}

#[tokio::test]
async fn events_go_as_json_or_as_lines() {
    let counts = || ok(r#"{"accepted":1,"duplicates":0,"unmetered":0}"#);
    let mut script = Script::play([token("t"), counts(), counts()]).await;
    let client = script.client();
    let event = UsageEvent {
        id: "e-1".to_owned(),
        ..UsageEvent::default()
    };
    let answer = client.usage_events().send(&[event]).await.unwrap();
    assert_eq!(answer.accepted, 1);
    let dry = client.usage_events().dry_run().send_ndjson("{}\n");
    dry.await.unwrap();
    script.asked().await;
    let json = script.asked().await;
    assert!(json.starts_with("POST /api/v2/billing/usage/events HTTP"));
    assert!(json.contains("content-type: application/cloudevents-batch+json"));
    let body = r#"[{"specversion":"1.0","id":"e-1","source":"","type":"","subject":"","time":""}]"#;
    assert!(json.ends_with(body), "{json}");
    let lines = script.asked().await;
    assert!(lines.starts_with("POST /api/v2/billing/usage/events?dryRun=true HTTP"));
    assert!(lines.contains("content-type: application/x-ndjson"));
    assert!(lines.ends_with("\r\n\r\n{}\n"));
}

async fn is_absent<T: Entry>(client: &Client) -> &'static str {
    let kind: Catalog<'_, T> = client.catalog();
    assert!(kind.find("x").await.unwrap().is_none());
    T::KIND
}

#[tokio::test]
async fn every_kind_of_the_catalog_has_its_path() {
    let absent = || answer("404 Not Found", "{}");
    let acts = std::iter::once(token("t")).chain((0..6).map(|_| absent()));
    let mut script = Script::play(acts).await;
    let client = script.client();
    let kinds = [
        is_absent::<CatalogOrganization>(&client).await,
        is_absent::<CatalogClient>(&client).await,
        is_absent::<CatalogMeter>(&client).await,
        is_absent::<CatalogProduct>(&client).await,
        is_absent::<CatalogContract>(&client).await,
        is_absent::<CatalogTrust>(&client).await,
    ];
    let paths = kinds.map(|kind| format!("GET /billing/catalog/{kind}/x"));
    assert_eq!(lines(&mut script, 6).await, paths);
    let names = [
        "organizations",
        "clients",
        "meters",
        "products",
        "contracts",
        "trusts",
    ];
    assert_eq!(kinds, names);
}

#[tokio::test]
async fn changes_can_be_tied_to_a_version() {
    let organization = answer_with(
        "201 Created",
        "ETag: \"4\"\r\n",
        r#"{"id":"o","name":"Acme","version":4}"#,
    );
    let stale = || {
        answer(
            "412 Precondition Failed",
            r#"{"code":"precondition.failed"}"#,
        )
    };
    let acts = [token("t"), organization, stale(), stale(), stale()];
    let mut script = Script::play(acts).await;
    let client = script.client();
    let put = PutOrganization {
        name: "Acme".to_owned(),
        effective: None,
        version: None,
    };
    let organizations = client.catalog::<CatalogOrganization>();
    let made = organizations.put("o", &put).await.unwrap();
    assert_eq!((made.version(), made.etag()), (4, Some("\"4\"")));
    for condition in [Condition::Version(3), Condition::Exists] {
        let tied = organizations.only_if(condition).put("o", &put).await;
        assert_eq!(tied.unwrap_err().code(), Some("precondition.failed"));
    }
    let trusts = client.catalog::<CatalogTrust>().only_if(Condition::Absent);
    let tied = trusts.put("a:b", &PutTrust::default()).await;
    assert_eq!(tied.unwrap_err().status(), Some(412));
    script.asked().await;
    let plain = script.asked().await;
    assert!(plain.ends_with("\r\n\r\n{\"name\":\"Acme\"}") && !plain.contains("if-"));
    assert!(script.asked().await.contains("if-match: \"3\"\r\n"));
    assert!(script.asked().await.contains("if-match: *\r\n"));
    let last = script.asked().await;
    assert!(last.contains("if-none-match: *\r\n"), "{last}");
    assert!(
        last.starts_with("PUT /api/v2/billing/catalog/trusts/a:b HTTP"),
        "{last}"
    );
}

#[tokio::test]
async fn as_many_as_fit_into_a_request_are_put_with_it() {
    let outcomes = || ok(r#"{"entities":[]}"#);
    let mut script = Script::play([token("t"), outcomes(), outcomes(), outcomes()]).await;
    let client = script.client();
    let named = |bytes: usize| BulkEntity {
        id: "o".to_owned(),
        put: PutOrganization {
            name: "n".repeat(bytes),
            ..PutOrganization::default()
        },
    };
    // By number, by bytes, and one alone in any case.
    for (count, bytes) in [(201, 1), (3, 1_500_000), (2, 5_000_000)] {
        let entities = vec![named(bytes); count];
        let organizations = client.catalog::<CatalogOrganization>();
        organizations.put_many(&entities).await.unwrap();
    }
    script.asked().await;
    for sent in [200, 2, 1] {
        let request = script.asked().await;
        let line = "POST /api/v2/billing/catalog/organizations HTTP";
        assert!(request.starts_with(line), "{}", &request[..100]);
        assert_eq!(request.matches(r#"{"id":"o","name":"n"#).count(), sent);
    }
}

#[tokio::test]
async fn ids_that_would_name_something_else_are_not_sent() {
    let script = Script::play([]).await;
    let client = script.client();
    for bad in ["", ".", ".."] {
        let error = client
            .catalog::<CatalogMeter>()
            .delete(bad)
            .await
            .unwrap_err();
        assert!(matches!(error, Error::Invalid(_)), "{error:?}");
    }
}
