//! Events and usages, as the reference knows them.

use std::collections::BTreeMap;

use exchequer_core::{ClientId, Instant, OrganizationId, Quantity};

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
    /// The numbers in it, in steps of 10^-12: more decimals than a quantity has.
    pub fields: BTreeMap<String, i128>,
    /// Id of the event that it voids, if any.
    pub voids: String,
    /// The client that has sent it, if that is known.
    pub client: Option<ClientId>,
}

impl Event {
    pub(super) fn identity(&self) -> Identity {
        (self.organization, self.source.clone(), self.id.clone())
    }

    /// Returns whether it repeats an event of its identity: nothing differs but who has
    /// sent it, and digits of its time that a relay has cut from one of them.
    pub(super) fn repeats(&self, known: &Self) -> bool {
        let content = |event: &Self| {
            let Self {
                kind,
                subject,
                data,
                voids,
                ..
            } = event;
            [kind, subject, data, voids].map(String::clone)
        };
        let (a, b) = (self.time.micros(), known.time.micros());
        let cut = |time: i64, to: i64| time - time.rem_euclid(to);
        let same_time = [1, 1_000, 1_000_000]
            .iter()
            .any(|to| a == cut(b, *to) || b == cut(a, *to));
        same_time && content(self) == content(known)
    }

    /// Returns whether it voids another event. One that was kept with its client reaches
    /// every event of its millisecond, if its own time has whole milliseconds.
    #[must_use]
    pub fn voids(&self, other: &Self) -> bool {
        let meant = (self.organization, &self.source, &self.voids);
        let (void, event) = (self.time.micros(), other.time.micros());
        let around = self.client.is_some() && void == event - event.rem_euclid(1_000);
        meant == (other.organization, &other.source, &other.id) && (void == event || around)
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
