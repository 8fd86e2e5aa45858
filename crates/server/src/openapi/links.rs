//! From what was put to reading and deleting it. Programs that follow links, such as those
//! that test the API, then ask for things that are there.

use utoipa::openapi::link::Link;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::{Paths, RefOr};

/// Adds links to the answers of a `PUT`: to the other operations of its path.
pub(super) fn add(paths: &mut Paths) {
    // What there is one of has no id to follow.
    let named = |(path, _): &(&String, &mut PathItem)| path.contains("{id}");
    for (_, item) in paths.paths.iter_mut().filter(named) {
        let others = [("get", &item.get), ("delete", &item.delete)];
        let links: Vec<_> = others
            .into_iter()
            .filter_map(|(name, operation)| Some((name, link(operation.as_ref()?))))
            .collect();
        let Some(put) = &mut item.put else { continue };
        for status in ["200", "201"] {
            if let Some(RefOr::T(response)) = put.responses.responses.get_mut(status) {
                for (name, link) in links.clone() {
                    response.links.insert(name.to_owned(), link.into());
                }
            }
        }
    }
}

fn link(operation: &Operation) -> Link {
    let id = operation.operation_id.as_deref();
    Link::builder()
        .operation_id(id.expect("every operation has an id"))
        .parameter("id", "$request.path.id")
        .build()
}
