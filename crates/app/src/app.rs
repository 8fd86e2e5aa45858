//! The application: the store, and what all work on it shares.

use std::collections::HashSet;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use exchequer_core::{Instant, OrganizationId};
use exchequer_store::catalog::organizations;
use exchequer_store::{Database, Statistics, Store};
use tokio::sync::{RwLock, Semaphore};
use tokio::task::JoinSet;

use crate::ambient::Ambient;
use crate::error::Error;
use crate::limits::FEWEST_TURNS;
use crate::rate_limiter::RateLimiter;
use crate::running_reports::RunningReports;

/// Settings of the application.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The time that a caller waits for its report before it is told to come back;
    /// zero makes every report in the background.
    pub report_wait: Duration,
    /// Requests a minute: reading per token, tokens per client, failed logins
    /// per address.
    pub rate_limit: u32,
    /// The time between two looks at what is to be closed. None if this node closes no
    /// period by itself.
    pub closing_interval: Option<Duration>,
    /// The clock and the source of randomness.
    pub ambient: Ambient,
}

/// The application; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    store: Store,
    settings: Settings,
    rate_limiter: RateLimiter,
    reports: RunningReports,
    parsers: Semaphore,
    breakdowns: Semaphore,
    organizations: Arc<RwLock<HashSet<OrganizationId>>>,
    /// The revision of `organizations`, where other nodes may change them.
    organizations_revision: AtomicI64,
    tasks: Mutex<JoinSet<()>>,
}

impl App {
    /// Opens the application on a store.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn open(store: Store, settings: Settings) -> Result<Self, Error> {
        let known = store.database().read(organizations::ids).await?;
        let cores = std::thread::available_parallelism().map_or(FEWEST_TURNS, usize::from);
        let turns = cores.max(FEWEST_TURNS);
        Ok(Self(Arc::new(Inner {
            rate_limiter: RateLimiter::new(store.clone(), settings.rate_limit),
            reports: RunningReports::default(),
            parsers: Semaphore::new(turns),
            breakdowns: Semaphore::new(turns),
            organizations: Arc::new(RwLock::new(known)),
            // No revision yet: the first to catch up reads them all.
            organizations_revision: AtomicI64::new(-1),
            tasks: Mutex::default(),
            store,
            settings,
        })))
    }

    /// Returns how the application behaves.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// Returns the clock and the source of randomness.
    #[must_use]
    pub fn ambient(&self) -> &Ambient {
        &self.0.settings.ambient
    }

    /// Returns the time.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.ambient().now()
    }

    /// Returns the counters of requests.
    #[must_use]
    pub fn rate_limiter(&self) -> &RateLimiter {
        &self.0.rate_limiter
    }

    /// Returns how full the store's queue and tails are.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        self.store().statistics()
    }

    /// Asks the database whether it answers.
    ///
    /// # Errors
    /// If it does not answer.
    pub async fn check_database(&self) -> Result<(), Error> {
        let reachable = exchequer_store::catalog::reachable;
        Ok(self.database().read(reachable).await?)
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    pub(crate) fn database(&self) -> &Database {
        self.0.store.database()
    }

    pub(crate) fn reports(&self) -> &RunningReports {
        &self.0.reports
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

    /// Returns the ids of all organisations. Whoever keeps usage holds this until it
    /// is durable, so that no organisation is deleted under it.
    pub(crate) fn organizations(&self) -> &Arc<RwLock<HashSet<OrganizationId>>> {
        &self.0.organizations
    }

    /// Learns what other nodes have changed of meters and organisations.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn catch_up(&self) -> Result<(), Error> {
        if !self.store().is_shared() {
            return Ok(());
        }
        let seen = self.0.organizations_revision.load(Ordering::Acquire);
        if let Some((revision, ids)) = self.store().catch_up(seen).await? {
            let mut known = self.organizations().write().await;
            // Unless somebody else has learnt something newer meanwhile.
            let newest = &self.0.organizations_revision;
            if newest.fetch_max(revision, Ordering::AcqRel) < revision {
                *known = ids;
            }
        }
        Ok(())
    }

    /// Starts a task that ends with the application at the latest.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.0.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        // Results of tasks that have ended are dropped, or the set would grow for ever.
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task);
    }

    /// Ends all tasks, and waits until they have let go of the store.
    pub async fn end_tasks(&self) {
        let mut tasks =
            std::mem::take(&mut *self.0.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        tasks.shutdown().await;
    }

    /// Runs a change to its end even if its caller goes away: what follows a
    /// commit must not be left out.
    pub(crate) async fn to_its_end<T: Send + 'static>(
        &self,
        change: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, Error> {
        tokio::spawn(change).await?
    }
}
