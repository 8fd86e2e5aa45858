//! From a figure to its days, and from a day to its events.

use exchequer_core::{OrganizationId, Quantity, TimeRange, Zone};
use exchequer_store::{EventQuery, Store, StoreError, StoredEvents};
use exchequer_types::Granularity;

use crate::app::App;
use crate::error::{Error, Fault};
use crate::limits::MOST_BUCKETS;

/// Finds the meter that an argument names, as the catalog or as reports name it.
///
/// # Errors
/// [`Error::Invalid`] if there is none.
pub fn meter(app: &App, name: &str) -> Result<String, Error> {
    match app.store().meters().find(name) {
        Some(meter) => Ok(meter.name.clone()),
        None => Err(no_meter(name)),
    }
}

fn no_meter(name: &str) -> Error {
    Error::Invalid {
        field: "meter",
        why: Fault::Argument {
            value: name.to_owned(),
            allowed: "names of meters of the catalog",
        },
    }
}

/// Returns the time zone in which the figures of a range are laid beside a bill: that of the
/// contract in force at the end of it, or of the last one before. UTC without one.
///
/// # Errors
/// If the database fails.
pub async fn zone_of(
    app: &App,
    organization: OrganizationId,
    range: TimeRange,
) -> Result<Zone, Error> {
    Ok(app.store().zone_of(organization, range).await?)
}

/// Cuts a range into the hours, days or months of a time zone.
///
/// # Errors
/// [`Error::Invalid`] if there are too many.
pub fn buckets(
    range: TimeRange,
    granularity: Granularity,
    zone: &Zone,
) -> Result<Vec<TimeRange>, Error> {
    let mut buckets = Vec::new();
    let mut start = range.start();
    while start < range.end() {
        if buckets.len() == MOST_BUCKETS {
            let why = format!(
                "granularity: the range has more than {MOST_BUCKETS} buckets of one \
                 {granularity}; a shorter range or a coarser granularity has fewer"
            );
            return Err(Error::rule("granularity", why));
        }
        let next = match granularity {
            Granularity::Hour => zone.hour_after(start),
            Granularity::Day => zone.day_after(start),
            Granularity::Month => zone.month_after(start),
        };
        let end = next.min(range.end());
        let bucket = TimeRange::new(start, end).expect("a boundary is after what it bounds");
        buckets.push(bucket);
        start = end;
    }
    Ok(buckets)
}

/// Counts the usage of a meter in each bucket, all of one snapshot.
///
/// # Errors
/// [`Error::Invalid`] if the meter was deleted meanwhile.
pub async fn series(
    app: &App,
    organization: OrganizationId,
    meter: String,
    buckets: Vec<TimeRange>,
) -> Result<Vec<Quantity>, Error> {
    let (name, count) = (meter.clone(), buckets.len());
    let counted = in_turn(app, move |store| async move {
        store.usage_series(organization, meter, buckets).await
    });
    let counted = counted.await?.ok_or_else(|| no_meter(&name))?;
    assert_eq!(counted.len(), count, "each bucket has its figure");
    Ok(counted)
}

/// Reads a page of events, and where the next one begins.
///
/// # Errors
/// [`Error::Invalid`] if the meter that was asked for was deleted meanwhile.
pub async fn events(
    app: &App,
    organization: OrganizationId,
    query: EventQuery,
) -> Result<StoredEvents, Error> {
    let meter = query.meter.clone();
    let page = in_turn(app, move |store| async move {
        store.usage_events(organization, query).await
    });
    let page = page.await?;
    page.ok_or_else(|| no_meter(meter.as_deref().expect("a page is absent with its meter")))
}

/// Waits for a turn, and keeps it until the work is done, whether or not the
/// client is still there.
async fn in_turn<T, F>(
    app: &App,
    work: impl FnOnce(Store) -> F + Send + 'static,
) -> Result<T, Error>
where
    T: Send + 'static,
    F: Future<Output = Result<T, StoreError>> + Send,
{
    let all = app.clone();
    app.to_its_end(async move {
        let _turn = all.breakdowns().acquire().await;
        Ok(work(all.store().clone()).await?)
    })
    .await
}

#[cfg(test)]
mod tests {
    use exchequer_core::Instant;
    use exchequer_types::dates;

    use super::*;

    fn of(start: &str, end: &str, granularity: Granularity) -> Option<Vec<String>> {
        within("UTC", start, end, granularity)
    }

    fn within(zone: &str, start: &str, end: &str, granularity: Granularity) -> Option<Vec<String>> {
        let zone = Zone::named(zone).unwrap();
        let at = |text: &str| Instant::from_micros(dates::parse(text).unwrap());
        let range = TimeRange::new(at(start), at(end)).unwrap();
        let buckets = buckets(range, granularity, &zone).ok()?;
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
        let last = of(
            "9999-11-29",
            "9999-12-31T23:59:59.999999Z",
            Granularity::Month,
        );
        assert_eq!(last.unwrap().len(), 2);
    }

    #[test]
    fn buckets_are_those_of_the_time_zone() {
        assert_eq!(
            within(
                "Europe/Berlin",
                "2026-03-28T23:00Z",
                "2026-03-30T22:00Z",
                Granularity::Day
            )
            .unwrap(),
            ["2026-03-28T23:00:00.000Z", "2026-03-29T22:00:00.000Z"]
        );
        // The first month begins an hour before midnight of UTC, the second two.
        assert_eq!(
            within(
                "Europe/Berlin",
                "2026-02-28T23:00Z",
                "2026-04-30T22:00Z",
                Granularity::Month
            )
            .unwrap(),
            ["2026-02-28T23:00:00.000Z", "2026-03-31T22:00:00.000Z"]
        );
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
        assert_eq!(of("0001-01-01", "9999-12-31", Granularity::Month), None);
    }
}
