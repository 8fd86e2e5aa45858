//! The sample data, loaded through the API as any platform would load its own.

use std::path::Path;

use anyhow::ensure;
use exchequer_client::Client;
use exchequer_core::Instant;
use exchequer_store::secrets;

use super::{calendar, usage};
use crate::catalog;
use crate::commands::apply;
use crate::random;

const CATALOG: &str = include_str!("catalog.toml");

/// Events in one request.
const BATCH: usize = 1_000;

/// A client of the catalog that reads.
pub(super) struct Reader {
    pub(super) id: &'static str,
    pub(super) secret: String,
}

/// The sample data as of now.
pub(super) struct World {
    pub(super) partner: Reader,
    pub(super) acme: Reader,
    now: Instant,
}

impl World {
    /// Makes the sample data with new secrets.
    pub(super) fn new(now: Instant) -> anyhow::Result<Self> {
        let reader = |id| {
            anyhow::Ok(Reader {
                id,
                secret: secrets::to_text(random::bytes()?),
            })
        };
        Ok(Self {
            partner: reader("aaaaaaaa-0000-4000-8000-000000000001")?,
            acme: reader("aaaaaaaa-0000-4000-8000-000000000002")?,
            now,
        })
    }

    /// Loads it into a new server. Returns the number of events.
    pub(super) async fn load(&self, operator: &Client) -> anyhow::Result<usize> {
        let text = calendar::fill(CATALOG, self.now.day())?;
        let environment = |name: &str| match name {
            "PARTNER_SECRET" => Some(self.partner.secret.clone()),
            "ACME_SECRET" => Some(self.acme.secret.clone()),
            _ => None,
        };
        let catalog = catalog::parse(Path::new("demo/catalog.toml"), &text, &environment)?;
        apply::send(
            operator,
            &catalog,
            apply::Allowed::default(),
            &mut Vec::new(),
        )
        .await?;
        let events = usage::events(self.now)?;
        for batch in events.chunks(BATCH) {
            let answer = operator.usage_events().send(batch).await?;
            let (accepted, refused) = (answer.accepted, answer.rejected.first());
            // The sample data has no duplicates and no events without a meter, so
            // anything else is a fault of the data or of the server.
            ensure!(
                accepted == batch.len() as u64 && answer.unmetered == 0,
                "the server accepted {accepted} of {} sample events; first rejection: {refused:?}",
                batch.len()
            );
        }
        Ok(events.len())
    }
}
