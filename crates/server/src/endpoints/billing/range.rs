//! The range of a request, and its form in the audit trail.

use exchequer_core::{Instant, TimeRange, Zone};
use exchequer_types::dates;

use crate::error::ApiError;
use crate::params::Params;

/// Parses `startDate` and `endDate`, both required. Without an offset they are UTC.
pub(super) fn parse(params: &Params) -> Result<TimeRange, ApiError> {
    parse_in(params, &Zone::utc())
}

/// Parses `startDate` and `endDate`, both required. Without an offset they are what the
/// clocks of this time zone show.
pub(super) fn parse_in(params: &Params, zone: &Zone) -> Result<TimeRange, ApiError> {
    let instant = |shown| zone.first_showing(Instant::from_micros(shown)).micros();
    let start = params
        .get("startDate")
        .and_then(|text| dates::parse_in(text, instant).ok());
    let start = start.ok_or_else(|| ApiError::invalid_date("startDate"))?;
    let end = params
        .get("endDate")
        .and_then(|text| dates::parse_end_in(text, instant).ok());
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
