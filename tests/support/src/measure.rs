//! Time, and what the operating system counts of a process.
//!
//! Only this file reads the clock: what measures takes a [`Stopwatch`]. Without
//! `/proc` the figures of a process are left out.

use std::fs;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use exchequer_core::Instant;

/// Ticks of `/proc/*/stat`: USER_HZ is 100 on every Linux.
const TICKS_PER_SECOND: f64 = 100.0;

/// Time since some moment.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(std::time::Instant);

impl Stopwatch {
    /// Starts it.
    #[must_use]
    #[allow(clippy::disallowed_methods)] // measuring is what a benchmark is for
    pub fn start() -> Self {
        Self(std::time::Instant::now())
    }

    /// The time since the start.
    #[must_use]
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }

    /// Seconds since the start.
    #[must_use]
    pub fn seconds(self) -> f64 {
        self.elapsed().as_secs_f64()
    }

    /// Milliseconds since the start.
    #[must_use]
    pub fn millis(self) -> f64 {
        self.seconds() * 1e3
    }

    /// Seconds since the start or the last call.
    pub fn lap(&mut self) -> f64 {
        let passed = self.seconds();
        *self = Self::start();
        passed
    }
}

/// Returns the time of the machine.
///
/// # Panics
/// Its clock is before 1970.
#[allow(clippy::disallowed_methods)] // the edge where time comes in
#[must_use]
pub fn now() -> Instant {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let since = since.expect("a clock after 1970");
    Instant::from_micros(since.as_micros() as i64)
}

/// A process to ask about.
#[derive(Debug, Clone)]
pub struct Process(String);

impl Process {
    /// This process.
    #[must_use]
    pub fn current() -> Self {
        Self("/proc/self".to_owned())
    }

    /// The process with this id.
    #[must_use]
    pub fn with_id(id: u32) -> Self {
        Self(format!("/proc/{id}"))
    }

    /// CPU seconds so far, user and system.
    #[must_use]
    pub fn cpu(&self) -> Option<f64> {
        ticks(&fs::read_to_string(format!("{}/stat", self.0)).ok()?)
    }

    /// Memory resident now, in MB.
    #[must_use]
    pub fn resident(&self) -> Option<f64> {
        self.kibibytes("status", "VmRSS:").map(megabytes)
    }

    /// The most memory that was ever resident, in MB.
    #[must_use]
    pub fn peak(&self) -> Option<f64> {
        self.kibibytes("status", "VmHWM:").map(megabytes)
    }

    /// Bytes sent to the disk so far.
    #[must_use]
    pub fn written(&self) -> Option<f64> {
        self.kibibytes("io", "write_bytes:")
    }

    /// The number of files and sockets that are open.
    #[must_use]
    pub fn files(&self) -> Option<usize> {
        Some(fs::read_dir(format!("{}/fd", self.0)).ok()?.count())
    }

    /// Waits until it has used no CPU for a moment: its folds and merges are
    /// done then.
    pub async fn quiet(&self) {
        let clock = Stopwatch::start();
        let mut last = self.cpu();
        while clock.seconds() < 60.0 {
            tokio::time::sleep(Duration::from_millis(250)).await;
            let now = self.cpu();
            // Two ticks are what the thread pools use up for themselves.
            if now.zip(last).is_none_or(|(now, last)| now - last < 0.025) {
                return;
            }
            last = now;
        }
    }

    fn kibibytes(&self, file: &str, name: &str) -> Option<f64> {
        let text = fs::read_to_string(format!("{}/{file}", self.0)).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse().ok()
    }

    /// CPU seconds by name of thread, of those that still live.
    #[must_use]
    pub fn threads(&self) -> Vec<(String, f64)> {
        let Ok(tasks) = fs::read_dir(format!("{}/task", self.0)) else {
            return Vec::new();
        };
        let mut threads: Vec<(String, f64)> = Vec::new();
        for task in tasks.flatten() {
            let Ok(stat) = fs::read_to_string(task.path().join("stat")) else {
                continue;
            };
            let name = stat
                .split_once('(')
                .and_then(|(_, rest)| rest.rsplit_once(')'));
            let (Some((name, _)), Some(seconds)) = (name, ticks(&stat)) else {
                continue;
            };
            match threads.iter_mut().find(|(known, _)| known == name) {
                Some((_, sum)) => *sum += seconds,
                None => threads.push((name.to_owned(), seconds)),
            }
        }
        threads.sort_by(|a, b| b.1.total_cmp(&a.1));
        threads
    }
}

/// `/proc` counts memory in KiB; a megabyte is 10^6 bytes here.
fn megabytes(kibibytes: f64) -> f64 {
    kibibytes * 1024.0 / 1e6
}

fn ticks(stat: &str) -> Option<f64> {
    // The name may hold blanks; it ends at the last parenthesis.
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split(' ').skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some((user + system) / TICKS_PER_SECOND)
}

/// The value that `share` of the values do not exceed.
pub fn percentile(values: &mut [f64], share: f64) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let place = (values.len() as f64 * share).ceil() as usize;
    values.get(place.saturating_sub(1)).copied()
}

/// Waits until everything written so far is on the disk, so that one
/// contestant does not pay for another's writes.
pub fn settle_disk() {
    // Without the command the runs are merely a little noisier.
    let _ = std::process::Command::new("sync").status();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_ranks() {
        let mut values: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        assert_eq!(percentile(&mut values, 0.5), Some(50.0));
        assert_eq!(percentile(&mut values, 0.99), Some(99.0));
        assert_eq!(percentile(&mut values, 1.0), Some(100.0));
        assert_eq!(percentile(&mut [], 0.5), None);
    }

    #[test]
    fn ticks_are_found_behind_any_name() {
        let stat = "7 (a ) b) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0";
        assert_eq!(ticks(stat), Some(2.0));
    }
}
