//! The sample data, loaded through the API as any platform would load its own.

use std::path::Path;

use anyhow::ensure;
use exchequer_client::{Client, UsageEvent};
use exchequer_core::Instant;
use exchequer_store::secrets;

use super::{calendar, closing, usage};
use crate::catalog;
use crate::commands::apply;
use crate::random;

const CATALOG: &str = include_str!("catalog.toml");

/// The organisation of the partner.
const PARTNER: &str = "11111111-1111-4111-8111-111111111111";

/// Events in one request.
const BATCH: usize = 1_000;

/// A client of the catalog that reads.
pub(super) struct Reader {
    pub(super) id: &'static str,
    pub(super) organization: &'static str,
    pub(super) secret: String,
}

/// What was loaded.
pub(super) struct Loaded {
    /// The number of events.
    pub(super) events: usize,
    /// The number of those that were sent after their period was closed.
    pub(super) late: usize,
    /// The number of periods that were closed.
    pub(super) closed: u64,
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
        let reader = |id, organization| {
            anyhow::Ok(Reader {
                id,
                organization,
                secret: secrets::to_text(random::bytes()?),
            })
        };
        Ok(Self {
            partner: reader("aaaaaaaa-0000-4000-8000-000000000001", PARTNER)?,
            acme: reader(
                "aaaaaaaa-0000-4000-8000-000000000002",
                calendar::ACME.organization,
            )?,
            now,
        })
    }

    /// Loads it into a new server: the catalog, usage, what closing makes of it, and what is
    /// learnt after that.
    pub(super) async fn load(&self, operator: &Client) -> anyhow::Result<Loaded> {
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
        send(operator, &events).await?;
        // The server closes nothing by itself meanwhile: it does so a day after a contract was
        // first put, at the earliest.
        let closed = closing::close(operator, None).await?;
        let late = usage::late(self.now)?;
        send(operator, &late).await?;
        closing::close(operator, Some(closing::CONTRACT)).await?;
        closing::correct(operator).await?;
        Ok(Loaded {
            events: events.len() + late.len(),
            late: late.len(),
            closed,
        })
    }
}

/// Sends events, all of which the server must accept.
async fn send(operator: &Client, events: &[UsageEvent]) -> anyhow::Result<()> {
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
    Ok(())
}
