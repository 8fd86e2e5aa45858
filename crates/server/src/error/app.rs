//! Failures of the application, as the caller should see them: the one place
//! that knows their statuses and codes.

use exchequer_app::{Error, Fault};

use super::ApiError;

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::not_found(),
            Error::Conflict(why) => Self::conflict(why),
            Error::Invalid { field, why } => invalid(field, why),
            Error::Busy { retry_after } => Self::busy(retry_after),
            // The cause is for the log, not for the caller.
            Error::Unavailable(_) => Self::unavailable().because(error),
            Error::Internal(_) => Self::internal().because(error),
        }
    }
}

fn invalid(field: &'static str, why: Fault) -> ApiError {
    match why {
        Fault::Rule(rule) => ApiError::constraint(field, rule),
        Fault::Value { value, allowed } => ApiError::invalid_value(&value, field, allowed),
        Fault::Argument { value, allowed } => ApiError::invalid_param(&value, field, allowed),
        Fault::TooMany { unit, limit } => ApiError::too_large(unit, limit),
        Fault::Unreadable(why) => ApiError::malformed(why),
    }
}
