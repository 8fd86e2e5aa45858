//! The catalog: seven kinds of resources with the same operations.

use std::fmt;
use std::marker::PhantomData;

use exchequer_types::{self as types, BulkAnswer, BulkEntity, BulkOutcome};
use reqwest::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Answer, Client, Error, Pages};

/// The most resources of one request.
const BULK_ENTITIES: usize = 200;

/// The largest body of such a request, in bytes; brackets come on top.
const BULK_BYTES: usize = 4_000_000;

/// A kind of resource in the catalog, named by the body that the API answers with:
/// [`CatalogOrganization`](types::CatalogOrganization),
/// [`CatalogAliases`](types::CatalogAliases),
/// [`CatalogClient`](types::CatalogClient), [`CatalogMeter`](types::CatalogMeter),
/// [`CatalogProduct`](types::CatalogProduct),
/// [`CatalogContract`](types::CatalogContract) or
/// [`CatalogTrust`](types::CatalogTrust).
pub trait Entry: sealed::Entry + DeserializeOwned + Send + 'static {
    /// The body that creates or changes a resource.
    type Put: Serialize + Sync;

    /// The segment of the path for this kind.
    const KIND: &'static str;

    /// Returns the version: 1 when created, and one more after each change.
    fn version(&self) -> u64;

    /// Returns the body that puts back what was read. With a field changed it makes that
    /// change, if nobody has made another since.
    fn to_put(&self) -> Self::Put;
}

/// A kind of which many may be put with one request: all but meters, which are few.
pub trait BulkEntry: Entry {}

mod sealed {
    /// Limits the kinds to those of the API.
    pub trait Entry {}
}

macro_rules! entries {
    ($($kind:literal: $entry:ident, $put:ident;)*) => {$(
        impl sealed::Entry for types::$entry {}

        impl Entry for types::$entry {
            type Put = types::$put;
            const KIND: &'static str = $kind;

            fn version(&self) -> u64 {
                self.version
            }

            fn to_put(&self) -> Self::Put {
                self.clone().into()
            }
        }
    )*};
}

entries! {
    "organizations": CatalogOrganization, PutOrganization;
    "aliases": CatalogAliases, PutAliases;
    "clients": CatalogClient, PutClient;
    "meters": CatalogMeter, PutMeter;
    "products": CatalogProduct, PutProduct;
    "contracts": CatalogContract, PutContract;
    "trusts": CatalogTrust, PutTrust;
}

impl BulkEntry for types::CatalogOrganization {}
impl BulkEntry for types::CatalogAliases {}
impl BulkEntry for types::CatalogClient {}
impl BulkEntry for types::CatalogProduct {}
impl BulkEntry for types::CatalogContract {}
impl BulkEntry for types::CatalogTrust {}

/// The condition of a change. If it does not hold, the answer is 412.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Condition {
    /// No condition.
    #[default]
    None,
    /// The resource has this version.
    Version(u64),
    /// The resource exists.
    Exists,
    /// The resource does not exist.
    Absent,
}

/// One kind of resource in the catalog, from [`Client::catalog`].
#[must_use]
pub struct Catalog<'a, T> {
    client: &'a Client,
    condition: Condition,
    kind: PhantomData<fn() -> T>,
}

impl Client {
    /// Returns one kind of resource in the catalog. Clients of the operator edit it.
    ///
    /// ```no_run
    /// # use exchequer_client::{Client, Error, catalog::Entry as _, types::*};
    /// # async fn show(client: Client) -> Result<(), Error> {
    /// let meters = client.catalog::<CatalogMeter>();
    /// if let Some(meter) = meters.find("voice-minutes").await? {
    ///     let mut put = meter.to_put();
    ///     put.rule.round_up_each = Some("0.1".to_owned());
    ///     meters.put("voice-minutes", &put).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn catalog<T: Entry>(&self) -> Catalog<'_, T> {
        Catalog {
            client: self,
            condition: Condition::None,
            kind: PhantomData,
        }
    }
}

impl<T: Entry> Catalog<'_, T> {
    /// Makes changes only if this holds.
    pub fn only_if(mut self, condition: Condition) -> Self {
        self.condition = condition;
        self
    }

    /// Lists all resources of this kind.
    pub fn list(&self) -> Pages<T> {
        Pages::new(self.client, &["billing", "catalog", T::KIND])
    }

    /// Returns the resource with this id.
    ///
    /// # Errors
    /// As every call; 404 if there is none.
    pub async fn get(&self, id: &str) -> Result<Answer<T>, Error> {
        let call = self.client.get(&["billing", "catalog", T::KIND, id])?;
        self.client.send(&call).await?.parse().await
    }

    /// Returns the resource with this id, or `None`.
    ///
    /// # Errors
    /// As every call.
    pub async fn find(&self, id: &str) -> Result<Option<Answer<T>>, Error> {
        match self.get(id).await {
            Err(error) if error.status() == Some(404) => Ok(None),
            found => found.map(Some),
        }
    }

    /// Creates or updates the resource. A put that changes nothing leaves the version
    /// as it was.
    ///
    /// # Errors
    /// As every call; 412 or 409 if the condition or the version does not hold.
    pub async fn put(&self, id: &str, put: &T::Put) -> Result<Answer<T>, Error> {
        let body = serde_json::to_value(put).map_err(|error| Error::Invalid(error.to_string()))?;
        let mut call = self
            .client
            .call(Method::PUT, &["billing", "catalog", T::KIND, id])?
            .body("application/json", body.to_string())
            .condition(self.condition);
        // Each attempt would make another secret, and end the oldest.
        if body["generateSecret"] == true {
            call = call.not_repeatable();
        }
        self.client.send(&call).await?.parse().await
    }

    /// Creates or updates many resources with one request, in this order, and returns the
    /// outcome for each. It sends as many as fit into a request (200, or 4 MiB), from the
    /// first on: if there are fewer outcomes than resources, call it with the rest.
    ///
    /// Each fares as if it were put alone: one that is refused keeps none of the others
    /// back. The condition of each is its `version`; that of [`Catalog::only_if`] is not
    /// sent.
    ///
    /// # Errors
    /// As every call. Some may have been put; putting them again changes nothing.
    pub async fn put_many(
        &self,
        entities: &[BulkEntity<T::Put>],
    ) -> Result<Vec<BulkOutcome<T>>, Error>
    where
        T: BulkEntry,
    {
        let mut body = String::from("{\"entities\":[");
        for (place, entity) in entities.iter().take(BULK_ENTITIES).enumerate() {
            let text =
                serde_json::to_string(entity).map_err(|error| Error::Invalid(error.to_string()))?;
            if place > 0 {
                if body.len() + text.len() > BULK_BYTES {
                    break;
                }
                body.push(',');
            }
            body.push_str(&text);
        }
        body.push_str("]}");
        // Each attempt would make another secret, and end the oldest.
        let generates = body.contains("\"generateSecret\":true");
        let mut call = self
            .client
            .call(Method::POST, &["billing", "catalog", T::KIND])?
            .body("application/json", body);
        if generates {
            call = call.not_repeatable();
        }
        let answer: Answer<BulkAnswer<T>> = self.client.send(&call).await?.parse().await?;
        Ok(answer.into_inner().entities)
    }

    /// Deletes the resource. Aliases have no deletion (405): an empty list ends them.
    ///
    /// # Errors
    /// As every call; 409 if it was used, 404 if there is none.
    pub async fn delete(&self, id: &str) -> Result<(), Error> {
        let call = self
            .client
            .call(Method::DELETE, &["billing", "catalog", T::KIND, id])?
            .condition(self.condition);
        self.client.send(&call).await.map(drop)
    }
}

impl<T> Clone for Catalog<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Catalog<'_, T> {}

impl<T: Entry> fmt::Debug for Catalog<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Catalog")
            .field("kind", &T::KIND)
            .field("condition", &self.condition)
            .finish_non_exhaustive()
    }
}
