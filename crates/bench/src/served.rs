//! A ledger that a program serves in processes of its own: this build's, or
//! the one that `--program` names.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use exchequer_support::customers::{self, SECRET};
use exchequer_support::{Connection, Database, Ledger, Place, Program, Server};

use exchequer_support::measure::Process;

/// Reports are waited for, and nobody is refused for asking too often.
const FLAGS: [&str; 4] = ["--report-wait", "60s", "--rate-limit", "100000000"];
/// A line of log for each request would be measured too.
const QUIET: [(&str, &str); 1] = [("RUST_LOG", "warn")];

/// The place for ledgers, and the program that makes them.
#[derive(Debug, Clone)]
pub(crate) struct Ground<'a> {
    pub(crate) program: &'a Program,
    pub(crate) directory: &'a Path,
    /// The server of PostgreSQL, or SQLite if there is none.
    pub(crate) postgres: Option<&'a str>,
}

impl Ground<'_> {
    /// Makes a ledger without anything but its operator.
    pub(crate) fn ledger(&self) -> Result<Served> {
        let place = match self.postgres {
            Some(server) => {
                let database = Database::on(server.to_owned());
                Place::Database(database.context("no server of PostgreSQL")?)
            }
            None => Place::Directory(tempfile::tempdir_in(self.directory)?),
        };
        Ok(Served(Ledger::init_with(self.program.clone(), place)))
    }
}

/// A ledger to serve; it is removed when this is dropped.
pub(crate) struct Served(Ledger);

impl Served {
    /// Starts a server; it is ready on return.
    pub(crate) fn start(&self) -> Node {
        Node(self.0.serve_with(&FLAGS, &QUIET))
    }

    /// Connects to a server as the operator.
    pub(crate) async fn operator(&self, node: &Node) -> Result<Connection> {
        Connection::login(&node.0.url, &self.0.id, &self.0.secret).await
    }

    /// Connects to a server as the client with this id.
    pub(crate) async fn client(&self, node: &Node, id: &str) -> Result<Connection> {
        Connection::login(&node.0.url, id, SECRET).await
    }

    /// The file of a ledger in a directory.
    pub(crate) fn file(&self) -> Option<PathBuf> {
        let file = self.0.data().join("exchequer.db");
        self.0.database().is_none().then_some(file)
    }

    /// Puts organisations and meters.
    pub(crate) async fn populate(&self, organizations: u32) -> Result<()> {
        let node = self.start();
        let operator = self.operator(&node).await?;
        customers::put_organizations(&operator, organizations).await?;
        node.end();
        Ok(())
    }
}

/// A running server.
pub(crate) struct Node(Server);

impl Node {
    pub(crate) fn process(&self) -> Process {
        Process::with_id(self.0.id())
    }

    /// Ends the server as an administrator would.
    pub(crate) fn end(self) {
        // A failure to end it changes no figure.
        let _ = self.0.terminate();
    }
}
