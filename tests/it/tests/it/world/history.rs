//! What was sent so far, and what a plan makes of it: events, instants, ranges.

use std::collections::BTreeMap;

use exchequer_core::{Day, Instant, MICROS_PER_DAY, OrganizationId, TimeRange};
use proptest::sample::Index;

use super::model::{Request, Sent};
use super::plan::{
    At, Content, EventPlan, KINDS, NewPlan, RangePlan, RequestPlan, SOURCES, SUBJECTS, Twist,
};
use super::wire;
use crate::reference::Event;
use crate::support::{ACME, GLOBEX, PLATFORM};

pub(crate) const ORGANIZATIONS: [&str; 3] = [ACME, GLOBEX, PLATFORM];

pub(crate) fn organization(which: u8) -> OrganizationId {
    ORGANIZATIONS[which as usize].parse().unwrap()
}

/// Everything that was ever sent, taken or not.
pub(crate) struct History {
    base: Day,
    events: Vec<Event>,
    /// What was voided before it came.
    voided: Vec<Event>,
}

impl History {
    pub(crate) fn new(base: Day) -> Self {
        Self {
            base,
            events: Vec::new(),
            voided: Vec::new(),
        }
    }

    pub(crate) fn request(&mut self, plan: &RequestPlan) -> Request {
        let events = plan.events.iter().map(|plan| self.event(plan)).collect();
        Request {
            customer: plan.by_customer.then(|| organization(0)),
            ndjson: plan.ndjson,
            events,
        }
    }

    fn event(&mut self, plan: &EventPlan) -> Sent {
        let event = match &plan.content {
            Content::New(new) => self.new_event(new),
            Content::Repeat(_) | Content::Twist(..) | Content::Void(..)
                if self.events.is_empty() =>
            {
                nothing(self.base)
            }
            Content::Later(_) if self.voided.is_empty() => nothing(self.base),
            Content::Repeat(of) => of.get(&self.events).clone(),
            Content::Twist(of, twist) => twisted(of.get(&self.events), twist),
            Content::Void(of, plan) => correction(of.get(&self.events), self.new_event(plan)),
            Content::VoidLater(plan) => {
                let later = Event {
                    id: format!("later-{}", self.events.len()),
                    ..self.new_event(plan)
                };
                let correction = correction(&later, self.new_event(plan));
                self.voided.push(later);
                correction
            }
            Content::Later(of) => of.get(&self.voided).clone(),
        };
        self.events.push(event.clone());
        Sent {
            event,
            style: plan.style,
        }
    }

    fn new_event(&self, plan: &NewPlan) -> Event {
        let number = self.events.len();
        // Ids of one form are stored in another way than ids of many.
        let id = match number / 16 % 2 {
            0 => OrganizationId::from_bytes([number as u8; 16]).to_string(),
            _ => format!("event-{number}"),
        };
        let (data, fields) = wire::canonical(&plan.data, plan.at.micros);
        Event {
            organization: organization(plan.organization),
            source: SOURCES[plan.source as usize].to_owned(),
            id,
            kind: KINDS[plan.kind as usize].to_owned(),
            subject: SUBJECTS[plan.subject as usize].to_owned(),
            time: self.instant(plan.at),
            data,
            fields,
            voids: String::new(),
        }
    }

    fn instant(&self, at: At) -> Instant {
        let start = self.day(at.day).start();
        Instant::from_micros(start.micros() + at.micros)
    }

    pub(crate) fn day(&self, offset: i32) -> Day {
        Day::from_number(self.base.number() + offset)
    }

    pub(crate) fn range(&self, plan: &RangePlan) -> TimeRange {
        let (a, b) = match plan {
            RangePlan::Days(first, end) => (self.day(*first).start(), self.day(*end).start()),
            RangePlan::Between(a, b) => (self.instant(*a), self.instant(*b)),
            RangePlan::Empty(at) => (self.instant(*at), self.instant(*at)),
            RangePlan::Around(of, start, end) => self.around(of, *start, *end),
            RangePlan::Long => (self.day(-60).start(), self.day(140).start()),
        };
        let (start, mut end) = (a.min(b), a.max(b));
        // The last instant of a day or a quarter of an hour, as people and
        // overviews write it, means what follows.
        let left = 900_000_000 - end.micros().rem_euclid(900_000_000);
        let last_second = end.offset_in_day() == 86_399_000_000;
        if last_second || left == 1 || left == 1_000 {
            end = end.checked_add_micros(left).unwrap();
        }
        TimeRange::new(start, end).unwrap()
    }

    fn around(&self, of: &Index, start: i64, end: i64) -> (Instant, Instant) {
        if self.events.is_empty() {
            return (self.base.start(), self.base.next().start());
        }
        let event = of.get(&self.events);
        let seconds = event.fields.get("seconds").copied().unwrap_or(0) / 1_000;
        let length = i64::try_from(seconds).unwrap_or(0).min(40 * MICROS_PER_DAY);
        let time = event.time.micros();
        (
            Instant::from_micros(time + start),
            Instant::from_micros(time + length + end),
        )
    }
}

/// An event that takes the place of another one.
fn correction(of: &Event, with: Event) -> Event {
    Event {
        organization: of.organization,
        source: of.source.clone(),
        time: of.time,
        voids: of.id.clone(),
        ..with
    }
}

/// What stands for an event that was made from an earlier one when there is
/// none: it cannot be told apart from a repeat of itself.
fn nothing(base: Day) -> Event {
    Event {
        organization: organization(0),
        source: SOURCES[0].to_owned(),
        id: "nothing".to_owned(),
        kind: KINDS[1].to_owned(),
        subject: SUBJECTS[0].to_owned(),
        time: base.start(),
        data: String::new(),
        fields: BTreeMap::new(),
        voids: String::new(),
    }
}

fn twisted(event: &Event, twist: &Twist) -> Event {
    let mut event = event.clone();
    match twist {
        Twist::Data(plan) => {
            let micros = event.time.offset_in_day() as i64;
            (event.data, event.fields) = wire::canonical(plan, micros);
        }
        Twist::Subject(which) => SUBJECTS[*which as usize].clone_into(&mut event.subject),
        Twist::Kind(which) => KINDS[*which as usize].clone_into(&mut event.kind),
        Twist::Time(days, micros) => {
            let later = i64::from(*days) * MICROS_PER_DAY + micros;
            event.time = Instant::from_micros(event.time.micros() + later);
        }
        Twist::Organization(which) => event.organization = organization(*which),
        Twist::Source(which) => SOURCES[*which as usize].clone_into(&mut event.source),
    }
    event
}
