//! The address of the API.

use std::fmt;
use std::str::FromStr;

use reqwest::Url;

use crate::{Error, Region};

/// The address that a client sends its requests to: a [`Region`] of Genesys Cloud, or any
/// base address, where logins go to the same host.
///
/// ```
/// use exchequer_client::{Region, Server};
///
/// let own: Server = "http://127.0.0.1:8080".parse()?;
/// let cloud = Server::from(Region::EuCentral1);
/// assert_eq!(cloud.to_string(), "https://api.mypurecloud.de/");
/// // The API's address of a region stands for the region, logins included.
/// assert_eq!(cloud, "https://api.mypurecloud.de".parse()?);
/// # Ok::<(), exchequer_client::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    api: Url,
    login: Url,
}

impl Server {
    /// Returns the address of a resource. The path is given segment by segment, so
    /// that a name with a slash stays one segment.
    pub(crate) fn api(&self, path: &[&str]) -> Url {
        extend(&self.api, &["api", "v2"], path)
    }

    /// Returns the address that issues tokens.
    pub(crate) fn login(&self) -> Url {
        extend(&self.login, &["oauth", "token"], &[])
    }

    pub(crate) fn is_tls(&self) -> bool {
        self.api.scheme() == "https"
    }

    /// Returns true if the server runs on this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        // An address without a host is refused when it is parsed.
        let host = self.api.host_str().unwrap_or_default();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost"
            || bare
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    }
}

impl From<Region> for Server {
    fn from(region: Region) -> Self {
        let at = |name: &str| Url::parse(&format!("https://{name}.{region}"));
        match (at("api"), at("login")) {
            (Ok(api), Ok(login)) => Self { api, login },
            _ => unreachable!("the domain of a region is a host"),
        }
    }
}

impl FromStr for Server {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        // Before anything repeats the text: it may hold a password.
        if text.contains('@') {
            return Err(Error::Invalid(
                "a server address must not hold a name or password".to_owned(),
            ));
        }
        let wrong =
            |why: &dyn fmt::Display| Error::Invalid(format!("server address {text}: {why}"));
        let url = Url::parse(text).map_err(|error| wrong(&error))?;
        let plain = url.query().is_none() && url.fragment().is_none();
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() || !plain {
            return Err(wrong(&"expected http://HOST[:PORT] or https://HOST[:PORT]"));
        }
        for region in Region::ALL {
            let server = Self::from(region);
            if server.api == url {
                return Ok(server);
            }
        }
        let login = url.clone();
        Ok(Self { api: url, login })
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.api.fmt(f)
    }
}

fn extend(base: &Url, prefix: &[&str], path: &[&str]) -> Url {
    let mut url = base.clone();
    // Err only for addresses without a host, which no server has.
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(prefix).extend(path);
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_keep_a_prefix_and_escape_names() {
        let server: Server = "http://127.0.0.1:8080/exchequer/".parse().unwrap();
        assert_eq!(
            server.api(&["meters", "a/b c"]).as_str(),
            "http://127.0.0.1:8080/exchequer/api/v2/meters/a%2Fb%20c"
        );
        assert_eq!(
            server.login().as_str(),
            "http://127.0.0.1:8080/exchequer/oauth/token"
        );
    }

    #[test]
    fn every_region_has_an_api_and_a_login() {
        for region in Region::ALL {
            let server = Server::from(region.domain().parse::<Region>().unwrap());
            assert_eq!(
                server.api(&["tokens", "me"]).as_str(),
                format!("https://api.{region}/api/v2/tokens/me")
            );
            assert_eq!(
                server.login().as_str(),
                format!("https://login.{region}/oauth/token")
            );
            assert!(server.is_tls() && !server.is_loopback());
        }
        assert!("example.com".parse::<Region>().is_err());
    }

    #[test]
    fn only_addresses_of_servers_are_taken() {
        for bad in [
            "localhost:8080",
            "file:///etc",
            "http://h/?q",
            "nonsense",
            "http://me:secret@h/",
            "http://me:secret@h/?q",
            "ftp://me:secret@h/",
            "http://me:secret@h:99999",
        ] {
            let error = bad.parse::<Server>().unwrap_err();
            assert!(!error.to_string().contains("secret"), "{error}");
        }
        for (address, loopback) in [
            ("http://127.0.0.1:1", true),
            ("http://[::1]:1", true),
            ("http://localhost", true),
            ("https://billing.example.com", false),
        ] {
            assert_eq!(address.parse::<Server>().unwrap().is_loopback(), loopback);
        }
    }
}
