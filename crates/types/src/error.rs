//! The error body of every refusal.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What every status of 400 and above answers with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ErrorBody {
    /// What went wrong, for people.
    #[serde(default)]
    pub message: String,
    /// What went wrong, for programs, e.g. `invalid.date`.
    #[serde(default)]
    pub code: String,
    /// The HTTP status.
    #[serde(default)]
    pub status: u16,
    /// The message with `{name}` in the places of its parameters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_with_params: Option<String>,
    /// The parameters of the message.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub message_params: BTreeMap<String, String>,
    /// The correlation id of the answer, also in `ININ-Correlation-Id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_id: Option<String>,
    /// The fields at fault.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<ErrorDetail>,
}

/// One field at fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ErrorDetail {
    /// What is wrong with the field.
    pub error_code: String,
    /// The field or parameter.
    pub field_name: String,
}
