//! The runs: every contestant once in each, one after the other.

use anyhow::{Context, Result};
use clap::ValueEnum;
use exchequer_support::{Database, Program};

use crate::figures::Collected;
use crate::served;
use crate::shapes::{Shape, Size};
use crate::task::{FRESH, Figures, Ground, Task, Work, clear};
use crate::{bodies, http, input, overviews, reports, small_writes, store};
use exchequer_support::measure::{Stopwatch, settle_disk};

const BODIES: &str = "bodies";

/// A part that can be measured on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// Append, sync, de-duplicate and roll up in memory
    Floor,
    /// One row per event in SQLite
    Rows,
    /// Ingestion at the store
    Store,
    /// Ingestion over HTTP
    Http,
    /// Reports over HTTP
    Reports,
    /// Billing overviews over HTTP
    Overviews,
    /// All of that on PostgreSQL, the store with one node and with two; only if asked for
    Postgres,
    /// Logins, reports and changes of two nodes on PostgreSQL; only if asked for
    SmallWrites,
    /// A report of one month while more and more other events are stored; only if asked for
    Curve,
    /// Repeats and conflicts in any order, with a fifth of the events stored and with all; only if asked for
    Repeats,
    /// The same with 6 2/3 times the events stored; only if asked for
    RepeatsLarge,
    /// Many small organisations; only if asked for
    Sparse,
    /// A report of two thirds as many resources as events; only if asked for
    Resources,
    /// Single events from 32 connections; only if asked for
    Singles,
    /// A year in any order; only if asked for
    Backfill,
}

/// The parts of a plain run.
const PLAIN: [Part; 6] = [
    Part::Floor,
    Part::Rows,
    Part::Store,
    Part::Http,
    Part::Reports,
    Part::Overviews,
];

/// The parts that are a shape of what arrives.
const SHAPES: [(Part, Shape); 6] = [
    (Part::Repeats, Shape::Repeats),
    (Part::RepeatsLarge, Shape::RepeatsLarge),
    (Part::Sparse, Shape::Sparse),
    (Part::Resources, Shape::Resources),
    (Part::Singles, Shape::Singles),
    (Part::Backfill, Shape::Backfill),
];

/// The parts to run, and how often.
pub(crate) struct Plan {
    pub(crate) ground: Ground,
    pub(crate) runs: usize,
    pub(crate) rows_events: u64,
    pub(crate) postgres: String,
    pub(crate) curve_events: u64,
    pub(crate) seconds: f64,
    pub(crate) program: Program,
    pub(crate) only: Vec<Part>,
}

impl Plan {
    /// Parts that need PostgreSQL, or very long, are measured only if they are
    /// asked for by name.
    fn wants(&self, part: Part) -> bool {
        self.only.contains(&part) || (self.only.is_empty() && PLAIN.contains(&part))
    }

    /// `postgres` beside other parts means those on it as well; alone it means
    /// those of a plain run on it.
    fn wants_on_postgres(&self, part: Part) -> bool {
        let shape = |part: &Part| SHAPES.iter().any(|(shape, _)| shape == part);
        let named = |part: &Part| PLAIN.contains(part) || shape(part);
        let alone = !self.only.iter().any(named);
        let meant = self.only.contains(&part) || (alone && PLAIN.contains(&part));
        self.wants(Part::Postgres) && meant
    }

    fn wants_on(&self, postgres: bool, part: Part) -> bool {
        match postgres {
            true => self.wants_on_postgres(part),
            false => self.wants(part),
        }
    }

    /// Reports and overviews are of a ledger that was filled over HTTP.
    fn wants_served(&self, postgres: bool) -> bool {
        [Part::Http, Part::Reports, Part::Overviews]
            .into_iter()
            .any(|part| self.wants_on(postgres, part))
    }

    fn ground_on<'a>(&'a self, postgres: Option<&'a str>) -> served::Ground<'a> {
        served::Ground {
            program: &self.program,
            directory: &self.ground.dir,
            postgres,
        }
    }

    fn prepare(&self) -> Result<()> {
        let served = self.wants_served(false) || self.wants_served(true);
        let input = [Part::Floor, Part::Rows, Part::Store];
        let wanted = |part| self.wants(part) || self.wants_on_postgres(part);
        if served || input.into_iter().any(wanted) {
            let world = self.ground.fresh();
            eprintln!("making {} events", world.events);
            input::prepare(&world, &self.ground.file(FRESH))?;
        }
        if served {
            eprintln!("rendering request bodies");
            let ids = self.ground.fresh().ids();
            bodies::prepare(&self.ground.file(FRESH), &ids, &self.ground.file(BODIES))?;
        }
        Ok(())
    }

    /// Does everything and returns the figures of all runs.
    pub(crate) fn run(&self) -> Result<Collected> {
        self.prepare()?;
        let mut collected = Collected::default();
        for number in 1..=self.runs {
            let mut run = Run {
                plan: self,
                number,
                figures: Figures::new(),
            };
            run.stores()?;
            run.served(None)?;
            run.postgres()?;
            run.small_writes()?;
            run.curve()?;
            run.shapes()?;
            run.clear()?;
            collected.add(run.figures);
        }
        Ok(collected)
    }
}

/// One run of all contestants.
struct Run<'a> {
    plan: &'a Plan,
    number: usize,
    figures: Figures,
}

impl Run<'_> {
    fn step(&mut self, what: &str, work: impl FnOnce() -> Result<Figures>) -> Result<()> {
        settle_disk();
        let clock = Stopwatch::start();
        self.figures.extend(work().context(what.to_owned())?);
        let (number, runs) = (self.number, self.plan.runs);
        eprintln!("run {number} of {runs}: {what}, {:.1} s", clock.seconds());
        Ok(())
    }

    fn task(&self, work: Work) -> Task {
        Task::new(&self.plan.ground, work)
    }

    /// The store in a directory, then what it is compared with, in commits of
    /// its size.
    fn stores(&mut self) -> Result<()> {
        let plan = self.plan;
        if plan.wants(Part::Store) {
            let task = self.task(Work::Store);
            self.step("store", || task.run())?;
        }
        if plan.wants(Part::Floor) {
            let mut task = self.task(Work::Floor).on(FRESH, "floor");
            if let Some(events) = self.figures.get("store.group") {
                task.group = ((events / input::BATCH as f64).round() as usize).max(1);
            }
            self.step("floor", || task.run())?;
        }
        if plan.wants(Part::Rows) {
            let mut task = self.task(Work::Rows).on(FRESH, "rows");
            task.first = plan.rows_events;
            self.step("rows", || task.run())?;
        }
        Ok(())
    }

    /// The program over HTTP, in a directory or on PostgreSQL: it is filled,
    /// then read.
    fn served(&mut self, postgres: Option<&str>) -> Result<()> {
        let plan = self.plan;
        let on = postgres.is_some();
        if !plan.wants_served(on) {
            return Ok(());
        }
        let (world, bodies) = (plan.ground.fresh(), plan.ground.file(BODIES));
        let prefix = postgres.map_or("", |_| "pg.");
        let named = move |figures| renamed(figures, "", prefix);
        let runtime = store::runtime()?;
        let served = plan.ground_on(postgres).ledger()?;
        runtime.block_on(served.populate(world.organizations))?;
        self.step(&format!("{prefix}http"), || {
            Ok(named(runtime.block_on(http::run(&served, &bodies))?))
        })?;
        if plan.wants_on(on, Part::Reports) {
            self.step(&format!("{prefix}reports"), || {
                Ok(named(runtime.block_on(reports::run(&served, &world))?))
            })?;
        }
        if plan.wants_on(on, Part::Overviews) {
            self.step(&format!("{prefix}overviews"), || {
                Ok(named(runtime.block_on(overviews::run(&served, &world))?))
            })?;
        }
        Ok(())
    }

    /// Measures the same ledger in PostgreSQL, and rows beside it.
    fn postgres(&mut self) -> Result<()> {
        let plan = self.plan;
        if plan.wants_on_postgres(Part::Store) {
            for nodes in [1, 2] {
                let database = self.database()?;
                let mut task = self.task(Work::Postgres).at(database.url());
                task.nodes = nodes;
                self.step(&format!("PostgreSQL, nodes: {nodes}"), || {
                    Ok(renamed(task.run()?, "store.", &format!("pg{nodes}.")))
                })?;
            }
        }
        if plan.wants_on_postgres(Part::Rows) {
            let database = self.database()?;
            let mut task = self.task(Work::RowsPostgres).at(database.url());
            task.first = plan.rows_events;
            self.step("rows in PostgreSQL", || task.run())?;
        }
        self.served(Some(&plan.postgres))
    }

    fn small_writes(&mut self) -> Result<()> {
        let plan = self.plan;
        if !plan.wants(Part::SmallWrites) {
            return Ok(());
        }
        let ground = plan.ground_on(Some(&plan.postgres));
        self.step("small writes", || {
            store::runtime()?.block_on(small_writes::run(&ground, plan.seconds))
        })
    }

    fn curve(&mut self) -> Result<()> {
        if !self.plan.wants(Part::Curve) {
            return Ok(());
        }
        let database = self.database()?;
        let places = [("pg", Some(database.url())), ("sqlite", None)];
        for (name, url) in places {
            let mut task = self.task(Work::Curve).on(FRESH, "db-curve");
            (task.url, task.first) = (url, self.plan.curve_events);
            self.step(&format!("curve, {name}"), || {
                Ok(renamed(task.run()?, "curve.", &format!("curve.{name}.")))
            })?;
        }
        Ok(())
    }

    /// The shapes of what arrives, each on ledgers of its own; on PostgreSQL
    /// with one server and with two.
    fn shapes(&mut self) -> Result<()> {
        let plan = self.plan;
        let size = Size {
            seed: plan.ground.seed,
            events: plan.ground.events,
            seconds: plan.seconds,
        };
        for (part, shape) in SHAPES {
            for (postgres, nodes, prefix) in [(false, 1, ""), (true, 1, "pg1."), (true, 2, "pg2.")]
            {
                if !plan.wants_on(postgres, part) {
                    continue;
                }
                let ground = plan.ground_on(postgres.then_some(plan.postgres.as_str()));
                self.step(&format!("{prefix}{}", shape.name()), || {
                    let measured = shape.run(&ground, nodes, size);
                    Ok(renamed(store::runtime()?.block_on(measured)?, "", prefix))
                })?;
            }
        }
        Ok(())
    }

    fn database(&self) -> Result<Database> {
        Database::on(self.plan.postgres.clone()).context("no server of PostgreSQL")
    }

    fn clear(&self) -> Result<()> {
        for database in ["db", "db-curve", "floor", "rows"] {
            clear(&self.plan.ground.file(database))?;
        }
        Ok(())
    }
}

/// The figures whose names begin with `from`, under other names.
pub(crate) fn renamed(figures: Figures, from: &str, to: &str) -> Figures {
    let renamed = |(name, value): (String, f64)| {
        let rest = name.strip_prefix(from)?;
        Some((format!("{to}{rest}"), value))
    };
    figures.into_iter().filter_map(renamed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(only: &[Part]) -> Plan {
        Plan {
            ground: Ground {
                dir: std::path::PathBuf::new(),
                events: 1,
                seed: 1,
                overlap: false,
            },
            runs: 1,
            rows_events: 1,
            postgres: String::new(),
            curve_events: 1,
            seconds: 1.0,
            program: Program::own(),
            only: only.to_vec(),
        }
    }

    #[test]
    fn postgres_means_the_parts_beside_it() {
        let plain = plan(&[]);
        assert!(plain.wants(Part::Http) && !plain.wants(Part::Repeats));
        assert!(!plain.wants_on_postgres(Part::Http));
        let alone = plan(&[Part::Postgres, Part::Curve]);
        assert!(alone.wants_on_postgres(Part::Http) && !alone.wants(Part::Http));
        assert!(!alone.wants_on_postgres(Part::Sparse));
        let shape = plan(&[Part::Postgres, Part::Repeats]);
        assert!(shape.wants(Part::Repeats) && shape.wants_on_postgres(Part::Repeats));
        assert!(!shape.wants_on_postgres(Part::Http) && !shape.wants_on_postgres(Part::Sparse));
    }
}
