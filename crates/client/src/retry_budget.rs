//! The pauses between attempts, and the time for all of them together.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use tokio::time::Instant;

/// The pauses between the attempts of one call. Whatever happens, no attempt
/// begins later than `total` after the first.
pub(crate) struct RetryBudget {
    started: Instant,
    total: Duration,
    pauses: ExponentialBackoff,
}

impl RetryBudget {
    /// Returns the budget for calls that failed: pauses double, up to some seconds.
    pub(crate) fn with_faults(total: Duration) -> Self {
        Self::new(total, Duration::from_millis(100), 2.0)
    }

    /// Returns the budget for a report that is being computed.
    pub(crate) fn with_reports(total: Duration) -> Self {
        Self::new(total, Duration::from_millis(250), 1.5)
    }

    fn new(total: Duration, first: Duration, factor: f32) -> Self {
        Self {
            started: Instant::now(),
            total,
            // Each pause is up to doubled at random, so that those who failed
            // together do not come back together.
            pauses: ExponentialBuilder::new()
                .with_min_delay(first)
                .with_factor(factor)
                .with_max_delay(Duration::from_millis(2_500))
                .without_max_times()
                .with_jitter()
                .build(),
        }
    }

    /// Returns the next pause, or `None` if the budget would end during it. A pause
    /// that the server asked for is the least, with a little added at random.
    pub(crate) fn pause(&mut self, asked: Option<Duration>) -> Option<Duration> {
        let own = self.pauses.next()?;
        // Sums are capped: a server or a caller may ask for `Duration::MAX`.
        let pause = asked.map_or(own, |asked| asked.saturating_add(own / 4));
        let until = self.started.elapsed().saturating_add(pause);
        (until <= self.total).then_some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn pauses_grow_and_end() {
        let total = Duration::from_secs(20);
        let mut budget = RetryBudget::with_faults(total);
        let (start, mut pauses) = (Instant::now(), Vec::new());
        while let Some(pause) = budget.pause(None) {
            tokio::time::sleep(pause).await;
            pauses.push(pause);
        }
        assert!(start.elapsed() <= total);
        let within = |pause: Duration, least: u64| {
            (Duration::from_millis(least)..=Duration::from_millis(2 * least)).contains(&pause)
        };
        assert!(within(pauses[0], 100) && within(pauses[1], 200) && within(pauses[2], 400));
        assert!(pauses.iter().all(|pause| *pause <= Duration::from_secs(5)));
        assert!(pauses.len() >= 7, "{pauses:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn time_spent_on_attempts_counts() {
        let mut budget = RetryBudget::with_faults(Duration::from_secs(20));
        assert!(budget.pause(None).is_some());
        tokio::time::sleep(Duration::from_secs(20)).await;
        assert_eq!(budget.pause(None), None);
    }

    #[tokio::test(start_paused = true)]
    async fn the_server_is_given_the_time_it_asks_for() {
        let mut budget = RetryBudget::with_faults(Duration::from_secs(20));
        let asked = Duration::from_secs(3);
        let pause = budget.pause(Some(asked)).unwrap();
        assert!(pause > asked && pause < asked * 2, "{pause:?}");
        assert_eq!(budget.pause(Some(Duration::MAX)), None);
        let mut endless = RetryBudget::with_reports(Duration::MAX);
        assert!(endless.pause(Some(Duration::MAX)).is_some());
    }
}
