//! Reading inputs as the server does, and the meters that read them.

use exchequer_app::ingest::{BodyError, Format, IngestContext, Parsed, Sender, parse};
use exchequer_core::{
    Aggregation, Day, ExcessDecimals, Instant, Meter, MeterSet, MeterVersion, OrganizationId,
    Quantity, Spelling, Unreadable,
};
use exchequer_ledger::IdentityKey;

pub(crate) const HOME: OrganizationId = OrganizationId::from_bytes([0x11; 16]);
pub(crate) const OTHER: OrganizationId = OrganizationId::from_bytes([0x22; 16]);

/// One meter of each aggregation that behaves in its own way.
pub(crate) fn meters() -> MeterSet {
    let tenth = Quantity::parse("0.1").expect("a quantity");
    MeterSet::new(vec![
        meter(1, "user.login", Aggregation::Unique, None, None),
        meter(2, "call", Aggregation::Sum, Some("minutes"), Some(tenth)),
        meter(3, "session", Aggregation::Hours, Some("seconds"), None),
        meter(4, "disk", Aggregation::Max, Some("bytes"), None),
        meter(5, "session", Aggregation::Peak, Some("seconds"), None),
        meter(6, "call", Aggregation::Count, None, None),
        lenient(7, "disk", Aggregation::Max, "files"),
        lenient(8, "session", Aggregation::Hours, "minutes"),
    ])
    .expect("meters that get on with each other")
}

/// A meter that takes whatever there is, and folds resources.
fn lenient(number: u32, event_type: &str, aggregation: Aggregation, field: &str) -> Meter {
    let mut meter = meter(number, event_type, aggregation, Some(field), None);
    let version = &mut meter.versions[0];
    version.resources = Spelling::Folded;
    (version.unreadable, version.excess_decimals) = match number % 2 {
        0 => (Unreadable::Skip, ExcessDecimals::Round),
        _ => (Unreadable::Zero, ExcessDecimals::Cut),
    };
    meter
}

fn meter(
    number: u32,
    event_type: &str,
    aggregation: Aggregation,
    field: Option<&str>,
    step: Option<Quantity>,
) -> Meter {
    Meter {
        number,
        name: format!("Meter {number}"),
        versions: vec![MeterVersion {
            version: 1,
            begins: Day::from_number(0),
            event_type: event_type.to_owned(),
            aggregation,
            quantity: field.map(str::to_owned),
            round_up_each: step,
            peak_minutes: 30,
            family: None,
            shown_as: None,
            unreadable: Default::default(),
            excess_decimals: Default::default(),
            resources: Default::default(),
            revision: 1,
        }],
    }
}

/// Reads a body as an operator of [`HOME`] would send it in October 2026.
pub(crate) fn read(body: &[u8], format: Format) -> Result<Parsed, BodyError> {
    let meters = meters();
    let exists = |id| [HOME, OTHER].contains(&id);
    let context = IngestContext {
        now: Instant::from_micros(20_728 * 86_400_000_000 + 43_200_000_000),
        home: HOME,
        operator: true,
        sender: Sender::UNBOUND,
        meters: &meters,
        partitions: exchequer_ledger::Partitions::ONE,
        organization_exists: &exists,
    };
    parse(body, format, &context)
}

/// A key of identities; which one does not matter here.
pub(crate) fn key() -> IdentityKey {
    IdentityKey::from_bytes([7; 16])
}
