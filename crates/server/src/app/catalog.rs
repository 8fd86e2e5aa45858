//! Changing the catalog, and telling the rest of the server.

use exchequer_core::{Contract, Day, Meter, OrganizationId, Product};
use exchequer_store::Transaction;
use exchequer_store::catalog::clients::{self, Client, NewClient};
use exchequer_store::catalog::meters::{self, Rule};
use exchequer_store::catalog::organizations::{self, Organization};
use exchequer_store::catalog::trusts::{self, Parties, Trust};
use exchequer_store::catalog::{Actor, ClientId, Deletion, Expect, Put, contracts, products};

use crate::error::ApiError;
use crate::state::AppState;

/// Creates or renames an organisation.
pub(crate) async fn put_organization(
    state: &AppState,
    actor: Actor,
    id: OrganizationId,
    name: String,
    expect: Expect,
) -> Result<Put<Organization>, ApiError> {
    let shared = state.clone();
    let change = async move {
        let write = move |tx: &Transaction<'_>| organizations::put(tx, &actor, id, &name, expect);
        let put = shared.database().write(write).await?;
        if matches!(put, Put::Created(_)) {
            shared.organizations().write().await.insert(id);
        }
        Ok(put)
    };
    state.to_its_end(change).await
}

/// Deletes an organisation that nothing belongs to. Ingestion waits meanwhile:
/// usage must not arrive between the check and the deletion.
pub(crate) async fn delete_organization(
    state: &AppState,
    actor: Actor,
    id: OrganizationId,
    expect: Expect,
) -> Result<Deletion, ApiError> {
    let shared = state.clone();
    let change = async move {
        let mut known = shared.organizations().write().await;
        if shared
            .store()
            .usage_key(id, exchequer_store::EVER)
            .await?
            .last_seq
            > 0
        {
            return Ok(Deletion::InUse("it has usage"));
        }
        let delete = move |tx: &Transaction<'_>| organizations::delete(tx, &actor, id, expect);
        let deletion = shared.database().write(delete).await?;
        if deletion == Deletion::Deleted {
            known.remove(&id);
        }
        Ok(deletion)
    };
    state.to_its_end(change).await
}

/// Creates or changes a client.
pub(crate) async fn put_client(
    state: &AppState,
    actor: Actor,
    new: NewClient,
    expect: Expect,
) -> Result<Put<Client>, ApiError> {
    Ok(state
        .database()
        .write(move |tx| clients::put(tx, &actor, &new, expect))
        .await?)
}

/// Deletes a client, and its tokens with it.
pub(crate) async fn delete_client(
    state: &AppState,
    actor: Actor,
    id: ClientId,
    expect: Expect,
) -> Result<Deletion, ApiError> {
    Ok(state
        .database()
        .write(move |tx| clients::delete(tx, &actor, id, expect))
        .await?)
}

/// Creates a meter or gives it a new version.
pub(crate) async fn put_meter(
    state: &AppState,
    actor: Actor,
    name: String,
    rule: Rule,
    effective: Option<Day>,
    expect: Expect,
) -> Result<Put<Meter>, ApiError> {
    let shared = state.clone();
    let change = async move {
        let put = shared
            .database()
            .write(move |tx| meters::put(tx, &actor, &name, rule, effective, expect))
            .await?;
        if matches!(put, Put::Created(_) | Put::Changed(_)) {
            shared.store().reload_meters().await?;
        }
        Ok(put)
    };
    state.to_its_end(change).await
}

/// Deletes a meter that has counted nothing.
pub(crate) async fn delete_meter(
    state: &AppState,
    actor: Actor,
    name: String,
    expect: Expect,
) -> Result<Deletion, ApiError> {
    let shared = state.clone();
    let change = async move {
        let deletion = shared
            .database()
            .write(move |tx| meters::delete(tx, &actor, &name, expect))
            .await?;
        if deletion == Deletion::Deleted {
            shared.store().reload_meters().await?;
        }
        Ok(deletion)
    };
    state.to_its_end(change).await
}

/// Makes a trust, or switches it on or off.
pub(crate) async fn put_trust(
    state: &AppState,
    actor: Actor,
    parties: Parties,
    enabled: bool,
    expect: Expect,
) -> Result<Put<Trust>, ApiError> {
    Ok(state
        .database()
        .write_in(parties.trustor, move |tx| {
            trusts::put(tx, &actor, parties, enabled, expect)
        })
        .await?)
}

/// Ends a trust.
pub(crate) async fn delete_trust(
    state: &AppState,
    actor: Actor,
    parties: Parties,
    expect: Expect,
) -> Result<Deletion, ApiError> {
    Ok(state
        .database()
        .write_in(parties.trustor, move |tx| {
            trusts::delete(tx, &actor, parties, expect)
        })
        .await?)
}

/// Creates or changes a product.
pub(crate) async fn put_product(
    state: &AppState,
    actor: Actor,
    product: Product,
    expect: Expect,
) -> Result<Put<products::Stored>, ApiError> {
    Ok(state
        .database()
        .write(move |tx| products::put(tx, &actor, &product, expect))
        .await?)
}

/// Deletes a product that no contract prices.
pub(crate) async fn delete_product(
    state: &AppState,
    actor: Actor,
    sku: String,
    expect: Expect,
) -> Result<Deletion, ApiError> {
    Ok(state
        .database()
        .write(move |tx| products::delete(tx, &actor, &sku, expect))
        .await?)
}

/// Creates a contract or gives it a new version; `said` is its document.
pub(crate) async fn put_contract(
    state: &AppState,
    actor: Actor,
    contract: Contract,
    said: &exchequer_types::catalog::Contract,
    expect: Expect,
) -> Result<Put<contracts::Stored>, ApiError> {
    let body = serde_json::to_string(said).map_err(|_| ApiError::internal())?;
    Ok(state
        .database()
        .write_in(contract.organization(), move |tx| {
            contracts::put(tx, &actor, &contract, &body, expect)
        })
        .await?)
}

/// Deletes a contract that has not begun.
pub(crate) async fn delete_contract(
    state: &AppState,
    actor: Actor,
    number: String,
    expect: Expect,
) -> Result<Deletion, ApiError> {
    let database = state.database();
    let asked = number.clone();
    let whose = database
        .read_one(move |db| contracts::organization_of(db, &asked))
        .await?;
    let Some(organization) = whose else {
        return Ok(Deletion::Absent);
    };
    Ok(database
        .write_in(organization, move |tx| {
            contracts::delete(tx, &actor, organization, &number, expect)
        })
        .await?)
}
