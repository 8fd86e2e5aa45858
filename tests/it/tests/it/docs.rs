//! The page at `/docs`: complete, offline, and no program but ours in it.

use std::process::{Command, Stdio};

use reqwest::Method;

use exchequer_support::World;

#[tokio::test]
async fn the_page_loads_nothing_from_elsewhere() {
    let world = World::start().await;
    let get = async |path: &str| world.send(world.request(Method::GET, path)).await;
    let page = get("/docs").await;
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let policy = page.header("content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self'; "),
        "{policy}"
    );
    assert!(!policy.contains("http"), "{policy}");
    let links = page
        .text
        .split("src=\"")
        .skip(1)
        .chain(page.text.split("href=\"").skip(1));
    let links: Vec<&str> = links.map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(links.len(), 5, "{links:?}");
    for link in links.into_iter().filter(|link| *link != "data:,") {
        assert!(!link.contains(':') && !link.starts_with('/'), "{link}");
        let answer = get(&format!("/{link}")).await;
        assert_eq!(answer.status, 200, "{link}");
        let kind = answer.header("content-type");
        let expected = match link.rsplit_once('.').unwrap().1 {
            "js" => "text/javascript; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            _ => "application/json",
        };
        assert_eq!(kind, expected, "{link}");
        assert!(!answer.text.contains("sourceMappingURL"), "{link}");
    }
    for absent in [
        "/docs/",
        "/docs/page.html",
        "/docs/vendor",
        "/docs/..%2fopenapi.json",
    ] {
        assert_eq!(get(absent).await.refusal().0, 404, "{absent}");
    }
}

/// In a real browser that reaches nobody but this server. Skipped where there
/// is no Chromium.
#[tokio::test]
async fn a_browser_without_a_network_shows_every_operation() {
    let world = World::start().await;
    let profile = tempfile::tempdir().unwrap();
    let mut chromium = Command::new("chromium");
    chromium
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"])
        .args(["--virtual-time-budget=20000", "--timeout=60000"])
        .arg("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(world.url("/docs"))
        .stderr(Stdio::null());
    let run = tokio::task::spawn_blocking(move || chromium.output());
    let Ok(output) = run.await.unwrap() else {
        return eprintln!("skipped: there is no chromium");
    };
    let shown = String::from_utf8(output.stdout).unwrap();
    let document = world
        .send(world.request(Method::GET, "/openapi.json"))
        .await
        .json();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            // As Swagger UI marks an operation, whatever it puts around it.
            let block = format!("data-path=\"{path}\"");
            assert!(shown.contains(&block), "{method} {path} is not shown");
        }
    }
    assert_eq!(
        shown.matches("data-path=").count(),
        document["paths"]
            .as_object()
            .unwrap()
            .values()
            .map(|methods| methods.as_object().unwrap().len())
            .sum::<usize>(),
    );
}
