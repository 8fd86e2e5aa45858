//! Who looked at whose figures: a trace in the trail of the one they are about.

use exchequer_core::OrganizationId;
use exchequer_store::Transaction;
use exchequer_store::audit;
use tokio::sync::OnceCell;

use crate::auth::Tenant;
use crate::error::ApiError;
use crate::state::AppState;

/// A look at somebody's figures.
#[derive(Clone)]
pub(crate) struct Look {
    /// Whose they are.
    pub(crate) organization: OrganizationId,
    /// What was done, e.g. `report.read`.
    pub(crate) action: &'static str,
    /// What was looked at.
    pub(crate) object: &'static str,
    /// Which part of it.
    pub(crate) detail: String,
}

/// Records a look, durably.
pub(crate) async fn record(state: &AppState, tenant: &Tenant, look: Look) -> Result<(), ApiError> {
    let actor = tenant.caller.actor(state.now());
    let write = move |tx: &Transaction<'_>| {
        let entry = audit::Entry {
            organization: look.organization,
            action: look.action,
            object: look.object,
            detail: &look.detail,
        };
        audit::record(tx, &actor, &entry)
    };
    state.database().write_one(write).await?;
    Ok(())
}

/// A trace that is being left beside the look itself.
pub(crate) struct Trace<'a> {
    state: &'a AppState,
    tenant: &'a Tenant,
    look: Option<Look>,
    left: OnceCell<()>,
}

impl<'a> Trace<'a> {
    /// Of an operator who looks at a customer's figures; whoever looks at its
    /// own leaves none.
    pub(crate) fn of(state: &'a AppState, tenant: &'a Tenant, look: Look) -> Self {
        Self {
            state,
            tenant,
            look: tenant.is_foreign().then_some(look),
            left: OnceCell::new(),
        }
    }

    /// Waits until it is durable, and leaves it first if nobody did.
    pub(crate) async fn left(&self) -> Result<(), ApiError> {
        let Some(look) = &self.look else {
            return Ok(());
        };
        let leave = || record(self.state, self.tenant, look.clone());
        self.left.get_or_try_init(leave).await.copied()
    }
}
