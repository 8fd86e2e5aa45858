//! The condition of a change: `If-Match`, `If-None-Match: *`, or the `version` of the
//! body.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::header::{IF_MATCH, IF_NONE_MATCH};
use axum::http::request::Parts;
use exchequer_store::catalog::Expect;

use crate::error::ApiError;

/// The state in which a change is made. A change that would change nothing succeeds in
/// any state, so that it can be sent again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Condition {
    expect: Expect,
    by_header: bool,
}

impl Condition {
    /// No condition.
    pub(crate) const NONE: Self = Self {
        expect: Expect::Any,
        by_header: false,
    };

    /// Returns the condition of the headers, or that of the body if they have none. No
    /// version is 0 or beyond 64 bits with a sign: that is a mistake of form.
    pub(crate) fn or_version(self, version: Option<u64>) -> Result<Self, ApiError> {
        if version.is_some_and(|version| version == 0 || i64::try_from(version).is_err()) {
            let why = "version must be an integer from 1";
            return Err(ApiError::constraint("version", why));
        }
        Ok(match version {
            Some(version) if !self.by_header => Self {
                expect: Expect::Version(version),
                by_header: false,
            },
            _ => self,
        })
    }

    pub(crate) fn expect(self) -> Expect {
        self.expect
    }

    /// Returns the answer to a change whose condition does not hold.
    pub(crate) fn refusal(self) -> ApiError {
        if self.by_header {
            ApiError::precondition_failed()
        } else {
            ApiError::stale_version()
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Condition {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let header = |name| {
            parts
                .headers
                .get(name)
                .map(|value| value.to_str().unwrap_or_default())
        };
        let expect = match (header(IF_MATCH), header(IF_NONE_MATCH)) {
            (Some(tag), _) => Some(expected(tag)),
            (None, Some("*")) => Some(Expect::Absent),
            _ => None,
        };
        Ok(Self {
            expect: expect.unwrap_or(Expect::Any),
            by_header: expect.is_some(),
        })
    }
}

fn expected(tag: &str) -> Expect {
    let tag = tag.trim();
    if tag == "*" {
        return Expect::Present;
    }
    let version = tag
        .strip_prefix("W/")
        .unwrap_or(tag)
        .trim_matches('"')
        .parse();
    // No version is 0, so a tag that is none never holds.
    Expect::Version(version.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_versions() {
        assert_eq!(expected("\"3\""), Expect::Version(3));
        assert_eq!(expected(" W/\"3\""), Expect::Version(3));
        assert_eq!(expected("3"), Expect::Version(3));
        assert_eq!(expected("*"), Expect::Present);
        assert_eq!(expected("\"x\""), Expect::Version(0));
    }

    #[test]
    fn headers_come_before_the_body() {
        let header = Condition {
            expect: Expect::Version(1),
            by_header: true,
        };
        let or_version = |condition: Condition, version| {
            let condition = condition.or_version(version).ok();
            condition.map(Condition::expect)
        };
        assert_eq!(or_version(header, Some(2)), Some(Expect::Version(1)));
        let none = Condition {
            expect: Expect::Any,
            by_header: false,
        };
        assert_eq!(or_version(none, Some(2)), Some(Expect::Version(2)));
        assert_eq!(or_version(none, None), Some(Expect::Any));
        for wrong in [0, 1 << 63] {
            assert_eq!(or_version(none, Some(wrong)), None);
            assert_eq!(or_version(header, Some(wrong)), None);
        }
    }
}
