//! The real program on a ledger of its own, in a directory of its own.

#![allow(dead_code, reason = "each test program uses a part of it")]

use std::io::{BufRead, BufReader, Lines};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

pub(crate) use exchequer_scratch::Place;
use exchequer_scratch::Scratch;
use serde_json::Value;
use tempfile::TempDir;

/// The server promises ten seconds; a machine whose disk stalls gets more.
const FAREWELL: Duration = Duration::from_secs(30);

/// The program, without any setting of whoever runs the tests.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_exchequer"));
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("EXCHEQUER_") || text == "RUST_LOG" {
            command.env_remove(name);
        }
    }
    command
}

/// A ledger and its operator's credentials.
pub(crate) struct Ledger {
    /// Where the program is run; the ledger is there unless in a database.
    directory: TempDir,
    database: Option<Scratch>,
    pub(crate) id: String,
    pub(crate) secret: String,
}

impl Ledger {
    /// Makes a ledger with `exchequer init`, in a place of the kind that is
    /// asked for.
    pub(crate) fn init() -> Self {
        Self::init_in(Place::new())
    }

    /// As `init`, in this place.
    pub(crate) fn init_in(place: Place) -> Self {
        let (directory, database) = match place {
            Place::Directory(directory) => (directory, None),
            Place::Database(database) => (tempfile::tempdir().unwrap(), Some(database)),
        };
        let mut ledger = Self {
            directory,
            database,
            id: String::new(),
            secret: String::new(),
        };
        let output = ledger.program().args(["init", "--json"]).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let client: Value = serde_json::from_slice(&output.stdout).unwrap();
        let field = |name: &str| client[name].as_str().unwrap().to_owned();
        ledger.id = field("clientId");
        ledger.secret = field("clientSecret");
        ledger
    }

    /// The database that it is in, if it is in one.
    pub(crate) fn database(&self) -> Option<&Scratch> {
        self.database.as_ref()
    }

    /// The program, where `init` has left the ledger.
    pub(crate) fn program(&self) -> Command {
        let mut command = program();
        command.current_dir(&self.directory);
        if let Some(database) = &self.database {
            command.env("EXCHEQUER_DATABASE_URL", database.url());
        }
        command
    }

    /// The program as the operator's client of a server.
    pub(crate) fn operator(&self, url: &str) -> Command {
        let mut command = self.program();
        command
            .env("EXCHEQUER_URL", url)
            .env("EXCHEQUER_CLIENT_ID", &self.id)
            .env("EXCHEQUER_CLIENT_SECRET", &self.secret);
        command
    }

    /// Writes a file next to the ledger.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Serves the ledger on a free port, and returns once it is ready.
    pub(crate) fn serve(&self, flags: &[&str]) -> Server {
        self.serve_with(flags, &[])
    }

    /// As `serve`, with variables of the environment.
    pub(crate) fn serve_with(&self, flags: &[&str], variables: &[(&str, &str)]) -> Server {
        let mut command = self.program();
        command.args(["serve", "--listen", "127.0.0.1:0"]);
        command.args(flags).envs(variables.iter().copied());
        Server::start(&mut command)
    }

    /// The file that `EXCHEQUER_FAULTS` names, beside the ledger.
    pub(crate) fn faults(&self) -> PathBuf {
        self.directory.path().join("faults")
    }
}

/// A server; killed without warning when it is dropped.
pub(crate) struct Server {
    child: Option<Child>,
    logs: Option<JoinHandle<String>>,
    pub(crate) url: String,
}

impl Server {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let url = address(&mut lines);
        // Somebody must read on, or the server would block on its logs.
        let logs =
            thread::spawn(move || lines.map_while(Result::ok).collect::<Vec<_>>().join("\n"));
        Self {
            child: Some(child),
            logs: Some(logs),
            url,
        }
    }

    /// Asks the server to end, and returns how it did and what it logged.
    pub(crate) fn terminate(mut self) -> (ExitStatus, String) {
        let status = terminate(self.child.take().unwrap());
        (status, self.logs.take().unwrap().join().unwrap())
    }

    /// Ends the server by SIGKILL, if it has not ended yet; returns its logs.
    pub(crate) fn kill(mut self) -> String {
        let mut child = self.child.take().unwrap();
        let _ = child.kill();
        let _ = child.wait();
        self.logs.take().unwrap().join().unwrap()
    }

    /// Waits for a server that is about to end on its own; returns how it did
    /// and its logs.
    pub(crate) fn ended(mut self) -> (ExitStatus, String) {
        let status = wait(self.child.take().unwrap());
        (status, self.logs.take().unwrap().join().unwrap())
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            // It may have ended on its own, for which some test has a reason.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Asks a process to end, and returns how it did.
pub(crate) fn terminate(child: Child) -> ExitStatus {
    let signal = format!("kill -TERM {}", child.id());
    let sent = Command::new("sh").args(["-c", &signal]).status().unwrap();
    assert!(sent.success());
    wait(child)
}

fn wait(mut child: Child) -> ExitStatus {
    let (ended, end) = mpsc::channel();
    thread::spawn(move || ended.send(child.wait()));
    let status = end.recv_timeout(FAREWELL).expect("it ends in time");
    status.unwrap()
}

fn address(lines: &mut Lines<BufReader<ChildStderr>>) -> String {
    let mut before = Vec::new();
    for line in lines {
        let line = line.unwrap();
        if let Some(url) = line.strip_prefix("listening on ") {
            return url.to_owned();
        }
        before.push(line);
    }
    panic!("the server did not start: {}", before.join("\n"));
}
