//! Everything that was sent so far, and the events, instants and ranges that a
//! plan makes of it.

use std::collections::BTreeMap;

use exchequer_core::{ClientId, Day, Instant, MICROS_PER_DAY, OrganizationId, TimeRange};
use proptest::sample::Index;

use super::plan::{At, EventPlan, NewPlan, RangePlan, Twist};
use crate::reference::Event;

/// The words that the numbers of a plan stand for.
#[derive(Debug, Clone)]
pub struct Words {
    /// Three organisations.
    pub organizations: [OrganizationId; 3],
    /// Sources of events.
    pub sources: &'static [&'static str],
    /// Types of events; the first is that of sessions.
    pub kinds: &'static [&'static str],
    /// Subjects of events.
    pub subjects: &'static [&'static str],
}

/// The text of `data`, and the quantities that a reader of it must find.
type Data = (String, BTreeMap<String, i128>);

/// Everything that was ever sent, kept or not.
pub struct History<D> {
    words: Words,
    base: Day,
    /// Writes `data` that is read at this microsecond of the day.
    write: fn(&D, i64) -> Data,
    /// The events in the order in which they were sent.
    pub sent: Vec<Event>,
    /// Events that were voided before they came.
    voided: Vec<Event>,
}

impl<D> History<D> {
    /// A history without events, whose days count from `base`.
    #[must_use]
    pub fn new(words: Words, base: Day, write: fn(&D, i64) -> Data) -> Self {
        Self {
            words,
            base,
            write,
            sent: Vec::new(),
            voided: Vec::new(),
        }
    }

    /// Makes the event of a plan, which counts as sent from now on.
    pub fn event(&mut self, plan: &EventPlan<D>) -> Event {
        let event = match plan {
            EventPlan::New(plan) => self.new_event(plan),
            EventPlan::Repeat(_) | EventPlan::Twist(..) | EventPlan::Void(..)
                if self.sent.is_empty() =>
            {
                self.stand_in()
            }
            EventPlan::Later(_) if self.voided.is_empty() => self.stand_in(),
            EventPlan::Repeat(of) => of.get(&self.sent).clone(),
            EventPlan::Twist(of, twist) => self.twisted(of.get(&self.sent), twist),
            EventPlan::Void(of, plan) => correction(of.get(&self.sent), self.new_event(plan)),
            EventPlan::VoidLater(plan) => {
                let later = Event {
                    id: format!("later-{}", self.sent.len()),
                    ..self.new_event(plan)
                };
                let correction = correction(&later, self.new_event(plan));
                self.voided.push(later);
                correction
            }
            EventPlan::Later(of) => of.get(&self.voided).clone(),
        };
        self.sent.push(event.clone());
        event
    }

    fn new_event(&self, plan: &NewPlan<D>) -> Event {
        let number = self.sent.len();
        // Ids of one form are stored in another way than ids of many.
        let id = match number / 16 % 2 {
            0 => OrganizationId::from_bytes([number as u8; 16]).to_string(),
            _ => format!("event-{number}"),
        };
        let (data, fields) = (self.write)(&plan.data, plan.at.micros);
        Event {
            organization: self.organization(plan.organization),
            source: self.words.sources[plan.source as usize].to_owned(),
            id,
            kind: self.words.kinds[plan.kind as usize].to_owned(),
            subject: self.words.subjects[plan.subject as usize].to_owned(),
            time: self.instant(plan.at),
            data,
            fields,
            voids: String::new(),
            client: client(number),
        }
    }

    /// The event that is sent where one should be made from an earlier one and
    /// there is none: it cannot be told apart from a repeat of itself.
    fn stand_in(&self) -> Event {
        Event {
            organization: self.organization(0),
            source: self.words.sources[0].to_owned(),
            id: "nothing".to_owned(),
            kind: self.words.kinds[1].to_owned(),
            subject: self.words.subjects[0].to_owned(),
            time: self.base.start(),
            data: String::new(),
            fields: BTreeMap::new(),
            voids: String::new(),
            client: None,
        }
    }

    fn twisted(&self, event: &Event, twist: &Twist<D>) -> Event {
        let (mut event, words) = (event.clone(), &self.words);
        match twist {
            Twist::Data(plan) => {
                let micros = event.time.offset_in_day() as i64;
                (event.data, event.fields) = (self.write)(plan, micros);
            }
            Twist::Subject(which) => {
                words.subjects[*which as usize].clone_into(&mut event.subject);
            }
            Twist::Kind(which) => words.kinds[*which as usize].clone_into(&mut event.kind),
            Twist::Time(days, micros) => {
                let later = i64::from(*days) * MICROS_PER_DAY + micros;
                event.time = Instant::from_micros(event.time.micros() + later);
            }
            Twist::Cut(to) => {
                let micros = event.time.micros();
                event.time = Instant::from_micros(micros - micros.rem_euclid(*to));
            }
            Twist::Client(which) => event.client = client(*which as usize),
            Twist::Organization(which) => event.organization = self.organization(*which),
            Twist::Source(which) => words.sources[*which as usize].clone_into(&mut event.source),
            Twist::Voids if event.voids.is_empty() => "another".clone_into(&mut event.voids),
            Twist::Voids => event.voids.clear(),
        }
        event
    }

    /// Returns the organisation with this number.
    #[must_use]
    pub fn organization(&self, which: u8) -> OrganizationId {
        self.words.organizations[which as usize]
    }

    fn instant(&self, at: At) -> Instant {
        let start = self.day(at.day).start();
        Instant::from_micros(start.micros() + at.micros)
    }

    /// Returns the day so many days from the base.
    #[must_use]
    pub fn day(&self, offset: i32) -> Day {
        Day::from_number(self.base.number() + offset)
    }

    /// Returns the range of a plan.
    ///
    /// # Panics
    /// It is beyond the calendar.
    #[must_use]
    pub fn range(&self, plan: &RangePlan) -> TimeRange {
        let (a, b) = match plan {
            RangePlan::Days(first, end) => (self.day(*first).start(), self.day(*end).start()),
            RangePlan::Between(a, b) => (self.instant(*a), self.instant(*b)),
            RangePlan::Empty(at) => (self.instant(*at), self.instant(*at)),
            RangePlan::Month(offset) => month(self.day(*offset)),
            RangePlan::Around(of, start, end) => self.around(of, *start, *end),
            RangePlan::Long => (self.day(-60).start(), self.day(140).start()),
        };
        TimeRange::new(a.min(b), a.max(b)).expect("a range of the calendar")
    }

    fn around(&self, of: &Index, start: i64, end: i64) -> (Instant, Instant) {
        if self.sent.is_empty() {
            return (self.base.start(), self.base.next().start());
        }
        let event = of.get(&self.sent);
        let seconds = event.fields.get("seconds");
        let seconds = seconds.map_or(0, |picos| picos / 1_000_000);
        // No session counts for longer; a number that is too large is cut.
        let longest = 40 * MICROS_PER_DAY;
        let length = i64::try_from(seconds).map_or(0, |micros| micros.min(longest));
        let time = event.time.micros();
        (
            Instant::from_micros(time + start),
            Instant::from_micros(time + length + end),
        )
    }
}

/// A client, or nobody who is known.
fn client(number: usize) -> Option<ClientId> {
    match number % 3 {
        0 => None,
        number => Some(ClientId::from_bytes([number as u8; 16])),
    }
}

/// An event that takes the place of another one. Every second one has no more of the
/// other's time than an answer of milliseconds shows.
fn correction(of: &Event, with: Event) -> Event {
    let micros = of.time.micros();
    let shown = with.time.day().number() % 2 == 0;
    let time = Instant::from_micros(micros - if shown { micros.rem_euclid(1_000) } else { 0 });
    Event {
        organization: of.organization,
        source: of.source.clone(),
        time,
        voids: of.id.clone(),
        ..with
    }
}

/// Returns the first instants of a day's month and of the month after it.
///
/// # Panics
/// It is beyond the calendar.
#[must_use]
pub fn month(day: Day) -> (Instant, Instant) {
    let (year, month, _) = day.ymd();
    let first = |year, month| Day::from_ymd(year, month, 1).expect("a day").start();
    let next = match month {
        12 => first(year + 1, 1),
        _ => first(year, month + 1),
    };
    (first(year, month), next)
}
