//! The id and secret of a client, from a Basic header or a form body.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use exchequer_app::login::Credentials;
use exchequer_store::catalog::ClientId;
use uuid::Uuid;

use crate::params::{Params, decode_form};

/// Reads the credentials of a request; `None` if there are none or they cannot
/// be a client's.
pub(super) fn find(headers: &HeaderMap, form: &Params) -> Option<Credentials> {
    match headers.get(AUTHORIZATION) {
        Some(header) => from_basic(header.to_str().ok()?),
        None => credentials(
            form.get("client_id")?,
            vec![form.get("client_secret")?.to_owned()],
        ),
    }
}

fn from_basic(header: &str) -> Option<Credentials> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    let mut secrets = vec![secret.to_owned()];
    // OAuth 2 has clients encode the secret as in a form, and many SDKs do not. Both are
    // tried, because a `%` or `+` may also be part of the secret.
    if secret.contains(['%', '+']) {
        secrets.push(decode_form(secret));
    }
    // Some clients encode all but letters and digits, so also the hyphens of the id.
    credentials(&decode_form(id), secrets)
}

fn credentials(id: &str, secrets: Vec<String>) -> Option<Credentials> {
    let id = Uuid::try_parse(id.trim()).ok()?;
    Some(Credentials {
        client: ClientId::from_uuid(id),
        secrets,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "aaaaaaaa-0000-4000-8000-000000000001";

    fn basic(text: &str) -> Option<Credentials> {
        let mut headers = HeaderMap::new();
        headers.insert(
            AUTHORIZATION,
            format!("basic {}", STANDARD.encode(text)).parse().unwrap(),
        );
        find(&headers, &Params::default())
    }

    #[test]
    fn both_places_are_read() {
        assert_eq!(basic(&format!("{ID}:a:b")).unwrap().secrets, ["a:b"]);
        assert_eq!(
            basic(&format!("{ID}:a%2Fb+c")).unwrap().secrets,
            ["a%2Fb+c", "a/b c"]
        );
        let encoded = ID.replace('-', "%2D");
        assert_eq!(
            basic(&format!("{encoded}:a%2Db")).unwrap().client,
            basic(&format!("{ID}:a-b")).unwrap().client
        );
        let form = Params::parse(&format!("client_id={ID}&client_secret=a%2Fb"));
        assert_eq!(find(&HeaderMap::new(), &form).unwrap().secrets, ["a/b"]);
    }

    #[test]
    fn nonsense_is_nobody() {
        assert!(basic("no colon").is_none());
        assert!(basic("not-a-uuid:secret").is_none());
        assert!(find(&HeaderMap::new(), &Params::default()).is_none());
    }
}
