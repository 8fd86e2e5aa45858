//! The runs: every contestant once in each, one after the other.

use anyhow::{Context, Result};
use clap::ValueEnum;
use exchequer_support::Database;

use crate::collected::Collected;
use crate::measure::{Clock, settle_disk};
use crate::task::{
    FRESH, FRESH_BY_ORGANIZATION, Figures, Ground, NEXT, OLD, OLD_BY_ORGANIZATION, Task, Work,
    clear,
};
use crate::{bodies, http, http_breakdowns, http_overviews, http_reports, input, store};

const BODIES: &str = "bodies";

/// What can be measured on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// Append, sync, de-duplicate and roll up in memory
    Floor,
    /// One row per event in SQLite, in two layouts
    Rows,
    /// Ingestion at the store
    Store,
    /// The same with one organisation in each batch
    ByOrganization,
    /// Each step of the ledger alone
    Stages,
    /// Ingestion over HTTP
    Http,
    /// Events of two months ago sent again
    Replay,
    /// Reports at the store and at the server
    Reports,
    /// Series by hour and pages of events at the server
    Breakdowns,
    /// Billing overviews at the server, and at the store what they are made from
    Overviews,
    /// Restart with a full tail
    Restart,
    /// Ingestion and reports at PostgreSQL: one node, two nodes, one row per event; only if asked for
    Postgres,
    /// A report of one month while more and more other events are stored; only if asked for
    Curve,
}

/// What to run, and how often.
pub(crate) struct Plan {
    pub(crate) ground: Ground,
    pub(crate) runs: usize,
    pub(crate) rows_events: u64,
    pub(crate) postgres: String,
    pub(crate) curve_events: u64,
    pub(crate) only: Vec<Part>,
}

impl Plan {
    fn wants(&self, parts: &[Part]) -> bool {
        self.only.is_empty() || parts.iter().any(|part| self.only.contains(part))
    }

    /// What needs a server of PostgreSQL is measured only if it is asked for.
    fn asks_for(&self, part: Part) -> bool {
        self.only.contains(&part)
    }

    /// The store is filled for the figures of ingestion, and for what reads it.
    fn wants_store(&self) -> bool {
        self.wants(&[
            Part::Store,
            Part::Reports,
            Part::Breakdowns,
            Part::Overviews,
            Part::Restart,
        ])
    }

    fn prepare(&self) -> Result<()> {
        for (name, world, cut) in self.ground.inputs() {
            let wanted = match name {
                FRESH => true,
                FRESH_BY_ORGANIZATION => self.wants(&[Part::ByOrganization]),
                OLD | OLD_BY_ORGANIZATION => self.wants(&[Part::Replay]),
                NEXT => self.wants(&[Part::Restart]),
                _ => false,
            };
            if wanted {
                eprintln!("making {} events: {name}", world.events);
                input::prepare(&world, cut, &self.ground.file(name))?;
            }
        }
        if self.wants(&[Part::Http]) {
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
            run.ingest()?;
            run.read()?;
            run.others()?;
            run.postgres()?;
            run.curve()?;
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
        let clock = Clock::start();
        self.figures.extend(work().context(what.to_owned())?);
        let (number, runs) = (self.number, self.plan.runs);
        eprintln!("run {number} of {runs}: {what}, {:.1} s", clock.seconds());
        Ok(())
    }

    fn task(&self, work: Work) -> Task {
        Task::new(&self.plan.ground, work)
    }

    /// The store, then what it is compared with, in commits of its size.
    fn ingest(&mut self) -> Result<()> {
        let plan = self.plan;
        if plan.wants_store() {
            let task = self.task(Work::Store);
            self.step("store", || task.run())?;
        }
        let group = self.figures.get("store.group").map_or(4, |events| {
            ((events / input::BATCH as f64).round() as usize).max(1)
        });
        if plan.wants(&[Part::Floor]) {
            let mut task = self.task(Work::Floor).on(FRESH, "floor");
            task.group = group;
            self.step("floor", || task.run())?;
        }
        if plan.wants(&[Part::Rows]) {
            for (what, work) in [("plain", Work::RowsPlain), ("best", Work::RowsBest)] {
                let mut task = self.task(work).on(FRESH, "rows");
                (task.group, task.first) = (group, plan.rows_events);
                self.step(&format!("rows, {what}"), || task.run())?;
            }
        }
        Ok(())
    }

    /// What reads the database that ingestion has left.
    fn read(&mut self) -> Result<()> {
        let server = self.task(Work::Serve);
        if self.plan.wants(&[Part::Reports]) {
            let task = self.task(Work::Reports);
            self.step("reports at the store", || task.run())?;
            let measure = || store::runtime()?.block_on(http_reports::run(&server));
            self.step("reports at the server", measure)?;
        }
        if self.plan.wants(&[Part::Breakdowns]) {
            let measure = || store::runtime()?.block_on(http_breakdowns::run(&server));
            self.step("breakdowns at the server", measure)?;
        }
        // After the reports, which know no contracts; at the server first,
        // where contracts are put.
        if self.plan.wants(&[Part::Overviews]) {
            let measure = || store::runtime()?.block_on(http_overviews::run(&server));
            self.step("overviews at the server", measure)?;
            let task = self.task(Work::Periods);
            self.step("periods at the store", || task.run())?;
        }
        if self.plan.wants(&[Part::Restart]) {
            let task = self.task(Work::FillTail);
            self.step("fill the tail", || task.run())?;
            let measure = || store::runtime()?.block_on(http_reports::restart(&server));
            self.step("restart", measure)?;
        }
        Ok(())
    }

    /// The parts that need nothing of the others.
    fn others(&mut self) -> Result<()> {
        let plan = self.plan;
        if plan.wants(&[Part::ByOrganization]) {
            let task = self
                .task(Work::Store)
                .on(FRESH_BY_ORGANIZATION, "db-by-organization");
            self.step("store, one organisation a batch", || {
                Ok(renamed(task.run()?, "store.", "by_org."))
            })?;
        }
        if plan.wants(&[Part::Stages]) {
            let task = self.task(Work::Stages);
            self.step("stages", || task.run())?;
        }
        if plan.wants(&[Part::Http]) {
            let task = self.task(Work::Serve).on(FRESH, "db-http");
            let bodies = plan.ground.file(BODIES);
            self.step("HTTP", || {
                store::runtime()?.block_on(http::run(&task, &bodies))
            })?;
        }
        if plan.wants(&[Part::Replay]) {
            let task = self.task(Work::Replay).on(FRESH, "db-replay");
            self.step("replay", || task.run())?;
        }
        Ok(())
    }

    /// The same ledger in PostgreSQL, and rows beside it.
    fn postgres(&mut self) -> Result<()> {
        let plan = self.plan;
        if !plan.asks_for(Part::Postgres) {
            return Ok(());
        }
        for nodes in [1, 2] {
            let database = self.database()?;
            let mut task = self.task(Work::Postgres).at(database.url());
            task.nodes = nodes;
            let name = format!("pg{nodes}");
            self.step(&format!("PostgreSQL, nodes: {nodes}"), || {
                Ok(renamed(task.run()?, "store.", &format!("{name}.")))
            })?;
            if nodes == 1 {
                let task = self.task(Work::Reports).at(database.url());
                self.step("reports at PostgreSQL", || {
                    Ok(renamed(task.run()?, "report.store.", "report.pg."))
                })?;
                let server = self.task(Work::Serve).at(database.url());
                self.step("reports at a server on PostgreSQL", || {
                    let figures = store::runtime()?.block_on(http_reports::run(&server))?;
                    Ok(renamed(figures, "report.server.", "report.pg_server."))
                })?;
            }
        }
        let database = self.database()?;
        let mut task = self.task(Work::RowsPostgres).at(database.url());
        task.first = plan.rows_events;
        self.step("rows in PostgreSQL", || task.run())
    }

    fn curve(&mut self) -> Result<()> {
        if !self.plan.asks_for(Part::Curve) {
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

    fn database(&self) -> Result<Database> {
        Database::on(self.plan.postgres.clone()).context("no server of PostgreSQL")
    }

    fn clear(&self) -> Result<()> {
        for database in [
            "db",
            "db-by-organization",
            "db-http",
            "db-replay",
            "db-curve",
            "floor",
            "rows",
        ] {
            clear(&self.plan.ground.file(database))?;
        }
        Ok(())
    }
}

/// The figures whose names begin with `from`, under other names.
fn renamed(figures: Figures, from: &str, to: &str) -> Figures {
    let renamed = |(name, value): (String, f64)| {
        let rest = name.strip_prefix(from)?;
        Some((format!("{to}{rest}"), value))
    };
    figures.into_iter().filter_map(renamed).collect()
}
