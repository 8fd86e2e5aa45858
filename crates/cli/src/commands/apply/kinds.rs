//! The differences between the seven kinds of catalog items.

use exchequer_client::catalog::Entry;
use exchequer_client::{Client, Error};
use exchequer_core::contract::YearStart;
use exchequer_types::{
    CatalogAliases, CatalogClient, CatalogContract, CatalogMeter, CatalogOrganization,
    CatalogProduct, CatalogTrust, MeterRule, PutAliases, PutClient, PutContract, PutMeter,
    PutOrganization, PutProduct, PutTrust, RecentEvents,
};
use uuid::Uuid;

use super::correct;
use crate::random;

/// A kind of catalog item.
pub(super) trait Kind: Entry<Put: Clone> {
    /// The name of the kind in messages.
    const NAME: &'static str;

    /// Returns the id, as catalog files write it.
    fn id(&self) -> String;

    /// Returns whether the server certainly has what would be sent. If it may have
    /// the same in another notation, it is sent, and the version tells.
    fn is_same(&self, put: &Self::Put) -> bool;

    /// Ties a change to the version that was read, so that it does not overwrite
    /// one made in between.
    fn tie(put: &mut Self::Put, version: Option<u64>);

    /// Returns the organisation that the change takes the item away from, if it does.
    fn moves(&self, _put: &Self::Put) -> Option<&str> {
        None
    }

    /// Returns what the change that this answers would have made of recent events.
    fn recent(&self) -> Option<RecentEvents> {
        None
    }

    /// Makes a change that was refused as a correction, if it can be one and there is a
    /// reason for it.
    async fn correct(
        _client: &Client,
        _id: &str,
        _put: &Self::Put,
        _reason: Option<&str>,
        refusal: Error,
    ) -> anyhow::Result<Self> {
        Err(refusal.into())
    }

    /// Adds what a new item needs and the file leaves out: for a client a secret,
    /// which is returned.
    fn complete(_put: &mut Self::Put) -> anyhow::Result<Option<String>> {
        Ok(None)
    }
}

impl Kind for CatalogOrganization {
    const NAME: &'static str = "organization";

    fn id(&self) -> String {
        self.id.clone()
    }

    fn is_same(&self, put: &PutOrganization) -> bool {
        // Only the server knows whether it had another name on that day.
        self.name == put.name && put.effective.is_none()
    }

    fn tie(put: &mut PutOrganization, version: Option<u64>) {
        put.version = version;
    }
}

impl Kind for CatalogAliases {
    const NAME: &'static str = "aliases";

    fn id(&self) -> String {
        self.id.clone()
    }

    fn is_same(&self, put: &PutAliases) -> bool {
        // Only the server knows the list of another day.
        put.effective.is_none() && self.resources == put.resources
    }

    fn tie(put: &mut PutAliases, version: Option<u64>) {
        put.version = version;
    }
}

impl Kind for CatalogClient {
    const NAME: &'static str = "client";

    fn id(&self) -> String {
        self.id.clone()
    }

    fn is_same(&self, put: &PutClient) -> bool {
        let validity = put.access_token_validity_seconds;
        // Only the server knows whether it has a given secret already.
        put.secret.is_none()
            && self.organization == put.organization
            && self.name == put.name
            && self.permissions == put.permissions
            && self.sources == put.sources
            && validity.is_none_or(|seconds| seconds == self.access_token_validity_seconds)
    }

    fn tie(put: &mut PutClient, version: Option<u64>) {
        put.version = version;
    }

    /// Generates the secret here and not on the server: if the answer is lost, the
    /// repeated call still sets the secret that is printed.
    fn complete(put: &mut PutClient) -> anyhow::Result<Option<String>> {
        if put.secret.is_none() {
            put.secret = Some(generate_secret()?);
            return Ok(put.secret.clone());
        }
        Ok(None)
    }
}

impl Kind for CatalogMeter {
    const NAME: &'static str = "meter";

    fn id(&self) -> String {
        self.id.clone()
    }

    fn is_same(&self, put: &PutMeter) -> bool {
        let Some(day) = &put.effective else {
            return self.in_force.is_some() && is_same_rule(&self.rule, &put.rule);
        };
        let begun = self.versions.iter();
        let begun = begun.filter(|version| version.effective <= *day);
        // Days are written so that their texts sort as they do.
        let holds = begun.max_by(|a, b| (&a.effective, a.version).cmp(&(&b.effective, b.version)));
        holds.is_some_and(|version| is_same_rule(&version.rule, &put.rule))
    }

    fn recent(&self) -> Option<RecentEvents> {
        self.recent_events.clone()
    }

    fn tie(put: &mut PutMeter, version: Option<u64>) {
        put.version = version;
    }
}

/// Returns whether a meter has the rule already. What the file does not say of events
/// without a readable quantity stays as it is.
fn is_same_rule(kept: &MeterRule, put: &MeterRule) -> bool {
    let unreadable = put.unreadable.as_ref().or(kept.unreadable.as_ref());
    let unreadable = unreadable.cloned();
    *kept
        == MeterRule {
            unreadable,
            ..put.clone()
        }
}

impl Kind for CatalogProduct {
    const NAME: &'static str = "product";

    fn id(&self) -> String {
        self.id.clone()
    }

    fn is_same(&self, put: &PutProduct) -> bool {
        let (mut kept, mut said) = (self.product.clone(), put.product.clone());
        kept.charged_in_ramp.get_or_insert(kept.third_party);
        said.charged_in_ramp.get_or_insert(said.third_party);
        kept == said && put.effective.is_none()
    }

    fn tie(put: &mut PutProduct, version: Option<u64>) {
        put.version = version;
    }

    async fn correct(
        client: &Client,
        id: &str,
        put: &PutProduct,
        reason: Option<&str>,
        refusal: Error,
    ) -> anyhow::Result<Self> {
        correct::product(client, id, put, reason, refusal).await
    }
}

impl Kind for CatalogContract {
    const NAME: &'static str = "contract";

    fn id(&self) -> String {
        self.id.clone()
    }

    fn is_same(&self, put: &PutContract) -> bool {
        let (mut kept, mut said) = (self.contract.clone(), put.contract.clone());
        // A put that leaves it out keeps it.
        said.decrease = said.decrease.or_else(|| kept.decrease.clone());
        let year_start = || YearStart::default().to_string();
        kept.year_start.get_or_insert_with(year_start);
        said.year_start.get_or_insert_with(year_start);
        kept == said
    }

    fn moves(&self, put: &PutContract) -> Option<&str> {
        let owner = self.contract.organization.as_str();
        // The file has the canonical notation, the server what it was put as.
        let is_same = owner.parse::<Uuid>().ok() == put.contract.organization.parse().ok();
        (!is_same).then_some(owner)
    }

    fn tie(put: &mut PutContract, version: Option<u64>) {
        put.version = version;
    }

    async fn correct(
        client: &Client,
        id: &str,
        put: &PutContract,
        reason: Option<&str>,
        refusal: Error,
    ) -> anyhow::Result<Self> {
        correct::contract(client, id, put, reason, refusal).await
    }
}

impl Kind for CatalogTrust {
    const NAME: &'static str = "trust";

    fn id(&self) -> String {
        format!("{}:{}", self.trustee, self.trustor)
    }

    fn is_same(&self, put: &PutTrust) -> bool {
        // The API enables a trust unless the body says otherwise.
        self.enabled == put.enabled.unwrap_or(true)
            && (&self.from, &self.until) == (&put.from, &put.until)
            && self.earlier == put.earlier
    }

    fn tie(put: &mut PutTrust, version: Option<u64>) {
        put.version = version;
    }
}

/// Returns 256 random bits as hexadecimal digits.
fn generate_secret() -> anyhow::Result<String> {
    let bytes: [u8; 32] = random::bytes()?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
