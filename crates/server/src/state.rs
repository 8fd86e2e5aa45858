//! What all requests share.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use exchequer_core::{Instant, OrganizationId};
use exchequer_store::catalog::organizations;
use exchequer_store::{Database, Store, StoreError};
use tokio::sync::{RwLock, Semaphore};
use tokio::task::JoinSet;

use crate::ambient::Ambient;
use crate::app::reports::Reports;
use crate::budget::Budget;
use crate::config::Config;
use crate::error::ApiError;
use crate::limits::Limits;

/// Memory that bodies of usage may take together while they are read and parsed.
const BODY_BYTES: usize = 128 * 1024 * 1024;

/// What all requests share; cheap to clone.
#[derive(Clone)]
pub struct AppState(Arc<Inner>);

struct Inner {
    store: Store,
    config: Config,
    limits: Limits,
    reports: Reports,
    bodies: Budget,
    parsers: Semaphore,
    breakdowns: Semaphore,
    organizations: Arc<RwLock<HashSet<OrganizationId>>>,
    /// Of which revision they are, where other nodes may change them.
    organizations_revision: AtomicI64,
    draining: AtomicBool,
    tasks: Mutex<JoinSet<()>>,
}

impl AppState {
    /// Gets ready to serve a store.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn open(store: Store, config: Config) -> Result<Self, StoreError> {
        let known = store.database().read(organizations::ids).await?;
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Ok(Self(Arc::new(Inner {
            limits: Limits::new(config.rate_limit),
            reports: Reports::default(),
            bodies: Budget::new(BODY_BYTES),
            parsers: Semaphore::new(cores.max(2)),
            breakdowns: Semaphore::new(cores.max(2)),
            organizations: Arc::new(RwLock::new(known)),
            organizations_revision: AtomicI64::new(-1),
            draining: AtomicBool::new(false),
            tasks: Mutex::default(),
            store,
            config,
        })))
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    pub(crate) fn database(&self) -> &Database {
        self.0.store.database()
    }

    pub(crate) fn config(&self) -> &Config {
        &self.0.config
    }

    pub(crate) fn ambient(&self) -> &Ambient {
        &self.0.config.ambient
    }

    pub(crate) fn now(&self) -> Instant {
        self.0.config.ambient.now()
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.0.limits
    }

    pub(crate) fn reports(&self) -> &Reports {
        &self.0.reports
    }

    pub(crate) fn bodies(&self) -> &Budget {
        &self.0.bodies
    }

    /// Permits to parse: as many as there are cores, so that a burst of large
    /// bodies does not keep everything else off them.
    pub(crate) fn parsers(&self) -> &Semaphore {
        &self.0.parsers
    }

    /// Permits to compute a series or a page of events: together, they take
    /// as much memory as that many need.
    pub(crate) fn breakdowns(&self) -> &Semaphore {
        &self.0.breakdowns
    }

    /// The ids of all organisations. Whoever keeps usage holds this until it
    /// is durable, so that no organisation is deleted under it.
    pub(crate) fn organizations(&self) -> &Arc<RwLock<HashSet<OrganizationId>>> {
        &self.0.organizations
    }

    /// Learns what other nodes have changed of what events are checked against.
    pub(crate) async fn catch_up(&self) -> Result<(), StoreError> {
        if !self.store().is_shared() {
            return Ok(());
        }
        let seen = self.0.organizations_revision.load(Ordering::Acquire);
        if let Some((revision, ids)) = self.store().catch_up(seen).await? {
            let mut known = self.organizations().write().await;
            // Unless somebody else has learnt something newer meanwhile.
            if self
                .0
                .organizations_revision
                .fetch_max(revision, Ordering::AcqRel)
                < revision
            {
                *known = ids;
            }
        }
        Ok(())
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.0.draining.load(Ordering::Relaxed)
    }

    pub(crate) fn drain(&self) {
        self.0.draining.store(true, Ordering::Relaxed);
    }

    /// Starts a task that ends with the server at the latest.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.0.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        // Those that have ended are let go.
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task);
    }

    /// Ends all tasks, and waits until they have let go of the store.
    pub(crate) async fn end_tasks(&self) {
        let mut tasks =
            std::mem::take(&mut *self.0.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        tasks.shutdown().await;
    }

    /// Runs a change to its end even if its caller goes away: what follows a
    /// commit must not be left out.
    pub(crate) async fn to_its_end<T: Send + 'static>(
        &self,
        change: impl Future<Output = Result<T, ApiError>> + Send + 'static,
    ) -> Result<T, ApiError> {
        tokio::spawn(change).await.unwrap_or_else(|error| {
            tracing::error!(%error, "a change was cut short");
            Err(ApiError::internal())
        })
    }
}
