//! One measurement in a process of its own.
//!
//! The program starts itself again for each part of a run, so that memory and
//! CPU seconds of one contestant hold nothing of another's. The child prints
//! its figures as one line of JSON.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use clap::{Args, ValueEnum};
use exchequer_store::{Location, PostgresConfig};

use crate::world::{Month, World};

/// Figures by name.
pub(crate) type Figures = BTreeMap<String, f64>;

/// The measurement to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Work {
    Floor,
    Rows,
    Store,
    Postgres,
    RowsPostgres,
    Curve,
}

/// The world and the scratch directory that all parts of a run share.
#[derive(Debug, Clone, Args)]
pub(crate) struct Ground {
    /// Directory of inputs and databases, on a disk, not in memory
    #[arg(long, value_name = "DIR", default_value_os_t = std::env::temp_dir())]
    pub(crate) dir: PathBuf,
    /// Events of the fresh month
    #[arg(long, default_value_t = 1_000_000)]
    pub(crate) events: u64,
    /// The seed of the generated world
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Let each resource cause events of all six kinds, so that it is listed six times
    #[arg(long)]
    pub(crate) overlap: bool,
}

impl Ground {
    /// The world of the fresh month.
    pub(crate) fn fresh(&self) -> World {
        World {
            seed: self.seed.wrapping_mul(1_000),
            events: self.events,
            organizations: (self.events / 100).clamp(10, 1_000) as u32,
            month: Month::fresh(),
            overlap: self.overlap,
        }
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }
}

/// The input file.
pub(crate) const FRESH: &str = "fresh";

/// The order that a child gets.
#[derive(Debug, Clone, Args)]
pub(crate) struct Task {
    #[command(flatten)]
    pub(crate) ground: Ground,
    /// The work to measure
    #[arg(long, value_enum)]
    pub(crate) work: Work,
    /// Name of the input file
    #[arg(long, default_value = FRESH)]
    pub(crate) input: String,
    /// Directory of the database within the scratch directory
    #[arg(long, default_value = "db")]
    pub(crate) database: String,
    /// Use only the first events of the input
    #[arg(long, default_value_t = u64::MAX)]
    pub(crate) first: u64,
    /// Requests in a commit
    #[arg(long, default_value_t = 4)]
    pub(crate) group: usize,
    /// The database is this one of PostgreSQL
    #[arg(long)]
    pub(crate) url: Option<String>,
    /// Nodes at work on it
    #[arg(long, default_value_t = 1)]
    pub(crate) nodes: usize,
}

impl Task {
    pub(crate) fn new(ground: &Ground, work: Work) -> Self {
        Self {
            ground: ground.clone(),
            work,
            input: FRESH.to_owned(),
            database: "db".to_owned(),
            first: u64::MAX,
            group: 4,
            url: None,
            nodes: 1,
        }
    }

    pub(crate) fn on(mut self, input: &str, database: &str) -> Self {
        input.clone_into(&mut self.input);
        database.clone_into(&mut self.database);
        self
    }

    /// Returns the task with its ledger in a database of PostgreSQL.
    pub(crate) fn at(mut self, url: String) -> Self {
        self.url = Some(url);
        self
    }

    /// Returns the location of the ledger.
    pub(crate) fn location(&self) -> Location {
        match &self.url {
            Some(url) => PostgresConfig::new(url.as_str()).into(),
            None => Location::Directory(self.database()),
        }
    }

    pub(crate) fn input(&self) -> PathBuf {
        self.ground.file(&self.input)
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.ground.file(&self.database)
    }

    /// An empty directory for the database.
    pub(crate) fn fresh_database(&self) -> Result<PathBuf> {
        let path = self.database();
        clear(&path)?;
        std::fs::create_dir_all(&path)?;
        Ok(path)
    }

    /// The command that does this task in a process of its own.
    pub(crate) fn command(&self) -> Result<Command> {
        let name = |work: Work| {
            work.to_possible_value()
                .map(|value| value.get_name().to_owned())
        };
        let mut command = Command::new(std::env::current_exe()?);
        command
            .arg("child")
            .args(["--work", &name(self.work).unwrap_or_default()])
            .arg("--dir")
            .arg(&self.ground.dir)
            .args(["--events", &self.ground.events.to_string()])
            .args(["--seed", &self.ground.seed.to_string()])
            .args(["--input", &self.input, "--database", &self.database])
            .args(["--first", &self.first.to_string()])
            .args(["--group", &self.group.to_string()])
            .args(["--nodes", &self.nodes.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        if self.ground.overlap {
            command.arg("--overlap");
        }
        if let Some(url) = &self.url {
            command.args(["--url", url]);
        }
        Ok(command)
    }

    /// Does the task in a process of its own and returns its figures.
    pub(crate) fn run(&self) -> Result<Figures> {
        let output = self.command()?.spawn()?.wait_with_output()?;
        ensure!(
            output.status.success(),
            "{:?}: {}",
            self.work,
            output.status
        );
        let text = String::from_utf8_lossy(&output.stdout);
        let line = text.lines().last().unwrap_or_default();
        serde_json::from_str(line).with_context(|| format!("{:?} printed {line:?}", self.work))
    }
}

/// Removes a directory if it is there.
pub(crate) fn clear(path: &Path) -> Result<()> {
    if path.exists() {
        std::fs::remove_dir_all(path)?;
    }
    Ok(())
}

/// Notes a figure that may be missing on this system.
pub(crate) fn note(figures: &mut Figures, name: &str, value: Option<f64>) {
    if let Some(value) = value {
        figures.insert(name.to_owned(), value);
    }
}
