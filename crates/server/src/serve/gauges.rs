//! Metrics: what is measured now and then, rather than counted.

use std::time::Duration;

use ::metrics::gauge;
use exchequer_app::{App, closing};
use tokio::time::{MissedTickBehavior, interval};

use crate::metrics;

const TICK: Duration = Duration::from_secs(5);

/// Every so many ticks the queue of closing is counted, which asks the database.
const QUEUE_TICKS: u32 = 6;

/// Starts measuring; it ends with the application.
pub(super) fn start(app: &App) {
    app.spawn(run(app.clone()));
}

async fn run(app: App) {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut rounds = (0..QUEUE_TICKS).cycle();
    loop {
        ticks.tick().await;
        metrics::upkeep();
        measure(&app);
        if rounds.next() == Some(0) {
            measure_closing(&app).await;
        }
    }
}

fn measure(app: &App) {
    let statistics = app.statistics();
    gauge!("exchequer_tail_events").set(float(statistics.tail_events));
    gauge!("exchequer_queue_bytes").set(float(statistics.queue_bytes as u64));
}

/// Measures the queue of closing. If the database cannot be asked, the figures stay: requests
/// and jobs say so loudly enough.
async fn measure_closing(app: &App) {
    match closing::troubles(app).await {
        Ok(troubles) => {
            gauge!("exchequer_closing_failing_contracts").set(float(troubles.failing));
            gauge!("exchequer_closing_dead_contracts").set(float(troubles.dead));
            gauge!("exchequer_closing_overdue_contracts").set(float(troubles.overdue));
        }
        Err(error) => tracing::debug!(error = error.chain(), "the queue was not counted"),
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "gauges are floating-point numbers"
)]
fn float(count: u64) -> f64 {
    count as f64
}
