//! The feed of changes.

use exchequer_types::{Change, CursorListing};

use crate::cursor_pages::CursorPages;
use crate::{Answer, Client, Error};

impl Client {
    /// Follows what changes of the things that bills are made from, and of the bills:
    /// `GET /api/v2/billing/changes`. It begins with the oldest change that is kept. Clients of
    /// the operator see the changes of all organisations, unless they act
    /// [for one](Self::for_organization). Genesys Cloud has nothing like it.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # async fn show(client: exchequer_client::Client) -> Result<(), exchequer_client::Error> {
    /// # let saved = String::new();
    /// let mut changes = client.changes().starting_after(&saved);
    /// loop {
    ///     let page = changes.next().await?;
    ///     for change in &page.entities {
    ///         println!("{} {}", change.action, change.object);
    ///     }
    ///     // Keep `changes.cursor()` with what was made of the page, to go on from there.
    ///     if page.entities.is_empty() {
    ///         tokio::time::sleep(Duration::from_secs(5)).await;
    ///     }
    /// }
    /// # }
    /// ```
    pub fn changes(&self) -> Changes {
        Changes(CursorPages::new(
            self,
            self.get(&["billing", "changes"]),
            LARGEST,
        ))
    }
}

/// The largest number of changes on a page.
const LARGEST: u32 = 1_000;

/// The feed of changes, read a page at a time. Nothing is sent before a page is asked for. It
/// has no end: an empty page says that nothing is new yet.
#[derive(Debug)]
#[must_use]
pub struct Changes(CursorPages);

impl Changes {
    /// Begins at the end: only what changes from the first page on is read.
    pub fn from_now(self) -> Self {
        Self(self.0.query("from", "now"))
    }

    /// Begins behind a place that was reached before, as [`cursor`](Self::cursor) has told it.
    pub fn starting_after(self, cursor: &str) -> Self {
        Self(self.0.starting_after(cursor))
    }

    /// Sets the size of a page; 1,000 unless set, which is the largest.
    pub fn page_size(self, size: u32) -> Self {
        Self(self.0.page_size(size))
    }

    /// Returns the place that is reached: behind the last page, or where the feed begins.
    /// There is none before the first page, unless one was given.
    #[must_use]
    pub fn cursor(&self) -> Option<&str> {
        self.0.place()
    }

    /// Returns the next page; it is empty if nothing is new. If this fails or is given up,
    /// the same page comes next.
    ///
    /// # Errors
    /// As every call; 400 if the ledger does not know the place, because it was set back to
    /// an earlier state or is a copy. Then read everything again, and begin anew.
    pub async fn next(&mut self) -> Result<Answer<CursorListing<Change>>, Error> {
        let page = self.0.next().await?;
        page.ok_or_else(|| Error::Unreadable("a page of changes without nextUri".to_owned()))
    }
}
