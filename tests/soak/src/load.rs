//! The state of a soak under way, and the sending of events.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Result, bail};
use exchequer_core::{Day, OrganizationId};

use crate::calendar::{BATCH, Calendar};
use crate::operation::Operation;
use crate::record::Record;
use exchequer_support::Connection;
use exchequer_support::measure;

/// The state that all operations share.
pub(crate) struct Load {
    pub(crate) calendar: Calendar,
    pub(crate) ids: Vec<OrganizationId>,
    pub(crate) record: Record,
    /// Requests that were taken to be sent.
    taken: AtomicU64,
    ending: AtomicBool,
    today: Day,
}

impl Load {
    pub(crate) fn new(calendar: Calendar, taken: u64) -> Self {
        Self {
            calendar,
            ids: calendar.ids(),
            record: Record::start(),
            taken: AtomicU64::new(taken),
            ending: AtomicBool::new(false),
            today: measure::now().day(),
        }
    }

    /// Requests with numbers below this have been taken to be sent.
    pub(crate) fn sent(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }

    /// Returns whether nothing more is begun.
    pub(crate) fn is_ending(&self) -> bool {
        self.ending.load(Ordering::Relaxed)
    }

    /// Begins nothing more.
    pub(crate) fn end(&self) {
        self.ending.store(true, Ordering::Relaxed);
    }

    /// The last month of the world that is over.
    pub(crate) fn month(&self) -> (i32, u32) {
        let days = self.calendar.report_days(self.sent());
        let (year, month, _) = days.end.ymd();
        match month {
            1 => (year - 1, 12),
            _ => (year, month - 1),
        }
    }

    /// Returns by how many months that is before ours.
    pub(crate) fn months_since(&self, year: i32, month: u32) -> i32 {
        let (now, this, _) = self.today.ymd();
        (now - year) * 12 + this as i32 - month as i32
    }

    /// Sends the next request, or an earlier one again, until it is kept.
    pub(crate) async fn ingest(&self, at: &Connection, again: Option<u64>) -> Result<()> {
        let number = match again {
            Some(number) => number,
            None => self.taken.fetch_add(1, Ordering::Relaxed),
        };
        let body = self.calendar.body(number, &self.ids).into_bytes();
        // Whoever sends usage tries until it is kept.
        for _ in 0..60 {
            match at.send(body.clone()).await {
                Ok(Some(answer)) => {
                    let count = |name: &str| answer[name].as_u64().expect("a count");
                    let (accepted, duplicates) = (count("accepted"), count("duplicates"));
                    if accepted + duplicates != Calendar::sent(number)
                        || (again.is_some() && accepted > 0)
                    {
                        bail!("{answer}");
                    }
                    self.record.kept(BATCH);
                    return Ok(());
                }
                Ok(None) => self.record.failed(Operation::Ingest, "429"),
                Err(error) => self.record.failed(Operation::Ingest, &kind(&error)),
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        bail!("a request was not kept within a minute");
    }
}

/// The beginning of what an error says, without the path that was asked for:
/// the rest differs each time.
pub(crate) fn kind(error: &anyhow::Error) -> String {
    let text = format!("{error:#}");
    let what = match text.split_once(": ") {
        Some((path, what)) if path.starts_with('/') => what,
        _ => &text,
    };
    what.chars().take(80).collect()
}
