//! Leave for pages of other origins, as a browser asks for it.

use reqwest::Method;

use exchequer_support::World;
use exchequer_support::world::EVENTS;

const ALLOWED: &str = "https://console.example.com";

#[tokio::test]
async fn nobody_is_let_in_unless_a_setting_says_so() {
    let world = World::start().await;
    let question = world
        .request(Method::OPTIONS, EVENTS)
        .header("origin", ALLOWED)
        .header("access-control-request-method", "POST");
    let answer = world.send(question).await;
    assert_eq!(answer.refusal(), (405, "method.not.allowed".to_owned()));
    assert!(!answer.headers.contains_key("access-control-allow-origin"));
}

#[tokio::test]
async fn listed_origins_may_send_any_header_and_read_ours() {
    let world = World::with(|config| config.cors_origins = ALLOWED.parse().unwrap()).await;
    let ask = async |origin: &str| {
        let question = world
            .request(Method::OPTIONS, EVENTS)
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header(
                "access-control-request-headers",
                "authorization,purecloud-sdk",
            );
        world.send(question).await
    };
    let answer = ask(ALLOWED).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("access-control-allow-origin"), ALLOWED);
    assert_eq!(
        answer.header("access-control-allow-headers"),
        "authorization,purecloud-sdk"
    );
    let other = ask("https://elsewhere.example").await;
    assert!(!other.headers.contains_key("access-control-allow-origin"));

    // A refusal can be read too: it says why.
    let refused = world
        .request(Method::POST, EVENTS)
        .header("origin", ALLOWED);
    let refused = world.send(refused).await;
    assert_eq!(
        refused.refusal(),
        (401, "authentication.required".to_owned())
    );
    assert_eq!(refused.header("access-control-allow-origin"), ALLOWED);
    let exposed = refused.header("access-control-expose-headers").to_owned();
    for name in [
        "etag",
        "retry-after",
        "inin-correlation-id",
        "inin-ratelimit-reset",
    ] {
        assert!(exposed.contains(name), "{exposed}");
    }
    assert!(refused.header("vary").contains("origin"));
}
