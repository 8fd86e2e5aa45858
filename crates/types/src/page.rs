//! Listings by page number, and by cursor.

use serde::{Deserialize, Serialize};

/// One page of a listing. Uris are paths; `nextUri` and `previousUri` are left
/// out where there is no such page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Listing<T> {
    /// The things of this page.
    pub entities: Vec<T>,
    /// The most things a page holds.
    pub page_size: u32,
    /// This page, from 1.
    pub page_number: u32,
    /// All things of all pages.
    pub total: u64,
    /// How many pages there are.
    pub page_count: u32,
    /// The first page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_uri: Option<String>,
    /// The page before this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_uri: Option<String>,
    /// The page after this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_uri: Option<String>,
    /// The last page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_uri: Option<String>,
    /// This page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub self_uri: Option<String>,
}

/// One page of a listing that grows while it is read. Uris are paths; a page
/// may hold less than `pageSize`, even nothing, and still have a next one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CursorListing<T> {
    /// The things of this page.
    pub entities: Vec<T>,
    /// The most things a page holds.
    pub page_size: u32,
    /// The page after this one; left out on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_uri: Option<String>,
    /// This page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub self_uri: Option<String>,
}
