//! Running the program and reading what it says.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use exchequer_support::program::{Ledger, Server};

pub(crate) const ACME: &str = "22222222-2222-4222-8222-222222222222";

/// One customer, its client, and a meter each for logins and calls.
pub(crate) const CATALOG: &str = r#"
[[organization]]
id = "22222222-2222-4222-8222-222222222222"
name = "Acme Ltd"

[[client]]
id = "aaaaaaaa-0000-4000-8000-000000000002"
organization = "22222222-2222-4222-8222-222222222222"
name = "acme reader"
secret_env = "ACME_SECRET"
permissions = ["billing:subscription:view"]

[[meter]]
name = "users"
event_type = "user.login"
aggregation = "unique"

[[meter]]
name = "voice, minutes"
event_type = "call.ended"
aggregation = "sum"
quantity = "minutes"
round_up_each = "0.1"
"#;

pub(crate) const ACME_CLIENT: &str = "aaaaaaaa-0000-4000-8000-000000000002";
pub(crate) const ACME_SECRET: &str = "a-secret-that-acme-has-chosen-itself";

/// The output and exit code of a run of the program.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    fn new(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self {
            code: output.status.code().unwrap(),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }

    /// What was printed, of a run that went well.
    #[track_caller]
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.code, 0, "{self:?}");
        self.out
    }

    /// As `ok`, read as JSON.
    #[track_caller]
    pub(crate) fn json(self) -> Value {
        serde_json::from_str(&self.ok()).unwrap()
    }

    /// That a run failed with a code, said why, and printed no data.
    #[track_caller]
    pub(crate) fn failed(&self, code: i32, why: &str) {
        assert_eq!((self.code, &*self.out), (code, ""), "{self:?}");
        assert!(self.err.contains(why), "{self:?}");
    }
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command) -> Run {
    Run::new(command.stdin(Stdio::null()).output().unwrap())
}

/// Runs a command that reads this from stdin.
pub(crate) fn run_with(command: &mut Command, input: &str) -> Run {
    let command = command.stdin(Stdio::piped());
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    Run::new(child.wait_with_output().unwrap())
}

/// A ledger with the catalog above, served.
pub(crate) struct World {
    pub(crate) ledger: Ledger,
    pub(crate) server: Server,
}

impl World {
    pub(crate) fn start() -> Self {
        Self::with(&[])
    }

    /// As `start`, with flags of `serve`.
    pub(crate) fn with(flags: &[&str]) -> Self {
        Self::of(Ledger::init(), flags)
    }

    /// As `with`, of a new ledger.
    pub(crate) fn of(ledger: Ledger, flags: &[&str]) -> Self {
        let server = ledger.serve(flags);
        let world = Self { ledger, server };
        let file = world.ledger.write("catalog.toml", CATALOG);
        let mut apply = world.operator(&["apply"]);
        run(apply.arg(file).env("ACME_SECRET", ACME_SECRET)).ok();
        world
    }

    /// A command of the operator's.
    pub(crate) fn operator(&self, arguments: &[&str]) -> Command {
        let mut command = self.ledger.operator(&self.server.url);
        command.args(arguments);
        command
    }

    /// A command of the customer's.
    pub(crate) fn acme(&self, arguments: &[&str]) -> Command {
        let mut command = self.operator(arguments);
        command
            .env("EXCHEQUER_CLIENT_ID", ACME_CLIENT)
            .env("EXCHEQUER_CLIENT_SECRET", ACME_SECRET);
        command
    }
}

/// An event as a line of NDJSON.
pub(crate) fn login(id: &str, who: &str, time: &str) -> String {
    format!(
        "{{\"specversion\":\"1.0\",\"id\":\"{id}\",\"source\":\"/pbx\",\"type\":\"user.login\",\
         \"subject\":\"{who}\",\"time\":\"{time}\",\"organization\":\"{ACME}\"}}\n"
    )
}
