use serde::{Deserialize, Serialize};

use crate::ErrorBody;

/// Many resources of a kind to create or change, in this order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct BulkPut<T> {
    /// The resources, at most 200.
    #[cfg_attr(feature = "openapi", schema(max_items = 200))]
    pub entities: Vec<BulkEntity<T>>,
}

/// A resource to create or change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BulkEntity<T> {
    /// The id of the resource, as in its path.
    pub id: String,
    /// The body of a put there.
    #[serde(flatten)]
    pub put: T,
}

/// The outcome for each resource of a request, in its order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BulkAnswer<T> {
    /// The outcomes.
    pub entities: Vec<BulkOutcome<T>>,
}

/// The outcome for a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BulkOutcome<T> {
    /// The id of the resource.
    pub id: String,
    /// The status that a put of the resource alone would have had: 200, 201, or that of
    /// the refusal.
    pub status: u16,
    /// The resource as it is now, if it was not refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entity: Option<T>,
    /// The refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorBody>,
}
