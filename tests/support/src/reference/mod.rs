//! The answers that the ledger must give, computed from the raw events by brute
//! force. No code is shared with the ledger: every report goes through all events.

mod count;
mod event;

use std::collections::{BTreeMap, BTreeSet};

use exchequer_core::{Aggregation, Day, Instant, Meter, MeteredRange, OrganizationId, TimeRange};
use exchequer_ledger::Verdict;

pub use count::{AliasPairs, OneResource, Read, quantity, read, resource, shown_on, version_on};
pub use event::{Event, Usage};

use count::{count_in_highest_rank_only, points, sessions, unified};
use event::Identity;

/// All accepted events; the one at place 0 has seq 1.
#[derive(Default)]
pub struct Reference {
    /// The events in the order of their seqs.
    pub events: Vec<Event>,
    /// The lists of aliases that an organisation was given, each from a day on.
    pub aliases: BTreeMap<OrganizationId, Vec<(Day, AliasPairs)>>,
    known: BTreeMap<Identity, usize>,
}

impl Reference {
    /// The verdicts on a group of batches, and what it would add, in order.
    pub fn admit(&self, group: &[Vec<Event>]) -> (Vec<Vec<Verdict>>, Vec<Event>) {
        let mut fresh: BTreeMap<Identity, &Event> = BTreeMap::new();
        let mut new: Vec<Event> = Vec::new();
        let mut verdicts = Vec::new();
        for batch in group {
            let mut accepted: Vec<&Event> = Vec::new();
            let mut decided = Vec::new();
            for event in batch {
                let stored = self
                    .known
                    .get(&event.identity())
                    .map(|at| &self.events[*at]);
                let known = stored.or_else(|| fresh.get(&event.identity()).copied());
                decided.push(match known {
                    None => Verdict::Accepted,
                    Some(known) => compare(event, known),
                });
                if known.is_none() {
                    fresh.insert(event.identity(), event);
                    accepted.push(event);
                }
            }
            // Within a batch, the events of one organisation stand together.
            let mut order: Vec<OrganizationId> = Vec::new();
            for event in batch {
                if !order.contains(&event.organization) {
                    order.push(event.organization);
                }
            }
            accepted.sort_by_key(|event| order.iter().position(|o| *o == event.organization));
            new.extend(accepted.into_iter().cloned());
            verdicts.push(decided);
        }
        (verdicts, new)
    }

    /// The verdict on an event that is only compared, once some `new` ones are kept.
    #[must_use]
    pub fn compare(&self, event: &Event, new: &[Event]) -> Verdict {
        let mut kept = self.events.iter().chain(new);
        let known = kept.find(|known| known.identity() == event.identity());
        known.map_or(Verdict::Unknown, |known| compare(event, known))
    }

    /// The number of voids, new or repeated, that meet no event, once some `new` ones
    /// are kept.
    #[must_use]
    pub fn unmatched(&self, batch: &[Event], verdicts: &[Verdict], new: &[Event]) -> u64 {
        let kept = |verdict: &Verdict| matches!(verdict, Verdict::Accepted | Verdict::Duplicate);
        let unmatched = batch.iter().zip(verdicts).filter(|(event, verdict)| {
            let mut events = self.events.iter().chain(new);
            !event.voids.is_empty() && kept(verdict) && !events.any(|other| event.voids(other))
        });
        unmatched.count() as u64
    }

    /// The number of events of other clients that a batch voids.
    #[must_use]
    pub fn foreign(&self, batch: &[Event], verdicts: &[Verdict], new: &[Event]) -> u64 {
        let foreign = batch.iter().zip(verdicts).filter(|(event, verdict)| {
            let mut events = self.events.iter().chain(new);
            let other = events.find(|other| !event.voids.is_empty() && event.voids(other));
            let theirs = other.and_then(|other| other.client);
            let both = theirs.zip(event.client);
            **verdict == Verdict::Accepted && both.is_some_and(|(theirs, own)| theirs != own)
        });
        foreign.count() as u64
    }

    /// Remembers what has become durable.
    pub fn commit(&mut self, new: Vec<Event>) {
        for event in new {
            self.known.insert(event.identity(), self.events.len());
            self.events.push(event);
        }
    }

    /// The aliases of an organisation on a day: those that were put last of it.
    #[must_use]
    pub fn aliases_on(&self, organization: OrganizationId, day: Day) -> AliasPairs {
        let lists = self.aliases.get(&organization).into_iter().flatten();
        let mut begun = lists.rev().filter(|(begins, _)| *begins <= day);
        begun
            .next()
            .map(|(_, list)| list.clone())
            .unwrap_or_default()
    }

    /// The usage in a range of the events with seqs up to `upto`.
    pub fn report(
        &self,
        organization: OrganizationId,
        MeteredRange { range, last_day }: MeteredRange,
        meters: &[Meter],
        upto: u64,
    ) -> Vec<Usage> {
        let mut usages = Vec::new();
        let mut families = Vec::new();
        if range.is_empty() {
            return usages;
        }
        let events = self.counting(organization, upto);
        let aliases = self.aliases_on(organization, last_day);
        for meter in meters {
            let Some(version) = version_on(meter, last_day) else {
                continue;
            };
            let unified = unified(&events, range, meter, (&aliases, version.resources));
            let events: Vec<&Event> = unified.iter().collect();
            let counted = match version.aggregation {
                Aggregation::Hours | Aggregation::Peak => {
                    sessions(&events, range, meter, version.peak_minutes)
                }
                _ => points(&events, range, meter),
            };
            if let Some(usage) = counted {
                families.push((version.family.clone(), usage.name.clone()));
                usages.push(usage);
            }
        }
        let saw = usages.clone();
        for (family, name) in families {
            let Some(family) = family else { continue };
            let member = (name.as_str(), &family);
            count_in_highest_rank_only(&mut usages, &saw, member, meters, (&aliases, last_day));
        }
        for usage in &mut usages {
            let meter = meters.iter().find(|meter| meter.name == usage.name);
            usage.name = shown_on(meter.expect("it was counted"), last_day);
        }
        usages.sort_by(|a, b| a.name.cmp(&b.name));
        usages
    }

    /// The highest seq up to `upto` of an event that touches a day of a range,
    /// and of one whose own instant lies in such a day.
    pub fn last_seq(
        &self,
        organization: OrganizationId,
        range: TimeRange,
        meters: &[Meter],
        upto: u64,
    ) -> (u64, u64) {
        let days: BTreeSet<Day> = range.days().collect();
        let (mut touching, mut inside) = (0, 0);
        for (seq, event) in (1..).zip(&self.events) {
            if event.organization != organization || seq > upto {
                continue;
            }
            let mut touches = days.contains(&event.time.day());
            if touches {
                inside = seq;
            }
            // What it voids may be a session, of the longest kind.
            let own = event.time.day().number();
            let reach = own..=own + 31;
            touches |=
                !event.voids.is_empty() && days.iter().any(|day| reach.contains(&day.number()));
            for meter in meters {
                if let Some(Read::Session(start, end)) = read(meter, event) {
                    let (first, last) =
                        (Instant::from_micros(start), Instant::from_micros(end - 1));
                    let touched = first.day()..=last.day();
                    touches |= days.iter().any(|day| touched.contains(day));
                }
            }
            if touches {
                touching = seq;
            }
        }
        (touching, inside)
    }

    /// All of an organisation but what another of its events voids.
    fn counting(&self, organization: OrganizationId, upto: u64) -> Vec<&Event> {
        let all = self.of(organization, upto);
        let corrections = all.iter().filter(|event| !event.voids.is_empty());
        let corrections: Vec<&&Event> = corrections.collect();
        let voided = |event: &&Event| corrections.iter().any(|other| other.voids(event));
        all.iter().copied().filter(|event| !voided(event)).collect()
    }

    fn of(&self, organization: OrganizationId, upto: u64) -> Vec<&Event> {
        let seen = self.events.iter().take(upto as usize);
        seen.filter(|event| event.organization == organization)
            .collect()
    }
}

/// The verdict on an event of which one with its identity is kept.
fn compare(event: &Event, known: &Event) -> Verdict {
    match event.repeats(known) {
        true => Verdict::Duplicate,
        false => Verdict::Conflict {
            client: known.client,
        },
    }
}
