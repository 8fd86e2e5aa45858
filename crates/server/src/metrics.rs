//! Metrics for Prometheus.

use std::sync::OnceLock;

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

/// Bounds of the buckets of durations, in seconds.
const SECONDS: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// Returns the process-wide recorder; there is one, however many servers run.
fn handle() -> Option<&'static PrometheusHandle> {
    static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    HANDLE
        .get_or_init(|| {
            let builder = PrometheusBuilder::new().set_buckets(SECONDS).ok()?;
            let handle = builder.install_recorder().ok()?;
            describe();
            Some(handle)
        })
        .as_ref()
}

/// Says of every metric of the product what it counts, whichever crate counts it. Units are
/// also in the names, as Prometheus wants them.
fn describe() {
    describe_counter!(
        "exchequer_http_requests_total",
        Unit::Count,
        "Answers, by method, route and status."
    );
    describe_histogram!(
        "exchequer_http_request_seconds",
        Unit::Seconds,
        "Seconds until an answer began, by route."
    );
    describe_counter!(
        "exchequer_events_total",
        Unit::Count,
        "Usage events in answers to ingestion, by outcome."
    );
    describe_counter!(
        "exchequer_events_unmetered_total",
        Unit::Count,
        "Accepted events of a type that no meter listens to."
    );
    describe_counter!(
        "exchequer_events_skipped_total",
        Unit::Count,
        "Accepted events that a meter of their type cannot read and leaves out."
    );
    describe_counter!(
        "exchequer_events_unmatched_total",
        Unit::Count,
        "Voids, new or repeated, that met no event."
    );
    describe_counter!(
        "exchequer_background_failures_total",
        Unit::Count,
        "Failures of the background thread, by what failed."
    );
    describe_gauge!(
        "exchequer_tail_events",
        Unit::Count,
        "Events that are acknowledged and not folded."
    );
    describe_gauge!(
        "exchequer_queue_bytes",
        Unit::Bytes,
        "Bytes of events that wait for their commit."
    );
    describe_closing();
}

fn describe_closing() {
    describe_gauge!(
        "exchequer_closing_failing_contracts",
        Unit::Count,
        "Contracts that could not be closed when they were last looked at."
    );
    describe_gauge!(
        "exchequer_closing_dead_contracts",
        Unit::Count,
        "Contracts that could not be closed eight times in a row."
    );
    describe_gauge!(
        "exchequer_closing_overdue_contracts",
        Unit::Count,
        "Contracts that have been due for 15 minutes and that nobody has looked at."
    );
}

/// Starts counting.
pub(crate) fn install() {
    if handle().is_none() {
        tracing::warn!("another metrics recorder is installed; /metrics stays empty");
    }
}

/// Folds raw samples into their buckets; without it they would pile up.
pub(crate) fn upkeep() {
    if let Some(handle) = handle() {
        handle.run_upkeep();
    }
}

/// Returns the text of `/metrics`.
pub(crate) fn render() -> String {
    handle().map(PrometheusHandle::render).unwrap_or_default()
}
