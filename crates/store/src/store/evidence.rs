//! From a figure to its days, and from a day to its events.

use exchequer_core::{Instant, OrganizationId, Quantity, TimeRange};
use exchequer_ledger::{EventCursor, EventFilter, EventPaging, ListedEvent, Seq, events, series};

use super::Store;
use crate::error::StoreError;
use crate::rows::StoredRows;
use crate::sql::params;

/// About how many stored events are looked at for a page. A part holds up to
/// 65,536, so this is some tens of milliseconds.
const MOST_LOOKED_AT: usize = 200_000;

/// Which events are asked for.
#[derive(Debug, Clone)]
pub struct EventQuery {
    /// Events in this range; of a meter of sessions those that overlap it.
    pub range: TimeRange,
    /// Only what the meter of this name reads.
    pub meter: Option<String>,
    /// Only what happened to this resource.
    pub resource: Option<String>,
    /// Also those that others void.
    pub voided: bool,
    /// Where the page begins; with the first event if `None`.
    pub from: Option<EventCursor>,
    /// The most events of the page.
    pub limit: usize,
}

/// A page of events.
#[derive(Debug, Clone)]
pub struct StoredEvents {
    /// The events in order of time, each with when it was acknowledged.
    pub events: Vec<(ListedEvent, Instant)>,
    /// Where the next page begins; `None` after the last.
    pub next: Option<EventCursor>,
}

impl Store {
    /// A meter's exact total in each of these ranges, which are in order and
    /// do not overlap, all of one snapshot; `None` if there is no such meter.
    ///
    /// # Errors
    /// It cannot be read.
    pub async fn usage_series(
        &self,
        organization: OrganizationId,
        meter: String,
        buckets: Vec<TimeRange>,
    ) -> Result<Option<Vec<Quantity>>, StoreError> {
        self.look(organization, move |directories, meters, tail, rows| {
            if meters.by_name(&meter).is_none() {
                return Ok(None);
            }
            series(
                organization,
                &buckets,
                &meter,
                meters,
                tail,
                directories,
                rows,
            )
            .map(Some)
        })
        .await
    }

    /// A page of an organisation's events; `None` if there is no such meter.
    ///
    /// # Errors
    /// They cannot be read.
    pub async fn usage_events(
        &self,
        organization: OrganizationId,
        query: EventQuery,
    ) -> Result<Option<StoredEvents>, StoreError> {
        self.look(organization, move |directories, meters, tail, rows| {
            let meter = query.meter.as_deref().map(|name| meters.by_name(name));
            if matches!(meter, Some(None)) {
                return Ok(None);
            }
            let filter = EventFilter {
                range: query.range,
                meter: meter.flatten(),
                resource: query.resource.as_deref(),
                voided: query.voided,
            };
            let paging = EventPaging {
                from: query.from,
                limit: query.limit,
                budget: MOST_LOOKED_AT,
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
            let events = page.events.into_iter().map(|event| {
                let received = received(rows, event.seq)?;
                Ok((event, received))
            });
            Ok(Some(StoredEvents {
                events: events.collect::<Result<_, StoreError>>()?,
                next: page.next,
            }))
        })
        .await
    }
}

/// When an event was acknowledged: the instant of the commit that brought it.
fn received(rows: &StoredRows<'_>, seq: Seq) -> Result<Instant, StoreError> {
    let query = "SELECT received FROM mark WHERE partition = $1 AND seq >= $2
         ORDER BY seq LIMIT 1";
    let received = rows.first(query, params![seq.number()], |row| row.get(0))?;
    let missing = || StoreError::Corrupt {
        what: format!("mark {}", seq.number()),
        why: "it is missing".to_owned(),
    };
    received.map(Instant::from_micros).ok_or_else(missing)
}
