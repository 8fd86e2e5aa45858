//! A version of a meter, tried on events that are kept already.

use exchequer_core::{Day, Meter, MeterSet, MeterVersion, OrganizationId};

use crate::fold::stored::{ALL, each_folded};
use crate::json::top_level_field;
use crate::rows::Rows;
use crate::tail::TailBatch;
use crate::void::Voids;

/// A version, and the events that it was tried on.
#[derive(Debug, Clone)]
pub struct Trial {
    /// A set of one meter, whose only version holds on all days.
    meters: MeterSet,
    /// Events that were looked at.
    pub seen: u64,
    /// Those of the version's type.
    pub events: u64,
    /// Those of them without a quantity that it can read.
    pub unreadable: u64,
}

impl Trial {
    /// Begins the trial of a version.
    ///
    /// # Panics
    /// If the version is not valid.
    #[must_use]
    pub fn new(version: MeterVersion) -> Self {
        let version = MeterVersion {
            begins: Day::from_number(i32::MIN),
            ..version
        };
        let meter = Meter {
            number: 1,
            name: "trial".to_owned(),
            versions: vec![version],
        };
        Self {
            meters: MeterSet::new(vec![meter]).expect("a valid version"),
            seen: 0,
            events: 0,
            unreadable: 0,
        }
    }

    /// Tries the version on the folded events of a day, voided ones too: they were taken.
    ///
    /// # Errors
    /// Stored rows cannot be read or are damaged.
    pub fn take_day<R: Rows>(
        &mut self,
        organization: OrganizationId,
        day: Day,
        rows: &R,
    ) -> Result<(), R::Error> {
        let meters = self.meters.clone();
        let voids = Voids::default();
        let take = |(kind, _, data): (&str, _, &str), _| self.take(kind, data);
        // Resources play no part in it, so no number of one is looked up.
        let all = (day, ALL);
        each_folded(organization, all, &meters, &voids, u32::MAX, rows, take)
    }

    /// Tries the version on the events of a batch from a day on.
    pub fn take_batch(&mut self, batch: &TailBatch, since: Day) {
        for row in 0..batch.batch.len() {
            if batch.batch.time(row) >= since.start() {
                let event = batch.batch.content(row);
                self.take(event.kind, event.data);
            }
        }
    }

    fn take(&mut self, kind: &str, data: &str) {
        self.seen += 1;
        let version = &self.meters.meters()[0].versions[0];
        if version.event_type != kind {
            return;
        }
        self.events += 1;
        let raw = version.field();
        let raw = raw.and_then(|field| top_level_field(data, field));
        self.unreadable += u64::from(version.measure(raw).is_err());
    }
}
