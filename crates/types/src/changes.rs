//! The feed of changes.

use serde::{Deserialize, Serialize};

/// A change of something that bills are made from, or of what was charged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// The number of the partition of the ledger in which the change is.
    pub partition: u32,
    /// The number of the change in its partition. Together they tell it from any other one.
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub number: u64,
    /// The instant at which the change was made.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub date_created: String,
    /// The kind of the object and what was done to it.
    #[cfg_attr(feature = "openapi", schema(extensions(("x-extensible-enum" = json!([
        "organization.put", "organization.delete", "aliases.put", "meter.put", "meter.delete",
        "product.put", "product.correct", "product.delete", "contract.put", "contract.move", "contract.realign",
        "contract.delete", "trust.put", "trust.delete", "closing.put", "entry.advance",
        "entry.close", "entry.adjustment", "entry.correction",
    ])))))]
    pub action: String,
    /// The id of the object: that by which the catalog names it, of an entry the number of
    /// its contract, of a trust the id of the partner.
    pub object: String,
    /// The id of the organisation that the change is about. What all share is the operator's.
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub organization_id: String,
    /// The version of the object since the change. Absent once it is deleted, and of an entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub version: Option<u64>,
    /// The number of the entry in its contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub entry: Option<u64>,
}
