//! What arrives in the order and from the customers that the world has:
//! repeats and conflicts in any order, many small organisations, a report of
//! very many resources, single events, a year at random.
//!
//! Every answer must count what was sent exactly, and the reports after each
//! load must hold what follows from it, to the last resource: a fast wrong
//! answer is a failure.

mod reference;
mod stock;
mod trial;

use anyhow::Result;

use crate::asks::{self, Ask};
use crate::bodies::Outcome::{Conflict, New, Repeat};
use crate::questions::Question;
use crate::reports;
use crate::run::renamed;
use crate::served::Ground;
use crate::task::Figures;
use crate::world::{Month, World};

use stock::Stock;
use trial::{Load, Trial};

/// A shape of what arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Repeats,
    RepeatsLarge,
    Sparse,
    Resources,
    Singles,
    Backfill,
}

/// The size of shapes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) seed: u64,
    pub(crate) events: u64,
    /// Seconds of a load of what is stored already, at most.
    pub(crate) seconds: f64,
}

/// Fewer events make no shape.
const FEWEST: u64 = 1_000;
/// One event in this many is a repeat in a mixed load.
const MIXED: u64 = 50;
/// Customers whose year arrives at random.
const BACKFILLED: u16 = 20;
/// Connections that send single events.
const SINGLES: usize = 32;

impl Shape {
    /// The start of names of its figures.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Repeats | Self::RepeatsLarge => "repeats",
            Self::Sparse => "sparse",
            Self::Resources => "resources",
            Self::Singles => "singles",
            Self::Backfill => "backfill",
        }
    }

    /// Measures it with so many servers on one ledger.
    pub(crate) async fn run(
        self,
        ground: &Ground<'_>,
        nodes: usize,
        size: Size,
    ) -> Result<Figures> {
        let events = size.events.max(FEWEST);
        let size = Size { events, ..size };
        let at = Place {
            ground,
            nodes,
            size,
        };
        let parts = match self {
            Self::Repeats => vec![
                (".1", at.repeats(events / 5).await?),
                (".2", at.repeats(events).await?),
            ],
            Self::RepeatsLarge => vec![(".3", at.repeats(events * 20 / 3).await?)],
            Self::Sparse => vec![
                (".1", at.sparse(events / 300, 40).await?),
                (".2", at.sparse(events / 75, 20).await?),
            ],
            Self::Resources => vec![("", at.resources().await?)],
            Self::Singles => vec![("", at.singles().await?)],
            Self::Backfill => vec![("", at.backfill().await?)],
        };
        let name = self.name();
        let parts = parts.into_iter();
        Ok(parts
            .flat_map(|(part, figures)| renamed(figures, "", &format!("{name}{part}.")))
            .collect())
    }
}

/// The place where shapes are measured, and their size.
struct Place<'a> {
    ground: &'a Ground<'a>,
    nodes: usize,
    size: Size,
}

impl Place<'_> {
    /// Events of one organisation in 28 days; each shape replaces what it needs
    /// otherwise.
    fn stock(&self, events: u64) -> Stock {
        Stock {
            seed: self.size.seed,
            first: Month::number(0).first(),
            days: 28,
            events,
            organizations: (0, 1),
            resources: (events / 10).clamp(1, 20_000),
        }
    }

    async fn begin(&self, stock: Stock) -> Result<Trial> {
        Trial::begin(self.ground, self.nodes, stock).await
    }

    /// New events, then a fifth as many repeats in the order of days and in any
    /// order, conflicts in any order, and new events with some repeats.
    async fn repeats(&self, stored: u64) -> Result<Figures> {
        let (stock, some, seconds) = (self.stock(stored), stored / 5, self.size.seconds);
        let mut trial = self.begin(stock).await?;
        let new = (0..stored).map(|number| (number, New));
        trial.send(Load::of("new", new)).await?;
        trial.rest().await?;
        let repeats = (0..some).map(|number| (number, Repeat));
        trial
            .send(Load::of("in_order", repeats).within(seconds))
            .await?;
        let numbers = stock.scattered(1, stored, some);
        let repeats = numbers.iter().map(|number| (*number, Repeat));
        trial
            .send(Load::of("scattered", repeats).within(seconds))
            .await?;
        let numbers = stock.scattered(2, stored, some);
        let conflicts = numbers.iter().map(|number| (*number, Conflict));
        trial
            .send(Load::of("conflicts", conflicts).within(seconds))
            .await?;
        let numbers = stock.scattered(3, stored, some / MIXED + 1);
        let mixed = (0..some).map(|number| {
            let repeats = number / MIXED;
            match number % MIXED {
                // In the middle of a stretch, so that few events hold one, too.
                place if place == MIXED / 2 => (numbers[repeats as usize], Repeat),
                _ => (stored + number, New),
            }
        });
        trial.send(Load::of("mixed", mixed).within(seconds)).await?;
        trial.rest().await?;
        Ok(trial.end()?.2)
    }

    /// New events of many organisations with so many each in 28 days.
    async fn sparse(&self, organizations: u64, each: u64) -> Result<Figures> {
        let organizations = organizations.clamp(10, 20_000);
        let stock = Stock {
            organizations: (0, organizations as u16),
            resources: each / 4,
            ..self.stock(organizations * each)
        };
        let mut trial = self.begin(stock).await?;
        let new = (0..stock.events).map(|number| (number, New));
        trial.send(Load::of("new", new)).await?;
        trial.rest().await?;
        Ok(trial.end()?.2)
    }

    /// Two events of each of very many resources, and the report that lists all.
    async fn resources(&self) -> Result<Figures> {
        let resources = self.size.events * 2 / 3;
        let stock = Stock {
            resources,
            ..self.stock(2 * resources)
        };
        let mut trial = self.begin(stock).await?;
        let new = (0..stock.events).map(|number| (number, New));
        trial.send(Load::of("new", new)).await?;
        trial.rest().await?;
        let (served, reference, mut figures) = trial.end()?;
        let (organization, range) = (World::organization(0), reference.range()?);
        let ask = Ask {
            figure: "report".to_owned(),
            client: None,
            path: reports::path(organization, range)?,
            proof: reports::COMPLETE.to_owned(),
            question: Question {
                name: ("all", "month"),
                organization,
                range,
            },
        };
        figures.extend(asks::measure(&served, &[ask]).await?);
        Ok(figures)
    }

    /// Single events from many connections at once.
    async fn singles(&self) -> Result<Figures> {
        let stock = self.stock((self.size.events / 50).max(SINGLES as u64));
        let mut trial = self.begin(stock).await?;
        let new = (0..stock.events).map(|number| (number, New));
        let load = Load {
            batch: 1,
            connections: SINGLES,
            ..Load::of("new", new)
        };
        trial.send(load.within(self.size.seconds)).await?;
        Ok(trial.end()?.2)
    }

    /// A year of some organisations in any order, and a fifth of it again in
    /// another one.
    async fn backfill(&self) -> Result<Figures> {
        let events = self.size.events;
        let stock = Stock {
            days: 365,
            organizations: (0, BACKFILLED),
            resources: (events / 1_000).min(1_000),
            ..self.stock(events)
        };
        let mut trial = self.begin(stock).await?;
        let numbers = stock.scattered(1, events, events);
        let new = numbers.iter().map(|number| (*number, New));
        trial.send(Load::of("new", new)).await?;
        trial.rest().await?;
        let numbers = stock.scattered(2, events, events / 5);
        let repeats = numbers.iter().map(|number| (*number, Repeat));
        let load = Load::of("scattered", repeats).within(self.size.seconds);
        trial.send(load).await?;
        Ok(trial.end()?.2)
    }
}
