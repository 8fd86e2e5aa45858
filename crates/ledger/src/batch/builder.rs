//! Gathering the events of one request into a batch.

use std::hash::BuildHasher;

use exchequer_core::{ClientId, Instant, OrganizationId};
use hashbrown::{DefaultHashBuilder, HashMap, HashTable};

use super::Batch;
use crate::codec::columns::Columns;
use crate::codec::strings::Strings;
use crate::identity::key::IdentityKey;

/// A validated event of a request. All text is borrowed and within its bounds.
#[derive(Debug, Clone, Copy)]
pub struct NewEvent<'a> {
    /// CloudEvents `source`.
    pub source: &'a str,
    /// CloudEvents `id`, unique within its source.
    pub id: &'a str,
    /// CloudEvents `type`.
    pub kind: &'a str,
    /// The resource that was used.
    pub subject: &'a str,
    /// The instant at which it happened.
    pub time: Instant,
    /// Canonical JSON of `data`, empty if the event has none.
    pub data: &'a str,
    /// `id` of the event that this one voids, empty if it voids none.
    pub voids: &'a str,
}

/// A small set of strings, each with a number.
#[derive(Default)]
struct Interner {
    strings: Strings,
    table: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Interner {
    fn intern(&mut self, text: &str) -> u32 {
        let hash = self.hasher.hash_one(text);
        let strings = &self.strings;
        if let Some(found) = self
            .table
            .find(hash, |number| strings.get(*number as usize) == text)
        {
            return *found;
        }
        let number = self.strings.len() as u32;
        self.strings.push(text);
        let (strings, hasher) = (&self.strings, &self.hasher);
        self.table.insert_unique(hash, number, |number| {
            hasher.hash_one(strings.get(*number as usize))
        });
        number
    }
}

/// Gathers the accepted events of one request.
#[derive(Default)]
pub struct BatchBuilder {
    organizations: Vec<OrganizationId>,
    slots: HashMap<OrganizationId, u32>,
    rows: Vec<u32>,
    /// The place of each event in its request.
    places: Vec<u32>,
    columns: Columns,
    sources: Interner,
    kinds: Interner,
    subjects: Interner,
}

impl BatchBuilder {
    /// Returns an empty batch.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an event; events keep the order in which they are added.
    pub fn push(&mut self, organization: OrganizationId, event: NewEvent<'_>) {
        self.push_at(self.rows.len() as u32, organization, None, event);
    }

    /// Adds an event that this client has sent, if it is known.
    pub fn push_from(
        &mut self,
        client: Option<ClientId>,
        organization: OrganizationId,
        event: NewEvent<'_>,
    ) {
        self.push_at(self.rows.len() as u32, organization, client, event);
    }

    /// Adds an event that has this place in its request, of which the batch is the
    /// share of one partition.
    pub(crate) fn push_at(
        &mut self,
        place: u32,
        organization: OrganizationId,
        client: Option<ClientId>,
        event: NewEvent<'_>,
    ) {
        self.places.push(place);
        let slot = *self.slots.entry(organization).or_insert_with(|| {
            self.organizations.push(organization);
            self.organizations.len() as u32 - 1
        });
        let columns = &mut self.columns;
        columns.voids.push(self.rows.len(), event.voids);
        columns.senders.push(client);
        self.rows.push(slot);
        columns.times.push(event.time.micros());
        columns.sources.push(self.sources.intern(event.source));
        columns.kinds.push(self.kinds.intern(event.kind));
        columns.subjects.push(self.subjects.intern(event.subject));
        columns.ids.push(event.id);
        columns.data.push(event.data);
    }

    /// Returns the number of events so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns whether there is no event yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Groups the events by organisation and hashes their identities.
    #[must_use]
    pub fn build(self, key: &IdentityKey) -> Batch {
        // The sort is stable: of one organisation, events keep the order of the
        // request, and so do their seqs.
        let mut order: Vec<u32> = (0..self.rows.len() as u32).collect();
        order.sort_by_key(|row| self.rows[*row as usize]);
        let columns = if self.organizations.len() > 1 {
            self.columns.gather(&order)
        } else {
            self.columns
        };
        let mut ends = vec![0u32; self.organizations.len()];
        for slot in &self.rows {
            ends[*slot as usize] += 1;
        }
        let mut total = 0;
        for end in &mut ends {
            total += *end;
            *end = total;
        }
        let mut batch = Batch {
            organizations: self.organizations,
            ends,
            columns,
            source_names: self.sources.strings,
            kind_names: self.kinds.strings,
            subject_names: self.subjects.strings,
            hashes: Vec::new(),
            places: order.iter().map(|row| self.places[*row as usize]).collect(),
            compared: false,
        };
        batch.hash(key);
        batch
    }
}
