//! The server on a socket: accepting, serving, ending.

mod connection;
mod gauges;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use exchequer_app::{App, Settings, jobs};
use exchequer_store::Store;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::config::Config;
use crate::limits::{MOST_CONNECTIONS, SHUTDOWN_GRACE};
use crate::metrics;
use crate::router::router;
use crate::state::HttpState;
use connection::HttpServer;

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
    let app = App::open(store.clone(), Settings::from(&config)).await?;
    let finish = jobs::FinishReports.run(&app);
    finish.await.context("report jobs cannot be read")?;
    jobs::start(&app);
    gauges::start(&app);
    let state = HttpState::new(app.clone(), &config);
    let router = router(state.clone(), &config.cors_origins);
    let server = Arc::new(HttpServer::new(router, config.tls));
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();

    tokio::select! {
        () = accept(&listener, &server, &graceful, &mut connections) => {}
        () = shutdown => tracing::info!("shutting down"),
    }
    drop(listener);
    state.drain();
    if tokio::time::timeout(SHUTDOWN_GRACE, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("requests were still running at shutdown");
    }
    connections.shutdown().await;
    app.end_tasks().await;
    drop((server, state, app));
    tokio::task::spawn_blocking(move || store.close()).await?;
    tracing::info!("shut down");
    Ok(())
}

/// Accepts connections for ever.
async fn accept(
    listener: &TcpListener,
    server: &Arc<HttpServer>,
    graceful: &GracefulShutdown,
    connections: &mut JoinSet<()>,
) {
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        // Results of connections that have ended are dropped, or the set would grow for
        // ever.
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
