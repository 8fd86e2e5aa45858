//! What is metered in the generated world: one event type for each aggregation.

use exchequer_core::{Aggregation, Day, MeterVersion, Quantity};

use crate::random::Random;

/// An event type with the meter that listens to it.
pub(crate) struct Kind {
    pub(crate) event_type: &'static str,
    pub(crate) meter: &'static str,
    pub(crate) aggregation: Aggregation,
    pub(crate) field: Option<&'static str>,
    /// How the resources are called that cause such events.
    pub(crate) resource: &'static str,
    /// How many of 20 resources, hence of 20 events, are of this kind.
    share: u64,
}

pub(crate) const KINDS: [Kind; 6] = [
    kind(
        "call.ended",
        "voice-minutes",
        Aggregation::Sum,
        Some("minutes"),
        "line",
        9,
    ),
    kind(
        "storage.measured",
        "storage-peak",
        Aggregation::Max,
        Some("gigabytes"),
        "volume",
        5,
    ),
    kind(
        "message.sent",
        "messages",
        Aggregation::Count,
        None,
        "number",
        2,
    ),
    kind(
        "user.login",
        "named-users",
        Aggregation::Unique,
        None,
        "user",
        2,
    ),
    kind(
        "station.session",
        "station-hours",
        Aggregation::Hours,
        None,
        "station",
        1,
    ),
    kind(
        "agent.session",
        "concurrent-agents",
        Aggregation::Peak,
        None,
        "agent",
        1,
    ),
];

const fn kind(
    event_type: &'static str,
    meter: &'static str,
    aggregation: Aggregation,
    field: Option<&'static str>,
    resource: &'static str,
    share: u64,
) -> Kind {
    Kind {
        event_type,
        meter,
        aggregation,
        field,
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
    pub(crate) fn round_up_each(&self) -> Option<Quantity> {
        let tenth = Quantity::from_scaled(Quantity::ONE.scaled() / 10);
        (self.aggregation == Aggregation::Sum).then_some(tenth)
    }

    /// The meter as the catalog would hold it.
    pub(crate) fn version(&self) -> MeterVersion {
        MeterVersion {
            version: 1,
            begins: Day::from_number(0),
            event_type: self.event_type.to_owned(),
            aggregation: self.aggregation,
            quantity: self.field.map(str::to_owned),
            round_up_each: self.round_up_each(),
            peak_minutes: 30,
            family: None,
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
        let written = match self.aggregation {
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
