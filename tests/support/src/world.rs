//! A world: a ledger, a server, an operator and two customers.

use std::sync::Arc;
use std::time::Duration;

use exchequer_core::{Instant, OrganizationId};
use exchequer_server::{Config, serve};
use exchequer_store::catalog::{ClientId, Operator, initialise};
use exchequer_store::{Location, PostgresConfig, Store, StoreError};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::answer::Answer;
use crate::clock::Clock;
use crate::place::Place;

/// The organisation of the operator.
pub const PLATFORM: &str = "00000000-0000-4000-8000-000000000001";
/// A customer.
pub const ACME: &str = "22222222-2222-4222-8222-222222222222";
/// Another customer.
pub const GLOBEX: &str = "33333333-3333-4333-8333-333333333333";
/// The operator's client.
pub const ROOT: &str = "aaaaaaaa-0000-4000-8000-000000000000";
/// The secret of the operator's client.
pub const ROOT_SECRET: &str = "the-first-secret-of-the-operator";
/// A client of Acme's.
pub const ACME_CLIENT: &str = "aaaaaaaa-0000-4000-8000-000000000001";
/// A client of Globex's.
pub const GLOBEX_CLIENT: &str = "aaaaaaaa-0000-4000-8000-000000000002";
/// The secret of all other clients.
pub const SECRET: &str = "a-secret-that-a-customer-has-chosen";

/// The sources under which the clients of customers may send events.
pub const SOURCES: [&str; 5] = ["/app", "/bill", "/pbx", "/test", "urn:pbx:*"];

/// The path that takes events.
pub const EVENTS: &str = "/api/v2/billing/usage/events";
/// The path of reports.
pub const REPORT: &str = "/api/v2/billing/reports/billableusage";
/// The beginning of all paths of the catalog.
pub const CATALOG: &str = "/api/v2/billing/catalog";

/// 2026-11-15T12:00:00Z, where the world's clock starts.
const NOON: i64 = 1_794_744_000_000_000;

/// A running server over a ledger of its own.
pub struct World {
    place: Arc<Place>,
    config: Config,
    /// The clock of its server.
    pub clock: Clock,
    running: Option<Running>,
}

struct Running {
    base: String,
    http: Client,
    store: Store,
    stop: oneshot::Sender<()>,
    server: JoinHandle<anyhow::Result<()>>,
}

fn location(place: &Place) -> Location {
    match place {
        Place::Directory(directory) => directory.path().into(),
        Place::Database(database) => PostgresConfig::new(database.url()).into(),
    }
}

impl World {
    /// A ledger with an operator, and a server with the usual settings.
    pub async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// Starts a server as `start` does, with some settings changed.
    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::on(Place::new(), change).await
    }

    /// Another server on the same ledger, which must be in a database.
    pub async fn beside(&self) -> Self {
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
    pub async fn on(place: Place, change: impl FnOnce(&mut Config)) -> Self {
        // Another test of this process may have installed it already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Store::create(location(&place), [7; 16]).unwrap();
        let clock = Clock::at(Instant::from_micros(NOON));
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
    pub async fn stop(&mut self) {
        let Running {
            stop, server, http, ..
        } = self.running.take().unwrap();
        drop(http);
        let _ = stop.send(());
        server.await.unwrap().unwrap();
    }

    /// Ends the server gracefully and starts another one, perhaps with other
    /// settings.
    pub async fn restart(&mut self, change: impl FnOnce(&mut Config)) {
        self.stop().await;
        self.restart_stopped(change).await;
    }

    /// Starts another server where one has ended, perhaps with other settings.
    pub async fn restart_stopped(&mut self, change: impl FnOnce(&mut Config)) {
        change(&mut self.config);
        let store = self.open().await;
        self.run(store).await;
    }

    fn running(&self) -> &Running {
        self.running.as_ref().unwrap()
    }

    /// The store of the running server.
    pub fn store(&self) -> &Store {
        &self.running().store
    }

    /// Returns the place of the ledger.
    pub fn location(&self) -> Location {
        location(&self.place)
    }

    /// Returns the URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.running().base)
    }

    /// A request of a path of the running server.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let running = self.running();
        running
            .http
            .request(method, format!("{}{path}", running.base))
    }

    /// Sends a request and reads its answer.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        Answer {
            status,
            headers,
            text: response.text().await.unwrap(),
        }
    }

    /// Reads a path.
    pub async fn get(&self, token: &str, path: &str) -> Answer {
        self.send(self.request(Method::GET, path).bearer_auth(token))
            .await
    }

    /// Puts a body.
    pub async fn put(&self, token: &str, path: &str, body: &Value) -> Answer {
        self.send(
            self.request(Method::PUT, path)
                .bearer_auth(token)
                .json(body),
        )
        .await
    }

    /// Deletes what a path names.
    pub async fn delete(&self, token: &str, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path).bearer_auth(token))
            .await
    }

    /// Asks for a token of a client.
    pub async fn login(&self, id: &str, secret: &str) -> Answer {
        let form = [("grant_type", "client_credentials")];
        let request = self
            .request(Method::POST, "/oauth/token")
            .basic_auth(id, Some(secret));
        self.send(request.form(&form)).await
    }

    /// A token of a client.
    pub async fn token(&self, id: &str, secret: &str) -> String {
        let answer = self.login(id, secret).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }

    /// A token of the operator.
    pub async fn operator(&self) -> String {
        self.token(ROOT, ROOT_SECRET).await
    }

    /// Adds two customers, each with a client, and a meter of logins; returns
    /// tokens of the operator and of both clients.
    pub async fn populate(&self) -> [String; 3] {
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
                "permissions": [
                    "billing:subscription:view", "billing:usage:add", "billing:usage:void",
                ],
                "sources": SOURCES,
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
    pub async fn ingest(&self, token: &str, events: &Value) -> Answer {
        self.send(
            self.request(Method::POST, EVENTS)
                .bearer_auth(token)
                .json(events),
        )
        .await
    }

    /// Asks for the report of a range.
    pub async fn report(&self, token: &str, start: &str, end: &str) -> Answer {
        let query = [("startDate", start), ("endDate", end)];
        let request = self
            .request(Method::GET, REPORT)
            .bearer_auth(token)
            .query(&query);
        self.send(request).await
    }
}

/// A login of somebody.
pub fn login(id: &str, who: &str, time: &str) -> Value {
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
