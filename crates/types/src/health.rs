//! The answers of the health checks.

use serde::{Deserialize, Serialize};

/// Whether the server lives, or may be sent requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Health {
    /// `up`, or why not.
    pub status: String,
}
