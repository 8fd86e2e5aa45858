//! Listings, page by page.

use std::marker::PhantomData;

use exchequer_types::Listing;
use serde::de::DeserializeOwned;

use crate::call::Call;
use crate::{Answer, Client, Error};

/// The size that every server allows for a page.
const LARGEST: u32 = 100;

/// A listing, read a page at a time; nothing is sent before it is asked for.
///
/// ```no_run
/// # async fn show(client: exchequer_client::Client) -> Result<(), exchequer_client::Error> {
/// // One page after the other …
/// let mut pages = client.trustors().page_size(50);
/// while let Some(page) = pages.next().await? {
///     println!("{} of {}", page.entities.len(), page.total);
/// }
/// // … or everything at once.
/// let customers = client.trustors().all().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use]
pub struct Pages<T> {
    client: Client,
    call: Result<Call, Error>,
    size: u32,
    number: u32,
    ended: bool,
    of: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned + Send + 'static> Pages<T> {
    pub(crate) fn new(client: &Client, path: &[&str]) -> Self {
        Self {
            client: client.clone(),
            call: client.get(path),
            size: LARGEST,
            number: 1,
            ended: false,
            of: PhantomData,
        }
    }

    /// Sets the size of a page; 100 unless set. A server may answer with fewer entries.
    pub fn page_size(mut self, size: u32) -> Self {
        self.size = size;
        self
    }

    /// Begins at this page. The first is 1.
    pub fn starting_at(mut self, number: u32) -> Self {
        self.number = number;
        self
    }

    /// Returns the next page, or `None` after the last. If this fails or is given up,
    /// the same page comes next.
    ///
    /// # Errors
    /// As every call.
    pub async fn next(&mut self) -> Result<Option<Answer<Listing<T>>>, Error> {
        if self.ended {
            return Ok(None);
        }
        let call = self.call.clone()?;
        let call = call
            .query("pageSize", &self.size.to_string())
            .query("pageNumber", &self.number.to_string());
        let page: Answer<Listing<T>> = self.client.send(&call).await?.parse().await?;
        // An empty page ends it too, whatever it says about a next one.
        self.ended = page.next_uri.is_none() || page.entities.is_empty();
        // No listing has 2^32 pages, so the cap is never reached.
        self.number = self.number.saturating_add(1);
        Ok(Some(page))
    }

    /// Returns everything from here to the last page.
    ///
    /// # Errors
    /// As every call.
    pub async fn all(mut self) -> Result<Vec<T>, Error> {
        let mut all = Vec::new();
        while let Some(page) = self.next().await? {
            all.extend(page.into_inner().entities);
        }
        Ok(all)
    }
}
