//! A new database with the organisations and meters of a world.

use anyhow::{Result, bail};
use exchequer_core::OrganizationId;
use exchequer_ledger::Partitions;
use exchequer_store::catalog::meters::MeterDefinition;
use exchequer_store::catalog::{
    Actor, ClientId, Expect, Operator, Put, initialise, meters, organizations,
};
use exchequer_store::{Location, Store};
use uuid::Uuid;

use crate::kinds::{KINDS, Kind};
use crate::world::World;
use exchequer_support::measure;

/// The operator and its client.
const CLIENT: Uuid = Uuid::from_u128(0xbe7c_0000_0000_4000_8000_0000_0000_0001);
/// A secret that nobody uses, because these ledgers are not served.
const SECRET: &str = "a-secret-that-nobody-uses";

/// Makes the database and opens it. Must be called within a runtime.
pub(crate) async fn create(at: impl Into<Location>, world: &World) -> Result<Store> {
    let at = at.into();
    // To try other numbers than the usual one.
    let partitions = match (&at, std::env::var("EXCHEQUER_BENCH_PARTITIONS")) {
        (Location::Postgres(_), Ok(number)) => Some(Partitions::new(number.parse()?)),
        _ => None,
    };
    match partitions {
        Some(partitions) => Store::create_partitioned(&at, [9; 16], partitions)?,
        None => Store::create(&at, [9; 16])?,
    }
    let store = Store::open(&at)?;
    let (now, ids) = (measure::now(), world.ids());
    let outcome = store
        .database()
        .write(move |tx| {
            let organization = OrganizationId::from_uuid(CLIENT);
            let client = ClientId::from_uuid(CLIENT);
            let operator = Operator {
                organization,
                name: "Platform",
                client,
                secret: SECRET,
                salt: [3; 16],
                now,
            };
            initialise(tx, &operator)?;
            let actor = Actor {
                client,
                organization,
                at: now,
            };
            for (number, id) in ids.into_iter().enumerate() {
                let name = format!("Customer {number:04}");
                organizations::put(tx, &actor, id, &name, None, Expect::Any)?;
            }
            for kind in &KINDS {
                let put = meters::put(
                    tx,
                    &actor,
                    kind.meter.name,
                    rule(kind),
                    None,
                    false,
                    Expect::Any,
                )?;
                if let Put::Refused(why) = put {
                    return Ok(Some(why));
                }
            }
            Ok(None)
        })
        .await?;
    if let Some(refused) = outcome {
        bail!("a meter was refused: {refused}");
    }
    store.reload_meters().await?;
    Ok(store)
}

/// The meter as it is put into the catalog.
fn rule(kind: &Kind) -> MeterDefinition {
    let version = kind.version();
    MeterDefinition {
        event_type: version.event_type,
        aggregation: version.aggregation,
        quantity: version.quantity,
        round_up_each: version.round_up_each,
        peak_minutes: version.peak_minutes,
        family: None,
        shown_as: None,
        unreadable: None,
        excess_decimals: Default::default(),
        resources: Default::default(),
    }
}
