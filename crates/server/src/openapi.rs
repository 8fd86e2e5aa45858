//! The parts of the OpenAPI document that no endpoint writes: its head, and for
//! each operation who may call it and how it refuses.

use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{ClientCredentials, Flow, OAuth2, Scopes, SecurityScheme};
use utoipa::openapi::{
    Components, ContentBuilder, InfoBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, ResponseBuilder,
};
use utoipa::{PartialSchema as _, ToSchema as _};

use exchequer_types::ErrorBody;

use crate::routes::{Access, Route};

const SECURITY: &str = "PureCloud OAuth";

/// Returns the document before any route is added. Clients get their tokens at
/// `token_url`.
pub(crate) fn head(token_url: &str) -> OpenApi {
    let info = InfoBuilder::new()
        .title("Exchequer")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Meters and rates usage, over the Genesys Cloud Billing API.",
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
        .build()
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
    let refusals: &[(&str, &str)] = match route.access {
        Access::Public => &[],
        Access::Own | Access::Trustor | Access::Operator => &[
            ("400", "The request cannot be understood."),
            ("401", "The token is missing or not valid."),
            ("403", "The caller lacks a permission."),
            ("404", "The resource does not exist for the caller."),
            (
                "429",
                "Too many requests. `Retry-After` says when to try again.",
            ),
            (
                "503",
                "The database cannot be reached, or the server is shutting down.",
            ),
        ],
    };
    for (status, why) in refusals {
        let content = ContentBuilder::new()
            .schema(Some(RefOr::Ref(Ref::from_schema_name(ErrorBody::name()))))
            .build();
        let response = ResponseBuilder::new()
            .description(*why)
            .content("application/json", content)
            .build();
        let responses = &mut operation.responses.responses;
        responses
            .entry((*status).to_owned())
            .or_insert_with(|| response.into());
    }
}

fn security() -> utoipa::openapi::SecurityRequirement {
    utoipa::openapi::SecurityRequirement::new::<_, [&str; 0], &str>(SECURITY, [])
}
