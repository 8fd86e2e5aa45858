//! Listings.

use exchequer_client::types::CatalogMeter;

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
