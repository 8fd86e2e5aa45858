//! The answers that the server must give: validation, meters, and the reference.

use exchequer_core::{
    ClientId, Day, Instant, Meter, MeterSet, MeterVersion, MeteredRange, OrganizationId, TimeRange,
    Unreadable,
};
use exchequer_ledger::Verdict;
use exchequer_types::dates;
use serde_json::{Value, json};

use exchequer_support::reference::{Event, Reference};
use exchequer_support::reference::{quantity, version_on};

const MINUTE: i64 = 60_000_000;

/// An event on its way.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) event: Event,
    pub(crate) style: u8,
}

/// A request on its way.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// The only organisation that the sender may speak for, if not all.
    pub(crate) customer: Option<OrganizationId>,
    pub(crate) ndjson: bool,
    pub(crate) events: Vec<Sent>,
}

/// Everything that counts, and how.
pub(crate) struct Model {
    pub(crate) now: Instant,
    pub(crate) meters: Vec<Meter>,
    pub(crate) reference: Reference,
}

impl Model {
    /// The answers to requests that come one after the other, and how many
    /// events there are before, between and after them; takes nothing in. An answer may
    /// know already what a request has brought that came at the same time, so of the
    /// first of two there are several.
    pub(crate) fn answers(&self, requests: &[&Request]) -> (Vec<Vec<Value>>, Vec<u64>, Vec<Event>) {
        let mut upto = vec![self.reference.events.len() as u64];
        let judged: Vec<_> = requests
            .iter()
            .map(|request| self.judged(request))
            .collect();
        let passed = judged.iter().zip(requests).map(|(judged, request)| {
            let events = judged.iter().zip(&request.events);
            let passed = events.filter(|(judged, _)| judged.is_ok());
            passed.map(|(_, sent)| sent.event.clone()).collect()
        });
        let passed: Vec<Vec<Event>> = passed.collect();
        let (verdicts, new) = self.reference.admit(&passed);
        let mut answers = Vec::new();
        for (request, verdicts) in verdicts.iter().enumerate() {
            let accepted = verdicts.iter().filter(|of| **of == Verdict::Accepted);
            upto.push(upto.last().unwrap() + accepted.count() as u64);
            let own = (upto[request + 1] - upto[0]) as usize;
            let mut possible = Vec::new();
            for (met, known) in [
                (own, own),
                (own, new.len()),
                (new.len(), own),
                (new.len(), new.len()),
            ] {
                let unmatched = self
                    .reference
                    .unmatched(&passed[request], verdicts, &new[..met]);
                let compare = |event: &Event| self.reference.compare(event, &new[..known]);
                // A void that is only compared is told of as well, if it is a repeat.
                let unreadable = judged[request].iter().zip(&requests[request].events);
                let unreadable = unreadable
                    .filter(|(judged, _)| **judged == Err("invalid.value"))
                    .map(|(_, sent)| sent.event.clone());
                let unreadable: Vec<Event> = unreadable.collect();
                let of: Vec<Verdict> = unreadable.iter().map(compare).collect();
                let unmatched = unmatched + self.reference.unmatched(&unreadable, &of, &new[..met]);
                let (request, judged) = (requests[request], &judged[request]);
                possible.push(answer(request, judged, verdicts, unmatched, compare));
            }
            answers.push(possible);
        }
        (answers, upto, new)
    }

    /// For each event whether meters listen to it and leave it out, or why it is refused.
    fn judged(&self, request: &Request) -> Vec<Result<Heard, &'static str>> {
        let events = request.events.iter().map(|sent| &sent.event);
        let judged = events.map(|event| {
            let first = Day::from_ymd(2000, 1, 1).unwrap().start();
            let ahead = event.time.micros() - self.now.micros();
            if event.time < first || ahead > 5 * MINUTE {
                return Err("invalid.date");
            }
            match request.customer {
                Some(own) if own != event.organization => Err("not.found"),
                _ => self.metered(event),
            }
        });
        judged.collect()
    }

    fn metered(&self, event: &Event) -> Result<Heard, &'static str> {
        let day = event.time.day();
        let versions = self
            .meters
            .iter()
            .filter_map(|meter| version_on(meter, day));
        // A correction may be of a type that no meter knows.
        let mut heard = Heard {
            metered: !event.voids.is_empty(),
            skipped: false,
        };
        for version in versions.filter(|version| version.event_type == event.kind) {
            heard.metered = true;
            match version.unreadable {
                _ if quantity(version, event).is_some() => {}
                Unreadable::Reject => return Err("invalid.value"),
                Unreadable::Skip => heard.skipped = true,
                Unreadable::Zero => {}
            }
        }
        Ok(heard)
    }

    /// The `usages` of a report.
    pub(crate) fn usages(
        &self,
        organization: OrganizationId,
        range: TimeRange,
        upto: u64,
    ) -> Value {
        let usages =
            self.reference
                .report(organization, MeteredRange::utc(range), &self.meters, upto);
        let usages = usages.iter().map(|usage| {
            let resources = usage.resources.iter();
            let resources =
                resources.map(|(first, name)| json!({"name": name, "date": dates::format(*first)}));
            json!({
                "name": usage.name,
                "totalUsage": usage.total.to_string(),
                "resources": resources.collect::<Vec<_>>(),
            })
        });
        usages.collect()
    }

    /// The `usages` of a report that is made while events come in.
    pub(crate) fn usages_during(
        &mut self,
        new: &[Event],
        organization: OrganizationId,
        range: TimeRange,
        upto: &[u64],
    ) -> Vec<Value> {
        let before = self.reference.events.len();
        self.reference.events.extend_from_slice(new);
        let usages = upto
            .iter()
            .map(|upto| self.usages(organization, range, *upto));
        let usages = usages.collect();
        self.reference.events.truncate(before);
        usages
    }

    /// The meters with a new version, if it gets on with the others.
    pub(crate) fn with(&self, name: &str, version: MeterVersion) -> Option<Vec<Meter>> {
        let mut meters = self.meters.clone();
        match meters.iter_mut().find(|meter| meter.name == name) {
            Some(meter) => meter.versions.push(version),
            None => meters.push(Meter {
                number: meters.len() as u32 + 1,
                name: name.to_owned(),
                versions: vec![version],
            }),
        }
        MeterSet::new(meters.clone()).ok().map(|_| meters)
    }
}

/// The reading of an event by the meters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Heard {
    /// True if one listens.
    metered: bool,
    /// True if one leaves it out.
    skipped: bool,
}

/// The body of an answer, with nothing of a rejection but its code. Events that no meter
/// can read are compared with what is kept.
fn answer(
    request: &Request,
    judged: &[Result<Heard, &str>],
    verdicts: &[Verdict],
    unmatched: u64,
    compare: impl Fn(&Event) -> Verdict,
) -> Value {
    let (mut accepted, mut duplicates, mut unmetered, mut skipped) = (0, 0, 0, 0);
    let (mut conflicts, mut rejected) = (Vec::new(), Vec::new());
    let mut verdicts = verdicts.iter().copied();
    for (index, (sent, judged)) in request.events.iter().zip(judged).enumerate() {
        let id = &sent.event.id;
        let verdict = match judged {
            Err("invalid.value") => compare(&sent.event),
            Err(_) => Verdict::Unknown,
            Ok(_) => verdicts.next().unwrap(),
        };
        match verdict {
            Verdict::Unknown => {
                let code = judged.unwrap_err();
                rejected.push(json!({"index": index, "id": id, "code": code}));
            }
            Verdict::Accepted => {
                accepted += 1;
                unmetered += i32::from(!judged.unwrap().metered);
                skipped += i32::from(judged.unwrap().skipped);
            }
            Verdict::Duplicate => duplicates += 1,
            Verdict::Conflict { client } => {
                conflicts.push(conflict(index, &sent.event, client, request));
            }
        }
    }
    json!({
        "accepted": accepted, "duplicates": duplicates, "unmetered": unmetered, "skipped": skipped,
        "unmatched": unmatched, "conflicts": conflicts, "rejected": rejected,
    })
}

/// A conflict as the sender is told of it: whose event stands only the operator learns.
fn conflict(index: usize, sent: &Event, stands: Option<ClientId>, request: &Request) -> Value {
    let mut told = json!({"index": index, "id": sent.id});
    if let Some(other) = stands.filter(|client| Some(*client) != sent.client) {
        told["otherClient"] = json!(true);
        if request.customer.is_none() {
            told["client"] = json!(other.to_string());
        }
    }
    told
}
