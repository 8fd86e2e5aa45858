//! Where the demo serves, and how to log in: for scripts.

use serde::Serialize;

use super::server::DemoServer;
use super::world::{Reader, World};

/// What `demo --json` prints.
#[derive(Serialize)]
struct Logins<'a> {
    url: &'a str,
    operator: Login<'a>,
    partner: Login<'a>,
    customer: Login<'a>,
}

/// A client, and the organisation that it belongs to.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Login<'a> {
    client_id: &'a str,
    client_secret: &'a str,
    organization: &'a str,
}

impl<'a> From<&'a Reader> for Login<'a> {
    fn from(reader: &'a Reader) -> Self {
        Self {
            client_id: reader.id,
            client_secret: &reader.secret,
            organization: reader.organization,
        }
    }
}

/// Returns the logins as one line of JSON.
pub(super) async fn json(server: &DemoServer, world: &World) -> anyhow::Result<String> {
    let organization = server.operator()?.organization().await?;
    let operator = Login {
        client_id: &server.credentials.client_id,
        client_secret: &server.credentials.client_secret,
        organization: &organization.id,
    };
    let logins = Logins {
        url: &server.url,
        operator,
        partner: Login::from(&world.partner),
        customer: Login::from(&world.acme),
    };
    Ok(serde_json::to_string(&logins)?)
}
