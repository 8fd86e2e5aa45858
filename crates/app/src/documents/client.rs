//! Clients as documents.

use exchequer_store::catalog::ClientId;
use exchequer_store::catalog::clients::NewClient;
use exchequer_store::secrets;
use exchequer_types::PutClient;

use super::{InvalidDocument, name};
use crate::ambient::Ambient;
use crate::error::Error;
use crate::limits::{LONGEST_PERMISSION, MAX_NAME, MOST_PERMISSIONS, MOST_SOURCES, TOKEN_SECONDS};

const DEFAULT_TOKEN_SECONDS: u32 = 86_400;

/// A request for a client, checked, and the secret that was generated for it.
pub struct NewClientRequest {
    /// The client as it shall be.
    pub client: NewClient,
    /// The secret that it gets if it is new and none is given, or one is asked for.
    pub generated: String,
    /// True if the generated secret is asked for.
    pub wants_generated: bool,
}

impl NewClientRequest {
    /// Parses and checks a request for a client.
    ///
    /// # Errors
    /// If a field breaks a rule, which the error names, or there is no randomness.
    pub fn parse(id: ClientId, body: PutClient, ambient: &Ambient) -> Result<Self, Error> {
        name::check(&body.name)?;
        let organization = body.organization.parse();
        let token_seconds = body
            .access_token_validity_seconds
            .unwrap_or(DEFAULT_TOKEN_SECONDS);
        if !TOKEN_SECONDS.contains(&token_seconds) {
            let (least, most) = (TOKEN_SECONDS.start(), TOKEN_SECONDS.end());
            let rule = format!("accessTokenValiditySeconds must be {least} to {most}");
            return Err(Error::rule("accessTokenValiditySeconds", rule));
        }
        if let Some(secret) = &body.secret {
            check_secret(secret)?;
        }
        if body.secret.is_some() && body.generate_secret {
            let why = "secret and generateSecret exclude each other";
            return Err(Error::rule("secret", why));
        }
        let generated = secrets::to_text(ambient.random()?);
        let secret = body
            .secret
            .or_else(|| body.generate_secret.then(|| generated.clone()));
        let client = NewClient {
            id,
            organization: organization
                .map_err(|_no_uuid| Error::rule("organization", "organization must be a UUID"))?,
            name: body.name,
            permissions: permissions(body.permissions)?,
            token_seconds,
            sources: sources(body.sources)?,
            secret,
            first_secret: generated.clone(),
            salt: ambient.random()?,
            drop_old_secrets: body.drop_old_secrets,
        };
        Ok(Self {
            wants_generated: body.generate_secret,
            generated,
            client,
        })
    }
}

fn check_secret(secret: &str) -> Result<(), InvalidDocument> {
    let long_enough = secret.chars().count() >= secrets::SHORTEST;
    if long_enough && secret.len() <= secrets::LONGEST && !secret.chars().any(char::is_control) {
        return Ok(());
    }
    let why = format!(
        "secret must have at least {} characters and at most {} bytes",
        secrets::SHORTEST,
        secrets::LONGEST
    );
    Err(InvalidDocument::rule("secret", why))
}

/// Checks permissions and returns them sorted, each once.
fn permissions(mut permissions: Vec<String>) -> Result<Vec<String>, InvalidDocument> {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b":*_.-".contains(&byte);
    let fine = |permission: &String| {
        (1..=LONGEST_PERMISSION).contains(&permission.len()) && permission.bytes().all(known)
    };
    if permissions.len() > MOST_PERMISSIONS || !permissions.iter().all(fine) {
        let why = format!(
            "permissions must be at most {MOST_PERMISSIONS}, each of 1 to {LONGEST_PERMISSION} \
             letters, digits and :*_.-"
        );
        return Err(InvalidDocument::rule("permissions", why));
    }
    permissions.sort();
    permissions.dedup();
    Ok(permissions)
}

/// Checks patterns of sources and returns them sorted, each once. They are as long as a
/// source may be.
fn sources(mut sources: Vec<String>) -> Result<Vec<String>, InvalidDocument> {
    let fine = |pattern: &String| {
        let plain = !pattern.bytes().any(|byte| byte < 0x20);
        (1..=MAX_NAME).contains(&pattern.len()) && plain
    };
    if sources.len() > MOST_SOURCES || !sources.iter().all(fine) {
        let why = format!(
            "sources must be at most {MOST_SOURCES} patterns, each of 1 to {MAX_NAME} bytes \
             without control characters"
        );
        return Err(InvalidDocument::rule("sources", why));
    }
    sources.sort();
    sources.dedup();
    Ok(sources)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body() -> PutClient {
        PutClient {
            organization: "22222222-2222-4222-8222-222222222222".to_owned(),
            name: "reader".to_owned(),
            permissions: vec!["b:c:d".to_owned(), "a:b:c".to_owned(), "b:c:d".to_owned()],
            ..PutClient::default()
        }
    }

    fn request(body: PutClient) -> Result<NewClientRequest, Error> {
        NewClientRequest::parse(ClientId::from_bytes([1; 16]), body, &Ambient::system())
    }

    #[test]
    fn what_is_absent_gets_its_default() {
        let request = request(body()).unwrap();
        assert_eq!(request.client.token_seconds, 86_400);
        assert_eq!(request.client.permissions, ["a:b:c", "b:c:d"]);
        assert_eq!(request.client.sources, [""; 0]);
        assert_eq!(request.client.secret, None);
        assert_eq!(request.client.first_secret.len(), 64);
    }

    #[test]
    fn a_rotation_takes_a_given_or_a_generated_secret() {
        let rotate = PutClient {
            generate_secret: true,
            ..body()
        };
        let rotated = request(rotate.clone()).unwrap();
        assert_eq!(rotated.client.secret, Some(rotated.generated));
        assert!(
            request(PutClient {
                secret: Some("x".repeat(32)),
                ..body()
            })
            .is_ok()
        );
        assert!(
            request(PutClient {
                secret: Some("x".repeat(32)),
                ..rotate
            })
            .is_err()
        );
        assert!(
            request(PutClient {
                secret: Some("ä".repeat(31)),
                ..body()
            })
            .is_err()
        );
    }

    #[test]
    fn limits_are_kept() {
        for seconds in [299, 172_801] {
            let body = PutClient {
                access_token_validity_seconds: Some(seconds),
                ..body()
            };
            assert!(request(body).is_err());
        }
        for permission in ["", "a b", "ä", &"x".repeat(129)] {
            let body = PutClient {
                permissions: vec![permission.to_owned()],
                ..body()
            };
            assert!(request(body).is_err(), "{permission}");
        }
        for source in ["", "/a\n", &"x".repeat(257)] {
            let body = PutClient {
                sources: vec![source.to_owned()],
                ..body()
            };
            assert!(request(body).is_err(), "{source}");
        }
        assert!(
            request(PutClient {
                organization: "acme".to_owned(),
                ..body()
            })
            .is_err()
        );
        assert!(
            request(PutClient {
                name: " ".to_owned(),
                ..body()
            })
            .is_err()
        );
    }
}
