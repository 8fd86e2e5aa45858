//! Partitions: the shares of a ledger that are committed, folded and locked
//! separately.

use std::hash::Hasher;

use exchequer_core::{ClientId, OrganizationId};
use siphasher::sip::SipHasher13;

use crate::batch::{Batch, BatchBuilder, NewEvent};
use crate::identity::key::IdentityKey;

/// A share of the organisations, with everything that is theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Partition(u32);

impl Partition {
    /// Its number, counted from 0.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }
}

/// The number of partitions of a ledger. It is fixed when the ledger is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Partitions(u32);

impl Partitions {
    /// One, for a ledger with a single writer.
    pub const ONE: Self = Self(1);

    /// Returns this number of partitions; 0 counts as one.
    #[must_use]
    pub fn new(count: u32) -> Self {
        Self(count.max(1))
    }

    /// Returns the number.
    #[must_use]
    pub const fn count(self) -> u32 {
        self.0
    }

    /// Returns all of them, in ascending order.
    pub fn all(self) -> impl Iterator<Item = Partition> {
        (0..self.0).map(Partition)
    }

    /// Returns the partition of an organisation, which never changes: `SipHash` 1-3
    /// of its id with a key of zeros, modulo the count.
    #[must_use]
    pub fn partition_of(self, organization: OrganizationId) -> Partition {
        if self.0 == 1 {
            // Embedded ledgers have one partition, and skip the hash for each event.
            return Partition(0);
        }
        let mut hasher = SipHasher13::new();
        hasher.write(organization.as_bytes());
        Partition((hasher.finish() % u64::from(self.0)) as u32)
    }
}

/// Gathers the events of one request, by partition.
pub struct RequestBuilder {
    partitions: Partitions,
    builders: Vec<(Partition, BatchBuilder)>,
    events: u32,
    client: Option<ClientId>,
}

impl Default for RequestBuilder {
    fn default() -> Self {
        Self::new(Partitions::ONE)
    }
}

impl RequestBuilder {
    /// Returns an empty request.
    #[must_use]
    pub fn new(partitions: Partitions) -> Self {
        Self {
            partitions,
            builders: Vec::new(),
            events: 0,
            client: None,
        }
    }

    /// Names the client that has sent the events that are added from now on; of those
    /// before the first call none is known.
    pub fn sent_by(&mut self, client: Option<ClientId>) {
        self.client = client;
    }

    /// Adds an event; events keep the order in which they are added.
    pub fn push(&mut self, organization: OrganizationId, event: NewEvent<'_>) {
        let partition = self.partitions.partition_of(organization);
        let known = self.builders.iter().position(|(it, _)| *it == partition);
        let at = known.unwrap_or_else(|| {
            self.builders.push((partition, BatchBuilder::new()));
            self.builders.len() - 1
        });
        let (_, builder) = &mut self.builders[at];
        builder.push_at(self.events, organization, self.client, event);
        self.events += 1;
    }

    /// Returns the number of events so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.events as usize
    }

    /// Returns whether there is no event yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events == 0
    }

    /// Groups the events and encodes them.
    #[must_use]
    pub fn build(self, key: &IdentityKey) -> Request {
        let builders = self.builders.into_iter();
        let shares = builders.map(|(partition, builder)| {
            let batch = builder.build(key);
            let blob = batch.encode();
            RequestShare {
                partition,
                batch,
                blob,
            }
        });
        Request {
            events: self.events,
            shares: shares.collect(),
        }
    }
}

/// The events of one request of one partition.
pub struct RequestShare {
    /// The partition of the events.
    pub partition: Partition,
    /// The events.
    pub batch: Batch,
    /// Their stored form.
    pub blob: Vec<u8>,
}

/// The events of one request, ready to be committed.
pub struct Request {
    events: u32,
    shares: Vec<RequestShare>,
}

impl Request {
    /// Adds events that are only to be compared with those that are kept, its own among
    /// them. Their places are behind those of its own; none of them will be kept.
    #[must_use]
    pub fn and_compare(mut self, others: Self) -> Self {
        for mut share in others.shares {
            share.batch.compare_only(self.events);
            self.shares.push(share);
        }
        self.events += others.events;
        self
    }

    /// Returns the number of events.
    #[must_use]
    pub fn len(&self) -> usize {
        self.events as usize
    }

    /// Returns whether there is no event.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events == 0
    }

    /// Bytes of the stored forms.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.shares.iter().map(|share| share.blob.len()).sum()
    }

    /// Splits it into the shares of the partitions.
    #[must_use]
    pub fn into_shares(self) -> Vec<RequestShare> {
        self.shares
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_organization_has_one_partition_of_those_there_are() {
        let organization = |number: u32| {
            let mut bytes = [0; 16];
            bytes[..4].copy_from_slice(&number.to_le_bytes());
            OrganizationId::from_bytes(bytes)
        };
        for count in [1, 2, 64] {
            let partitions = Partitions::new(count);
            let mut seen = vec![0; count as usize];
            for number in 0..count * 100 {
                let partition = partitions.partition_of(organization(number));
                assert_eq!(partition, partitions.partition_of(organization(number)));
                seen[partition.number() as usize] += 1;
            }
            let evenly = seen
                .iter()
                .all(|organizations| (50..200).contains(organizations));
            assert!(evenly, "{seen:?}");
        }
        // Stored rows rest on it.
        let partitions = Partitions::new(64);
        let places = (0..8).map(|number| partitions.partition_of(organization(number)).number());
        assert!(places.eq([32, 58, 3, 60, 23, 19, 31, 48]));
    }
}
