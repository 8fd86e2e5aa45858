//! From a plan to events, meters and ranges, and through its steps.

use exchequer_core::{
    Aggregation, Day, Family, Instant, MICROS_PER_DAY, Meter, MeterVersion, OrganizationId,
    Quantity, TimeRange,
};

use crate::driver::World;
use crate::plan::{
    At, EventPlan, KINDS, METERS, MeterPlan, NewPlan, Outcome, PagePlan, Plan, RangePlan, SOURCES,
    SUBJECTS, Step, Twist, WalkPlan,
};
use crate::quantities::{self, FIELDS};
use crate::reference::Event;
use crate::series::LENGTHS;
use crate::walks::{Sought, Walk};

/// A world under way.
struct Play {
    base: Day,
    world: World,
    /// Everything that was ever sent, kept or not.
    sent: Vec<Event>,
    /// What was voided before it came.
    voided: Vec<Event>,
    revision: u64,
    walks: Vec<Walk>,
}

/// Plays a plan to its end, then looks at everything once more.
pub(crate) fn play(plan: &Plan) {
    let mut play = Play {
        base: plan.base,
        world: World::new(plan.key, plan.directories),
        sent: Vec::new(),
        voided: Vec::new(),
        revision: 0,
        walks: Vec::new(),
    };
    for meter in &plan.meters {
        play.meter(meter);
    }
    for step in &plan.steps {
        play.step(step);
        for (which, range) in &plan.watched {
            // A range that is made from an event changes with the events.
            if !matches!(range, RangePlan::Around(..)) {
                let range = play.range(range);
                play.world.check(organization(*which), range);
            }
        }
        play.world.verify();
    }
    play.end(plan);
}

pub(crate) fn organization(which: u8) -> OrganizationId {
    OrganizationId::from_bytes([which + 1; 16])
}

impl Play {
    fn step(&mut self, step: &Step) {
        match step {
            Step::Commit(group, outcome) => {
                let group: Vec<Vec<Event>> = group
                    .iter()
                    .map(|batch| batch.iter().map(|e| self.event(e)).collect())
                    .collect();
                self.world.commit(&group, *outcome);
            }
            Step::Trickle(events) => {
                for plan in events {
                    let event = self.event(plan);
                    self.world.commit(&[vec![event]], Outcome::Durable);
                    self.world.fold();
                }
            }
            Step::Crash => self.world.crash(),
            Step::BeginFold => self.world.begin_fold(),
            Step::ComputeFold => self.world.compute_fold(),
            Step::StoreFold(end) => self.world.store_fold(*end),
            Step::AbandonFold => self.world.abandon_fold(),
            Step::Fold => self.world.fold(),
            Step::Merge { crash } => self.world.merge(*crash),
            Step::Reroll(most) => self.world.reroll(*most as usize),
            Step::Meter(meter) => self.meter(meter),
            Step::OpenSnapshot => self.world.open_snapshot(),
            Step::Switch => self.world.switch(),
            Step::Report {
                organization: which,
                range,
                late,
            } => {
                let range = self.range(range);
                if *late {
                    self.world.check_late(organization(*which), range);
                } else {
                    self.world.check(organization(*which), range);
                }
            }
            Step::Series {
                organization: which,
                range,
                length,
            } => {
                let range = self.range(range);
                let organization = organization(*which);
                self.world
                    .check_series(organization, range, LENGTHS[*length]);
            }
            Step::Walk(plan) => {
                let sought = self.sought(plan);
                let PagePlan { limit, budget } = plan.page;
                let begin = |world: &World| Walk::begin(world, sought.clone(), limit, budget);
                let late = plan.late.then(|| self.world.late(|world| begin(world)));
                let walk = late.flatten().unwrap_or_else(|| begin(&self.world));
                self.walks.push(walk);
            }
            Step::Turn(PagePlan { limit, budget }) => {
                for walk in &mut self.walks {
                    walk.turn(&self.world, *limit, *budget);
                }
            }
        }
    }

    /// Reports before and after everything is folded and rolled up; then all
    /// that was ever sent comes again, and nothing of it is new.
    fn end(mut self, plan: &Plan) {
        self.report_all(plan);
        self.world.fold();
        self.world.fold();
        self.report_all(plan);
        self.world.reroll(usize::MAX);
        self.report_all(plan);
        self.world.crash();
        self.report_all(plan);
        self.world.check_parts();
        for walk in std::mem::take(&mut self.walks) {
            walk.finish(&self.world);
        }
        self.world.verify();
        let accepted = self.world.reference.events.clone();
        self.world
            .commit(std::slice::from_ref(&self.sent), Outcome::Failed);
        let twisted = accepted.iter().map(|event| Event {
            kind: format!("{}!", event.kind),
            ..event.clone()
        });
        self.world
            .commit(&[accepted.clone(), twisted.collect()], Outcome::Durable);
        assert_eq!(self.world.reference.events.len(), accepted.len());
    }

    fn report_all(&mut self, plan: &Plan) {
        for which in 0..3 {
            for (_, range) in &plan.watched {
                let range = self.range(range);
                self.world.check(organization(which), range);
            }
            let range = self.range(&RangePlan::Long);
            self.world.check(organization(which), range);
            let range = self.range(&RangePlan::Days(1, 3));
            self.world.check(organization(which), range);
            self.world
                .check_series(organization(which), range, LENGTHS[1]);
        }
    }

    fn event(&mut self, plan: &EventPlan) -> Event {
        let event = match plan {
            EventPlan::New(plan) => self.new_event(plan),
            EventPlan::Repeat(_) | EventPlan::Twist(..) | EventPlan::Void(..)
                if self.sent.is_empty() =>
            {
                return nothing();
            }
            EventPlan::Later(_) if self.voided.is_empty() => return nothing(),
            EventPlan::Repeat(of) => of.get(&self.sent).clone(),
            EventPlan::Twist(of, twist) => twisted(of.get(&self.sent), twist),
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

    fn new_event(&self, plan: &NewPlan) -> Event {
        let number = self.sent.len();
        // Ids of one form are stored in another way than ids of many.
        let id = match number / 16 % 2 {
            0 => OrganizationId::from_bytes([number as u8; 16]).to_string(),
            _ => format!("event-{number}"),
        };
        let (data, fields) = quantities::write(&plan.data, plan.at.micros);
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

    fn sought(&self, plan: &WalkPlan) -> Sought {
        Sought {
            organization: organization(plan.organization),
            range: self.range(&plan.range),
            meter: plan.meter.map(|meter| METERS[meter].0.to_owned()),
            resource: plan
                .subject
                .map(|which| SUBJECTS[which as usize].to_owned()),
            voided: plan.voided,
        }
    }

    fn instant(&self, at: At) -> Instant {
        let start = self.day(at.day).start();
        Instant::from_micros(start.micros() + at.micros)
    }

    fn day(&self, offset: i32) -> Day {
        Day::from_number(self.base.number() + offset)
    }

    /// Creates or changes a meter, unless the catalog would refuse it.
    fn meter(&mut self, plan: &MeterPlan) {
        let (name, aggregation) = METERS[plan.meter];
        let mut meters = self.world.meters.clone();
        let next = meters.len() as u32 + 1;
        let place = meters
            .iter()
            .position(|meter| meter.name == name)
            .unwrap_or_else(|| {
                meters.push(Meter {
                    number: next,
                    name: name.to_owned(),
                    versions: Vec::new(),
                });
                meters.len() - 1
            });
        let versions = &mut meters[place].versions;
        let begins = plan
            .begins
            .map_or(Day::from_number(-10_000), |offset| self.day(offset));
        let version = versions.len() as u32 + 1;
        versions.push(meter_version(
            plan,
            aggregation,
            version,
            begins,
            self.revision + 1,
        ));
        if self.world.change_meters(meters) {
            self.revision += 1;
        }
    }

    fn range(&self, plan: &RangePlan) -> TimeRange {
        let (a, b) = match plan {
            RangePlan::Days(first, end) => (self.day(*first).start(), self.day(*end).start()),
            RangePlan::Between(a, b) => (self.instant(*a), self.instant(*b)),
            RangePlan::Empty(at) => (self.instant(*at), self.instant(*at)),
            RangePlan::Month(offset) => month(self.day(*offset)),
            RangePlan::Around(of, start, end) => self.around(of, *start, *end),
            RangePlan::Long => (self.day(-60).start(), self.day(140).start()),
        };
        TimeRange::new(a.min(b), a.max(b)).unwrap()
    }

    fn around(&self, of: &proptest::sample::Index, start: i64, end: i64) -> (Instant, Instant) {
        if self.sent.is_empty() {
            return (self.base.start(), self.base.next().start());
        }
        let event = of.get(&self.sent);
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
fn nothing() -> Event {
    Event {
        organization: organization(0),
        source: SOURCES[0].to_owned(),
        id: "nothing".to_owned(),
        kind: KINDS[0].to_owned(),
        subject: SUBJECTS[0].to_owned(),
        time: Instant::from_micros(0),
        data: String::new(),
        fields: std::collections::BTreeMap::new(),
        voids: String::new(),
    }
}

fn twisted(event: &Event, twist: &Twist) -> Event {
    let mut event = event.clone();
    match twist {
        Twist::Data(plan) => {
            let micros = event.time.offset_in_day() as i64;
            (event.data, event.fields) = quantities::write(plan, micros);
        }
        Twist::Subject(which) => SUBJECTS[*which as usize].clone_into(&mut event.subject),
        Twist::Kind(which) => KINDS[*which as usize].clone_into(&mut event.kind),
        Twist::Time(days, micros) => {
            let later = i64::from(*days) * MICROS_PER_DAY + micros;
            event.time = Instant::from_micros(event.time.micros() + later);
        }
        Twist::Organization(which) => event.organization = organization(*which),
        Twist::Source(which) => SOURCES[*which as usize].clone_into(&mut event.source),
        Twist::Voids if event.voids.is_empty() => "another".clone_into(&mut event.voids),
        Twist::Voids => event.voids.clear(),
    }
    event
}

fn meter_version(
    plan: &MeterPlan,
    aggregation: Aggregation,
    version: u32,
    begins: Day,
    revision: u64,
) -> MeterVersion {
    let field = FIELDS[plan.field as usize];
    let quantity = match aggregation {
        Aggregation::Sum | Aggregation::Max => Some(field),
        Aggregation::Unique | Aggregation::Count => None,
        // Every other session meter reads the field of its default.
        _ => (field == "minutes").then_some(field),
    };
    let family = plan.family.filter(|_| aggregation == Aggregation::Unique);
    MeterVersion {
        version,
        begins,
        event_type: KINDS[plan.kind as usize].to_owned(),
        aggregation,
        quantity: quantity.map(str::to_owned),
        round_up_each: plan
            .step
            .filter(|_| aggregation == Aggregation::Sum)
            .map(Quantity::from_scaled),
        peak_minutes: if aggregation == Aggregation::Peak {
            plan.peak_minutes
        } else {
            30
        },
        family: family.map(|(name, rank)| Family {
            name: format!("family-{name}"),
            rank,
        }),
        revision,
    }
}

fn month(day: Day) -> (Instant, Instant) {
    let (year, month, _) = day.ymd();
    let first = |year, month| Day::from_ymd(year, month, 1).unwrap().start();
    let next = if month == 12 {
        first(year + 1, 1)
    } else {
        first(year, month + 1)
    };
    (first(year, month), next)
}
