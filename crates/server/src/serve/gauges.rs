//! Metrics: what is measured now and then, rather than counted.

use std::time::Duration;

use exchequer_app::App;
use tokio::time::{MissedTickBehavior, interval};

use crate::metrics;

const TICK: Duration = Duration::from_secs(5);

/// Starts measuring; it ends with the application.
pub(super) fn start(app: &App) {
    app.spawn(run(app.clone()));
}

async fn run(app: App) {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        metrics::upkeep();
        measure(&app);
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "gauges are floating-point numbers"
)]
fn measure(app: &App) {
    let statistics = app.statistics();
    ::metrics::gauge!("exchequer_tail_events").set(statistics.tail_events as f64);
    ::metrics::gauge!("exchequer_queue_bytes").set(statistics.queue_bytes as f64);
}
