//! Instants that begin or end a period, shown as days where a day is enough.

/// Returns an instant that begins something. For midnight the day is enough.
pub(crate) fn start(instant: &str) -> String {
    day(instant, &["T00:00:00Z", "T00:00:00.000Z"])
}

/// Returns an instant that ends something. For the last of a day the day is enough.
pub(crate) fn end(instant: &str) -> String {
    day(instant, &["T23:59:59Z", "T23:59:59.999Z"])
}

fn day(instant: &str, times: &[&str]) -> String {
    let day = times.iter().find_map(|time| instant.strip_suffix(time));
    day.unwrap_or(instant).to_owned()
}
