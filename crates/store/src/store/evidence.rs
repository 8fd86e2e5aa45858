//! The evidence of a figure: its series by days, and the events of a day.

use exchequer_core::{Instant, MeteredRange, OrganizationId, Quantity, TimeRange, Zone};
use exchequer_ledger::{EventCursor, EventFilter, EventPaging, ListedEvent, events, series};

use super::Store;
use super::view::View;
use crate::catalog::contracts;
use crate::error::StoreError;
use crate::limits::EVENTS_OF_A_PAGE;
use crate::rows::StoredRows;
use crate::sql::{Row, Snapshot, params};

/// A query for a page of events.
#[derive(Debug, Clone)]
pub struct EventQuery {
    /// Events in this range; of a meter of sessions those that overlap it.
    pub range: TimeRange,
    /// The name of a meter; only the events that it reads are wanted.
    pub meter: Option<String>,
    /// The resource; only its events are wanted.
    pub resource: Option<String>,
    /// True if events that others void are wanted too.
    pub voided: bool,
    /// The place where the page begins; `None` for the first event.
    pub from: Option<EventCursor>,
    /// The most events of the page.
    pub limit: usize,
}

/// A page of events.
#[derive(Debug, Clone)]
pub struct StoredEvents {
    /// The events in order of time, each with the instant of its acknowledgement.
    pub events: Vec<(ListedEvent, Instant)>,
    /// The place where the next page begins; `None` after the last.
    pub next: Option<EventCursor>,
}

impl Store {
    /// Returns the zone of the contract that is in force at the end of a range, or of the
    /// last one before. UTC without one.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn zone_of(
        &self,
        organization: OrganizationId,
        range: TimeRange,
    ) -> Result<Zone, StoreError> {
        let zones = move |db: &Snapshot<'_>| contracts::zones(db, organization);
        let zones = self.database().read_one(zones).await?;
        Ok(zones.at_end_of(range))
    }

    /// Returns a meter's exact total in each of these ranges, which are in order and
    /// do not overlap, all of one snapshot; `None` if there is no such meter.
    ///
    /// # Errors
    /// If the database fails, or a row is damaged.
    pub async fn usage_series(
        &self,
        organization: OrganizationId,
        meter: String,
        buckets: Vec<TimeRange>,
    ) -> Result<Option<Vec<Quantity>>, StoreError> {
        self.read_view(organization, move |view| {
            let View {
                directories,
                meters,
                tail,
                rows,
                ..
            } = view;
            if meters.by_name(&meter).is_none() {
                return Ok(None);
            }
            let zones = contracts::zones(&rows.db, organization)?;
            let buckets: Vec<MeteredRange> = buckets
                .into_iter()
                .map(|bucket| zones.metered(bucket))
                .collect();
            series(
                organization,
                &buckets,
                &meter,
                view.rules(),
                tail,
                directories,
                rows,
            )
            .map(Some)
        })
        .await
    }

    /// Returns a page of an organisation's events; `None` if there is no such meter.
    ///
    /// # Errors
    /// If the database fails, or a row is damaged.
    pub async fn usage_events(
        &self,
        organization: OrganizationId,
        query: EventQuery,
    ) -> Result<Option<StoredEvents>, StoreError> {
        self.read_view(organization, move |view| {
            let View {
                directories,
                meters,
                aliases,
                tail,
                rows,
                ..
            } = view;
            let meter = query.meter.as_deref().map(|name| meters.by_name(name));
            if matches!(meter, Some(None)) {
                return Ok(None);
            }
            // Only which names are one resource depends on the last day.
            let range = match (&query.meter, &query.resource) {
                (Some(_), Some(_)) => {
                    contracts::zones(&rows.db, organization)?.metered(query.range)
                }
                _ => MeteredRange::utc(query.range),
            };
            let filter = EventFilter {
                range,
                meter: meter.flatten(),
                resource: query.resource.as_deref(),
                aliases,
                voided: query.voided,
            };
            let paging = EventPaging {
                from: query.from,
                limit: query.limit,
                budget: EVENTS_OF_A_PAGE,
            };
            let page = events(
                organization,
                filter,
                paging,
                tail,
                rows.extent()?.folded,
                directories,
                rows,
            )?;
            let seqs: Vec<i64> = page
                .events
                .iter()
                .map(|it| it.seq.number() as i64)
                .collect();
            let received = received(rows, seqs)?;
            Ok(Some(StoredEvents {
                events: page.events.into_iter().zip(received).collect(),
                next: page.next,
            }))
        })
        .await
    }
}

/// Returns when events were acknowledged: the instant of the commit that brought
/// each.
fn received(rows: &StoredRows<'_>, seqs: Vec<i64>) -> Result<Vec<Instant>, StoreError> {
    let read = |row: &Row<'_>| row.get::<Option<i64>>(0);
    let received = if rows.db.is_shared() {
        // All of a page in one round trip.
        let query = "SELECT (SELECT received FROM mark
                 WHERE partition = $1 AND mark.seq >= asked.seq ORDER BY mark.seq LIMIT 1)
             FROM unnest($2::bigint[]) WITH ORDINALITY AS asked (seq, place) ORDER BY place";
        rows.all(query, params![seqs], read)?
    } else {
        let query = "SELECT received FROM mark WHERE partition = $1 AND seq >= $2
             ORDER BY seq LIMIT 1";
        let one = |seq: &i64| Ok(rows.first(query, params![seq], read)?.flatten());
        seqs.iter().map(one).collect::<Result<_, StoreError>>()?
    };
    let found = received.into_iter().zip(&seqs).map(|(received, seq)| {
        let missing = || StoreError::corrupt(format!("mark {seq}"), "it is missing");
        received.map(Instant::from_micros).ok_or_else(missing)
    });
    found.collect()
}
