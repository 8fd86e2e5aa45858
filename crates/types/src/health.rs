//! The answers of the health checks.

use serde::{Deserialize, Serialize};

/// The state of the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Health {
    /// `up`, or the reason why the server cannot be used.
    pub status: String,
}
