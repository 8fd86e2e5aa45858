//! Listings by cursor, a page at a time.

use exchequer_types::{BillingContractListing, CursorListing};
use reqwest::Url;
use serde::de::DeserializeOwned;

use crate::call::Call;
use crate::{Answer, Client, Error};

/// A page that may lead to another one.
pub(crate) trait Page: DeserializeOwned + Send + 'static {
    /// Returns the path of the next page.
    fn next_uri(&self) -> Option<&str>;
}

impl<T: DeserializeOwned + Send + 'static> Page for CursorListing<T> {
    fn next_uri(&self) -> Option<&str> {
        self.next_uri.as_deref()
    }
}

impl Page for BillingContractListing {
    fn next_uri(&self) -> Option<&str> {
        self.next_uri.as_deref()
    }
}

/// A listing by cursor, and the place in it.
#[derive(Debug)]
pub(crate) struct CursorPages {
    client: Client,
    call: Result<Call, Error>,
    size: u32,
    after: Option<String>,
    ended: bool,
}

impl CursorPages {
    pub(crate) fn new(client: &Client, call: Result<Call, Error>, size: u32) -> Self {
        Self {
            client: client.clone(),
            call,
            size,
            after: None,
            ended: false,
        }
    }

    pub(crate) fn page_size(mut self, size: u32) -> Self {
        self.size = size;
        self
    }

    /// Begins behind a place that an earlier listing has reached.
    pub(crate) fn starting_after(mut self, cursor: &str) -> Self {
        self.after = Some(cursor.to_owned());
        self
    }

    /// Returns the place that is reached, once a page was read.
    pub(crate) fn place(&self) -> Option<&str> {
        self.after.as_deref()
    }

    pub(crate) fn query(mut self, name: &str, value: &str) -> Self {
        self.call = self.call.map(|call| call.query(name, value));
        self
    }

    /// Returns the next page, or `None` after the last. If this fails or is given up, the
    /// same page comes next.
    pub(crate) async fn next<P: Page>(&mut self) -> Result<Option<Answer<P>>, Error> {
        if self.ended {
            return Ok(None);
        }
        let mut call = self.call.clone()?.query("pageSize", &self.size.to_string());
        if let Some(after) = &self.after {
            call = call.query("after", after);
        }
        let page: Answer<P> = self.client.send(&call).await?.parse().await?;
        let after = page.next_uri().map(cursor).transpose()?;
        self.ended = after.is_none();
        self.after = after;
        Ok(Some(page))
    }
}

/// Returns the cursor in the path of a next page.
fn cursor(uri: &str) -> Result<String, Error> {
    let unreadable = || Error::Unreadable(format!("no cursor in nextUri `{uri}`"));
    // Only the query matters; a path alone is no address.
    let base = Url::parse("http://localhost").map_err(|_| unreadable())?;
    let url = base.join(uri).map_err(|_| unreadable())?;
    let mut pairs = url.query_pairs();
    let after = pairs.find(|(name, _)| name == "after");
    after
        .map(|(_, value)| value.into_owned())
        .ok_or_else(unreadable)
}
