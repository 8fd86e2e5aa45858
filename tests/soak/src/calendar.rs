//! The requests of a soak, each a function of its number.
//!
//! The world's days pass much faster than ours: a day of events goes by in two
//! seconds. So a report over the last thirty days always reads as many events,
//! however long the soak lasts and however large the ledger has become.

use std::fmt::Write as _;
use std::ops::Range;

use exchequer_core::{Day, MICROS_PER_DAY, OrganizationId};

use exchequer_support::Random;
use exchequer_support::customers;
use exchequer_types::dates;

/// Events in a request that count.
pub(crate) const BATCH: u64 = 1_000;
/// One request in this many has an event more, and what takes it back.
const CORRECTED: u64 = 10;
/// Seconds that a day of the world takes.
const DAY_SECONDS: u64 = 2;
/// Days in a report.
pub(crate) const REPORT_DAYS: i32 = 30;
/// One event in this many is the largest organisation's.
const LARGEST: u64 = 10;
/// Resources of the largest organisation and of the others.
const RESOURCES: [u64; 2] = [5_000, 200];

/// One event; the rest of it follows from these.
pub(crate) struct Event {
    pub(crate) organization: u32,
    pub(crate) resource: u64,
    pub(crate) kind: Kind,
    /// Tenths of a minute.
    pub(crate) tenths: u64,
    micros: i64,
}

/// Half are calls, and the others messages, logins and sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Call,
    Message,
    Login,
    Session,
}

/// The requests of a run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Calendar {
    pub(crate) organizations: u32,
    /// Events a second.
    pub(crate) rate: u64,
    /// Events that there are at least before it begins.
    pub(crate) before: u64,
}

impl Calendar {
    /// The first day: long ago, so that the days do not reach ours.
    pub(crate) fn first_day() -> Day {
        Day::from_ymd(2002, 1, 1).expect("a day of the calendar")
    }

    /// Requests that a day of the world holds.
    fn requests_a_day(self) -> f64 {
        (self.rate * DAY_SECONDS) as f64 / BATCH as f64
    }

    /// Returns the number of requests before it begins: those of the days of a first
    /// report, if not more are wanted.
    pub(crate) fn fill(self) -> u64 {
        let days = self.requests_a_day() * f64::from(REPORT_DAYS + 2);
        (days.ceil() as u64).max(self.before / BATCH)
    }

    /// Returns the time of a request's events, in microseconds since 1970.
    fn opens(self, request: u64) -> i64 {
        let days = request as f64 / self.requests_a_day();
        Self::first_day().start().micros() + (days * MICROS_PER_DAY as f64) as i64
    }

    /// The day that a request falls into.
    pub(crate) fn day(self, request: u64) -> Day {
        let since = self.opens(request) - Self::first_day().start().micros();
        Day::from_number(Self::first_day().number() + (since / MICROS_PER_DAY) as i32)
    }

    /// The days of a report that is asked for after so many requests: those
    /// before the day that is going on.
    pub(crate) fn report_days(self, requests: u64) -> Range<Day> {
        // Workers send out of order by some requests, hence one day more.
        let last = self.day(requests).number() - 1;
        Day::from_number(last - REPORT_DAYS)..Day::from_number(last)
    }

    /// The events of a request.
    pub(crate) fn events(self, request: u64) -> impl Iterator<Item = Event> {
        let mut random = Random::new(request.wrapping_mul(0x2545_f491_4f6c_dd1d));
        let (opens, step) = (
            self.opens(request),
            (self.opens(request + 1) - self.opens(request)) / BATCH as i64,
        );
        (0..BATCH).map(move |place| {
            let organization = match random.below(LARGEST) {
                0 => 0,
                _ => 1 + random.below(u64::from(self.organizations) - 1) as u32,
            };
            Event {
                organization,
                resource: random.below(RESOURCES[usize::from(organization > 0)]),
                kind: match random.below(20) {
                    0..10 => Kind::Call,
                    10..15 => Kind::Message,
                    15..18 => Kind::Login,
                    _ => Kind::Session,
                },
                tenths: random.below(600),
                micros: opens + place as i64 * step,
            }
        })
    }

    /// Returns the number of events in the body of a request.
    pub(crate) fn sent(request: u64) -> u64 {
        BATCH
            + if request.is_multiple_of(CORRECTED) {
                2
            } else {
                0
            }
    }

    /// The body of a request.
    pub(crate) fn body(self, request: u64, ids: &[OrganizationId]) -> String {
        let mut body = String::with_capacity(BATCH as usize * 260);
        for (place, event) in self.events(request).enumerate() {
            body.push(if place == 0 { '[' } else { ',' });
            // Writing into a string cannot fail.
            let _ = event.write(request, place, ids, "", &mut body);
        }
        if Self::sent(request) > BATCH
            && let Some(event) = self.events(request).next()
        {
            let (mistaken, correction) = (BATCH as usize, BATCH as usize + 1);
            body.push(',');
            let _ = event.write(request, mistaken, ids, "", &mut body);
            body.push(',');
            let voids = format!("{request}-{mistaken}");
            let _ = event.write(request, correction, ids, &voids, &mut body);
        }
        body.push(']');
        body
    }

    pub(crate) fn ids(self) -> Vec<OrganizationId> {
        (0..self.organizations)
            .map(customers::organization)
            .collect()
    }
}

impl Event {
    fn write(
        &self,
        request: u64,
        place: usize,
        ids: &[OrganizationId],
        voids: &str,
        body: &mut String,
    ) -> std::fmt::Result {
        let (kind, name) = match self.kind {
            // No meter listens to a correction.
            _ if !voids.is_empty() => ("correction", "line"),
            Kind::Call => ("call.ended", "line"),
            Kind::Message => ("message.sent", "number"),
            Kind::Login => ("user.login", "user"),
            Kind::Session => ("station.session", "station"),
        };
        write!(
            body,
            r#"{{"specversion":"1.0","id":"{request}-{place}","source":"/soak","type":"{kind}","subject":"{name}-{}","time":"#,
            self.resource
        )?;
        write!(body, r#""{}""#, dates::format(self.micros))?;
        let id = ids[self.organization as usize];
        if !voids.is_empty() {
            write!(body, r#","voids":"{voids}""#)?;
        }
        write!(body, r#","organization":"{id}","data":{{"#)?;
        match self.kind {
            Kind::Call => {
                let (whole, tenth) = (self.tenths / 10, self.tenths % 10);
                write!(body, r#""division":"Sales","minutes":"{whole}.{tenth}""#)?;
            }
            Kind::Session => write!(body, r#""seconds":"{}""#, self.tenths * 10)?,
            Kind::Message | Kind::Login => write!(body, r#""division":"Support""#)?,
        }
        body.push_str("}}");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_cover_days_that_are_over() {
        let calendar = Calendar {
            organizations: 10,
            rate: 5_000,
            before: 0,
        };
        assert_eq!(calendar.fill(), 320);
        let days = calendar.report_days(calendar.fill());
        assert!(days.start >= Calendar::first_day());
        assert_eq!(days.end.number() - days.start.number(), REPORT_DAYS);
        // Ten requests a day: all of those days are a day or more ago.
        assert_eq!(calendar.day(19), Calendar::first_day().next());
        assert_eq!(calendar.day(calendar.fill() - 10), days.end);
    }

    #[test]
    fn a_request_is_the_same_each_time() {
        let calendar = Calendar {
            organizations: 3,
            rate: 1_000,
            before: 0,
        };
        let body = calendar.body(7, &calendar.ids());
        assert_eq!(body, calendar.body(7, &calendar.ids()));
        let events: Vec<serde_json::Value> = serde_json::from_str(&body).unwrap();
        assert_eq!(events.len() as u64, BATCH);
        let corrected: Vec<serde_json::Value> =
            serde_json::from_str(&calendar.body(10, &calendar.ids())).unwrap();
        assert_eq!(corrected.len() as u64, Calendar::sent(10));
        assert_eq!(corrected[1_001]["voids"], corrected[1_000]["id"]);
        assert_ne!(body, calendar.body(8, &calendar.ids()));
    }
}
