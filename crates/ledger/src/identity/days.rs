//! The identities of folded days, in memory.

use exchequer_core::{ClientId, Day, Instant, OrganizationId};
use hashbrown::HashTable;
use lru::LruCache;

use crate::batch::Batch;
use crate::identity::key::Identity;

/// A folded event, as far as it is compared with others.
struct FoldedEvent {
    identity: Identity,
    /// Digest of its content but for its instant.
    content: u64,
    /// Its microsecond of the day, and behind it the place of its client among those of
    /// the day, in [`CLIENT_BITS`]: so that an event costs 32 bytes.
    moment: u64,
}

/// A day has less than 2^37 microseconds. No day has events of so many clients.
const CLIENT_BITS: u32 = 27;

/// An event that stands, as far as it is known without its texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Digest of its content but for its instant.
    pub(crate) content: u64,
    /// The instant at which it happened.
    pub(crate) time: Instant,
    /// The client that has sent it, if that is known.
    pub(crate) client: Option<ClientId>,
}

/// The identities of one organisation's folded day.
#[derive(Default)]
pub(crate) struct DayIdentities {
    table: HashTable<FoldedEvent>,
    /// The clients that have sent its events, `None` being one that is not known.
    clients: Vec<Option<ClientId>>,
}

impl DayIdentities {
    fn size(&self) -> usize {
        // A byte of control for each slot.
        let slot = size_of::<FoldedEvent>() + 1;
        self.table.capacity() * slot + self.clients.capacity() * 17 + 64
    }

    fn client_place(&mut self, client: Option<ClientId>) -> u32 {
        let found = self.clients.iter().position(|known| *known == client);
        found.unwrap_or_else(|| {
            self.clients.push(client);
            self.clients.len() - 1
        }) as u32
    }

    pub(crate) fn insert(&mut self, identity: Identity, standing: Standing) {
        let client = u64::from(self.client_place(standing.client));
        assert!(client < 1 << CLIENT_BITS, "a client for every event");
        let event = FoldedEvent {
            identity,
            content: standing.content,
            moment: standing.time.offset_in_day() << CLIENT_BITS | client,
        };
        self.table
            .insert_unique(identity.hash, event, |event| event.identity.hash);
    }

    /// Returns the event of an identity, which is of this day.
    fn find(&self, identity: Identity, day: Day) -> Option<Standing> {
        let known = |event: &FoldedEvent| event.identity == identity;
        let event = self.table.find(identity.hash, known)?;
        let offset = event.moment >> CLIENT_BITS;
        let client = event.moment & ((1 << CLIENT_BITS) - 1);
        Some(Standing {
            content: event.content,
            time: Instant::from_micros(day.start().micros() + offset as i64),
            client: self.clients[client as usize],
        })
    }
}

/// The folded days that were read last, within a budget.
pub(crate) struct Days {
    cache: LruCache<(OrganizationId, Day), DayIdentities>,
    bytes: usize,
    budget: usize,
}

impl Days {
    pub(crate) fn new(budget: usize) -> Self {
        Self {
            cache: LruCache::unbounded(),
            bytes: 0,
            budget,
        }
    }

    /// Drops the days of a batch: their segments have changed.
    pub(crate) fn forget(&mut self, batch: &Batch) {
        if self.cache.is_empty() {
            return;
        }
        let mut last = None;
        for (organization, rows) in batch.organizations() {
            for row in rows {
                let place = (organization, batch.time(row).day());
                // Most events are of the day of the one before.
                if last.replace(place) == Some(place) {
                    continue;
                }
                if let Some(old) = self.cache.pop(&place) {
                    self.bytes -= old.size();
                }
            }
        }
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::new(self.budget);
    }

    /// Returns the event of an identity on a day, if there is one. A day that is not in
    /// memory is loaded.
    pub(crate) fn find<E>(
        &mut self,
        (organization, day): (OrganizationId, Day),
        identity: Identity,
        load: impl FnOnce() -> Result<DayIdentities, E>,
    ) -> Result<Option<Standing>, E> {
        let place = (organization, day);
        if !self.cache.contains(&place) {
            let loaded = load()?;
            self.bytes += loaded.size();
            self.cache.put(place, loaded);
            // One day stays whatever its size: it is about to be used.
            while self.bytes > self.budget && self.cache.len() > 1 {
                let old = self.cache.pop_lru();
                self.bytes -= old.map_or(0, |(_, old)| old.size());
            }
        }
        // Folded events are compared by 128 bits of identity and 64 of content, so that
        // a day costs 33 bytes an event in memory and not its texts.
        Ok(self
            .cache
            .get(&place)
            .and_then(|known| known.find(identity, day)))
    }
}
