//! Listings by page number.

use exchequer_core::OrganizationId;
use exchequer_store::catalog::{Page, Window};
use exchequer_types::Listing;

use crate::error::ApiError;
use crate::limits::{DEFAULT_PAGE, LARGEST_PAGE};
use crate::params::Params;

/// The page that a request asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paging {
    size: u32,
    number: u32,
}

impl Paging {
    /// Parses `pageSize` and `pageNumber`. Sizes above the limit are clamped, and so are
    /// numbers beyond all pages.
    pub(crate) fn parse(params: &Params) -> Result<Self, ApiError> {
        Ok(Self {
            size: size(params, DEFAULT_PAGE, LARGEST_PAGE)?,
            number: positive(params, "pageNumber", 1)?,
        })
    }

    pub(crate) fn window(self) -> Window {
        Window {
            offset: u64::from(self.number - 1) * u64::from(self.size),
            limit: self.size,
        }
    }

    /// Returns the listing of a page; its uris name an organisation where one is given.
    pub(crate) fn listing<R, T>(
        self,
        page: Page<R>,
        path: &str,
        organization: Option<OrganizationId>,
        to_wire: impl FnMut(R) -> T,
    ) -> Listing<T> {
        let pages = page.total.div_ceil(u64::from(self.size)).max(1);
        let last = u32::try_from(pages).expect("fewer rows than 2^32 pages have");
        let uri = |number: u32| {
            let size = self.size;
            let mut uri = format!("{path}?pageSize={size}&pageNumber={number}");
            if let Some(id) = organization {
                uri.push_str(&format!("&organizationId={id}"));
            }
            uri
        };
        Listing {
            entities: page.rows.into_iter().map(to_wire).collect(),
            page_size: self.size,
            page_number: self.number,
            total: page.total,
            page_count: last,
            first_uri: Some(uri(1)),
            previous_uri: (self.number > 1).then(|| uri((self.number - 1).min(last))),
            next_uri: (self.number < last).then(|| uri(self.number + 1)),
            last_uri: Some(uri(last)),
            self_uri: Some(uri(self.number)),
        }
    }
}

/// Returns `pageSize`; above the limit it is clamped.
pub(crate) fn size(params: &Params, default: u32, largest: u32) -> Result<u32, ApiError> {
    Ok(positive(params, "pageSize", default)?.min(largest))
}

fn positive(params: &Params, name: &'static str, default: u32) -> Result<u32, ApiError> {
    const ALLOWED: &str = "integers from 1";
    match params.get(name) {
        None | Some("") => Ok(default),
        Some(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
            match text.parse().unwrap_or(u32::MAX) {
                0 => Err(ApiError::invalid_param(text, name, ALLOWED)),
                number => Ok(number),
            }
        }
        Some(text) => Err(ApiError::invalid_param(text, name, ALLOWED)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(query: &str, total: u64) -> Listing<u32> {
        let paging = Paging::parse(&Params::parse(query)).unwrap();
        paging.listing(
            Page {
                rows: vec![1, 2],
                total,
            },
            "/things",
            Some(OrganizationId::from_bytes([0x11; 16])),
            |row| row,
        )
    }

    #[test]
    fn uris_lead_to_the_neighbours() {
        let page = listing("pageSize=2&pageNumber=2", 5);
        let of = "11111111-1111-1111-1111-111111111111";
        let uri = |number| {
            Some(format!(
                "/things?pageSize=2&pageNumber={number}&organizationId={of}"
            ))
        };
        assert_eq!((page.total, page.page_count, page.page_number), (5, 3, 2));
        assert_eq!((page.first_uri, page.previous_uri), (uri(1), uri(1)));
        assert_eq!((page.next_uri, page.last_uri), (uri(3), uri(3)));
    }

    #[test]
    fn the_ends_have_no_neighbours() {
        let page = listing("pageSize=100000", 2);
        assert_eq!((page.page_size, page.page_count), (200, 1));
        assert_eq!((page.previous_uri, page.next_uri), (None, None));
        assert_eq!(listing("pageNumber=9", 0).next_uri, None);
    }

    #[test]
    fn any_whole_number_is_a_page() {
        let page = listing("pageSize=4294967296&pageNumber=99999999999999999999", 5);
        assert_eq!((page.page_size, page.page_number), (200, u32::MAX));
        assert_eq!(page.next_uri, None);
    }

    #[test]
    fn pages_are_counted_from_one() {
        for query in [
            "pageSize=0",
            "pageNumber=-1",
            "pageSize=x",
            "pageNumber=4294967296x",
        ] {
            assert!(Paging::parse(&Params::parse(query)).is_err(), "{query}");
        }
    }
}
