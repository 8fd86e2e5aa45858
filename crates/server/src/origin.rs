//! Origins, as browsers tell sites apart: a scheme, a host, perhaps a port.

use std::fmt;
use std::str::FromStr;

use axum::http::{HeaderValue, Uri};

/// An origin, such as `https://billing.example.com`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(String);

impl FromStr for Origin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refuse = || format!("'{text}' is not an origin, such as https://billing.example.com");
        let uri: Uri = text.parse().map_err(|_| refuse())?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(refuse());
        };
        // Browsers send both in lower case, without a path or a user.
        let origin = format!("{scheme}://{authority}").to_lowercase();
        if !matches!(scheme, "http" | "https")
            || !text.eq_ignore_ascii_case(&origin)
            || authority.as_str().contains('@')
        {
            return Err(refuse());
        }
        Ok(Self(origin))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Some origins; none unless they are given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Origins {
    /// No origin.
    #[default]
    None,
    /// Every origin, written `*`.
    Any,
    /// These.
    Listed(Vec<Origin>),
}

impl Origins {
    /// Returns the values that the header `Origin` may have, if they are listed.
    pub(crate) fn headers(&self) -> Vec<HeaderValue> {
        let Self::Listed(origins) = self else {
            return Vec::new();
        };
        origins
            .iter()
            .map(|origin| {
                HeaderValue::from_str(&origin.0).expect("what a URI is made of fits a header")
            })
            .collect()
    }
}

impl FromStr for Origins {
    type Err = String;

    /// Reads `*`, or origins between commas.
    fn from_str(text: &str) -> Result<Self, String> {
        if text.trim() == "*" {
            return Ok(Self::Any);
        }
        let origins = text.split(',').map(|origin| origin.trim().parse());
        Ok(Self::Listed(origins.collect::<Result<_, _>>()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_has_a_scheme_and_a_host_and_nothing_else() {
        let read = |text: &str| text.parse::<Origin>().map(|origin| origin.to_string());
        assert_eq!(read("https://a.example").unwrap(), "https://a.example");
        assert_eq!(
            read("HTTP://A.example:8080").unwrap(),
            "http://a.example:8080"
        );
        assert_eq!(read("http://[::1]:80").unwrap(), "http://[::1]:80");
        for wrong in [
            "",
            "a.example",
            "https://a.example/",
            "https://a.example/path",
            "https://a.example?q",
            "https://me@a.example",
            "ftp://a.example",
            "null",
            "*",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn origins_are_all_or_listed() {
        let read = |text: &str| text.parse::<Origins>();
        assert_eq!(read("*").unwrap(), Origins::Any);
        let listed = read("https://a.example, https://b.example").unwrap();
        assert_eq!(listed.headers(), ["https://a.example", "https://b.example"]);
        assert!(read("https://a.example, *").is_err());
        assert!(read("").is_err());
    }
}
