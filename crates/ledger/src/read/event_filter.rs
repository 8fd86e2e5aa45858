//! The request for a page of events, and the page.

use std::borrow::Cow;
use std::collections::BTreeSet;

use exchequer_core::{
    AliasList, Aliases, ClientId, Instant, Meter, MeteredRange, Quantity, Reading, Spelling,
    TimeRange,
};

use crate::directory::Directory;
use crate::identity::key::Content;
use crate::json::top_level_field;
use crate::tail::Seq;

/// Steps of a [`Quantity`] in a microsecond.
const STEPS_PER_MICRO: i128 = 1_000;

/// The events that are wanted.
#[derive(Debug, Clone, Copy)]
pub struct EventFilter<'a> {
    /// Events in this range; of a meter of sessions those that overlap it.
    pub range: MeteredRange,
    /// The meter; only the events that it reads are wanted.
    pub meter: Option<&'a Meter>,
    /// The resource; only its events are wanted, with a meter under each name that it has
    /// for the meter on the last day of the range.
    pub resource: Option<&'a str>,
    /// The names that are one resource.
    pub aliases: &'a Aliases,
    /// True if events that others void are wanted too.
    pub voided: bool,
}

/// The page of them that is wanted.
#[derive(Debug, Clone, Copy)]
pub struct EventPaging {
    /// The place where it begins; `None` for the first event.
    pub from: Option<EventCursor>,
    /// The most events that it holds.
    pub limit: usize,
    /// About how many stored events are read. If they do not fill the page, it is
    /// short, perhaps empty, and has a next one all the same.
    pub budget: usize,
}

/// The place of a listing after a page: an instant and seq, themselves shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventCursor {
    /// The highest seq that belongs to the listing.
    pub upto: Seq,
    /// The instant.
    pub time: Instant,
    /// The last seq shown of that instant.
    pub seq: Seq,
}

/// An event as it was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedEvent {
    /// Its place in the order of commits.
    pub seq: Seq,
    /// The system that it comes from.
    pub source: String,
    /// Its id there.
    pub id: String,
    /// Its type.
    pub kind: String,
    /// The resource that it happened to.
    pub subject: String,
    /// The instant at which it happened.
    pub time: Instant,
    /// Its `data` as canonical JSON; empty if it has none.
    pub data: String,
    /// The quantity that the meter of the filter reads; of a session, its seconds.
    pub quantity: Option<Quantity>,
    /// Id of the event that it voids; empty if it voids none.
    pub voids: String,
    /// Id of the event that voids it.
    pub voided_by: Option<String>,
    /// The client that has sent it; `None` if it was kept before clients were.
    pub client: Option<ClientId>,
}

/// A page of events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventPage {
    /// The events, in order.
    pub events: Vec<ListedEvent>,
    /// The place where the next page begins; `None` after the last.
    pub next: Option<EventCursor>,
}

/// The names of a wanted resource.
pub(super) struct WantedNames {
    spelling: Spelling,
    keys: BTreeSet<String>,
}

impl WantedNames {
    fn of(resource: &str, aliases: &AliasList, spelling: Spelling) -> Self {
        let keys = aliases.same_as(resource, spelling).into_iter();
        Self {
            spelling,
            keys: keys.map(Cow::into_owned).collect(),
        }
    }

    /// Returns whether a name is one of them.
    pub(super) fn contain(&self, name: &str) -> bool {
        self.keys.contains(&*self.spelling.key(name))
    }

    /// Returns the numbers of those that a directory knows, in order.
    pub(super) fn numbers(&self, directory: &Directory) -> Vec<u32> {
        let mut numbers: Vec<u32> = match self.spelling {
            Spelling::Exact => {
                let keys = self.keys.iter();
                keys.filter_map(|name| directory.number(name)).collect()
            }
            // Numbers are found by name, not by what several names have in common.
            Spelling::Folded => {
                let all = 0..directory.len();
                all.filter(|number| self.contain(directory.name(*number)))
                    .collect()
            }
        };
        numbers.sort_unstable();
        numbers
    }
}

impl EventFilter<'_> {
    /// Returns the names of the wanted resource, if one is wanted.
    pub(super) fn names(&self) -> Option<WantedNames> {
        let resource = self.resource?;
        let Some(meter) = self.meter else {
            return Some(WantedNames::of(
                resource,
                &AliasList::default(),
                Spelling::Exact,
            ));
        };
        let version = meter.at(self.range.last_day);
        let spelling = version.map_or(Spelling::Exact, |version| version.resources);
        let aliases = self.aliases.on(self.range.last_day);
        Some(WantedNames::of(resource, &aliases, spelling))
    }

    /// Returns `None` for an unwanted event, and else the quantity that the meter
    /// reads, if one is given.
    pub(super) fn reads(&self, event: &Content<'_>) -> Option<Option<Quantity>> {
        let Some(meter) = self.meter else {
            return self.range.range.contains(event.time).then_some(None);
        };
        let version = meter.at(event.time.day())?;
        if version.event_type != event.kind {
            return None;
        }
        let raw = version
            .field()
            .and_then(|field| top_level_field(event.data, field));
        // An event that the meter cannot read does not count in it.
        match version.read(raw).ok()? {
            Reading::Point(quantity) => {
                let inside = self.range.range.contains(event.time);
                inside.then_some(Some(quantity))
            }
            Reading::Session { micros } => {
                let end = Instant::from_micros(event.time.micros() + micros as i64);
                let session = TimeRange::new(event.time, end)?;
                session.intersect(self.range.range)?;
                let seconds = Quantity::from_scaled(i128::from(micros) * STEPS_PER_MICRO);
                Some(Some(seconds))
            }
        }
    }
}
