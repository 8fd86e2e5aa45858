//! Listings.

use exchequer_client::types::{CatalogMeter, Granularity};

use crate::scripted::{Act, Script, ok, token};

fn page(ids: &[&str], number: u32, next: bool) -> Act {
    let entities: Vec<String> = ids
        .iter()
        .map(|id| format!("{{\"id\":\"{id}\",\"enabled\":true}}"))
        .collect();
    let next = match next {
        true => r#","nextUri":"/api/v2/somewhere""#,
        false => "",
    };
    ok(&format!(
        "{{\"entities\":[{}],\"pageSize\":2,\"pageNumber\":{number},\"total\":3,\"pageCount\":2{next}}}",
        entities.join(",")
    ))
}

#[tokio::test]
async fn all_pages_are_walked() {
    let acts = [
        token("t"),
        page(&["a", "b"], 1, true),
        page(&["c"], 2, false),
    ];
    let mut script = Script::play(acts).await;
    let all = script.client().trustors().page_size(2).all().await.unwrap();
    let ids: Vec<&str> = all.iter().map(|trustor| trustor.id.as_str()).collect();
    assert_eq!(ids, ["a", "b", "c"]);
    script.asked().await;
    for number in 1..=2 {
        let path = format!(
            "GET /api/v2/orgauthorization/trustors?pageSize=2&pageNumber={number} HTTP/1.1\r\n"
        );
        assert!(script.asked().await.starts_with(&path));
    }
}

#[tokio::test]
async fn an_empty_page_ends_a_listing_that_would_not() {
    let acts = [token("t"), page(&["a"], 7, true), page(&[], 8, true)];
    let script = Script::play(acts).await;
    let all = script.client().trustees().starting_at(7).all().await;
    assert_eq!(all.unwrap().len(), 1);
}

#[tokio::test]
async fn a_page_has_its_body() {
    let body = r#"{"entities":[{"id":"m","name":"m","version":1,"eventType":"call","aggregation":"count"}],"pageSize":200,"pageNumber":1,"total":1,"pageCount":1}"#;
    let script = Script::play([token("t"), ok(body)]).await;
    let client = script.client();
    let mut pages = client.catalog::<CatalogMeter>().list();
    let page = pages.next().await.unwrap().unwrap();
    assert_eq!(page.entities[0].rule.aggregation, "count");
    assert_eq!(page.body(), body);
}

#[tokio::test]
async fn events_are_walked_by_cursor_over_empty_pages() {
    let event = |id: &str| {
        format!(
            r#"{{"id":"{id}","source":"s","type":"t","resource":"r","time":"a","received":"b","data":{{"n":12.50}}}}"#
        )
    };
    let page =
        |events: &str, next: &str| ok(&format!("{{\"entities\":[{events}],\"pageSize\":2{next}}}"));
    let next = |after: &str| {
        format!(r#","nextUri":"/api/v2/billing/usage/events?x=1&after={after}&meter=m""#)
    };
    let acts = [
        token("t"),
        page(&event("a"), &next("A-1%3D")),
        page("", &next("B_2")),
        page(&event("b"), ""),
    ];
    let mut script = Script::play(acts).await;
    let listing = script
        .client()
        .for_organization("o")
        .recorded_events("2026-10-01", "x");
    let all = listing
        .meter("m n")
        .resource("r")
        .page_size(2)
        .all()
        .await
        .unwrap();
    let ids: Vec<&str> = all.iter().map(|event| event.id.as_str()).collect();
    assert_eq!(ids, ["a", "b"]);
    let data = all[0].data.as_ref().unwrap().get();
    assert_eq!(data, r#"{"n":12.50}"#, "numbers stay as they are written");
    script.asked().await;
    for after in ["", "&after=A-1%3D", "&after=B_2"] {
        let path = format!(
            "GET /api/v2/billing/usage/events?organizationId=o&startDate=2026-10-01&endDate=x\
             &meter=m+n&resource=r&pageSize=2{after} HTTP/1.1\r\n"
        );
        let asked = script.asked().await;
        assert!(asked.starts_with(&path), "{asked}");
    }
}

#[tokio::test]
async fn a_series_is_asked_for_by_its_meter() {
    let body = r#"{"meter":"m","granularity":"hour","timeZone":"UTC","startDate":"a","endDate":"c","entities":[{"startDate":"a","endDate":"b","localStart":"a","usage":"12.5"}]}"#;
    let mut script = Script::play([token("t"), ok(body), ok(body)]).await;
    let client = script.client();
    let series = client.usage_series("m", "a", "c", Granularity::Hour).await;
    let series = series.unwrap();
    assert_eq!(
        (&*series.entities[0].usage, &series.body()[..]),
        ("12.5", body.as_bytes())
    );
    script.asked().await;
    let path = "GET /api/v2/billing/usage/series?meter=m&granularity=hour&startDate=a&endDate=c";
    assert!(script.asked().await.starts_with(&format!("{path} ")));
    let zone = client.usage_series_in("Europe/Berlin", "m", "a", "c", Granularity::Hour);
    assert_eq!(zone.await.unwrap().time_zone, "UTC");
    let asked = script.asked().await;
    assert!(
        asked.starts_with(&format!("{path}&timeZone=Europe%2FBerlin ")),
        "{asked}"
    );
}
