//! Series and events as the wire has them.

use exchequer_app::explanation::{Explanation, Stage, Unbilled as WhyUnbilled};
use exchequer_app::unbilled::{Reason, Unbilled};
use exchequer_core::{Instant, Quantity, TimeRange, Zone};
use exchequer_ledger::ListedEvent;
use exchequer_types::{
    ExplainedMeter, ExplainedPeriod, Granularity, RecordedEvent, UnbilledMeter, UnbilledUsage,
    UsageBucket, UsageExplanation, UsageSeries, dates,
};
use serde_json::value::RawValue;

use crate::error::ApiError;
use crate::wire::entries;

/// Returns the series of a meter, a figure for each bucket.
pub(crate) fn series_to_wire(
    meter: String,
    range: TimeRange,
    granularity: Granularity,
    zone: &Zone,
    buckets: &[TimeRange],
    counted: &[Quantity],
) -> UsageSeries {
    assert_eq!(buckets.len(), counted.len(), "each bucket has its figure");
    let entities = buckets
        .iter()
        .zip(counted)
        .map(|(bucket, usage)| UsageBucket {
            start_date: dates::format(bucket.start().micros()),
            local_start: dates::format_local(
                bucket.start().micros(),
                zone.offset_seconds(bucket.start()),
            ),
            end_date: dates::format(bucket.end().micros()),
            usage: usage.to_string(),
        });
    UsageSeries {
        meter,
        granularity,
        time_zone: zone.name().to_owned(),
        start_date: dates::format(range.start().micros()),
        end_date: dates::format(range.end().micros()),
        entities: entities.collect(),
    }
}

/// Returns the usage of a range that nobody is billed for.
pub(crate) fn unbilled_to_wire(range: TimeRange, listed: Vec<Unbilled>) -> UnbilledUsage {
    let entities = listed.into_iter().map(|unbilled| UnbilledMeter {
        start_date: dates::format(unbilled.range.start().micros()),
        end_date: dates::format(unbilled.range.end().micros()),
        meter: unbilled.meter,
        usage: unbilled.usage.to_string(),
        reason: reason(unbilled.reason).to_owned(),
        contract_id: unbilled.contract,
    });
    UnbilledUsage {
        start_date: dates::format(range.start().micros()),
        end_date: dates::format(range.end().micros()),
        entities: entities.collect(),
    }
}

const fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::NoContract => "noContract",
        Reason::BeforeContract => "beforeContract",
        Reason::BetweenContracts => "betweenContracts",
        Reason::AfterContract => "afterContract",
        Reason::NotInContract => "notInContract",
    }
}

/// Returns what an event has come to.
pub(crate) fn explanation_to_wire(explained: Explanation) -> Result<UsageExplanation, ApiError> {
    let meters = explained.meters.into_iter().map(|it| ExplainedMeter {
        meter: it.meter,
        quantity: it.quantity.map(|quantity| quantity.to_string()),
    });
    let periods = explained.periods.iter().map(|it| ExplainedPeriod {
        contract_id: it.contract.clone(),
        billing_period_id: it.period.first.to_string(),
        part_numbers: it.products.clone(),
        stage: stage(it.stage).to_owned(),
        entries: it.entries.iter().map(entries::listed).collect(),
    });
    Ok(UsageExplanation {
        meters: meters.collect(),
        billing_periods: periods.collect(),
        reason: explained.unbilled.map(|it| why(it).to_owned()),
        event: event_to_wire(explained.event, explained.received)?,
    })
}

const fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Open => "open",
        Stage::Closed => "closed",
        Stage::Adjusted => "adjusted",
        Stage::NoDifference => "noDifference",
        Stage::Due => "due",
        Stage::TooLate => "tooLate",
        Stage::BilledElsewhere => "billedElsewhere",
    }
}

const fn why(unbilled: WhyUnbilled) -> &'static str {
    match unbilled {
        WhyUnbilled::Void => "void",
        WhyUnbilled::Voided => "voided",
        WhyUnbilled::Unmetered => "unmetered",
        WhyUnbilled::NoContract => "noContract",
        WhyUnbilled::NotInContract => "notInContract",
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
        time: dates::format_exact(event.time.micros()),
        received: dates::format(received.micros()),
        data,
        voids: Some(event.voids).filter(|voids| !voids.is_empty()),
        voided_by: event.voided_by,
        client: event.client.map(|client| client.to_string()),
        quantity: event.quantity.map(|quantity| quantity.to_string()),
    })
}
