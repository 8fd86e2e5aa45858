//! The nodes, and what happens to them.

use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use exchequer_support::platform::Platform;
use exchequer_support::program::{Ledger, Server};

/// The number of nodes.
pub(crate) const NODES: usize = 3;

const FLAGS: [&str; 4] = ["--report-wait", "60s", "--rate-limit", "1000000"];

/// Folds come so often that there are many, and runs to merge.
const FOLD_AT: (&str, &str) = ("EXCHEQUER_FAULT_FOLD_AT", "2000");

/// The nodes that serve one database.
pub(crate) struct Nodes {
    nodes: Vec<Mutex<(Option<Server>, Platform)>>,
}

impl Nodes {
    /// Starts them, and brings the catalog to what this file says.
    pub(crate) async fn start(ledger: &Ledger, catalog: &str) -> Self {
        let first = serve(ledger, 0);
        let file = ledger.write("catalog.toml", catalog);
        let mut apply = ledger.operator(&first.url);
        let applied = apply.arg("apply").arg(file).stdout(Stdio::null()).status();
        assert!(applied.expect("apply").success());
        let platform = Platform::login(&first.url, ledger).await;
        let mut nodes = vec![Mutex::new((Some(first), platform.clone()))];
        for node in 1..NODES {
            let server = serve(ledger, node);
            let platform = platform.at(&server.url);
            nodes.push(Mutex::new((Some(server), platform)));
        }
        Self { nodes }
    }

    /// Whoever sends to a node.
    pub(crate) fn node(&self, node: usize) -> Platform {
        self.nodes[node].lock().expect("a node").1.clone()
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = Platform> {
        (0..NODES).map(|node| self.node(node))
    }

    /// Kills a node and starts it again; it may be told to die at a point.
    pub(crate) fn restart(&self, ledger: &Ledger, node: usize, dies_at: Option<&str>) {
        let faults = dies_at.map(|point| format!("{point} kill 3\n"));
        ledger.write(&faults_file(node), &faults.unwrap_or_default());
        let mut held = self.nodes[node].lock().expect("a node");
        // SIGKILL.
        held.0.take().map(Server::kill);
        let server = serve(ledger, node);
        held.1 = held.1.at(&server.url);
        held.0 = Some(server);
    }

    /// Stops a node, as one that hangs, for some time.
    pub(crate) async fn stop(&self, node: usize, time: Duration) {
        self.signal(node, "STOP");
        tokio::time::sleep(time).await;
        self.signal(node, "CONT");
    }

    /// It may have died by itself before.
    fn signal(&self, node: usize, signal: &str) {
        let held = self.nodes[node].lock().expect("a node");
        let id = held.0.as_ref().expect("a server").id();
        let kill = format!("kill -{signal} {id}");
        let _ = Command::new("sh").args(["-c", &kill]).status();
    }

    /// Starts those again that died at a point, and tells none to die.
    pub(crate) fn revive(&self, ledger: &Ledger) {
        for node in 0..NODES {
            self.restart(ledger, node, None);
        }
    }

    /// Ends all of them in peace.
    pub(crate) fn end(&self) {
        for node in &self.nodes {
            let server = node.lock().expect("a node").0.take();
            let (status, logs) = server.expect("a server").terminate();
            assert!(status.success(), "{logs}");
        }
    }
}

fn faults_file(node: usize) -> String {
    format!("faults-{node}")
}

fn serve(ledger: &Ledger, node: usize) -> Server {
    let file = faults_file(node);
    ledger.serve_with(&FLAGS, &[FOLD_AT, ("EXCHEQUER_FAULTS", &file)])
}
