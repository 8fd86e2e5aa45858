//! The access token: fetched when it is needed, kept, renewed in time.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::Error;
use crate::secret::Secret;

/// A token is renewed this long before it ends, or a tenth of its life if
/// that is shorter, so that none ends on its way to the server.
const MARGIN: Duration = Duration::from_secs(60);

/// The answer to a login, as far as it is used.
#[derive(Deserialize)]
pub(crate) struct Grant {
    access_token: String,
    expires_in: Option<u32>,
}

/// The token that all calls of a client share.
///
/// Whoever finds none logs in while the others wait. If that call is given up
/// half-way, nothing has changed, and the next of them logs in.
#[derive(Default)]
pub(crate) struct Tokens {
    state: Mutex<State>,
    /// The number of logins that have failed.
    failures: AtomicU64,
}

#[derive(Default)]
struct State {
    token: Option<(Secret, Option<Instant>)>,
    /// The error of the newest login that failed.
    failure: Option<Error>,
}

impl Tokens {
    /// Returns the token that the client has, or the one that `login` gets.
    ///
    /// Those who waited while a login failed share its error: a hundred calls
    /// with a wrong secret must not become a hundred logins, one after another.
    pub(crate) async fn get(
        &self,
        login: impl Future<Output = Result<Grant, Error>>,
    ) -> Result<Secret, Error> {
        let known_failures = self.failures.load(Ordering::Acquire);
        let mut state = self.state.lock().await;
        let now = Instant::now();
        if let Some((token, end)) = &state.token
            && end.is_none_or(|end| now < end)
        {
            return Ok(token.clone());
        }
        if let Some(failure) = &state.failure
            && self.failures.load(Ordering::Acquire) > known_failures
        {
            return Err(failure.clone());
        }
        match login.await {
            Ok(grant) => {
                let life = grant
                    .expires_in
                    .map(|seconds| Duration::from_secs(seconds.into()));
                let end = life.and_then(|life| now.checked_add(life - MARGIN.min(life / 10)));
                let token = Secret::new(grant.access_token);
                state.token = Some((token.clone(), end));
                Ok(token)
            }
            Err(error) => {
                state.failure = Some(error.clone());
                self.failures.fetch_add(1, Ordering::Release);
                Err(error)
            }
        }
    }

    /// Forgets a token that the server no longer accepts, unless another has replaced
    /// it already.
    pub(crate) async fn forget(&self, refused: &Secret) {
        let mut state = self.state.lock().await;
        if state
            .token
            .as_ref()
            .is_some_and(|(token, _)| token == refused)
        {
            state.token = None;
        }
    }

    /// Takes the token out.
    pub(crate) async fn take(&self) -> Option<Secret> {
        let taken = self.state.lock().await.token.take();
        taken.map(|(token, _)| token)
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    fn grant(name: &str, expires_in: Option<u32>) -> Result<Grant, Error> {
        Ok(Grant {
            access_token: name.to_owned(),
            expires_in,
        })
    }

    async fn given(tokens: &Tokens, login: Result<Grant, Error>) -> String {
        tokens.get(ready(login)).await.unwrap().expose().to_owned()
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_is_renewed_before_it_ends() {
        let tokens = Tokens::default();
        assert_eq!(given(&tokens, grant("day", Some(86_400))).await, "day");
        tokio::time::advance(Duration::from_secs(86_400 - 61)).await;
        assert_eq!(given(&tokens, grant("early", None)).await, "day");
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(given(&tokens, grant("minute", Some(60))).await, "minute");
        tokio::time::advance(Duration::from_secs(54)).await;
        assert_eq!(given(&tokens, grant("endless", None)).await, "endless");
        tokio::time::advance(Duration::from_secs(1_000_000)).await;
        assert_eq!(given(&tokens, grant("late", None)).await, "endless");
        assert_eq!(tokens.take().await.unwrap().expose(), "endless");
        assert_eq!(given(&tokens, grant("next", None)).await, "next");
    }

    #[tokio::test]
    async fn a_login_that_is_given_up_changes_nothing() {
        let tokens = Tokens::default();
        tokio::select! {
            biased;
            _ = tokens.get(pending()) => unreachable!(),
            () = ready(()) => {}
        }
        assert_eq!(given(&tokens, grant("a", None)).await, "a");
    }

    #[tokio::test]
    async fn those_who_wait_share_a_failure_and_those_who_come_later_do_not() {
        let tokens = Tokens::default();
        let slow = async {
            tokio::task::yield_now().await;
            Err(Error::Unreachable("down".to_owned()))
        };
        let never = async { unreachable!("a second login") };
        let (first, second) = tokio::join!(tokens.get(slow), tokens.get(never));
        assert_eq!(first, second);
        assert!(first.is_err());
        assert_eq!(given(&tokens, grant("up", None)).await, "up");
    }

    #[tokio::test]
    async fn only_the_refused_token_is_forgotten() {
        let tokens = Tokens::default();
        assert_eq!(given(&tokens, grant("a", None)).await, "a");
        tokens.forget(&Secret::new("old".to_owned())).await;
        assert_eq!(given(&tokens, grant("b", None)).await, "a");
        tokens.forget(&Secret::new("a".to_owned())).await;
        assert_eq!(given(&tokens, grant("b", None)).await, "b");
    }
}
