//! The condition of a change: `If-Match`, `If-None-Match: *`, or the `version` of the
//! body.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
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

    /// Returns the condition of the headers, or that of the body if they have none. Beside
    /// `If-Match: *` a version is no condition, but says what the caller has seen. No version
    /// is 0 or beyond 64 bits with a sign: that is a mistake of form.
    pub(crate) fn or_version(self, version: Option<u64>) -> Result<Self, ApiError> {
        if version.is_some_and(|version| version == 0 || i64::try_from(version).is_err()) {
            let why = "version must be an integer from 1";
            return Err(ApiError::constraint("version", why));
        }
        let Some(version) = version else {
            return Ok(self);
        };
        let expect = match self.expect {
            Expect::Any => Expect::Version(version),
            Expect::Present => Expect::PresentSeen(version),
            header => header,
        };
        Ok(Self { expect, ..self })
    }

    /// Returns the condition of the headers: all that they say must hold.
    fn of_headers(headers: &HeaderMap) -> Result<Self, ApiError> {
        let tag = headers.get(IF_MATCH);
        let tag = tag.map(|tag| expected(tag.to_str().unwrap_or_default()));
        let expect = match (tag, if_none_match(headers)?) {
            (None, false) => return Ok(Self::NONE),
            (Some(expect), false) => expect,
            (None, true) => Expect::Absent,
            // One asks for a thing that exists, the other for one that does not.
            (Some(_), true) => NEVER,
        };
        Ok(Self {
            expect,
            by_header: true,
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
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Self::of_headers(&parts.headers)
    }
}

/// What never holds: no version is 0.
const NEVER: Expect = Expect::Version(0);

/// Returns true if the thing must not exist. Anything but `*` is refused: a condition that
/// was overlooked would overwrite what it was to protect.
fn if_none_match(headers: &HeaderMap) -> Result<bool, ApiError> {
    let mut given = false;
    for value in headers.get_all(IF_NONE_MATCH) {
        if value.as_bytes().trim_ascii() != b"*" {
            let value = String::from_utf8_lossy(value.as_bytes());
            return Err(ApiError::invalid_value(&value, "If-None-Match", "*"));
        }
        given = true;
    }
    Ok(given)
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
    version.map_or(NEVER, Expect::Version)
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn tags_are_versions() {
        assert_eq!(expected("\"3\""), Expect::Version(3));
        assert_eq!(expected(" W/\"3\""), Expect::Version(3));
        assert_eq!(expected("3"), Expect::Version(3));
        assert_eq!(expected("*"), Expect::Present);
        assert_eq!(expected("\"x\""), Expect::Version(0));
    }

    fn headers(pairs: &[(HeaderName, &'static str)]) -> HeaderMap {
        let pairs = pairs.iter().cloned();
        let pairs = pairs.map(|(name, value)| (name, HeaderValue::from_static(value)));
        // Unlike collecting, this keeps a header that stands twice.
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(name, value);
        }
        headers
    }

    #[test]
    fn all_headers_must_hold() {
        let expect = |pairs: &[_]| {
            let condition = Condition::of_headers(&headers(pairs)).ok();
            condition.map(Condition::expect)
        };
        assert_eq!(expect(&[]), Some(Expect::Any));
        assert_eq!(expect(&[(IF_MATCH, "\"3\"")]), Some(Expect::Version(3)));
        assert_eq!(expect(&[(IF_NONE_MATCH, "*")]), Some(Expect::Absent));
        assert_eq!(expect(&[(IF_NONE_MATCH, " * ")]), Some(Expect::Absent));
        for tag in ["*", "\"3\""] {
            let both = expect(&[(IF_MATCH, tag), (IF_NONE_MATCH, "*")]).unwrap();
            assert!([None, Some(1), Some(3)].iter().all(|it| !both.holds(*it)));
        }
        for tag in ["\"3\"", "3", "\"*\"", "", "*, \"3\""] {
            assert_eq!(expect(&[(IF_NONE_MATCH, tag)]), None, "{tag}");
            assert_eq!(expect(&[(IF_NONE_MATCH, "*"), (IF_NONE_MATCH, tag)]), None);
        }
    }

    #[test]
    fn headers_come_before_the_body() {
        let or_version = |pairs: &[_], version| {
            let condition = Condition::of_headers(&headers(pairs)).ok().unwrap();
            let condition = condition.or_version(version).ok();
            condition.map(Condition::expect)
        };
        let third: &[_] = &[(IF_MATCH, "\"3\"")];
        let absent: &[_] = &[(IF_NONE_MATCH, "*")];
        let present: &[_] = &[(IF_MATCH, "*")];
        assert_eq!(or_version(third, Some(2)), Some(Expect::Version(3)));
        assert_eq!(or_version(absent, Some(2)), Some(Expect::Absent));
        assert_eq!(or_version(&[], Some(2)), Some(Expect::Version(2)));
        assert_eq!(or_version(&[], None), Some(Expect::Any));
        // It need not be the current one, but says what was seen.
        assert_eq!(or_version(present, Some(2)), Some(Expect::PresentSeen(2)));
        assert_eq!(or_version(present, None), Some(Expect::Present));
        for wrong in [0, 1 << 63] {
            for pairs in [&[], third, present] {
                assert_eq!(or_version(pairs, Some(wrong)), None);
            }
        }
    }
}
