//! Rate limits: fixed windows of a minute, in memory, or in the database that
//! several nodes share.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use exchequer_core::{Instant, MICROS_PER_SECOND, OrganizationId};
use exchequer_store::catalog::ClientId;
use exchequer_store::rate_limit;
use exchequer_store::tokens::{Bearer, TokenKey};

use crate::error::ApiError;
use crate::state::AppState;

/// Seconds of a window.
pub(crate) const WINDOW_SECONDS: u32 = 60;

/// The most keys that are counted at once. Beyond, new keys go uncounted for
/// the rest of the minute: memory stays bounded, and nobody can lock others out.
const MOST_KEYS: usize = 100_000;

/// What is counted together.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    /// Reading with a token.
    Token(TokenKey),
    /// Tokens given to a client.
    Client(ClientId, OrganizationId),
    /// Failed logins from an address.
    Address(IpAddr),
}

impl Key {
    /// The key of an address. Whoever has one IPv6 address has its whole /64.
    pub(crate) fn address(address: IpAddr) -> Self {
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
    /// It as bytes, by which nodes know it.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Token(token) => [b"t", &token.bytes()[..]].concat(),
            Self::Client(client, _) => [b"c", &client.as_bytes()[..]].concat(),
            Self::Address(IpAddr::V4(v4)) => [b"4", &v4.octets()[..]].concat(),
            Self::Address(IpAddr::V6(v6)) => [b"6", &v6.octets()[..]].concat(),
        }
    }
}

impl Key {
    /// The organisation in whose partition it is counted, if it has one.
    /// Tokens are counted where they are found.
    fn organization(&self) -> Option<OrganizationId> {
        match self {
            Self::Client(_, organization) => Some(*organization),
            Self::Token(_) | Self::Address(_) => None,
        }
    }
}

/// How a key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RateLimitStatus {
    /// Requests in this window, this one included.
    pub(crate) count: u32,
    /// Requests that a window allows.
    pub(crate) allowed: u32,
    /// Seconds until the next window.
    pub(crate) reset: u32,
}

impl RateLimitStatus {
    /// Refuses what is beyond the limit.
    pub(crate) fn check(self) -> Result<(), ApiError> {
        if self.count > self.allowed {
            return Err(ApiError::rate_limited(
                self.allowed,
                WINDOW_SECONDS,
                self.reset,
            ));
        }
        Ok(())
    }
}

struct Window {
    ends: i64,
    count: u32,
}

/// Counts requests by key.
pub(crate) struct Limits {
    allowed: u32,
    windows: Mutex<Windows>,
}

#[derive(Default)]
struct Windows {
    by_key: HashMap<Key, Window>,
    next_purge: i64,
}

const WINDOW_MICROS: i64 = WINDOW_SECONDS as i64 * MICROS_PER_SECOND;

/// Whether a window is over. One that ends later than any that begins now is
/// of a clock that has gone back since: nobody shall wait until it catches up.
fn is_over(ends: i64, now: i64) -> bool {
    !(now + 1..=now + WINDOW_MICROS).contains(&ends)
}

impl Limits {
    pub(crate) fn new(allowed: u32) -> Self {
        Self {
            allowed,
            windows: Mutex::default(),
        }
    }

    /// Counts a request.
    pub(crate) fn hit(&self, key: Key, now: Instant) -> RateLimitStatus {
        self.count(key, now, 1)
    }

    /// How a key stands if one more came, without counting it.
    pub(crate) fn peek(&self, key: Key, now: Instant) -> RateLimitStatus {
        let standing = self.count(key, now, 0);
        RateLimitStatus {
            count: standing.count.saturating_add(1),
            ..standing
        }
    }

    fn count(&self, key: Key, now: Instant, hits: u32) -> RateLimitStatus {
        let now = now.micros();
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
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
        let room = windows.by_key.len() < MOST_KEYS;
        let (ends, count) = match windows.by_key.get_mut(&key) {
            Some(window) => {
                if is_over(window.ends, now) {
                    *window = fresh;
                }
                window.count = window.count.saturating_add(hits);
                (window.ends, window.count)
            }
            None => {
                if room && hits > 0 {
                    windows.by_key.insert(
                        key,
                        Window {
                            count: hits,
                            ..fresh
                        },
                    );
                }
                (now + WINDOW_MICROS, hits)
            }
        };
        self.standing(count, ends - now)
    }

    fn within(&self, window: rate_limit::Window, now: Instant) -> RateLimitStatus {
        self.standing(window.requests, window.ends.micros() - now.micros())
    }

    fn standing(&self, count: u32, micros_left: i64) -> RateLimitStatus {
        let seconds = (micros_left + MICROS_PER_SECOND - 1) / MICROS_PER_SECOND;
        let reset = u32::try_from(seconds.max(1)).unwrap_or(WINDOW_SECONDS);
        RateLimitStatus {
            count,
            allowed: self.allowed,
            reset,
        }
    }
}

impl AppState {
    /// Counts a request, on all nodes.
    pub(crate) async fn hit(&self, key: Key) -> Result<RateLimitStatus, ApiError> {
        let (now, limits) = (self.now(), self.limits());
        let shared = self
            .store()
            .count_request(key.bytes(), key.organization(), now, end(now))
            .await?;
        Ok(match shared {
            Some(window) => limits.within(window, now),
            None => limits.hit(key, now),
        })
    }

    /// Whose token this is, counting a request of it on all nodes.
    pub(crate) async fn bearer_and_hit(
        &self,
        token: TokenKey,
    ) -> Result<Option<(Bearer, RateLimitStatus)>, ApiError> {
        let (now, limits, key) = (self.now(), self.limits(), Key::Token(token));
        let shared = self
            .store()
            .find_and_count(token, key.bytes(), now, end(now));
        if let Some(found) = shared.await? {
            return Ok(found.map(|(bearer, window)| (bearer, limits.within(window, now))));
        }
        let bearer = self.bearer(token).await?;
        Ok(bearer.map(|bearer| (bearer, limits.hit(key, now))))
    }

    /// Whose token this is.
    pub(crate) async fn bearer(&self, token: TokenKey) -> Result<Option<Bearer>, ApiError> {
        let now = self.now();
        Ok(self.store().find_bearer(token, now).await?)
    }

    /// How a key stands if one more came, without counting it.
    pub(crate) async fn peek(&self, key: Key) -> Result<RateLimitStatus, ApiError> {
        let (now, limits) = (self.now(), self.limits());
        if !self.store().is_shared() {
            return Ok(limits.peek(key, now));
        }
        let shared = self
            .store()
            .find_rate_limit(key.bytes(), key.organization(), now, end(now))
            .await?;
        let requests = shared.map_or(0, |window| window.requests);
        Ok(limits.standing(requests.saturating_add(1), WINDOW_MICROS))
    }
}

/// When a window that begins now ends.
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
    fn a_window_allows_so_many_and_then_starts_anew() {
        let limits = Limits::new(2);
        assert_eq!(
            limits.hit(key(1), at(0)),
            RateLimitStatus {
                count: 1,
                allowed: 2,
                reset: 60
            }
        );
        assert!(limits.hit(key(1), at(30)).check().is_ok());
        let third = limits.hit(key(1), at(31));
        assert_eq!((third.count, third.reset), (3, 29));
        assert!(third.check().is_err());
        assert!(limits.hit(key(2), at(31)).check().is_ok());
        assert!(limits.hit(key(1), at(60)).check().is_ok());
    }

    #[test]
    fn a_clock_that_goes_back_locks_nobody_out() {
        let limits = Limits::new(1);
        for now in [7_200, 3_600] {
            assert!(limits.hit(key(1), at(now)).check().is_ok());
            let second = limits.hit(key(1), at(now + 1));
            assert!(second.check().is_err());
            assert_eq!(second.reset, 59);
        }
    }

    #[test]
    fn looking_does_not_count() {
        let limits = Limits::new(1);
        assert!(limits.peek(key(1), at(0)).check().is_ok());
        assert!(limits.peek(key(1), at(0)).check().is_ok());
        limits.hit(key(1), at(0));
        assert!(limits.peek(key(1), at(0)).check().is_err());
    }

    #[test]
    fn old_windows_are_forgotten_and_new_ones_bounded() {
        let limits = Limits::new(1);
        let v4 = |n: u32| Key::address(IpAddr::from(n.to_be_bytes()));
        for n in 0..150_000 {
            limits.hit(v4(n), at(0));
        }
        assert_eq!(limits.windows.lock().unwrap().by_key.len(), MOST_KEYS);
        limits.hit(v4(1), at(60));
        assert_eq!(limits.windows.lock().unwrap().by_key.len(), 1);
    }

    #[test]
    fn neighbours_of_one_network_share_a_window() {
        let v6 = |text: &str| Key::address(text.parse().unwrap());
        assert!(v6("2001:db8::1") == v6("2001:db8::2:3"));
        assert!(v6("2001:db8::1") != v6("2001:db8:0:1::1"));
        assert!(v6("::ffff:192.0.2.7") == key(7));
    }
}
