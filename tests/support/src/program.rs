//! The real program on a ledger of its own, in a directory of its own.

use std::io::{BufRead, BufReader, Lines};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::database::Database;
use crate::place::Place;

/// The name of the program.
const NAME: &str = "exchequer";

/// The server promises to end within ten seconds; a machine whose disk stalls gets more.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(30);

/// The program `exchequer`: the one that cargo has built beside a test, the
/// process itself under that name, or any other.
#[derive(Debug, Clone)]
pub struct Program {
    path: PathBuf,
    /// True if the path is another program that acts as `exchequer` if it is called by
    /// that name.
    by_name: bool,
}

impl Program {
    /// The program at this path.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            by_name: false,
        }
    }

    /// The program that cargo has built for the tests of its own package.
    ///
    /// # Panics
    /// The test's own path is unknown.
    #[must_use]
    pub fn built() -> Self {
        // A test is in `deps`, beside which cargo puts the programs.
        let test = std::env::current_exe().expect("the test's own path");
        let directory = test.ancestors().nth(2).expect("the directory of programs");
        Self::at(&directory.join(NAME))
    }

    /// This process's own program, which calls [`is_called_by_name`] first.
    ///
    /// # Panics
    /// Its path is unknown.
    #[must_use]
    pub fn own() -> Self {
        Self {
            path: std::env::current_exe().expect("the program's own path"),
            by_name: true,
        }
    }

    /// The program, without any setting of whoever runs the tests.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        if self.by_name {
            command.arg0(NAME);
        }
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("EXCHEQUER_") || text == "RUST_LOG" {
                command.env_remove(name);
            }
        }
        command
    }
}

/// Returns whether this process was started by [`Program::own`].
#[must_use]
pub fn is_called_by_name() -> bool {
    std::env::args_os().next().is_some_and(|name| name == NAME)
}

/// The built program, as a command without any setting.
#[must_use]
pub fn program() -> Command {
    Program::built().command()
}

/// A ledger and its operator's credentials.
pub struct Ledger {
    /// The directory in which the program is run; the ledger is there unless in a database.
    directory: TempDir,
    database: Option<Database>,
    program: Program,
    /// The id of the operator's client.
    pub id: String,
    /// The secret of the operator's client.
    pub secret: String,
}

impl Ledger {
    /// Makes a ledger with `exchequer init`, in a place of the kind that is
    /// asked for.
    ///
    /// # Panics
    /// It cannot be made.
    #[must_use]
    pub fn init() -> Self {
        Self::init_in(Place::new())
    }

    /// Makes a ledger as `init` does, in this place.
    ///
    /// # Panics
    /// It cannot be made.
    #[must_use]
    pub fn init_in(place: Place) -> Self {
        Self::init_with(Program::built(), place)
    }

    /// Makes a ledger as `init` does, by this program in this place.
    ///
    /// # Panics
    /// It cannot be made.
    #[must_use]
    pub fn init_with(program: Program, place: Place) -> Self {
        let (directory, database) = match place {
            Place::Directory(directory) => (directory, None),
            Place::Database(database) => (tempfile::tempdir().unwrap(), Some(database)),
        };
        let mut ledger = Self {
            directory,
            database,
            program,
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
    pub fn database(&self) -> Option<&Database> {
        self.database.as_ref()
    }

    /// The program, where `init` has left the ledger.
    pub fn program(&self) -> Command {
        let mut command = self.program.command();
        command.current_dir(&self.directory);
        if let Some(database) = &self.database {
            command.env("EXCHEQUER_DATABASE_URL", database.url());
        }
        command
    }

    /// The program as the operator's client of a server.
    pub fn operator(&self, url: &str) -> Command {
        let mut command = self.program();
        command
            .env("EXCHEQUER_URL", url)
            .env("EXCHEQUER_CLIENT_ID", &self.id)
            .env("EXCHEQUER_CLIENT_SECRET", &self.secret);
        command
    }

    /// Writes a file next to the ledger.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Serves the ledger on a free port, and returns once it is ready.
    pub fn serve(&self, flags: &[&str]) -> Server {
        self.serve_with(flags, &[])
    }

    /// Serves as `serve` does, with variables of the environment.
    pub fn serve_with(&self, flags: &[&str], variables: &[(&str, &str)]) -> Server {
        let mut command = self.program();
        command.args(["serve", "--listen", "127.0.0.1:0"]);
        command.args(flags).envs(variables.iter().copied());
        Server::start(&mut command)
    }

    /// The directory of its data, unless it is in a database.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.directory.path().join("exchequer-data")
    }

    /// The file that `EXCHEQUER_FAULTS` names, beside the ledger.
    pub fn faults(&self) -> PathBuf {
        self.directory.path().join("faults")
    }
}

/// A server; killed without warning when it is dropped.
pub struct Server {
    child: Option<Child>,
    logs: Option<JoinHandle<String>>,
    /// The URL at which it listens.
    pub url: String,
}

impl Server {
    /// Starts a command that serves, and returns once it is ready.
    ///
    /// # Panics
    /// It does not start.
    #[must_use]
    pub fn start(command: &mut Command) -> Self {
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
    pub fn terminate(mut self) -> (ExitStatus, String) {
        let status = terminate(self.child.take().unwrap());
        (status, self.logs.take().unwrap().join().unwrap())
    }

    /// Ends the server by SIGKILL, if it has not ended yet; returns its logs.
    pub fn kill(mut self) -> String {
        let mut child = self.child.take().unwrap();
        let _ = child.kill();
        let _ = child.wait();
        self.logs.take().unwrap().join().unwrap()
    }

    /// Waits for a server that is about to end on its own; returns how it did
    /// and its logs.
    pub fn ended(mut self) -> (ExitStatus, String) {
        let status = wait(self.child.take().unwrap());
        (status, self.logs.take().unwrap().join().unwrap())
    }

    /// Its process.
    pub fn id(&self) -> u32 {
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
pub fn terminate(child: Child) -> ExitStatus {
    let signal = format!("kill -TERM {}", child.id());
    let sent = Command::new("sh").args(["-c", &signal]).status().unwrap();
    assert!(sent.success());
    wait(child)
}

fn wait(mut child: Child) -> ExitStatus {
    let (ended, end) = mpsc::channel();
    thread::spawn(move || ended.send(child.wait()));
    let status = end.recv_timeout(SHUTDOWN_GRACE).expect("it ends in time");
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
