//! The world that a request of events is validated against.

use exchequer_core::{Instant, MeterSet, OrganizationId};
use exchequer_ledger::Partitions;

use super::refusal::Refusal;
use super::sender::Sender;

/// The facts that a request of events is validated against.
pub struct IngestContext<'a> {
    /// The instant at which the request was received.
    pub now: Instant,
    /// The organisation of events that name none.
    pub home: OrganizationId,
    /// True if the client may name another organisation.
    pub operator: bool,
    /// The client, and what it may send.
    pub sender: Sender<'a>,
    /// The meters in force.
    pub meters: &'a MeterSet,
    /// The partitions of the ledger.
    pub partitions: Partitions,
    /// Tells if there is such an organisation.
    pub organization_exists: &'a dyn Fn(OrganizationId) -> bool,
}

impl IngestContext<'_> {
    /// Checks that an event may be kept for this organisation. Absence and lack
    /// of permission read the same, so that nobody can probe for customers.
    pub(super) fn check_organization(&self, organization: OrganizationId) -> Result<(), Refusal> {
        let known = organization == self.home
            || (self.operator && (self.organization_exists)(organization));
        if known {
            Ok(())
        } else {
            let message = format!("organization {organization} was not found");
            Err(Refusal::not_found(message).at("organization"))
        }
    }
}
