//! Plays the steps of a plan.

use exchequer_core::{
    Aggregation, Day, ExcessDecimals, Family, Meter, MeterVersion, OrganizationId, Quantity,
    Unreadable,
};
use exchequer_support::random_world::History;
use exchequer_support::random_world::plan::{MeterPlan, RangePlan};
use exchequer_support::reference::Event;

use crate::as_of::PointPlan;
use crate::driver::World;
use crate::listings::{Listing, Sought};
use crate::plan::{
    AliasPlan, KINDS, ListingPlan, METERS, Outcome, PagePlan, Plan, SUBJECTS, Step, words,
};
use crate::quantities::{self, DataPlan, FIELDS};
use crate::series::LENGTHS;

/// A world under way.
struct Play {
    world: World,
    history: History<DataPlan>,
    revision: u64,
    listings: Vec<Listing>,
    /// The points that were looked at.
    points: u16,
}

/// Plays a plan to its end, then checks everything once more.
pub(crate) fn play(plan: &Plan) {
    let mut play = Play {
        world: World::new(plan.key, plan.directories),
        history: History::new(words(), plan.base, quantities::write),
        revision: 0,
        listings: Vec::new(),
        points: 0,
    };
    for meter in &plan.meters {
        play.meter(meter);
    }
    for step in &plan.steps {
        play.step(step);
        for (which, range) in &plan.watched {
            // A range that is made from an event changes with the events.
            if !matches!(range, RangePlan::Around(..)) {
                let range = play.history.range(range);
                play.world.check(organization(*which), range);
                let point = play.next_point();
                play.world.check_point(organization(*which), range, point);
            }
        }
        play.world.verify();
    }
    play.end(plan);
}

pub(crate) fn organization(which: u8) -> OrganizationId {
    words().organizations[which as usize]
}

impl Play {
    /// A point that is another one each time.
    fn next_point(&mut self) -> PointPlan {
        self.points += 1;
        let spread = |step: u16| self.points.wrapping_mul(step);
        PointPlan {
            seq: spread(40_503),
            meters: if self.points.is_multiple_of(4) {
                spread(25_667)
            } else {
                u16::MAX
            },
            aliases: spread(50_261),
        }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Commit(group, outcome) => {
                let group: Vec<Vec<Event>> = group
                    .iter()
                    .map(|batch| batch.iter().map(|e| self.history.event(e)).collect())
                    .collect();
                self.world.commit(&group, *outcome);
            }
            Step::Trickle(events) => {
                for plan in events {
                    let event = self.history.event(plan);
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
            Step::Aliases(plan) => self.aliases(plan),
            Step::OpenSnapshot => self.world.open_snapshot(),
            Step::Switch => self.world.switch(),
            Step::Report {
                organization,
                range,
                late,
            } => self.report(*organization, range, *late),
            Step::AsOf {
                organization,
                range,
                point,
                late,
            } => self.as_of(*organization, range, *point, *late),
            Step::Series {
                organization: which,
                range,
                length,
            } => {
                let range = self.history.range(range);
                let organization = organization(*which);
                self.world
                    .check_series(organization, range, LENGTHS[*length]);
            }
            Step::Listing(plan) => {
                let sought = self.sought(plan);
                let PagePlan { limit, budget } = plan.page;
                let begin = |world: &World| Listing::begin(world, sought.clone(), limit, budget);
                let late = plan.late.then(|| self.world.late(|world| begin(world)));
                let listing = late.flatten().unwrap_or_else(|| begin(&self.world));
                self.listings.push(listing);
            }
            Step::Turn(PagePlan { limit, budget }) => {
                for listing in &mut self.listings {
                    listing.turn(&self.world, *limit, *budget);
                }
            }
        }
    }

    fn report(&mut self, which: u8, range: &RangePlan, late: bool) {
        let (organization, range) = (organization(which), self.history.range(range));
        if late {
            self.world.check_late(organization, range);
        } else {
            self.world.check(organization, range);
        }
    }

    fn as_of(&mut self, which: u8, range: &RangePlan, point: PointPlan, late: bool) {
        let (organization, range) = (organization(which), self.history.range(range));
        let check = |world: &mut World| world.check_point(organization, range, point);
        if late {
            self.world.late(check);
        } else {
            check(&mut self.world);
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
        self.look_back(plan);
        self.world.crash();
        self.report_all(plan);
        self.world.check_parts();
        for listing in std::mem::take(&mut self.listings) {
            listing.finish(&self.world);
        }
        self.world.verify();
        let accepted = self.world.reference.events.clone();
        self.world
            .commit(std::slice::from_ref(&self.history.sent), Outcome::Failed);
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
                let range = self.history.range(range);
                self.world.check(organization(which), range);
            }
            let range = self.history.range(&RangePlan::Long);
            self.world.check(organization(which), range);
            let range = self.history.range(&RangePlan::Days(1, 3));
            self.world.check(organization(which), range);
            self.world
                .check_series(organization(which), range, LENGTHS[1]);
        }
    }

    /// Reads one organisation as of every mark that there was.
    fn look_back(&mut self, plan: &Plan) {
        for (which, range) in plan.watched.iter().take(1) {
            let range = self.history.range(range);
            self.world.check_every_mark(organization(*which), range);
        }
    }

    fn sought(&self, plan: &ListingPlan) -> Sought {
        Sought {
            organization: organization(plan.organization),
            range: self.history.range(&plan.range),
            meter: plan.meter.map(|meter| METERS[meter].0.to_owned()),
            resource: plan
                .subject
                .map(|which| SUBJECTS[which as usize].to_owned()),
            voided: plan.voided,
        }
    }

    /// Gives an organisation aliases, unless the catalog would refuse them.
    fn aliases(&mut self, plan: &AliasPlan) {
        let name = |which: u8| SUBJECTS[which as usize].to_owned();
        let pairs = plan.pairs.iter();
        let pairs = pairs.map(|(alias, resource)| (name(*alias), name(*resource)));
        let begins = plan
            .begins
            .map_or(Day::from_number(-10_000), |offset| self.history.day(offset));
        self.world
            .put_aliases(organization(plan.organization), pairs.collect(), begins);
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
            .map_or(Day::from_number(-10_000), |offset| self.history.day(offset));
        let version = versions.len() as u32 + 1;
        versions.push(meter_version(
            plan,
            (name, aggregation),
            version,
            begins,
            self.revision + 1,
        ));
        if self.world.change_meters(meters) {
            self.revision += 1;
        }
    }
}

fn meter_version(
    plan: &MeterPlan,
    (name, aggregation): (&str, Aggregation),
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
    let reads = aggregation.reads_quantity();
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
        // Some are renamed, so that reports sort them otherwise.
        shown_as: (plan.kind == 0).then(|| format!("renamed {name} {}", plan.field)),
        unreadable: if reads {
            plan.unreadable
        } else {
            Unreadable::Reject
        },
        excess_decimals: if reads {
            plan.excess_decimals
        } else {
            ExcessDecimals::Reject
        },
        resources: plan.resources,
        revision,
    }
}
