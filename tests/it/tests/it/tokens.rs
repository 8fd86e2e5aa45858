//! Logging in and out.

use std::time::Duration;

use reqwest::Method;

use exchequer_support::World;
use exchequer_support::world::{ACME, ACME_CLIENT, CATALOG, ROOT, ROOT_SECRET, SECRET};

const ME: &str = "/api/v2/tokens/me";

#[tokio::test]
async fn both_paths_and_both_places_give_tokens() {
    let world = World::start().await;
    let form = [("grant_type", "client_credentials")];
    for path in ["/oauth/token", "/token"] {
        let request = world
            .request(Method::POST, path)
            .basic_auth(ROOT, Some(ROOT_SECRET));
        let answer = world.send(request.form(&form)).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let body = answer.json();
        assert_eq!(body["token_type"], "bearer");
        assert_eq!(body["expires_in"], 86_400);
        assert_eq!(
            answer.header("cache-control"),
            "no-cache, no-store, must-revalidate"
        );
    }
    let in_form = [form[0], ("client_id", ROOT), ("client_secret", ROOT_SECRET)];
    let answer = world
        .send(world.request(Method::POST, "/oauth/token").form(&in_form))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

#[tokio::test]
async fn a_token_tells_whose_it_is_until_it_is_ended() {
    let world = World::start().await;
    let [_, acme, _] = world.populate().await;
    let info = world.get(&acme, ME).await.json();
    assert_eq!(info["organization"]["id"], ACME);
    assert_eq!(info["homeOrganization"]["name"], "Acme Ltd");
    assert_eq!(info["OAuthClient"]["id"], ACME_CLIENT);
    let head = world
        .send(world.request(Method::HEAD, ME).bearer_auth(&acme))
        .await;
    assert_eq!((head.status.as_u16(), head.text.as_str()), (200, ""));
    let organization = world.get(&acme, "/api/v2/organizations/me").await.json();
    assert_eq!(
        (&organization["id"], &organization["state"]),
        (&ACME.into(), &"active".into())
    );

    let other = world.token(ACME_CLIENT, SECRET).await;
    assert_eq!(world.delete(&acme, ME).await.status, 200);
    assert_eq!(
        world.get(&acme, ME).await.refusal(),
        (401, "bad.credentials".to_owned())
    );
    assert_eq!(world.get(&other, ME).await.status, 200);
}

#[tokio::test]
async fn wrong_credentials_are_told_in_every_dialect() {
    let world = World::start().await;
    for (id, secret) in [(ROOT, "wrong"), (ACME_CLIENT, ROOT_SECRET), ("nobody", "x")] {
        let answer = world.login(id, secret).await;
        assert_eq!(answer.refusal(), (401, "bad.credentials".to_owned()));
        let body = answer.json();
        assert_eq!(body["error"], "invalid_client");
        assert_eq!(body["description"], "Invalid login credentials.");
        assert_eq!(body["error_description"], "Invalid login credentials.");
    }
    let request = world
        .request(Method::POST, "/oauth/token")
        .basic_auth(ROOT, Some(ROOT_SECRET));
    let answer = world
        .send(request.form(&[("grant_type", "password")]))
        .await;
    assert_eq!(answer.json()["error"], "unsupported_grant_type");
    let request = world
        .request(Method::POST, "/oauth/token")
        .basic_auth(ROOT, Some(ROOT_SECRET));
    let answer = world.send(request).await;
    assert_eq!(
        (answer.status.as_u16(), answer.json()["error"].as_str()),
        (400, Some("invalid_request"))
    );
}

#[tokio::test]
async fn tokens_live_as_long_as_their_client_says() {
    let world = World::start().await;
    let [operator, ..] = world.populate().await;
    let path = format!("{CATALOG}/clients/{ACME_CLIENT}");
    let body = serde_json::json!({
        "organization": ACME, "name": "brief", "accessTokenValiditySeconds": 300,
    });
    assert_eq!(world.put(&operator, &path, &body).await.status, 200);
    let answer = world.login(ACME_CLIENT, SECRET).await.json();
    assert_eq!(answer["expires_in"], 300);
    let token = answer["access_token"].as_str().unwrap();
    world.clock.advance(Duration::from_secs(299));
    assert_eq!(world.get(token, ME).await.status, 200);
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(world.get(token, ME).await.refusal().0, 401);
}

#[tokio::test]
async fn nonsense_in_the_header_is_no_token() {
    let world = World::start().await;
    let bare = world.send(world.request(Method::GET, ME)).await;
    assert_eq!(bare.refusal(), (401, "authentication.required".to_owned()));
    let basic = world
        .request(Method::GET, ME)
        .basic_auth(ROOT, Some(ROOT_SECRET));
    assert_eq!(
        world.send(basic).await.refusal().1,
        "authentication.required"
    );
    for token in ["x", "", &"A".repeat(64), &"A".repeat(100_000)[..8000]] {
        assert_eq!(world.get(token, ME).await.status, 401, "{token}");
    }
}

#[tokio::test]
async fn guessing_is_slowed_down_by_address() {
    let world = World::with(|config| config.rate_limit = 3).await;
    for _ in 0..3 {
        assert_eq!(world.login(ROOT, "wrong").await.status, 401);
    }
    let refused = world.login(ROOT, ROOT_SECRET).await;
    assert_eq!(refused.refusal(), (429, "too.many.requests".to_owned()));
    assert_eq!(refused.header("retry-after"), "60");
    world.clock.advance(Duration::from_secs(60));
    assert_eq!(world.login(ROOT, ROOT_SECRET).await.status, 200);
}

#[tokio::test]
async fn reading_is_limited_by_token() {
    let world = World::with(|config| config.rate_limit = 3).await;
    let (one, two) = (world.operator().await, world.operator().await);
    for count in ["1", "2", "3"] {
        let answer = world.get(&one, ME).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("inin-ratelimit-count"), count);
        assert_eq!(answer.header("inin-ratelimit-allowed"), "3");
    }
    let refused = world.get(&one, ME).await;
    assert_eq!(refused.refusal().0, 429);
    assert_eq!(
        refused.header("retry-after"),
        refused.header("inin-ratelimit-reset")
    );
    assert_eq!(world.get(&two, ME).await.status, 200);
    world.clock.advance(Duration::from_secs(61));
    assert_eq!(world.get(&one, ME).await.status, 200);
}

#[tokio::test]
async fn tokens_survive_a_restart() {
    let mut world = World::start().await;
    let token = world.operator().await;
    world.restart(|_| {}).await;
    assert_eq!(world.get(&token, ME).await.status, 200);
}

#[tokio::test]
async fn oauth_libraries_find_the_token_endpoint() {
    const METADATA: &str = "/.well-known/oauth-authorization-server";
    let mut world = World::start().await;
    let metadata = async |world: &World| world.send(world.request(Method::GET, METADATA)).await;
    let own = metadata(&world).await.json();
    assert_eq!(own["issuer"], world.url(""));
    assert_eq!(own["token_endpoint"], world.url("/oauth/token"));
    assert_eq!(own["response_types_supported"], serde_json::json!([]));
    let odd = world.request(Method::GET, METADATA).header("host", "a b");
    assert_eq!(world.send(odd).await.status, 400);
    let public = "https://billing.example.com";
    world
        .restart(|config| config.public_url = Some(public.parse().unwrap()))
        .await;
    let told = metadata(&world).await.json();
    assert_eq!(told["token_endpoint"], format!("{public}/oauth/token"));
}
