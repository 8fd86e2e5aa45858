//! The OpenAPI document: what the endpoints say of themselves, and what the
//! table of routes says of who may call them.

use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{ClientCredentials, Flow, OAuth2, Scopes, SecurityScheme};
use utoipa::openapi::{
    Components, ContentBuilder, InfoBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, ResponseBuilder,
};
use utoipa::{PartialSchema as _, ToSchema as _};

use exchequer_types::ErrorBody;

use crate::routes::{ROUTES, Route, Tenant};

const SECURITY: &str = "PureCloud OAuth";

/// The OpenAPI 3.1 document of the server.
#[must_use]
pub fn openapi() -> OpenApi {
    let mut document = crate::router::api().into_openapi();
    for route in ROUTES {
        for operation in operations(&mut document, route) {
            describe_access(operation, route);
        }
    }
    document
}

/// The document before any route is added.
pub(crate) fn head() -> OpenApi {
    let info = InfoBuilder::new()
        .title("Exchequer")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Meters what organisations use and reports it, over the Genesys Cloud Billing API.",
        ))
        .build();
    let flow = ClientCredentials::new("/oauth/token", Scopes::new());
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

/// The operation of a route; of a GET also the HEAD beside it, if there is one.
fn operations<'a>(document: &'a mut OpenApi, route: &Route) -> Vec<&'a mut Operation> {
    let Some(item) = document.paths.paths.get_mut(route.path) else {
        return Vec::new();
    };
    let there = match route.method {
        "GET" => [item.get.as_mut(), item.head.as_mut()],
        "POST" => [item.post.as_mut(), None],
        "PUT" => [item.put.as_mut(), None],
        "DELETE" => [item.delete.as_mut(), None],
        _ => [None, None],
    };
    there.into_iter().flatten().collect()
}

/// Says who may call it, and how it refuses.
fn describe_access(operation: &mut Operation, route: &Route) {
    operation.security = Some(match route.tenant {
        Tenant::Public => Vec::new(),
        Tenant::Own | Tenant::Trust | Tenant::Operator => vec![security()],
    });
    let mut text = operation.description.take().unwrap_or_default();
    if !route.permissions.is_empty() {
        text.push_str("\n\nRequires ANY permissions:");
        for permission in route.permissions {
            text.push_str("\n* ");
            text.push_str(permission);
        }
    }
    if route.tenant == Tenant::Operator {
        text.push_str("\n\nFor clients of the operator's organisation.");
    }
    operation.description = Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let refusals: &[(&str, &str)] = match route.tenant {
        Tenant::Public => &[],
        Tenant::Own | Tenant::Trust | Tenant::Operator => &[
            ("400", "The request cannot be understood."),
            ("401", "No or bad token."),
            ("403", "A permission is missing."),
            ("404", "There is no such thing for the caller."),
            (
                "429",
                "Too many requests; `Retry-After` says when to come back.",
            ),
            ("503", "No database, or shutting down."),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_is_as_checked_in() {
        insta::assert_json_snapshot!("openapi", openapi());
    }

    #[test]
    fn every_route_is_in_the_table_and_the_other_way_round() {
        let mut document = openapi();
        for route in ROUTES {
            assert!(
                !operations(&mut document, route).is_empty(),
                "{} {}",
                route.method,
                route.path
            );
        }
        let documented = document.paths.paths.iter().flat_map(|(path, item)| {
            let methods = [
                ("GET", &item.get),
                ("POST", &item.post),
                ("PUT", &item.put),
                ("DELETE", &item.delete),
                ("PATCH", &item.patch),
            ];
            let there = methods
                .into_iter()
                .filter(|(_, operation)| operation.is_some());
            there.map(move |(method, _)| (method, path))
        });
        for (method, path) in documented {
            let known = ROUTES
                .iter()
                .any(|it| it.method == method && it.path == *path);
            assert!(known, "{method} {path} is not in the table");
        }
    }
}
