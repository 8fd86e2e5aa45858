//! A new database with the organisations and meters of a world.

use anyhow::{Result, bail};
use exchequer_core::{Instant, OrganizationId};
use exchequer_ledger::Partitions;
use exchequer_store::catalog::meters::Rule;
use exchequer_store::catalog::{
    Actor, ClientId, Expect, Operator, Put, initialise, meters, organizations,
};
use exchequer_store::sql::Sql;
use exchequer_store::{Location, Store, StoreError};
use uuid::Uuid;

use crate::kinds::KINDS;
use crate::measure;
use crate::world::World;

/// The operator's client, with whose token everything is sent and put.
pub(crate) const CLIENT: Uuid = Uuid::from_u128(0xbe7c_0000_0000_4000_8000_0000_0000_0001);
/// The secret of all clients; the server that it opens lives for seconds on
/// the loopback.
pub(crate) const SECRET: &str = "a-secret-of-the-benchmark-and-nobody-else";

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
                organizations::put(tx, &actor, id, &name, Expect::Any)?;
            }
            put_meters(tx, &actor)
        })
        .await?;
    if let Some(refused) = outcome {
        bail!("a meter was refused: {refused}");
    }
    store.reload_meters().await?;
    Ok(store)
}

/// Puts the six meters; why one was refused, if one was.
fn put_meters(tx: &Sql<'_>, actor: &Actor) -> Result<Option<String>, StoreError> {
    for kind in &KINDS {
        let version = kind.version();
        let rule = Rule {
            event_type: version.event_type,
            aggregation: version.aggregation,
            quantity: version.quantity,
            round_up_each: version.round_up_each,
            peak_minutes: version.peak_minutes,
            family: None,
        };
        let put = meters::put(tx, actor, kind.meter, rule, None, Expect::Any)?;
        if let Put::Refused(why) = put {
            return Ok(Some(why));
        }
    }
    Ok(None)
}

/// One more event of an organisation, at `time`.
pub(crate) fn another(
    store: &Store,
    organization: OrganizationId,
    id: &str,
    time: Instant,
) -> exchequer_ledger::Request {
    let kind = &KINDS[0];
    let mut builder = exchequer_ledger::RequestBuilder::new(store.partitions());
    let event = exchequer_ledger::NewEvent {
        source: "/bench",
        id,
        kind: kind.event_type,
        subject: "line-00000@c0000.example",
        time,
        data: r#"{"division":"Sales","minutes":"1.5","queue":"queue-1"}"#,
        voids: "",
    };
    builder.push(organization, event);
    builder.build(&store.identity_key())
}
