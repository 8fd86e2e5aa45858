//! The server on a socket: accepting, serving, ending.

mod background;
mod connection;

use std::sync::Arc;
use std::time::Duration;

use exchequer_store::Store;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::app::reports;
use crate::config::Config;
use crate::metrics;
use crate::router::router;
use crate::state::AppState;
use connection::Server;

/// The most connections at once; more wait to be accepted.
const MOST_CONNECTIONS: usize = 4096;

/// How long requests may take to finish once the server is ending. The store
/// needs the rest of the ten seconds.
const FAREWELL: Duration = Duration::from_secs(7);

/// Serves until `shutdown` completes, then finishes what was begun, closes the
/// store, and returns within ten seconds.
///
/// # Errors
/// If the store cannot be read at the start.
pub async fn serve(
    store: Store,
    config: Config,
    listener: TcpListener,
    shutdown: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    metrics::install();
    let tls = config.tls.clone();
    let state = AppState::open(store.clone(), config).await?;
    reports::resume(&state)
        .await
        .map_err(|_| anyhow::anyhow!("report jobs cannot be read"))?;
    background::start(&state);
    let server = Arc::new(Server::new(router(state.clone()), tls));
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();

    tokio::select! {
        () = accept(&listener, &server, &graceful, &mut connections) => {}
        () = shutdown => tracing::info!("shutting down"),
    }
    drop(listener);
    state.drain();
    if tokio::time::timeout(FAREWELL, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("requests were still running at shutdown");
    }
    connections.shutdown().await;
    state.end_tasks().await;
    drop((server, state));
    tokio::task::spawn_blocking(move || store.close()).await?;
    tracing::info!("shut down");
    Ok(())
}

/// Accepts connections for ever.
async fn accept(
    listener: &TcpListener,
    server: &Arc<Server>,
    graceful: &GracefulShutdown,
    connections: &mut JoinSet<()>,
) {
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        // Those that have ended are let go.
        while connections.try_join_next().is_some() {}
        match listener.accept().await {
            Ok((stream, address)) => {
                let (server, watcher) = (Arc::clone(server), graceful.watcher());
                connections.spawn(async move {
                    server.serve(stream, address, watcher).await;
                    drop(place);
                });
            }
            Err(error) => {
                // Mostly too many open files; others will be closed meanwhile.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}
