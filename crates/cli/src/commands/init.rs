//! `exchequer init`: creates a ledger and the client of its operator.

use anyhow::Context;
use clap::Args;
use exchequer_app::Ambient;
use exchequer_core::OrganizationId;
use exchequer_store::catalog::{ClientId, Operator, initialise};
use exchequer_store::secrets;
use exchequer_store::{Location, Store, StoreError};
use serde::Serialize;

use crate::exit::Exit;
use crate::ledger::LedgerFlags;
use crate::output;
use crate::random;
use crate::settings::Settings;

/// The name of the organisation that runs the platform.
const OPERATOR: &str = "Operator";

/// Flags of `init`.
#[derive(Debug, Args)]
pub(crate) struct Flags {
    #[command(flatten)]
    ledger: LedgerFlags,
    /// Print the credentials as JSON: {"clientId":…,"clientSecret":…}
    #[arg(long)]
    json: bool,
}

/// The credentials of the operator.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Credentials {
    pub(super) client_id: String,
    pub(super) client_secret: String,
}

/// Creates the ledger and prints the credentials of its operator.
pub(crate) async fn run(settings: &Settings<'_>, flags: Flags) -> anyhow::Result<Exit> {
    let place = flags.ledger.location(settings)?;
    let credentials = create(&place, &Ambient::system())
        .await
        .with_context(|| format!("creating a ledger in {place}"))?;
    if flags.json {
        output::line(&serde_json::to_string(&credentials)?)?;
    } else {
        output::line(&format!(
            "Created a ledger in {}.\n\
             These are the credentials of its operator. The secret is printed only now.\n\n\
             export EXCHEQUER_CLIENT_ID={}\n\
             export EXCHEQUER_CLIENT_SECRET={}\n\n\
             Next: exchequer serve{}",
            place,
            credentials.client_id,
            credentials.client_secret,
            same_place(&place)
        ))?;
    }
    Ok(Exit::Success)
}

/// Returns the flags with which `serve` opens the same place.
fn same_place(place: &Location) -> String {
    match place {
        Location::Directory(data) => format!(" --data {}", data.display()),
        // Its URL may hold a password.
        Location::Postgres(_) => ", with the same --database-url".to_owned(),
    }
}

/// Creates a ledger and its operator.
pub(super) async fn create(place: &Location, ambient: &Ambient) -> anyhow::Result<Credentials> {
    match Store::create(place, random::bytes()?) {
        // The database exists already. An interrupted `init` may have left it
        // without an operator: then it is completed. If it has one, `initialise`
        // below refuses.
        Ok(()) | Err(StoreError::Conflict(_)) => {}
        Err(error) => return Err(error.into()),
    }
    let store = Store::open(place)?;
    let organization = OrganizationId::from_uuid(ambient.id());
    let client = ClientId::from_uuid(ambient.id());
    let secret = secrets::to_text(random::bytes()?);
    let credentials = Credentials {
        client_id: client.to_string(),
        client_secret: secret.clone(),
    };
    let (salt, now) = (random::bytes()?, ambient.now());
    let made = store
        .database()
        .write(move |tx| {
            let operator = Operator {
                organization,
                name: OPERATOR,
                client,
                secret: &secret,
                salt,
                now,
            };
            initialise(tx, &operator)
        })
        .await;
    // Also after an error: nothing may keep the lock of the ledger.
    store.close();
    made?;
    Ok(credentials)
}
