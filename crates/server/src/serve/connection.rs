//! One connection.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::Watcher;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use crate::limits::HEAD_TIMEOUT;
use crate::write_timeout::WriteTimeout;

/// Serves connections of HTTP, with TLS or without.
pub(super) struct HttpServer {
    router: Router,
    tls: Option<TlsAcceptor>,
}

impl HttpServer {
    pub(super) fn new(router: Router, tls: Option<Arc<rustls::ServerConfig>>) -> Self {
        Self {
            router,
            tls: tls.map(TlsAcceptor::from),
        }
    }

    /// Serves a connection until it ends.
    pub(super) async fn serve(&self, stream: TcpStream, address: SocketAddr, watcher: Watcher) {
        // Answers are written whole; waiting for more would only delay them.
        let _ = stream.set_nodelay(true);
        let stream = WriteTimeout::new(stream);
        let Some(tls) = &self.tls else {
            return self.speak(stream, address, watcher).await;
        };
        match tokio::time::timeout(HEAD_TIMEOUT, tls.accept(stream)).await {
            Ok(Ok(stream)) => self.speak(stream, address, watcher).await,
            Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
            Err(_) => tracing::debug!("a TLS handshake took too long"),
        }
    }

    async fn speak<T>(&self, stream: T, address: SocketAddr, watcher: Watcher)
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let router = self.router.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(address));
            router.clone().oneshot(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .serve_connection(TokioIo::new(stream), service);
        if let Err(error) = watcher.watch(connection).await {
            tracing::debug!(%error, "a connection broke");
        }
    }
}
