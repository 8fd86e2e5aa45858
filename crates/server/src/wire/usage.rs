//! Series and events as the wire has them.

use exchequer_core::{Instant, Quantity, TimeRange};
use exchequer_ledger::ListedEvent;
use exchequer_types::{Granularity, RecordedEvent, UsageBucket, UsageSeries, dates};
use serde_json::value::RawValue;

use crate::error::ApiError;

/// Returns the series of a meter, a figure for each bucket.
pub(crate) fn series_to_wire(
    meter: String,
    range: TimeRange,
    granularity: Granularity,
    buckets: &[TimeRange],
    counted: &[Quantity],
) -> UsageSeries {
    assert_eq!(buckets.len(), counted.len(), "each bucket has its figure");
    let entities = buckets
        .iter()
        .zip(counted)
        .map(|(bucket, usage)| UsageBucket {
            start_date: dates::format(bucket.start().micros()),
            end_date: dates::format(bucket.end().micros()),
            usage: usage.to_string(),
        });
    UsageSeries {
        meter,
        granularity,
        start_date: dates::format(range.start().micros()),
        end_date: dates::format(range.end().micros()),
        entities: entities.collect(),
    }
}

/// Returns an event with when it was acknowledged.
pub(crate) fn event_to_wire(
    event: ListedEvent,
    received: Instant,
) -> Result<RecordedEvent, ApiError> {
    let data = Some(event.data).filter(|data| !data.is_empty());
    let data = data.map(RawValue::from_string).transpose();
    // Only JSON is ever kept, so this is damage.
    let data = data.map_err(|error| {
        let seq = event.seq.number();
        ApiError::internal().because(format!("the data of event {seq} is no JSON: {error}"))
    })?;
    Ok(RecordedEvent {
        id: event.id,
        source: event.source,
        r#type: event.kind,
        resource: event.subject,
        time: dates::format(event.time.micros()),
        received: dates::format(received.micros()),
        data,
        voids: Some(event.voids).filter(|voids| !voids.is_empty()),
        voided_by: event.voided_by,
        quantity: event.quantity.map(|quantity| quantity.to_string()),
    })
}
