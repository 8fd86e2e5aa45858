//! What the server does besides answering.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use crate::app::reports;
use crate::metrics;
use crate::state::AppState;

const TICK: Duration = Duration::from_secs(5);

/// Reports are purged every so many ticks: every ten minutes.
const PURGE_TICKS: u32 = 120;

/// Starts it; it ends with the server.
pub(super) fn start(state: &AppState) {
    state.spawn(run(state.clone()));
}

async fn run(state: AppState) {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for tick in 0_u32.. {
        ticks.tick().await;
        metrics::upkeep();
        measure(&state);
        if tick % PURGE_TICKS == 0 {
            // A failure has been logged; the next round tries again.
            let _ = reports::purge(&state).await;
            let _ = state.store().purge_rate_limits(state.now()).await;
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "gauges are floating-point numbers"
)]
fn measure(state: &AppState) {
    let statistics = state.store().statistics();
    ::metrics::gauge!("exchequer_tail_events").set(statistics.tail_events as f64);
    ::metrics::gauge!("exchequer_queue_bytes").set(statistics.queue_bytes as f64);
}
