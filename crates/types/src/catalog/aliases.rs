//! Aliases: the names of an organisation that are one resource.

use serde::{Deserialize, Serialize};

/// The aliases of an organisation on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CatalogAliases {
    /// The id of the organisation.
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub id: String,
    /// The resources that have aliases on the day.
    pub resources: Vec<AliasedResource>,
    /// The first day on which this list has held. Absent if no list holds on the day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = Date))]
    pub since: Option<String>,
    /// The instant at which the organisation was given a list last.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub date_modified: String,
    /// The version: 1 for the first list, and one more for each that says something else.
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub version: u64,
    /// The path of this resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub self_uri: Option<String>,
}

/// A resource that other names stand for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct AliasedResource {
    /// The name under which it is shown.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 256))]
    pub name: String,
    /// The other names (`subject` of events) that count as this resource.
    #[cfg_attr(feature = "openapi", schema(min_items = 1))]
    pub aliases: Vec<String>,
}

/// The aliases of an organisation from a day on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PutAliases {
    /// The resources that have aliases: all of them, since a name that is left out is a
    /// resource of its own. At most 4,000 aliases, and 131,072 bytes of names.
    pub resources: Vec<AliasedResource>,
    /// The first day on which the list holds; today (UTC) if absent. What was said of later
    /// days is said no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = Date))]
    pub effective: Option<String>,
    /// The version to change. If another one is current, nothing is changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub version: Option<u64>,
}
