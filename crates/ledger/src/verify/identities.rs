//! Identity runs: what a start and an admission rely on, entry by entry, in
//! the order of the hashes through all runs at once. So whatever stands twice
//! comes twice in a row.

use std::fmt::Display;

use super::check::{Check, count};
use super::details::Sight;
use super::inventory::Inventory;
use super::tally::Origin;
use crate::identity::filter::{self, Shape};
use crate::identity::run::{Entry, decode_page};

/// A piece of a filter, if it can be read, and how many entries it denies.
struct Piece {
    chunk: u32,
    bits: Option<Vec<u8>>,
    denied: u64,
}

/// The pages of one run, entry by entry.
struct Stream {
    run: u64,
    promised: u64,
    pages: Vec<(u32, u64)>,
    at: usize,
    entries: std::vec::IntoIter<Entry>,
    last: Option<Entry>,
    seen: u64,
    holes: bool,
    shape: Shape,
    piece: Option<Piece>,
}

impl<I: Inventory> Check<'_, I>
where
    I::Error: Display,
{
    /// Reads all runs that count against what they promise, and adds their
    /// entries to the sums.
    pub(super) fn runs(&mut self, next_run: u64, journal: &[Sight]) {
        let mut streams = self.open_runs(next_run);
        let mut heads = Vec::new();
        for (at, stream) in streams.iter_mut().enumerate() {
            heads.extend(self.next(stream).map(|entry| (entry, at)));
        }
        let mut journal = journal.iter().peekable();
        let mut before = None;
        while let Some(lowest) = (0..heads.len()).min_by_key(|head| heads[*head].0) {
            let (entry, at) = heads[lowest];
            self.identities.entry(Origin::Derived, entry);
            // Equal hashes are rare, so each is worth a comparison of the events.
            if before == Some(entry.0) {
                self.identities.suspect(entry.0);
            }
            before = Some(entry.0);
            while journal.next_if(|sight| sight.hash < entry.0).is_some() {}
            if journal.peek().is_some_and(|sight| sight.hash == entry.0) {
                self.identities.suspect(entry.0);
            }
            match self.next(&mut streams[at]) {
                Some(next) => heads[lowest].0 = next,
                None => drop(heads.swap_remove(lowest)),
            }
        }
    }

    fn open_runs(&mut self, next_run: u64) -> Vec<Stream> {
        let found = self.rows.runs();
        let runs = self.readable("identity_run", found).unwrap_or_default();
        let found = self.rows.runs_with_pages();
        for run in self.readable("identity_page", found).unwrap_or_default() {
            if runs.iter().all(|(known, _, _)| *known != run) {
                self.found(
                    format!("identity_run {run}"),
                    "it is missing, its pages are there",
                );
            }
        }
        let mut streams = Vec::new();
        // Runs that do not count are swept in the background.
        for (run, promised, _) in runs.into_iter().filter(|(_, _, live)| *live) {
            let place = format!("identity_run {run}");
            if run >= next_run {
                self.found(&place, format!("the next run would have number {next_run}"));
            }
            let shape = Shape::for_entries(promised);
            self.filter(run, shape);
            let found = self.rows.pages(run);
            let pages = self.readable(format!("identity_page {run}"), found);
            self.checked.runs += 1;
            streams.push(Stream {
                run,
                promised,
                pages: pages.unwrap_or_default(),
                at: 0,
                entries: Vec::new().into_iter(),
                last: None,
                seen: 0,
                holes: false,
                shape,
                piece: None,
            });
        }
        streams
    }

    /// Checks all pieces of a filter, those included that no entry needs.
    fn filter(&mut self, run: u64, shape: Shape) {
        let found = self.rows.chunks(run);
        let name = format!("identity_filter {run}");
        let Some(chunks) = self.readable(&name, found) else {
            return;
        };
        for chunk in &chunks {
            let name = format!("identity_filter {run}/{chunk}");
            let found = self.rows.filter_chunk(run, *chunk);
            if let Some(blob) = self.readable(&name, found) {
                self.readable(&name, shape.decode(*chunk, &blob));
            }
        }
        if !chunks.into_iter().eq(0..shape.chunks()) {
            self.found(name, "it is not complete");
        }
    }

    fn next(&mut self, stream: &mut Stream) -> Option<Entry> {
        loop {
            if let Some(entry) = stream.entries.next() {
                stream.seen += 1;
                self.filtered(stream, entry.0);
                return Some(entry);
            }
            if stream.at == stream.pages.len() {
                self.end(stream);
                return None;
            }
            self.page(stream);
        }
    }

    /// Loads the next page.
    fn page(&mut self, stream: &mut Stream) {
        let (page, lowest) = stream.pages[stream.at];
        let place = format!("identity_page {}/{page}", stream.run);
        if page as usize != stream.at
            && stream.pages[..stream.at]
                .last()
                .is_none_or(|(before, _)| before + 1 != page)
        {
            self.found(&place, "the page before it is missing");
        }
        stream.at += 1;
        let found = self.rows.run_page(stream.run, page);
        let entries = self
            .readable(&place, found)
            .and_then(|blob| self.readable(&place, decode_page(&blob)));
        let Some(mut entries) = entries else {
            stream.holes = true;
            let next = stream
                .pages
                .get(stream.at)
                .map_or(u64::MAX, |(_, lowest)| *lowest);
            self.unread.hashes.push(lowest..=next);
            return;
        };
        if entries.first().map(|entry| entry.0) != Some(lowest) {
            self.found(&place, "its row has another lowest hash");
        }
        if !entries.is_sorted() || entries.first().copied() < stream.last {
            self.found(&place, "its entries are not in order");
            entries.sort_unstable();
        }
        stream.last = entries.last().copied().max(stream.last);
        self.checked.identities += entries.len() as u64;
        self.advance(entries.len() as u64);
        stream.entries = entries.into_iter();
    }

    /// Checks that the filter does not deny what the run holds.
    fn filtered(&mut self, stream: &mut Stream, hash: u64) {
        let place = stream.shape.place(hash);
        if stream
            .piece
            .as_ref()
            .is_none_or(|piece| piece.chunk != place.chunk)
        {
            self.piece_done(stream);
            // A chunk that cannot be read was found by `filter`.
            let blob = self.rows.filter_chunk(stream.run, place.chunk).ok();
            let bits = blob.and_then(|blob| stream.shape.decode(place.chunk, &blob).ok());
            stream.piece = Some(Piece {
                chunk: place.chunk,
                bits,
                denied: 0,
            });
        }
        if let Some(Piece {
            bits: Some(bits),
            denied,
            ..
        }) = &mut stream.piece
        {
            *denied += u64::from(!filter::maybe(bits, place, hash));
        }
    }

    fn piece_done(&mut self, stream: &mut Stream) {
        if let Some(piece) = stream.piece.take().filter(|piece| piece.denied > 0) {
            let place = format!("identity_filter {}/{}", stream.run, piece.chunk);
            let denied = piece.denied;
            self.found(place, format!("it denies {denied} of the run's entries"));
        }
    }

    fn end(&mut self, stream: &mut Stream) {
        self.piece_done(stream);
        let (seen, promised) = (stream.seen, stream.promised);
        if seen != promised && !stream.holes {
            let place = format!("identity_run {}", stream.run);
            let holds = count(seen, "entry");
            self.found(
                place,
                format!("it holds {holds}, its row promises {promised}"),
            );
        }
    }
}
