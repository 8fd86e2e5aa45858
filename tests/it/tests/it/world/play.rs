//! Plays a plan step by step over HTTP, and compares every answer.

use std::collections::HashMap;
use std::time::Duration;

use exchequer_core::{ClientId, Day, MICROS_PER_DAY, TimeRange};
use exchequer_support::random_world::History;
use exchequer_support::random_world::plan::{MeterPlan, RangePlan};
use exchequer_support::reference::{Event, Reference, version_on};
use exchequer_support::world::{ACME_CLIENT, CATALOG, EVENTS, REPORT, ROOT};
use exchequer_support::{Answer, World};
use exchequer_types::dates;
use reqwest::Method;
use serde_json::Value;
use uuid::Uuid;

use super::meters::{counts_like, logins, meter_version, rule};
use super::model::{Model, Request, Sent};
use super::plan::{DataPlan, METERS, ORGANIZATIONS, Plan, RequestPlan, Step, words};
use super::wire;

/// A world under way.
struct Play {
    world: World,
    operator: String,
    customer: String,
    model: Model,
    history: History<DataPlan>,
    requests: Vec<Request>,
    /// Reports by their tags: one tag, one report.
    tags: HashMap<String, String>,
}

/// Plays a plan to its end, then checks everything once more.
pub(crate) async fn play(plan: &Plan) {
    let mut play = Play::start(plan.base).await;
    for meter in &plan.meters {
        play.meter(meter).await;
    }
    for step in &plan.steps {
        play.step(step).await;
    }
    play.end().await;
}

impl Play {
    async fn start(base: Day) -> Self {
        let world = World::with(|config| {
            // A report that is kept for later would be one of the past.
            config.report_wait = Duration::from_secs(60);
            config.rate_limit = u32::MAX;
        })
        .await;
        let [operator, customer, _] = world.populate().await;
        let noon = Day::from_ymd(2026, 11, 15).unwrap().start();
        let now = noon.checked_add_micros(MICROS_PER_DAY / 2).unwrap();
        Self {
            world,
            operator,
            customer,
            model: Model {
                now,
                meters: vec![logins()],
                reference: Reference::default(),
            },
            history: History::new(words(), base, wire::canonical),
            requests: Vec::new(),
            tags: HashMap::new(),
        }
    }

    async fn step(&mut self, step: &Step) {
        match step {
            Step::Send(plan) => {
                let request = self.request(plan);
                self.send(request).await;
            }
            Step::Together {
                requests,
                report,
                fold,
            } => {
                let requests = [self.request(&requests[0]), self.request(&requests[1])];
                let range = self.range(&report.1);
                self.together(requests, (report.0, range), *fold).await;
            }
            Step::SendAgain(_) if self.requests.is_empty() => {}
            Step::SendAgain(of) => {
                let request = of.get(&self.requests).clone();
                self.send(request).await;
            }
            Step::Fold => self.world.store().fold().await.unwrap(),
            Step::Restart => self.world.restart(|_| {}).await,
            Step::Meter(plan) => self.meter(plan).await,
            Step::Report(which, range) => {
                let range = self.range(range);
                self.check(*which, range).await;
            }
        }
    }

    /// Reports from tail, segments and a new process; then all that was ever
    /// sent comes again, and nothing of it is new.
    async fn end(mut self) {
        self.check_all().await;
        self.world.store().fold().await.unwrap();
        self.check_all().await;
        self.world.restart(|_| {}).await;
        self.check_all().await;
        let before = self.model.reference.events.len();
        for request in self.requests.clone() {
            self.send(request).await;
        }
        // An event that was refused before a meter changed may be kept now.
        if self.model.reference.events.len() > before {
            self.check_all().await;
        }
        self.world.stop().await;
    }

    async fn check_all(&mut self) {
        for which in 0..3 {
            for range in [
                RangePlan::Long,
                RangePlan::Days(0, 4),
                RangePlan::Days(1, 3),
            ] {
                let range = self.range(&range);
                self.check(which, range).await;
            }
        }
    }

    fn request(&mut self, plan: &RequestPlan) -> Request {
        let client = match plan.by_customer {
            true => ACME_CLIENT,
            false => ROOT,
        };
        let client = client.parse::<Uuid>().unwrap();
        let events = plan.events.iter().map(|plan| Sent {
            event: Event {
                client: Some(ClientId::from_uuid(client)),
                ..self.history.event(&plan.event)
            },
            style: plan.style,
        });
        let events = events.collect();
        Request {
            customer: plan.by_customer.then(|| self.history.organization(0)),
            ndjson: plan.ndjson,
            events,
        }
    }

    /// The last instant of a day or of a quarter of an hour, as people and
    /// overviews write it, means the instant after it.
    fn range(&self, plan: &RangePlan) -> TimeRange {
        let range = self.history.range(plan);
        let (start, mut end) = (range.start(), range.end());
        let left = 900_000_000 - end.micros().rem_euclid(900_000_000);
        let last_second = end.offset_in_day() == 86_399_000_000;
        if last_second || left == 1 || left == 1_000 {
            end = end.checked_add_micros(left).unwrap();
        }
        TimeRange::new(start, end).unwrap()
    }

    async fn send(&mut self, request: Request) {
        let answer = self.post(&request).await;
        let (mut expected, _, new) = self.model.answers(&[&request]);
        assert_eq!(answer, expected.remove(0).remove(0), "{request:#?}");
        self.model.reference.commit(new);
        self.requests.push(request);
    }

    /// Two requests, a report and perhaps a fold at the same time. One of the
    /// requests was first, and the report saw none, the first, or both.
    async fn together(&mut self, requests: [Request; 2], report: (u8, TimeRange), fold: bool) {
        let [a, b] = &requests;
        let folding = async {
            if fold {
                self.world.store().fold().await.unwrap();
            }
        };
        let reporting = self.report(report.0, report.1);
        let (first, second, seen, ()) =
            tokio::join!(self.post(a), self.post(b), reporting, folding);
        // Where neither request met the other, both orders explain the answers.
        let orders = [([a, b], [&first, &second]), ([b, a], [&second, &first])];
        let (mut accepted, mut possible) = (None, Vec::new());
        for (order, answers) in orders {
            let (expected, upto, new) = self.model.answers(&order);
            let mut pairs = expected.iter().zip(answers);
            if pairs.all(|(possible, answer)| possible.contains(answer)) {
                let of = self.history.organization(report.0);
                possible.extend(self.model.usages_during(&new, of, report.1, &upto));
                accepted = Some(new);
            }
        }
        let accepted = accepted.unwrap_or_else(|| panic!("{first} {second} {requests:#?}"));
        self.model.reference.commit(accepted);
        let seen = &seen.json()["usages"];
        assert!(possible.contains(seen), "{seen} is none of {possible:#?}");
        self.requests.extend(requests);
    }

    /// Sends a request; returns the answer's body without the messages.
    async fn post(&self, request: &Request) -> Value {
        let events: Vec<String> = request
            .events
            .iter()
            .map(|sent| wire::event(sent, sent.style))
            .collect();
        let (media, body) = match request.ndjson {
            true => ("application/x-ndjson", events.join("\n")),
            false => ("application/json", format!("[{}]", events.join(","))),
        };
        let token = match request.customer {
            Some(_) => &self.customer,
            None => &self.operator,
        };
        let post = self.world.request(Method::POST, EVENTS).bearer_auth(token);
        let answer = self
            .world
            .send(post.header("content-type", media).body(body))
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let mut body = answer.json();
        for rejection in body["rejected"].as_array_mut().unwrap() {
            let message = rejection.as_object_mut().unwrap().remove("message");
            assert!(message.is_some_and(|message| message != ""));
        }
        body
    }

    async fn report(&self, which: u8, range: TimeRange) -> Answer {
        let (token, organization) = match which {
            0 => (&self.customer, None),
            _ => (&self.operator, Some(ORGANIZATIONS[which as usize])),
        };
        let mut query = vec![
            ("startDate", wire::instant(range.start())),
            ("endDate", wire::instant(range.end())),
        ];
        query.extend(organization.map(|of| ("organizationId", of.to_owned())));
        let ask = self.world.request(Method::GET, REPORT).bearer_auth(token);
        let answer = self.world.send(ask.query(&query)).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let body = answer.json();
        assert_eq!(body["status"], "Complete");
        assert_eq!(body["startDate"], dates::format(range.start().micros()));
        assert_eq!(body["endDate"], dates::format(range.end().micros()));
        answer
    }

    async fn check(&mut self, which: u8, range: TimeRange) {
        let answer = self.report(which, range).await;
        let upto = self.model.reference.events.len() as u64;
        let expected = self
            .model
            .usages(self.history.organization(which), range, upto);
        assert_eq!(answer.json()["usages"], expected, "{which} {range:?}");
        if range.is_empty() {
            return;
        }
        let tag = answer.header("etag").to_owned();
        let before = self.tags.entry(tag).or_insert_with(|| answer.text.clone());
        assert_eq!(*before, answer.text, "one tag, two reports");
    }

    /// Creates or changes a meter; what the catalog must refuse, it refuses.
    async fn meter(&mut self, plan: &MeterPlan) {
        let (name, aggregation) = METERS[plan.meter];
        let known = self.model.meters.iter().find(|meter| meter.name == name);
        let newest = known.map_or(0, |meter| meter.versions.len() as u32);
        let first = Day::from_ymd(2000, 1, 1).unwrap();
        let effective = plan
            .begins
            .map(|offset| self.history.day(offset).max(first));
        let default = match known {
            None => first,
            Some(_) => self.model.now.day(),
        };
        let begins = effective.unwrap_or(default);
        let version = meter_version(plan, (name, aggregation), newest + 1, begins);
        // Asked for what it is already, a meter stays as it is.
        let current = known.and_then(|meter| version_on(meter, begins));
        let unchanged = current.is_some_and(|current| counts_like(current, &version));
        let path = format!("{CATALOG}/meters/{name}");
        let put = rule(&version, effective);
        let answer = self.world.put(&self.operator, &path, &put).await;
        if unchanged {
            assert_eq!(answer.status, 200, "{}", answer.text);
            assert_eq!(answer.json()["version"], newest);
        } else if let Some(meters) = self.model.with(name, version) {
            assert!(answer.status.is_success(), "{}", answer.text);
            assert_eq!(answer.json()["version"], newest + 1);
            self.model.meters = meters;
        } else {
            assert_eq!(answer.refusal(), (409, "request.conflict".to_owned()));
        }
    }
}
