//! Who looked at whose figures: a trace in the trail of the one they are about.

use exchequer_core::OrganizationId;
use exchequer_store::Sql;
use exchequer_store::catalogue::audit;

use crate::auth::Tenant;
use crate::error::ApiError;
use crate::state::AppState;

/// A look at somebody's figures.
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
    let write = move |tx: &Sql<'_>| {
        let entry = audit::Entry {
            organization: look.organization,
            action: look.action,
            object: look.object,
            detail: &look.detail,
        };
        audit::record(tx, &actor, &entry)
    };
    state.database().note(write).await?;
    Ok(())
}
