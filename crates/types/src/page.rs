//! Listings by page number, and by cursor.

use serde::{Deserialize, Serialize};

/// One page of a listing. URIs are paths. `nextUri` and `previousUri` are left
/// out where there is no such page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Listing<T> {
    /// The entries of this page.
    pub entities: Vec<T>,
    /// The largest number of entries on a page.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 200))]
    pub page_size: u32,
    /// The number of this page, from 1.
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub page_number: u32,
    /// The number of entries on all pages together.
    pub total: u64,
    /// The number of pages.
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub page_count: u32,
    /// The path of the first page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub first_uri: Option<String>,
    /// The path of the previous page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_uri: Option<String>,
    /// The path of the next page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_uri: Option<String>,
    /// The path of the last page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub last_uri: Option<String>,
    /// The path of this page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub self_uri: Option<String>,
}

/// One page of a listing that grows while it is read. URIs are paths. A page
/// may hold fewer entries than `pageSize`, even none, and still have a next
/// page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CursorListing<T> {
    /// The entries of this page.
    pub entities: Vec<T>,
    /// The largest number of entries on a page.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 1000))]
    pub page_size: u32,
    /// The path of the next page. The last page has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_uri: Option<String>,
    /// The path of this page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub self_uri: Option<String>,
}
