//! A world: a ledger, a server, an operator and two customers.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use exchequer_core::{Instant, OrganizationId};
use exchequer_scratch::Place;
use exchequer_server::ambient::Ambient;
use exchequer_server::{Config, serve};
use exchequer_store::catalog::{ClientId, Operator, initialise};
use exchequer_store::{Location, PostgresConfig, Store, StoreError};
use reqwest::header::HeaderMap;
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use uuid::Uuid;

pub(crate) const PLATFORM: &str = "00000000-0000-4000-8000-000000000001";
pub(crate) const ACME: &str = "22222222-2222-4222-8222-222222222222";
pub(crate) const GLOBEX: &str = "33333333-3333-4333-8333-333333333333";
pub(crate) const ROOT: &str = "aaaaaaaa-0000-4000-8000-000000000000";
pub(crate) const ROOT_SECRET: &str = "the-first-secret-of-the-operator";
pub(crate) const ACME_CLIENT: &str = "aaaaaaaa-0000-4000-8000-000000000001";
pub(crate) const GLOBEX_CLIENT: &str = "aaaaaaaa-0000-4000-8000-000000000002";
pub(crate) const SECRET: &str = "a-secret-that-a-customer-has-chosen";

pub(crate) const EVENTS: &str = "/api/v2/billing/usage/events";
pub(crate) const REPORT: &str = "/api/v2/billing/reports/billableusage";
pub(crate) const CATALOG: &str = "/api/v2/billing/catalog";

/// 2026-11-15T12:00:00Z, where the world's clock starts.
const NOON: i64 = 1_794_744_000_000_000;

/// A clock that tests move.
#[derive(Clone)]
pub(crate) struct Clock(Arc<AtomicI64>);

impl Clock {
    pub(crate) fn advance(&self, by: Duration) {
        let micros = i64::try_from(by.as_micros()).unwrap();
        self.0.fetch_add(micros, Ordering::SeqCst);
    }

    pub(crate) fn go_back(&self, by: Duration) {
        let micros = i64::try_from(by.as_micros()).unwrap();
        self.0.fetch_sub(micros, Ordering::SeqCst);
    }

    fn ambient(&self) -> Ambient {
        let now = Arc::clone(&self.0);
        Ambient::with_clock(move || Instant::from_micros(now.load(Ordering::SeqCst)))
    }
}

/// A running server over a ledger of its own.
pub(crate) struct World {
    place: Arc<Place>,
    config: Config,
    pub(crate) clock: Clock,
    running: Option<Running>,
}

struct Running {
    base: String,
    http: Client,
    store: Store,
    stop: oneshot::Sender<()>,
    server: JoinHandle<anyhow::Result<()>>,
}

/// An answer, read in full.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    /// The value of a header, which must be there.
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self
            .headers
            .get(name)
            .unwrap_or_else(|| panic!("no header {name}"));
        value.to_str().unwrap()
    }

    /// Status and code of a refusal.
    pub(crate) fn refusal(&self) -> (u16, String) {
        let body = self.json();
        assert_eq!(body["status"], self.status.as_u16(), "{}", self.text);
        assert_eq!(
            body["contextId"],
            self.header("ININ-Correlation-Id"),
            "{}",
            self.text
        );
        (
            self.status.as_u16(),
            body["code"].as_str().unwrap().to_owned(),
        )
    }
}

fn location(place: &Place) -> Location {
    match place {
        Place::Directory(directory) => directory.path().into(),
        Place::Database(database) => PostgresConfig::new(database.url()).into(),
    }
}

impl World {
    /// A ledger with an operator, and a server with the usual settings.
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// As `start`, with some settings changed.
    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::on(Place::new(), change).await
    }

    /// Another server on the same ledger, which must be in a database.
    pub(crate) async fn beside(&self) -> Self {
        let mut other = Self {
            place: Arc::clone(&self.place),
            config: self.config.clone(),
            clock: self.clock.clone(),
            running: None,
        };
        let store = other.open().await;
        other.run(store).await;
        other
    }

    /// A ledger in this place.
    pub(crate) async fn on(place: Place, change: impl FnOnce(&mut Config)) -> Self {
        // Another test of this process may have installed it already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Store::create(location(&place), [7; 16]).unwrap();
        let clock = Clock(Arc::new(AtomicI64::new(NOON)));
        let mut config = Config {
            ambient: clock.ambient(),
            ..Config::default()
        };
        change(&mut config);
        let mut world = Self {
            place: Arc::new(place),
            config,
            clock,
            running: None,
        };
        let store = world.open().await;
        let initial = store
            .database()
            .write(|tx| initialise(tx, &operator()))
            .await;
        initial.unwrap();
        world.run(store).await;
        world
    }

    /// Opens the ledger. A read that outlives its request may hold the lock of
    /// the server before for a moment.
    async fn open(&self) -> Store {
        let opened = async {
            loop {
                match Store::open(location(&self.place)) {
                    Err(StoreError::Unavailable(_)) => tokio::task::yield_now().await,
                    other => return other.unwrap(),
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(10), opened)
            .await
            .unwrap()
    }

    async fn run(&mut self, store: Store) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel();
        let shutdown = async move {
            let _ = stopped.await;
        };
        let config = self.config.clone();
        let server = tokio::spawn(serve(store.clone(), config, listener, shutdown));
        self.running = Some(Running {
            base,
            http: Client::new(),
            store,
            stop,
            server,
        });
    }

    /// Ends the server gracefully.
    pub(crate) async fn stop(&mut self) {
        let Running {
            stop, server, http, ..
        } = self.running.take().unwrap();
        drop(http);
        let _ = stop.send(());
        server.await.unwrap().unwrap();
    }

    /// Ends the server gracefully and starts another one, perhaps with other
    /// settings.
    pub(crate) async fn restart(&mut self, change: impl FnOnce(&mut Config)) {
        self.stop().await;
        change(&mut self.config);
        let store = self.open().await;
        self.run(store).await;
    }

    fn running(&self) -> &Running {
        self.running.as_ref().unwrap()
    }

    pub(crate) fn store(&self) -> &Store {
        &self.running().store
    }

    /// Where a path is served.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.running().base)
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let running = self.running();
        running
            .http
            .request(method, format!("{}{path}", running.base))
    }

    /// Sends a request and reads its answer.
    pub(crate) async fn send(&self, request: RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        Answer {
            status,
            headers,
            text: response.text().await.unwrap(),
        }
    }

    pub(crate) async fn get(&self, token: &str, path: &str) -> Answer {
        self.send(self.request(Method::GET, path).bearer_auth(token))
            .await
    }

    pub(crate) async fn put(&self, token: &str, path: &str, body: &Value) -> Answer {
        self.send(
            self.request(Method::PUT, path)
                .bearer_auth(token)
                .json(body),
        )
        .await
    }

    pub(crate) async fn delete(&self, token: &str, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path).bearer_auth(token))
            .await
    }

    pub(crate) async fn login(&self, id: &str, secret: &str) -> Answer {
        let form = [("grant_type", "client_credentials")];
        let request = self
            .request(Method::POST, "/oauth/token")
            .basic_auth(id, Some(secret));
        self.send(request.form(&form)).await
    }

    /// A token of a client.
    pub(crate) async fn token(&self, id: &str, secret: &str) -> String {
        let answer = self.login(id, secret).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn operator(&self) -> String {
        self.token(ROOT, ROOT_SECRET).await
    }

    /// Adds two customers, each with a client, and a meter of logins; returns
    /// tokens of the operator and of both clients.
    pub(crate) async fn populate(&self) -> [String; 3] {
        let operator = self.operator().await;
        for (id, name, client) in [
            (ACME, "Acme Ltd", ACME_CLIENT),
            (GLOBEX, "Globex", GLOBEX_CLIENT),
        ] {
            let path = format!("{CATALOG}/organizations/{id}");
            let put = self.put(&operator, &path, &json!({"name": name})).await;
            assert_eq!(put.status, 201, "{}", put.text);
            let body = json!({
                "organization": id, "name": "reader", "secret": SECRET,
                "permissions": ["billing:subscription:view", "billing:usage:add"],
            });
            let put = self
                .put(&operator, &format!("{CATALOG}/clients/{client}"), &body)
                .await;
            assert_eq!(put.status, 201, "{}", put.text);
        }
        let meter = json!({"eventType": "user.login", "aggregation": "unique"});
        let put = self
            .put(&operator, &format!("{CATALOG}/meters/logins"), &meter)
            .await;
        assert_eq!(put.status, 201, "{}", put.text);
        let acme = self.token(ACME_CLIENT, SECRET).await;
        let globex = self.token(GLOBEX_CLIENT, SECRET).await;
        [operator, acme, globex]
    }

    /// Sends events as a JSON array.
    pub(crate) async fn ingest(&self, token: &str, events: &Value) -> Answer {
        self.send(
            self.request(Method::POST, EVENTS)
                .bearer_auth(token)
                .json(events),
        )
        .await
    }

    pub(crate) async fn report(&self, token: &str, start: &str, end: &str) -> Answer {
        let query = [("startDate", start), ("endDate", end)];
        let request = self
            .request(Method::GET, REPORT)
            .bearer_auth(token)
            .query(&query);
        self.send(request).await
    }
}

/// A login of somebody.
pub(crate) fn login(id: &str, who: &str, time: &str) -> Value {
    json!({
        "specversion": "1.0", "id": id, "source": "/test", "type": "user.login",
        "subject": who, "time": time,
    })
}

fn operator() -> Operator<'static> {
    let id = |text: &str| text.parse::<Uuid>().unwrap();
    Operator {
        organization: OrganizationId::from_uuid(id(PLATFORM)),
        name: "Platform",
        client: ClientId::from_uuid(id(ROOT)),
        secret: ROOT_SECRET,
        salt: [7; 16],
        now: Instant::from_micros(NOON),
    }
}
