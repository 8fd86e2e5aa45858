//! The answer to a request that sends usage events.

use serde::{Deserialize, Serialize};

/// What became of the events of one request. Everything that is reported here
/// is durable; accepted + duplicates + conflicts + rejected = events sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IngestResponse {
    /// Events that were new.
    pub accepted: u64,
    /// Events that were kept before with the same content.
    pub duplicates: u64,
    /// Accepted events to whose type no meter listens.
    pub unmetered: u64,
    /// Events whose id was kept before with other content; they change nothing.
    #[serde(default)]
    pub conflicts: Vec<IngestConflict>,
    /// Events that were refused.
    #[serde(default)]
    pub rejected: Vec<IngestRejection>,
}

/// An event whose id is taken by another content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IngestConflict {
    /// Its place in the request, from 0.
    pub index: u32,
    /// Its id.
    pub id: String,
}

/// An event that was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IngestRejection {
    /// Its place in the request, from 0.
    pub index: u32,
    /// Its id, where one could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Why, for programs.
    pub code: String,
    /// Why, for people: the field and the limit.
    pub message: String,
}
