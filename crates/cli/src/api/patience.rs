//! How long to wait between attempts, as arithmetic without a clock.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_secs(5);

/// The pauses of one call; their sum is bounded.
#[derive(Debug)]
pub(crate) struct Patience {
    left: Duration,
    next: Duration,
}

impl Patience {
    /// Patience for pauses of `total` together.
    pub(crate) fn new(total: Duration) -> Self {
        Self {
            left: total,
            next: FIRST,
        }
    }

    /// The next pause, or `None` when patience has run out.
    ///
    /// Pauses double, with a random half (`dice`) so that senders who failed
    /// together do not come back together. What the server asked for is waited
    /// at least.
    pub(crate) fn pause(&mut self, asked: Option<Duration>, dice: u16) -> Option<Duration> {
        let half = self.next / 2;
        let jitter = half * u32::from(dice) / u32::from(u16::MAX);
        let pause = match asked {
            Some(asked) => asked.saturating_add(jitter),
            None => half + jitter,
        };
        self.next = (self.next * 2).min(LONGEST);
        self.left = self.left.checked_sub(pause)?;
        Some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        let mut patience = Patience::new(Duration::from_secs(20));
        let mut pauses = Vec::new();
        while let Some(pause) = patience.pause(None, u16::MAX) {
            pauses.push(pause);
        }
        assert_eq!(pauses[0], FIRST);
        assert!(pauses.is_sorted());
        assert!(pauses.iter().sum::<Duration>() <= Duration::from_secs(20));
        assert!(pauses.len() >= 6);
    }

    #[test]
    fn the_server_is_given_the_time_it_asks_for() {
        let mut patience = Patience::new(Duration::from_secs(20));
        let asked = Some(Duration::from_secs(3));
        assert!(patience.pause(asked, 7).unwrap() >= Duration::from_secs(3));
        assert_eq!(patience.pause(Some(Duration::MAX), u16::MAX), None);
    }
}
