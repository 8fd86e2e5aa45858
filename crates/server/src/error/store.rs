//! Failures of the store, as the caller should see them.

use exchequer_store::StoreError;

use super::ApiError;

impl From<&StoreError> for ApiError {
    fn from(error: &StoreError) -> Self {
        match error {
            StoreError::QueueFull { .. } => Self::busy(1),
            StoreError::NotFound => Self::not_found(),
            StoreError::Unstorable => Self::malformed(error.to_string()),
            StoreError::Conflict(why) => Self::conflict(why),
            StoreError::Closed => Self::unavailable(),
            StoreError::Full(_) | StoreError::Unavailable(_) => {
                tracing::error!(error = error.chain(), "the store is unavailable");
                Self::unavailable()
            }
            // What is broken stays inside: it is for the log, not for the caller.
            _ => {
                tracing::error!(error = error.chain(), "the store failed");
                Self::internal()
            }
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        Self::from(&error)
    }
}

impl From<getrandom::Error> for ApiError {
    fn from(error: getrandom::Error) -> Self {
        tracing::error!(%error, "no random bytes");
        Self::unavailable()
    }
}
