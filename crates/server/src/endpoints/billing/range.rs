//! The range of a request, and its form in the audit trail.

use exchequer_core::{Instant, TimeRange};
use exchequer_types::dates;

use crate::error::ApiError;
use crate::params::Params;

/// Parses `startDate` and `endDate`, both required.
pub(super) fn parse(params: &Params) -> Result<TimeRange, ApiError> {
    let start = params
        .get("startDate")
        .and_then(|text| dates::parse(text).ok());
    let start = start.ok_or_else(|| ApiError::invalid_date("startDate"))?;
    let end = params
        .get("endDate")
        .and_then(|text| dates::parse_end(text).ok());
    let end = end.ok_or_else(|| ApiError::invalid_date("endDate"))?;
    TimeRange::new(Instant::from_micros(start), Instant::from_micros(end))
        .ok_or_else(ApiError::reversed_dates)
}

/// Returns both ends as answers write them.
pub(super) fn to_text(range: TimeRange) -> String {
    [range.start(), range.end()]
        .map(|at| dates::format(at.micros()))
        .join("/")
}
