//! The parts of the OpenAPI document that no endpoint writes: its head, and for
//! each operation who may call it and how it refuses.

mod links;
mod schemas;
mod usage_event;

use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{Object, Type};
use utoipa::openapi::security::{ClientCredentials, Flow, OAuth2, Scopes, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    Components, ContactBuilder, ContentBuilder, InfoBuilder, LicenseBuilder, OpenApi,
    OpenApiBuilder, Ref, RefOr, Response, ResponseBuilder, ServerBuilder,
};
use utoipa::{PartialSchema as _, ToSchema as _};

use exchequer_types::ErrorBody;

use crate::routes::{Access, Route};

pub(crate) use usage_event::UsageEvent;

/// Genesys Cloud has a blank in it, which OpenAPI does not allow.
const SECURITY: &str = "PureCloudOAuth";

/// The tags of the operations, in the order in which they are shown.
const TAGS: [(&str, &str); 9] = [
    ("Usage", "Sending usage events, and finding them again."),
    ("Billing", "Reports, overviews and billing periods."),
    (
        "Closing",
        "Closed periods, what was charged for them, and corrections.",
    ),
    (
        "Catalog",
        "What the operator keeps: organisations, clients, meters, products, contracts, trusts.",
    ),
    (
        "Organization Authorization",
        "Trusts between partners and customers.",
    ),
    ("OAuth", "Access tokens for clients."),
    ("Tokens", "The token of the request."),
    ("Organizations", "The caller's organisation."),
    ("Operations", "Health, metrics and this document."),
];

/// Returns the document before any route is added. Clients get their tokens at
/// `token_url`.
pub(crate) fn head(token_url: &str) -> OpenApi {
    let info = InfoBuilder::new()
        .title("Exchequer")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Meters and rates usage, over the Genesys Cloud Billing API.",
        ))
        .license(Some(
            LicenseBuilder::new()
                .name("Apache-2.0 OR MIT")
                .identifier(Some("Apache-2.0 OR MIT"))
                .build(),
        ))
        .contact(Some(
            ContactBuilder::new()
                .name(Some("The operator of this server"))
                .build(),
        ))
        .build();
    let flow = ClientCredentials::new(token_url, Scopes::new());
    let mut components = Components::new();
    components.add_security_scheme(
        SECURITY,
        SecurityScheme::OAuth2(OAuth2::new([Flow::ClientCredentials(flow)])),
    );
    components
        .schemas
        .insert(ErrorBody::name().into_owned(), ErrorBody::schema());
    let mut nested = Vec::new();
    ErrorBody::schemas(&mut nested);
    components.schemas.extend(nested);
    OpenApiBuilder::new()
        .info(info)
        .components(Some(components))
        .servers(Some([ServerBuilder::new().url("/").build()]))
        .tags(Some(TAGS.map(|(name, description)| {
            TagBuilder::new()
                .name(name)
                .description(Some(description))
                .build()
        })))
        .build()
}

/// Completes the document once all routes are added.
pub(crate) fn complete(mut document: OpenApi) -> OpenApi {
    if let Some(components) = &mut document.components {
        schemas::correct(&mut components.schemas);
    }
    schemas::correct_parameters(&mut document.paths);
    links::add(&mut document.paths);
    document
}

/// Adds to an operation who may call it and how it refuses everybody else.
pub(crate) fn describe_access(operation: &mut Operation, route: &Route) {
    operation.security = Some(match route.access {
        Access::Public => Vec::new(),
        Access::Own | Access::Trustor | Access::Operator => vec![security()],
    });
    let mut text = operation.description.take().unwrap_or_default();
    if !route.permissions.is_empty() {
        text.push_str("\n\nRequires ANY permissions:");
        for permission in route.permissions {
            text.push_str("\n* ");
            text.push_str(permission);
        }
    }
    if route.access == Access::Operator {
        text.push_str("\n\nOnly clients of the operator's organisation may call this.");
    }
    operation.description = Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    for (status, why) in refusals(operation, route) {
        let response = ResponseBuilder::new().description(why);
        operation
            .responses
            .responses
            .entry(status.to_owned())
            // What an endpoint says of a refusal stays.
            .or_insert_with(|| response.build().into());
    }
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response
            && status.as_str() >= "400"
        {
            complete_refusal(status, response);
        }
    }
    if route.access == Access::Operator && shows_one(route) {
        for status in ["200", "201"] {
            if let Some(RefOr::T(response)) = operation.responses.responses.get_mut(status) {
                let etag = header(Type::String, "The version, in quotes, for `If-Match`.");
                response.headers.insert("ETag".to_owned(), etag);
            }
        }
    }
}

/// Adds what all refusals of a status have: a body and perhaps a header.
fn complete_refusal(status: &str, response: &mut Response) {
    if response.content.is_empty() {
        let content = ContentBuilder::new()
            .schema(Some(RefOr::Ref(Ref::from_schema_name(ErrorBody::name()))))
            .build();
        response
            .content
            .insert("application/json".to_owned(), content.into());
    }
    response.headers.extend(refusal_header(status));
}

/// Returns true if the answer is one resource of the catalog.
fn shows_one(route: &Route) -> bool {
    matches!(route.method, "GET" | "PUT") && route.path.ends_with('}')
}

/// Returns the header that a refusal has beside its body.
fn refusal_header(status: &str) -> Option<(String, RefOr<Header>)> {
    let (name, header) = match status {
        "401" | "403" => (
            "WWW-Authenticate",
            header(Type::String, "How to be let in, with the error (RFC 6750)."),
        ),
        "429" | "503" => (
            "Retry-After",
            header(Type::Integer, "The seconds after which to try again."),
        ),
        _ => return None,
    };
    Some((name.to_owned(), header))
}

fn header(kind: Type, description: &str) -> RefOr<Header> {
    HeaderBuilder::new()
        .schema(Some(Object::with_type(kind)))
        .description(Some(description))
        .build()
        .into()
}

/// Returns the refusals that an operation may be answered with, and why.
fn refusals(
    operation: &Operation,
    route: &Route,
) -> impl Iterator<Item = (&'static str, &'static str)> + use<> {
    const ALL: &[(&str, &str)] = &[("400", "The request cannot be understood.")];
    const PROTECTED: &[(&str, &str)] = &[
        ("401", "The token is missing or not valid."),
        ("403", "The caller lacks a permission."),
        ("404", "The resource does not exist for the caller."),
    ];
    // Whatever reads or writes the ledger: all but the pages about the server itself.
    const SERVED: &[(&str, &str)] = &[
        (
            "429",
            "Too many requests. `Retry-After` says when to try again.",
        ),
        ("500", "A fault of the server or damaged data."),
        (
            "503",
            "The database cannot be reached, or the server is shutting down.",
        ),
        ("504", "The answer took too long."),
    ];
    const BODY: &[(&str, &str)] = &[
        ("408", "The body did not come in time."),
        ("413", "The body is too large."),
        ("415", "The body's media type or encoding is not supported."),
    ];
    const CHANGE: &[(&str, &str)] = &[
        (
            "409",
            "The change contradicts what is stored, or `version` is not current.",
        ),
        (
            "412",
            "The current version does not match `If-Match` or `If-None-Match`.",
        ),
    ];
    let only = |wanted: bool, list: &'static [_]| if wanted { list } else { &[] };
    let is_protected = route.access != Access::Public;
    let has_body = operation.request_body.is_some();
    let changes = matches!(route.method, "PUT" | "DELETE") && route.access == Access::Operator;
    ALL.iter()
        .chain(only(is_protected, PROTECTED))
        .chain(only(is_protected || has_body, SERVED))
        .chain(only(has_body, BODY))
        .chain(only(changes, CHANGE))
        .copied()
}

fn security() -> utoipa::openapi::SecurityRequirement {
    utoipa::openapi::SecurityRequirement::new::<_, [&str; 0], &str>(SECURITY, [])
}

#[cfg(test)]
mod tests;
