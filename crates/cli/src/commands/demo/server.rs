//! The server of the demo: a new ledger, served in this process.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

use anyhow::Context;
use exchequer_client::Client;
use exchequer_server::Config;
use exchequer_store::Store;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::commands::init::{self, Credentials};
use crate::output::message;

const DEFAULT_LISTEN: &str = "127.0.0.1:8080";
const FREE: &str = "127.0.0.1:0";

/// A server in this process, which runs until this is dropped.
pub(super) struct DemoServer {
    pub(super) url: String,
    pub(super) credentials: Credentials,
    _end: oneshot::Sender<()>,
}

/// The task of the server, which ends with its outcome.
pub(super) type Served = JoinHandle<anyhow::Result<()>>;

impl DemoServer {
    /// Makes a ledger in this directory and serves it.
    pub(super) async fn start(
        data: &Path,
        listener: TcpListener,
        config: Config,
    ) -> anyhow::Result<(Self, Served)> {
        let credentials = init::create(&data.into(), &config.ambient).await?;
        let store = Store::open(data)?;
        let url = format!("http://{}", reachable(listener.local_addr()?));
        let (end, ended) = oneshot::channel::<()>();
        let asked = async move {
            // Nothing is ever sent: it ends when the other half is dropped.
            let _ = ended.await;
        };
        let served = tokio::spawn(exchequer_server::serve(store, config, listener, asked));
        let server = Self {
            url,
            credentials,
            _end: end,
        };
        Ok((server, served))
    }

    /// Returns a client of this server.
    pub(super) fn client(&self, id: &str, secret: &str) -> anyhow::Result<Client> {
        Ok(Client::builder(self.url.parse::<exchequer_client::Server>()?, id, secret).build()?)
    }

    /// Returns the client of the operator, which may do everything.
    pub(super) fn operator(&self) -> anyhow::Result<Client> {
        let Credentials {
            client_id,
            client_secret,
        } = &self.credentials;
        self.client(client_id, client_secret)
    }
}

/// Listens on the given address, or on the default port, or on a free one.
pub(super) async fn listen(asked: Option<&str>) -> anyhow::Result<TcpListener> {
    let address = asked.unwrap_or(DEFAULT_LISTEN);
    match TcpListener::bind(address).await {
        Err(error) if asked.is_none() && error.kind() == ErrorKind::AddrInUse => {
            message(&format!(
                "{address} is in use, so the demo uses a free port"
            ));
            Ok(TcpListener::bind(FREE).await?)
        }
        bound => bound.with_context(|| format!("listening on {address}")),
    }
}

/// Listens on a free port, for a server that nobody else needs to find.
pub(super) async fn listen_anywhere() -> anyhow::Result<TcpListener> {
    listen(Some(FREE)).await
}

/// Returns the address on this machine of a server that listens everywhere.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}
