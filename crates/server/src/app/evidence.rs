//! From a figure to its days, and from a day to its events.

use exchequer_core::{Day, Instant, MICROS_PER_DAY, OrganizationId, TimeRange};
use exchequer_ledger::{EventCursor, ListedEvent};
use exchequer_store::{EventQuery, Store, StoreError};
use exchequer_types::{Granularity, RecordedEvent, UsageBucket, UsageSeries, dates};
use serde_json::value::RawValue;

use crate::error::ApiError;
use crate::state::AppState;

/// The most buckets of a series.
const MOST_BUCKETS: usize = 1_000;

/// The name of a meter of the catalog.
pub(crate) fn meter(state: &AppState, name: &str) -> Result<String, ApiError> {
    match state.store().meters().by_name(name) {
        Some(meter) => Ok(meter.name.clone()),
        None => Err(no_meter(name)),
    }
}

fn no_meter(name: &str) -> ApiError {
    ApiError::invalid_param(name, "meter", "names of meters of the catalog")
}

/// The buckets of a range.
pub(crate) fn buckets(
    range: TimeRange,
    granularity: Granularity,
) -> Result<Vec<TimeRange>, ApiError> {
    let mut buckets = Vec::new();
    let mut start = range.start();
    while start < range.end() {
        if buckets.len() == MOST_BUCKETS {
            let why = format!(
                "granularity: the range has more than {MOST_BUCKETS} buckets of one \
                 {granularity}; a shorter range or a coarser granularity has fewer"
            );
            return Err(ApiError::constraint("granularity", why));
        }
        let end = boundary_after(start, granularity).map_or(range.end(), |at| at.min(range.end()));
        buckets.extend(TimeRange::new(start, end));
        start = end;
    }
    Ok(buckets)
}

/// The first boundary behind an instant; none in the last month that there is.
fn boundary_after(instant: Instant, granularity: Granularity) -> Option<Instant> {
    const HOUR: i64 = MICROS_PER_DAY / 24;
    let day = instant.day();
    match granularity {
        Granularity::Hour => {
            let hour = instant.micros().div_euclid(HOUR);
            Some(Instant::from_micros((hour + 1) * HOUR))
        }
        Granularity::Day => Some(day.next().start()),
        Granularity::Month => {
            let next = match day.ymd() {
                (year, 12, _) => Day::from_ymd(year + 1, 1, 1),
                (year, month, _) => Day::from_ymd(year, month + 1, 1),
            };
            next.map(Day::start)
        }
    }
}

/// The series of a meter.
pub(crate) async fn series(
    state: &AppState,
    organization: OrganizationId,
    meter: String,
    range: TimeRange,
    granularity: Granularity,
    buckets: Vec<TimeRange>,
) -> Result<UsageSeries, ApiError> {
    let (of, wanted) = (meter.clone(), buckets.clone());
    let counted = in_turn(state, move |store| async move {
        store.usage_series(organization, of, wanted).await
    });
    let counted = counted.await?;
    // The meter may have been deleted in between.
    let counted = counted.ok_or_else(|| no_meter(&meter))?;
    let entities = buckets
        .iter()
        .zip(counted)
        .map(|(bucket, usage)| UsageBucket {
            start_date: dates::format(bucket.start().micros()),
            end_date: dates::format(bucket.end().micros()),
            usage: usage.to_string(),
        });
    Ok(UsageSeries {
        meter,
        granularity,
        start_date: dates::format(range.start().micros()),
        end_date: dates::format(range.end().micros()),
        entities: entities.collect(),
    })
}

/// A page of events, and where the next one begins.
pub(crate) async fn events(
    state: &AppState,
    organization: OrganizationId,
    query: EventQuery,
) -> Result<(Vec<RecordedEvent>, Option<EventCursor>), ApiError> {
    let meter = query.meter.clone();
    let page = in_turn(state, move |store| async move {
        store.usage_events(organization, query).await
    });
    let page = page
        .await?
        .ok_or_else(|| no_meter(&meter.unwrap_or_default()))?;
    let events = page.events.into_iter();
    let events = events.map(|(event, received)| show(event, received));
    Ok((events.collect::<Result<_, _>>()?, page.next))
}

/// Waits for a turn, and keeps it until the work is done, whether or not the
/// client is still there.
async fn in_turn<T, F>(
    state: &AppState,
    work: impl FnOnce(Store) -> F + Send + 'static,
) -> Result<T, ApiError>
where
    T: Send + 'static,
    F: Future<Output = Result<T, StoreError>> + Send,
{
    let all = state.clone();
    state
        .to_its_end(async move {
            let _turn = all.breakdowns().acquire().await;
            Ok(work(all.store().clone()).await?)
        })
        .await
}

fn show(event: ListedEvent, received: Instant) -> Result<RecordedEvent, ApiError> {
    let data = Some(event.data).filter(|data| !data.is_empty());
    let data = data.map(RawValue::from_string).transpose();
    let data = data.map_err(|error| {
        tracing::error!(seq = event.seq.number(), %error, "the data of an event is no JSON");
        ApiError::internal()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn of(start: &str, end: &str, granularity: Granularity) -> Option<Vec<String>> {
        let at = |text: &str| Instant::from_micros(dates::parse(text).unwrap());
        let range = TimeRange::new(at(start), at(end)).unwrap();
        let buckets = buckets(range, granularity).ok()?;
        let ends = buckets.windows(2).all(|two| two[0].end() == two[1].start());
        assert!(ends && buckets.last().is_none_or(|last| last.end() == range.end()));
        let starts = buckets.iter();
        Some(
            starts
                .map(|bucket| dates::format(bucket.start().micros()))
                .collect(),
        )
    }

    #[test]
    fn buckets_begin_on_the_hour_on_midnight_and_on_the_first() {
        assert_eq!(
            of("2026-10-01T00:30", "2026-10-01T02:00", Granularity::Hour).unwrap(),
            ["2026-10-01T00:30:00.000Z", "2026-10-01T01:00:00.000Z"]
        );
        assert_eq!(
            of(
                "2026-02-27T12:00",
                "2026-03-01T00:00:00.000001",
                Granularity::Day
            )
            .unwrap(),
            [
                "2026-02-27T12:00:00.000Z",
                "2026-02-28T00:00:00.000Z",
                "2026-03-01T00:00:00.000Z"
            ]
        );
        assert_eq!(
            of("2025-11-30", "2026-02-01", Granularity::Month).unwrap(),
            [
                "2025-11-30T00:00:00.000Z",
                "2025-12-01T00:00:00.000Z",
                "2026-01-01T00:00:00.000Z"
            ]
        );
        assert_eq!(
            of("2026-01-01", "2026-01-01", Granularity::Day)
                .unwrap()
                .len(),
            0
        );
        let last = of("9999-12-29", "9999-12-30T12:00", Granularity::Month);
        assert_eq!(last.unwrap().len(), 1);
    }

    #[test]
    fn a_series_is_bounded() {
        assert_eq!(
            of("2026-01-01", "2028-09-27", Granularity::Day)
                .unwrap()
                .len(),
            1_000
        );
        assert_eq!(of("2026-01-01", "2028-09-28", Granularity::Day), None);
        assert_eq!(of("0001-01-01", "9999-12-30", Granularity::Month), None);
    }
}
