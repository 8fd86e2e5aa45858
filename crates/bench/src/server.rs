//! The real server in a process of its own, and a client of it.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use exchequer_server::Config;
use exchequer_store::Store;
use reqwest::{Client, header};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::measure::Process;
use crate::setup;
use crate::store::runtime;
use crate::task::{Task, Work};

/// Serves the task's database until standard input ends, so that a server
/// never outlives the benchmark.
pub(crate) fn serve(task: &Task) -> Result<()> {
    runtime()?.block_on(async {
        let there = task.url.is_some() || task.database().join("exchequer.db").exists();
        let store = if there {
            Store::open(task.location())?
        } else {
            setup::create(task.location(), &task.ground.fresh()).await?
        };
        let config = Config {
            report_wait: Duration::from_secs(60),
            rate_limit: 100_000_000,
            ..Config::default()
        };
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let mut out = std::io::stdout();
        writeln!(out, "{}", listener.local_addr()?)?;
        out.flush()?;
        exchequer_server::serve(store, config, listener, input_ended()).await?;
        Ok(())
    })
}

fn input_ended() -> impl Future<Output = ()> {
    let (ended, end) = oneshot::channel();
    std::thread::spawn(move || {
        // Nothing is ever sent; an error is an end too.
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        let _ = ended.send(());
    });
    async {
        // A thread that went away is an end too.
        let _ = end.await;
    }
}

/// A running server.
pub(crate) struct Server {
    child: Child,
    url: String,
}

impl Server {
    /// Starts the server of the task's database; it is ready on return.
    pub(crate) fn start(task: &Task) -> Result<Self> {
        let mut task = task.clone();
        task.work = Work::Serve;
        let mut child = task.command()?.stdin(Stdio::piped()).spawn()?;
        let stdout = child.stdout.take().context("no standard output")?;
        let mut address = String::new();
        BufReader::new(stdout).read_line(&mut address)?;
        ensure!(!address.is_empty(), "the server ended before it was ready");
        Ok(Self {
            child,
            url: format!("http://{}", address.trim()),
        })
    }

    pub(crate) fn process(&self) -> Process {
        Process::with_id(self.child.id())
    }

    /// A client with one connection and the operator's token.
    pub(crate) async fn client(&self) -> Result<Connection> {
        self.client_of(setup::CLIENT).await
    }

    /// A client with one connection and the token of the client with this id.
    pub(crate) async fn client_of(&self, id: Uuid) -> Result<Connection> {
        let client = Client::builder()
            .pool_max_idle_per_host(1)
            .timeout(Duration::from_secs(300))
            .no_proxy()
            .build()?;
        let nobody = Connection {
            client,
            url: self.url.clone(),
            authorization: String::new(),
        };
        nobody.login(id).await
    }
}
impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        // It was asked to end; what it says about that changes no figure.
        let _ = self.child.wait();
    }
}

/// One connection to the server.
pub(crate) struct Connection {
    client: Client,
    url: String,
    authorization: String,
}

impl Connection {
    /// The same connection with a new token, of the client with this id.
    pub(crate) async fn login(&self, id: Uuid) -> Result<Self> {
        let answer = self
            .client
            .post(format!("{}/oauth/token", self.url))
            .basic_auth(id, Some(setup::SECRET))
            .form(&[("grant_type", "client_credentials")])
            .send()
            .await?;
        let (status, body) = (answer.status(), answer.text().await?);
        ensure!(status.is_success(), "no token: {status} {body}");
        let body: serde_json::Value = serde_json::from_str(&body)?;
        let token = body["access_token"]
            .as_str()
            .context("no token in the answer")?;
        Ok(Self {
            client: self.client.clone(),
            url: self.url.clone(),
            authorization: format!("Bearer {token}"),
        })
    }

    /// Deletes a resource.
    pub(crate) async fn delete(&self, path: &str) -> Result<()> {
        let answer = self
            .client
            .delete(format!("{}{path}", self.url))
            .header(header::AUTHORIZATION, &self.authorization)
            .send()
            .await?;
        let (status, body) = (answer.status(), answer.text().await?);
        ensure!(status.is_success(), "{path}: {status} {body}");
        Ok(())
    }

    /// Sends a body of events; `None` if the server asks to try again later.
    pub(crate) async fn send(&self, events: Vec<u8>) -> Result<Option<serde_json::Value>> {
        let answer = self
            .client
            .post(format!("{}/api/v2/billing/usage/events", self.url))
            .header(header::AUTHORIZATION, &self.authorization)
            .header(header::CONTENT_TYPE, "application/json")
            .body(events)
            .send()
            .await?;
        let status = answer.status();
        let body = answer.bytes().await?;
        if status.as_u16() == 429 {
            return Ok(None);
        }
        ensure!(
            status.is_success(),
            "{status} {}",
            String::from_utf8_lossy(&body)
        );
        Ok(Some(serde_json::from_slice(&body)?))
    }

    /// Puts something into the catalog.
    pub(crate) async fn put(&self, path: &str, what: &serde_json::Value) -> Result<()> {
        let answer = self
            .client
            .put(format!("{}{path}", self.url))
            .header(header::AUTHORIZATION, &self.authorization)
            .header(header::CONTENT_TYPE, "application/json")
            .body(what.to_string())
            .send()
            .await?;
        let (status, body) = (answer.status(), answer.text().await?);
        ensure!(status.is_success(), "{path}: {status} {body}");
        Ok(())
    }

    /// Reads a resource to its last byte.
    pub(crate) async fn get(&self, path: &str) -> Result<Vec<u8>> {
        let answer = self
            .client
            .get(format!("{}{path}", self.url))
            .header(header::AUTHORIZATION, &self.authorization)
            .send()
            .await?;
        let status = answer.status();
        let body = answer.bytes().await?;
        ensure!(
            status.is_success(),
            "{path}: {status} {}",
            String::from_utf8_lossy(&body)
        );
        Ok(body.to_vec())
    }
}
