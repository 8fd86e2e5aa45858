//! Reads of somebody else's figures: each leaves an entry in the audit trail of
//! the organisation that the figures are about, durably, before they are shown.

use exchequer_core::OrganizationId;
use exchequer_store::Transaction;
use exchequer_store::audit;
use tokio::sync::OnceCell;

use crate::access::Tenant;
use crate::app::App;
use crate::error::Error;

/// A read that belongs into an audit trail.
#[derive(Clone)]
pub struct AuditedRead {
    /// The organisation whose figures are read.
    pub organization: OrganizationId,
    /// The action, e.g. `report.read`.
    pub action: &'static str,
    /// The thing that is read.
    pub object: &'static str,
    /// The part of it that is read.
    pub detail: String,
}

impl AuditedRead {
    /// Records the read, durably.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn record(self, app: &App, tenant: &Tenant) -> Result<(), Error> {
        let actor = tenant.caller().actor(app.now());
        let write = move |tx: &Transaction<'_>| {
            let entry = audit::Entry {
                organization: self.organization,
                action: self.action,
                object: self.object,
                detail: &self.detail,
            };
            audit::record(tx, &actor, &entry)
        };
        app.database().write_one(write).await?;
        Ok(())
    }

    /// Records the read if it is of another organisation than the caller's.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn record_if_foreign(self, app: &App, tenant: &Tenant) -> Result<(), Error> {
        if tenant.is_foreign() {
            self.record(app, tenant).await?;
        }
        Ok(())
    }
}

/// The entry of a read, recorded while the figures are computed.
pub struct Trace<'a> {
    app: &'a App,
    tenant: &'a Tenant,
    read: Option<AuditedRead>,
    recorded: OnceCell<()>,
}

impl<'a> Trace<'a> {
    /// Returns the entry of a read by this caller; whoever reads its own leaves none.
    #[must_use]
    pub fn new(app: &'a App, tenant: &'a Tenant, read: AuditedRead) -> Self {
        Self {
            app,
            tenant,
            read: tenant.is_foreign().then_some(read),
            recorded: OnceCell::new(),
        }
    }

    /// Waits until the entry is durable, and records it first if nobody did.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn recorded(&self) -> Result<(), Error> {
        let Some(read) = &self.read else {
            return Ok(());
        };
        let record = || read.clone().record(self.app, self.tenant);
        self.recorded.get_or_try_init(record).await.copied()
    }
}
