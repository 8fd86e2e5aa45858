//! Rate limits: fixed windows of a minute, in memory, or in the database that
//! several nodes share.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use exchequer_core::{Instant, MICROS_PER_SECOND, OrganizationId};
use exchequer_store::catalog::ClientId;
use exchequer_store::tokens::{Bearer, TokenKey};
use exchequer_store::{Store, rate_limit};

use crate::error::Error;
use crate::limits::{MOST_KEYS, WINDOW_SECONDS};

/// A key: requests with the same one are counted together.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key {
    /// Reading with a token.
    Token(TokenKey),
    /// Tokens given to a client.
    Client(ClientId, OrganizationId),
    /// Failed logins from an address.
    Address(IpAddr),
}

impl Key {
    /// Returns the key of an address. Whoever has one IPv6 address has its whole /64.
    #[must_use]
    pub fn address(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(v6) => {
                let network = u128::from(v6) & (u128::MAX << 64);
                Self::Address(IpAddr::V6(network.into()))
            }
            v4 @ IpAddr::V4(_) => Self::Address(v4),
        }
    }
}

impl Key {
    /// Returns the organisation in whose partition the key is counted, if it has
    /// one. Tokens are counted where they are found.
    fn organization(&self) -> Option<OrganizationId> {
        match self {
            Self::Client(_, organization) => Some(*organization),
            Self::Token(_) | Self::Address(_) => None,
        }
    }

    /// Returns the bytes by which nodes know the key.
    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Token(token) => [b"t", &token.bytes()[..]].concat(),
            Self::Client(client, _) => [b"c", &client.as_bytes()[..]].concat(),
            Self::Address(IpAddr::V4(v4)) => [b"4", &v4.octets()[..]].concat(),
            Self::Address(IpAddr::V6(v6)) => [b"6", &v6.octets()[..]].concat(),
        }
    }
}

/// The count of a key in its window, and the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimitStatus {
    /// Requests in this window, this one included.
    pub count: u32,
    /// Requests that a window allows.
    pub allowed: u32,
    /// Seconds until the next window.
    pub reset: u32,
}

impl RateLimitStatus {
    /// Returns true if the request is beyond the limit.
    #[must_use]
    pub fn is_exceeded(self) -> bool {
        self.count > self.allowed
    }
}

struct Window {
    ends: i64,
    count: u32,
}

/// Counts requests by key: on all nodes that share a database, or in memory.
pub struct RateLimiter {
    store: Store,
    windows: Windows,
}

impl RateLimiter {
    /// Counts for the nodes of a store, which allow so many requests a window.
    #[must_use]
    pub fn new(store: Store, allowed: u32) -> Self {
        Self {
            store,
            windows: Windows::new(allowed),
        }
    }
}

/// Counts in memory.
struct Windows {
    allowed: u32,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    by_key: HashMap<Key, Window>,
    next_purge: i64,
}

const WINDOW_MICROS: i64 = WINDOW_SECONDS as i64 * MICROS_PER_SECOND;

/// Returns true if a window is over. One that ends later than any that begins now is
/// of a clock that has gone back since: nobody shall wait until it catches up.
fn is_over(ends: i64, now: i64) -> bool {
    !(now + 1..=now + WINDOW_MICROS).contains(&ends)
}

impl Windows {
    fn new(allowed: u32) -> Self {
        Self {
            allowed,
            open: Mutex::default(),
        }
    }

    /// Counts a request.
    fn count(&self, key: Key, now: Instant) -> RateLimitStatus {
        self.add(key, now, 1)
    }

    /// Returns how a key would stand if one more request came, without counting it.
    fn peek(&self, key: Key, now: Instant) -> RateLimitStatus {
        let status = self.add(key, now, 0);
        RateLimitStatus {
            count: status.count.saturating_add(1),
            ..status
        }
    }

    fn add(&self, key: Key, now: Instant, requests: u32) -> RateLimitStatus {
        let now = now.micros();
        let mut windows = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if is_over(windows.next_purge, now) {
            windows
                .by_key
                .retain(|_, window| !is_over(window.ends, now));
            windows.next_purge = now + WINDOW_MICROS;
        }
        let fresh = Window {
            ends: now + WINDOW_MICROS,
            count: 0,
        };
        let has_space = windows.by_key.len() < MOST_KEYS;
        let (ends, count) = match windows.by_key.get_mut(&key) {
            Some(window) => {
                if is_over(window.ends, now) {
                    *window = fresh;
                }
                window.count = window.count.saturating_add(requests);
                (window.ends, window.count)
            }
            None => {
                if has_space && requests > 0 {
                    windows.by_key.insert(
                        key,
                        Window {
                            count: requests,
                            ..fresh
                        },
                    );
                }
                (now + WINDOW_MICROS, requests)
            }
        };
        status(count, self.allowed, ends - now)
    }
}

fn status(count: u32, allowed: u32, micros_left: i64) -> RateLimitStatus {
    let seconds = (micros_left + MICROS_PER_SECOND - 1) / MICROS_PER_SECOND;
    // Clocks of nodes differ a little; a client is never sent away for longer
    // than a window.
    let reset = seconds.clamp(1, i64::from(WINDOW_SECONDS));
    RateLimitStatus {
        count,
        allowed,
        reset: u32::try_from(reset).expect("a window has few seconds"),
    }
}

impl RateLimiter {
    /// Counts a request, on all nodes.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn count(&self, key: Key, now: Instant) -> Result<RateLimitStatus, Error> {
        let shared = self
            .store
            .count_request(key.bytes(), key.organization(), now, end(now))
            .await?;
        Ok(match shared {
            Some(window) => self.within(window, now),
            None => self.windows.count(key, now),
        })
    }

    /// Finds whose token this is, counting a request of it on all nodes.
    pub(crate) async fn find_and_count(
        &self,
        token: TokenKey,
        now: Instant,
    ) -> Result<Option<(Bearer, RateLimitStatus)>, Error> {
        let key = Key::Token(token);
        let shared = self
            .store
            .find_and_count(token, key.bytes(), now, end(now))
            .await?;
        // Nodes that share a database count in the statement that finds the token.
        if let Some(found) = shared {
            return Ok(found.map(|(bearer, window)| (bearer, self.within(window, now))));
        }
        let bearer = self.store.find_bearer(token, now).await?;
        Ok(bearer.map(|bearer| (bearer, self.windows.count(key, now))))
    }

    /// Returns how a key would stand if one more request came, without counting it.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn peek(&self, key: Key, now: Instant) -> Result<RateLimitStatus, Error> {
        if !self.store.is_shared() {
            return Ok(self.windows.peek(key, now));
        }
        let shared = self
            .store
            .find_rate_limit(key.bytes(), key.organization(), now, end(now));
        let requests = shared.await?.map_or(0, |window| window.requests);
        let count = requests.saturating_add(1);
        Ok(status(count, self.windows.allowed, WINDOW_MICROS))
    }

    fn within(&self, window: rate_limit::Window, now: Instant) -> RateLimitStatus {
        let left = window.ends.micros() - now.micros();
        status(window.requests, self.windows.allowed, left)
    }
}

/// Returns the end of a window that begins now.
fn end(now: Instant) -> Instant {
    Instant::from_micros(now.micros() + WINDOW_MICROS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Instant {
        Instant::from_micros(seconds * MICROS_PER_SECOND)
    }

    fn key(last: u8) -> Key {
        Key::address(IpAddr::from([192, 0, 2, last]))
    }

    #[test]
    fn a_window_allows_so_many_and_then_starts_again() {
        let limits = Windows::new(2);
        assert_eq!(
            limits.count(key(1), at(0)),
            RateLimitStatus {
                count: 1,
                allowed: 2,
                reset: 60
            }
        );
        assert!(!limits.count(key(1), at(30)).is_exceeded());
        let third = limits.count(key(1), at(31));
        assert_eq!((third.count, third.reset), (3, 29));
        assert!(third.is_exceeded());
        assert!(!limits.count(key(2), at(31)).is_exceeded());
        assert!(!limits.count(key(1), at(60)).is_exceeded());
    }

    #[test]
    fn a_clock_that_goes_back_locks_nobody_out() {
        let limits = Windows::new(1);
        for now in [7_200, 3_600] {
            assert!(!limits.count(key(1), at(now)).is_exceeded());
            let second = limits.count(key(1), at(now + 1));
            assert!(second.is_exceeded());
            assert_eq!(second.reset, 59);
        }
    }

    #[test]
    fn peeking_does_not_count() {
        let limits = Windows::new(1);
        assert!(!limits.peek(key(1), at(0)).is_exceeded());
        assert!(!limits.peek(key(1), at(0)).is_exceeded());
        limits.count(key(1), at(0));
        assert!(limits.peek(key(1), at(0)).is_exceeded());
    }

    #[test]
    fn old_windows_are_forgotten_and_new_ones_bounded() {
        let limits = Windows::new(1);
        let v4 = |n: u32| Key::address(IpAddr::from(n.to_be_bytes()));
        for n in 0..150_000 {
            limits.count(v4(n), at(0));
        }
        assert_eq!(limits.open.lock().unwrap().by_key.len(), MOST_KEYS);
        limits.count(v4(1), at(60));
        assert_eq!(limits.open.lock().unwrap().by_key.len(), 1);
    }

    #[test]
    fn neighbours_of_one_network_share_a_window() {
        let v6 = |text: &str| Key::address(text.parse().unwrap());
        assert!(v6("2001:db8::1") == v6("2001:db8::2:3"));
        assert!(v6("2001:db8::1") != v6("2001:db8:0:1::1"));
        assert!(v6("::ffff:192.0.2.7") == key(7));
    }
}
