//! The event types of the generated world: one for each aggregation.

use exchequer_core::{Aggregation, Day, MeterVersion, Quantity};
use exchequer_support::Random;
use exchequer_support::customers::{METERS, Meter};

/// A meter with the resources that cause the events that it listens to.
pub(crate) struct Kind {
    pub(crate) meter: Meter,
    /// The name of such resources.
    pub(crate) resource: &'static str,
    /// The number of resources of this kind among 20, hence of events among 20.
    share: u64,
}

pub(crate) const KINDS: [Kind; 6] = [
    kind(0, "line", 9),
    kind(1, "volume", 5),
    kind(2, "number", 2),
    kind(3, "user", 2),
    kind(4, "station", 1),
    kind(5, "agent", 1),
];

const fn kind(meter: usize, resource: &'static str, share: u64) -> Kind {
    Kind {
        meter: METERS[meter],
        resource,
        share,
    }
}

/// The kind of the resource with this number: each resource causes events of
/// one kind, as a line, a volume or an agent does.
pub(crate) fn kind_of_resource(resource: u64) -> usize {
    let mut place = resource % 20;
    for (number, kind) in KINDS.iter().enumerate() {
        if place < kind.share {
            return number;
        }
        place -= kind.share;
    }
    0
}

impl Kind {
    /// The meter as the catalog would hold it.
    pub(crate) fn version(&self) -> MeterVersion {
        MeterVersion {
            version: 1,
            begins: Day::from_number(0),
            event_type: self.meter.event_type.to_owned(),
            aggregation: self.meter.aggregation,
            quantity: self.meter.quantity.map(str::to_owned),
            round_up_each: self.meter.round_up_tenths.map(|tenths| {
                Quantity::from_scaled(Quantity::ONE.scaled() / 10 * i128::from(tenths))
            }),
            peak_minutes: 30,
            family: None,
            shown_as: None,
            unreadable: Default::default(),
            excess_decimals: Default::default(),
            resources: Default::default(),
            revision: 1,
        }
    }

    /// Writes `data` in canonical form.
    pub(crate) fn write_data(&self, random: &mut Random, data: &mut String) {
        use std::fmt::Write;
        const DIVISIONS: [&str; 6] = ["Sales", "Support", "Back office", "Field", "IT", "Home"];
        const SITES: [&str; 5] = ["berlin-1", "berlin-2", "lyon", "porto", "utrecht"];
        let division = DIVISIONS[random.below(DIVISIONS.len() as u64) as usize];
        let site = SITES[random.below(SITES.len() as u64) as usize];
        let (number, seconds) = (random.below(60_000), 60 + random.below(4 * 3600 - 59));
        data.clear();
        let (whole, thousandths) = (number / 1000, number % 1000);
        let written = match self.meter.aggregation {
            Aggregation::Sum => write!(
                data,
                r#"{{"division":"{division}","minutes":"{whole}.{thousandths:03}","queue":"queue-{}"}}"#,
                number % 40
            ),
            Aggregation::Max => {
                write!(
                    data,
                    r#"{{"gigabytes":"{whole}.{thousandths:03}","site":"{site}"}}"#
                )
            }
            Aggregation::Count => write!(data, r#"{{"channel":"sms","division":"{division}"}}"#),
            Aggregation::Unique => write!(data, r#"{{"client":"web","division":"{division}"}}"#),
            Aggregation::Hours => write!(data, r#"{{"seconds":"{seconds}","site":"{site}"}}"#),
            Aggregation::Peak => write!(
                data,
                r#"{{"division":"{division}","queue":"queue-{}","seconds":"{seconds}"}}"#,
                number % 40
            ),
        };
        debug_assert!(written.is_ok(), "a string takes whatever is written");
    }
}
