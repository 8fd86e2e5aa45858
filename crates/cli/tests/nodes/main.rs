//! Three nodes on one database, under load, while they are killed, killed
//! within a commit or a fold, and stopped, and while the database breaks their
//! connections and crashes. Every acknowledged event counts exactly once on
//! every node, at once and afterwards, and all nodes give the same answers.
//!
//! `EXCHEQUER_NODES_STEPS` asks for more of it, `EXCHEQUER_SEED` for another.

mod load;
mod nodes;
mod tls;

use std::sync::Arc;
use std::time::Duration;

use exchequer_support::{Cluster, Database, Place};

use exchequer_support::Random;
use exchequer_support::program::Ledger;
use exchequer_support::requests::{CATALOG, MONTH, ORGANIZATIONS};
use load::Load;
use nodes::{NODES, Nodes};

/// Requests that are acknowledged between two disturbances.
const BETWEEN: u64 = 25;

/// The points at which a node dies that is told to.
const POINTS: [&str; 4] = [
    "commit.written",
    "fold.written",
    "commit.durable",
    "fold.durable",
];

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().expect("a number"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_any_node_acknowledged_counts_once_on_every_node() {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    let seed = number("EXCHEQUER_SEED", 20_261_125);
    let steps = number("EXCHEQUER_NODES_STEPS", 8);
    let mut random = Random::new(seed);
    let database = Database::on(cluster.url()).expect("a database");
    let ledger = Ledger::init_in(Place::Database(database));
    let nodes = Arc::new(Nodes::start(&ledger, CATALOG).await);
    let load = Load::begin(&nodes, random.below(u64::MAX));
    for step in 0..steps {
        load.acknowledged(BETWEEN).await;
        let node = random.below(NODES as u64) as usize;
        println!("seed {seed}, step {step}, node {node}");
        match step % 6 {
            0 => nodes.restart(&ledger, node, None),
            1 => nodes.stop(node, Duration::from_millis(200)).await,
            2 => ledger.database().expect("a database").disconnect_all(),
            3 => {
                let point = POINTS[random.below(POINTS.len() as u64) as usize];
                nodes.restart(&ledger, node, Some(point));
            }
            4 => cluster.crash(),
            // Longer than a transaction of a stopped node may last.
            _ => nodes.stop(node, Duration::from_secs(4)).await,
        }
    }
    load.acknowledged(BETWEEN).await;
    let kept = load.end().await;
    nodes.revive(&ledger);
    kept.send_again(&nodes, &mut random).await;
    for organization in 0..ORGANIZATIONS.len() {
        let mut reports = Vec::new();
        for node in nodes.all() {
            reports.push(node.report(organization, MONTH).await.expect("a report"));
        }
        assert_eq!(
            exchequer_support::platform::usages(&reports[0]),
            kept.usages(organization)
        );
        assert!(reports.iter().all(|report| *report == reports[0]));
    }
    nodes.end();
    let verify = ledger.program().arg("verify").output().expect("verify");
    assert!(verify.status.success(), "{verify:?}");
    println!(
        "{}: {}",
        kept.len(),
        String::from_utf8_lossy(&verify.stdout)
    );
}
