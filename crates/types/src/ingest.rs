//! The answer to a request that sends usage events.

use serde::{Deserialize, Serialize};

use crate::catalog::is_false;

/// The result of sending events. Everything reported here is durable. accepted
/// + duplicates + conflicts + rejected = events sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IngestResponse {
    /// The number of events that were new.
    pub accepted: u64,
    /// The number of events that were already stored with the same content.
    pub duplicates: u64,
    /// The number of accepted events whose type no meter reads.
    pub unmetered: u64,
    /// The number of accepted events that do not count in a meter of their type, because
    /// it cannot read their quantity and skips such events.
    #[serde(default)]
    pub skipped: u64,
    /// The number of voids, new or repeated, that met no event: none with that id
    /// and source has come yet, or not at that time. They are kept, and void
    /// the event when it comes.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub unmatched: u64,
    /// The events whose id was already stored with other content. They change
    /// nothing.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub conflicts: Vec<IngestConflict>,
    /// The events that were refused.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub rejected: Vec<IngestRejection>,
}

/// An event whose id is already stored with other content.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct IngestConflict {
    /// The position of the event in the request, from 0.
    pub index: u32,
    /// The id.
    pub id: String,
    /// True if another client has sent the stored event.
    #[serde(default, skip_serializing_if = "is_false")]
    pub other_client: bool,
    /// The id of that other client. Only clients of the operator see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub client: Option<String>,
}

/// An event that was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IngestRejection {
    /// The position of the event in the request, from 0.
    pub index: u32,
    /// The id of the event, if one could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The reason, as a code for programs.
    pub code: String,
    /// The reason for people: it names the field and the limit.
    pub message: String,
}
