//! Listings of events, page by page, while everything goes on around them.

use exchequer_core::{Aggregation, Instant, Meter, OrganizationId, Quantity, Spelling, TimeRange};
use exchequer_ledger::{
    EventCursor, EventFilter, EventPage, EventPaging, ListedEvent, Seq, TailSlice, events,
};

use crate::check::metered;
use crate::driver::World;
use exchequer_support::reference::Event;
use exchequer_support::reference::{Read, read, resource, version_on};

/// A budget that no page of a small world exceeds.
const AMPLE: usize = 1 << 20;

/// What a listing looks for.
#[derive(Debug, Clone)]
pub(crate) struct Sought {
    pub(crate) organization: OrganizationId,
    pub(crate) range: TimeRange,
    /// Name of a meter; the listing ends when there is none of it.
    pub(crate) meter: Option<String>,
    pub(crate) resource: Option<String>,
    /// Whether it shows what is voided.
    pub(crate) voided: bool,
}

/// A listing under way.
pub(crate) struct Listing {
    sought: Sought,
    upto: u64,
    cursor: Option<EventCursor>,
    ended: bool,
    shown: Vec<ListedEvent>,
    /// The revision of the meters, and the version of the aliases.
    rules: (u64, u64),
}

/// Where a cursor stands.
type Place = (Instant, u64);

impl Listing {
    /// Takes the first page.
    pub(crate) fn begin(
        world: &World,
        sought: Sought,
        limit: usize,
        budget: Option<usize>,
    ) -> Self {
        let mut listing = Self {
            rules: rules(world, sought.organization),
            sought,
            upto: world.last(),
            cursor: None,
            ended: false,
            shown: Vec::new(),
        };
        listing.turn(world, limit, budget);
        listing
    }

    /// Takes the next page.
    pub(crate) fn turn(&mut self, world: &World, limit: usize, budget: Option<usize>) {
        if !self.ended {
            let tail = world.slice(self.sought.organization).unwrap();
            self.page(world, &tail, limit, budget);
        }
    }

    /// Takes all further pages; together they are what the listing began with.
    pub(crate) fn finish(mut self, world: &World) {
        while !self.ended {
            self.turn(world, 3, None);
        }
        // By other rules it would have shown other events.
        if self.sought.meter.is_none() || self.rules == rules(world, self.sought.organization) {
            let all = self.expected(world, None);
            assert_eq!(self.shown, all, "all pages of {:?}", self.sought);
        }
    }

    fn page(&mut self, world: &World, tail: &TailSlice, limit: usize, budget: Option<usize>) {
        let meter = self.sought.meter.as_deref();
        let meter = meter.map(|name| world.set.by_name(name));
        let Some(meter) = meter.map_or(Some(None), |found| found.map(Some)) else {
            self.ended = true;
            return;
        };
        let filter = EventFilter {
            range: metered(self.sought.organization, self.sought.range),
            meter,
            resource: self.sought.resource.as_deref(),
            aliases: world.rules(self.sought.organization).aliases,
            voided: self.sought.voided,
        };
        let folded = world.memory.folded;
        let page = events(
            self.sought.organization,
            filter,
            EventPaging {
                from: self.cursor,
                limit,
                budget: budget.unwrap_or(AMPLE),
            },
            tail,
            folded,
            world.directories(),
            &world.memory,
        );
        let page = page.unwrap();
        self.check(world, &page, limit, budget.is_none());
        self.cursor = page.next;
        self.ended = page.next.is_none();
        self.shown.extend(page.events);
    }

    fn check(&self, world: &World, page: &EventPage, limit: usize, ample: bool) {
        let after = self.cursor.map(place);
        let expected = self.expected(world, after);
        let shown = page.events.len();
        assert!(shown <= limit);
        assert_eq!(page.events, expected[..shown.min(expected.len())]);
        if ample {
            assert_eq!(shown, expected.len().min(limit));
            assert_eq!(page.next.is_some(), expected.len() > limit);
        }
        match page.next.map(place) {
            None => assert_eq!(shown, expected.len(), "the last page"),
            Some(next) => {
                assert!(after.is_none_or(|after| after < next), "it comes further");
                let passed = expected.iter().filter(|e| (e.time, e.seq.number()) <= next);
                assert_eq!(passed.count(), shown, "nothing is passed over");
            }
        }
    }

    /// The first void of the listing that voids an event.
    fn voided_by(&self, world: &World, event: &Event) -> Option<String> {
        let known = world.reference.events.iter().take(self.upto as usize);
        let mut voids = known.filter(|other| !other.voids.is_empty() && other.voids(event));
        voids.next().map(|first| first.id.clone())
    }

    /// Returns true if two names are one resource for a meter.
    fn is_one(&self, world: &World, meter: Option<Option<&Meter>>, a: &str, b: &str) -> bool {
        let Some(meter) = meter else { return a == b };
        let Sought {
            organization,
            range,
            ..
        } = self.sought;
        let last = metered(organization, range).last_day;
        let aliases = world.reference.aliases_on(organization, last);
        let version = meter.and_then(|meter| version_on(meter, last));
        let spelling = version.map_or(Spelling::Exact, |version| version.resources);
        resource(a, &aliases, spelling) == resource(b, &aliases, spelling)
    }

    /// What is to be shown after a place, by the meters of this moment.
    fn expected(&self, world: &World, after: Option<Place>) -> Vec<ListedEvent> {
        let sought = &self.sought;
        let meter = sought.meter.as_ref();
        let meter = meter.map(|name| world.meters.iter().find(|meter| meter.name == *name));
        let events = (1..)
            .zip(&world.reference.events)
            .filter_map(|(seq, event)| {
                let range = sought.range;
                let resource = sought.resource.as_ref();
                let quantity = match meter {
                    None => range.contains(event.time).then_some(None),
                    Some(meter) => read_in(meter?, event, range).map(Some),
                }?;
                let wanted = event.organization == sought.organization
                    && !range.is_empty()
                    && seq <= self.upto
                    && resource.is_none_or(|name| self.is_one(world, meter, name, &event.subject))
                    && after.is_none_or(|after| after < (event.time, seq));
                let voided_by = self.voided_by(world, event);
                let wanted = wanted && (sought.voided || voided_by.is_none());
                wanted.then(|| ListedEvent {
                    seq: Seq::new(seq),
                    source: event.source.clone(),
                    id: event.id.clone(),
                    kind: event.kind.clone(),
                    subject: event.subject.clone(),
                    time: event.time,
                    data: event.data.clone(),
                    quantity,
                    voids: event.voids.clone(),
                    voided_by,
                    client: event.client,
                })
            });
        let mut events: Vec<ListedEvent> = events.collect();
        events.sort_by_key(|event| (event.time, event.seq));
        events
    }
}

fn rules(world: &World, organization: OrganizationId) -> (u64, u64) {
    let rules = world.rules(organization);
    (rules.meters.revision(), rules.aliases.version())
}

fn place(cursor: EventCursor) -> Place {
    (cursor.time, cursor.seq.number())
}

/// What a meter reads of an event, if it counts in a range.
fn read_in(meter: &Meter, event: &Event, range: TimeRange) -> Option<Quantity> {
    match read(meter, event)? {
        Read::Point(value) => {
            range
                .contains(event.time)
                .then(|| match meter.versions[0].aggregation {
                    Aggregation::Unique | Aggregation::Count => Quantity::ONE,
                    _ => Quantity::from_scaled(value),
                })
        }
        Read::Session(start, end) => {
            let meets = start < range.end().micros() && range.start().micros() < end;
            let nanos = i128::from(end - start) * 1_000;
            meets.then(|| Quantity::from_scaled(nanos))
        }
    }
}
