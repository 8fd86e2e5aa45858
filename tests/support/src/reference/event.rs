//! Events and usages, as the reference knows them.

use std::collections::BTreeMap;

use exchequer_core::{Instant, OrganizationId, Quantity};

/// Organisation, source and id.
pub(super) type Identity = (OrganizationId, String, String);

/// An event as its sender means it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The organisation of the event.
    pub organization: OrganizationId,
    /// Its source.
    pub source: String,
    /// Its id at its source.
    pub id: String,
    /// Its type.
    pub kind: String,
    /// Its subject.
    pub subject: String,
    /// The instant at which it happens.
    pub time: Instant,
    /// The text of `data`.
    pub data: String,
    /// The readable quantities in it, in steps of 10^-9.
    pub fields: BTreeMap<String, i128>,
    /// Id of the event that it voids, if any.
    pub voids: String,
}

impl Event {
    pub(super) fn identity(&self) -> Identity {
        (self.organization, self.source.clone(), self.id.clone())
    }
}

/// A usage with its resources by name and instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// The name of the meter.
    pub name: String,
    /// The total.
    pub total: Quantity,
    /// The resources, by first instant in microseconds and by name.
    pub resources: Vec<(i64, String)>,
}
