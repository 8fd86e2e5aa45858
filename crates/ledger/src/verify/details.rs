//! The details where sums differ: the events that stand twice, are gone or are unknown
//! to the identity runs. They are found for some differing buckets at a time, so that
//! memory stays bounded however much is wrong; a sound ledger never comes here.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use exchequer_core::{Day, OrganizationId};

use super::check::{Check, count, place};
use super::inventory::Inventory;
use crate::batch::Batch;
use crate::identity::key::IdentityKey;
use crate::identity::run::{Entry, decode_page};
use crate::limits::{COMPARED_EVENTS, DETAIL_ROUNDS};
use crate::segment::Segment;
use crate::tail::Seq;

/// The place where an event is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Spot {
    Segment(OrganizationId, Day, u32),
    Journal(Seq),
}

impl Display for Spot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Spot::Segment(organization, day, part) => {
                f.write_str(&place(*organization, *day, *part))
            }
            Spot::Journal(seq) => write!(f, "journal {}", seq.number()),
        }
    }
}

/// An event's identity and where it was seen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sight {
    pub(super) hash: u64,
    pub(super) check: u64,
    day: Day,
    spot: Spot,
    row: u32,
}

impl Sight {
    pub(super) fn of_batch(key: &IdentityKey, batch: &Batch, seq: Seq) -> Vec<Self> {
        let mut sights = Vec::with_capacity(batch.len());
        for (organization, rows) in batch.organizations() {
            for row in rows {
                let content = batch.content(row);
                let identity = key.identity(organization, content.source, content.id);
                sights.push(Self {
                    hash: identity.hash,
                    check: identity.check,
                    day: batch.time(row).day(),
                    spot: Spot::Journal(seq),
                    row: row as u32,
                });
            }
        }
        sights
    }
}

/// A number of findings, and the first of them.
type Group<T> = (u64, T);

fn add<K: Ord, T>(groups: &mut BTreeMap<K, Group<T>>, key: K, example: T) {
    groups.entry(key).or_insert((0, example)).0 += 1;
}

/// The findings by place.
#[derive(Default)]
struct Details {
    unknown: BTreeMap<Spot, Group<Sight>>,
    /// The unexplained entries by run.
    unexplained: BTreeMap<u64, Group<Entry>>,
    doubled: BTreeMap<(Spot, Spot), Group<Sight>>,
    doubled_seqs: BTreeMap<(Spot, Spot), Group<u64>>,
    /// Seqs that are in no segment: the first and the last.
    gone: Option<Group<(u64, u64)>>,
}

/// The events and entries of some buckets.
#[derive(Default)]
struct Bunch {
    hashes: BTreeSet<usize>,
    seqs: BTreeSet<usize>,
    sights: Vec<Sight>,
    entries: Vec<(Entry, u64)>,
    numbers: Vec<(u64, Spot)>,
}

/// Cuts buckets into groups that are small enough.
fn bunches(buckets: Vec<(usize, u64)>) -> Vec<BTreeSet<usize>> {
    let mut bunches: Vec<BTreeSet<usize>> = Vec::new();
    let mut left = 0;
    for (bucket, entries) in buckets {
        match bunches.last_mut() {
            Some(open) if entries <= left => {
                open.insert(bucket);
                left -= entries;
            }
            _ => {
                bunches.push(BTreeSet::from([bucket]));
                // A bucket that is too large goes alone.
                left = COMPARED_EVENTS.saturating_sub(entries);
            }
        }
    }
    bunches
}

impl<I: Inventory> Check<'_, I>
where
    I::Error: Display,
{
    pub(super) fn details(&mut self, journal: &[Sight]) {
        for seq in 1..=self.folded {
            self.seqs.seq(super::tally::Origin::Derived, seq);
        }
        let mut hashes = bunches(self.identities.differing()).into_iter();
        let mut seqs = bunches(self.seqs.differing()).into_iter();
        let mut details = Details::default();
        for _ in 0..DETAIL_ROUNDS {
            let mut bunch = match (hashes.next(), seqs.next()) {
                (None, None) => break,
                (hashes, seqs) => Bunch {
                    hashes: hashes.unwrap_or_default(),
                    seqs: seqs.unwrap_or_default(),
                    ..Bunch::default()
                },
            };
            // Each round reads the whole ledger once more, hence the limit on rounds.
            self.gather(&mut bunch);
            self.compare_runs(&mut bunch, &mut details);
            let wanted =
                |sight: &&Sight| bunch.hashes.contains(&self.identities.bucket(sight.hash));
            bunch.sights.extend(journal.iter().filter(wanted));
            doubled(&mut bunch, &mut details);
            self.compare_seqs(&mut bunch, &mut details);
        }
        self.report(details);
        let others = hashes.chain(seqs).map(|bunch| bunch.len() as u64).sum();
        if others > 0 {
            let groups = count(others, "more group");
            self.found(
                "ledger",
                format!("{groups} of events differ, too many to look into each"),
            );
        }
    }

    /// Collects what the buckets hold. What cannot be read was reported.
    fn gather(&self, bunch: &mut Bunch) {
        for organization in self.rows.organizations().unwrap_or_default() {
            for day in self.rows.days(organization).unwrap_or_default() {
                for columns in self
                    .rows
                    .part_columns(organization, day)
                    .unwrap_or_default()
                {
                    let spot = Spot::Segment(organization, day, columns.part);
                    if let Some(segment) = self.load(organization, day, columns.part) {
                        self.gather_segment(organization, day, spot, &segment, bunch);
                    }
                }
            }
        }
        let runs = self.rows.runs().unwrap_or_default();
        for (run, _, _) in runs.into_iter().filter(|(_, _, live)| *live) {
            for (page, _) in self.rows.pages(run).unwrap_or_default() {
                let blob = self.rows.run_page(run, page).unwrap_or_default();
                for entry in decode_page(&blob).unwrap_or_default() {
                    if bunch.hashes.contains(&self.identities.bucket(entry.0)) {
                        bunch.entries.push((entry, run));
                    }
                }
            }
        }
    }

    fn gather_segment(
        &self,
        organization: OrganizationId,
        day: Day,
        spot: Spot,
        segment: &Segment,
        bunch: &mut Bunch,
    ) {
        for (row, seq) in segment.seqs.iter().enumerate() {
            if bunch.seqs.contains(&self.seqs.bucket(*seq)) {
                bunch.numbers.push((*seq, spot));
            }
            let (source, id) = (segment.source(row), segment.id(row));
            let identity = self.key.identity(organization, source, id);
            if bunch
                .hashes
                .contains(&self.identities.bucket(identity.hash))
            {
                bunch.sights.push(Sight {
                    hash: identity.hash,
                    check: identity.check,
                    day,
                    spot,
                    row: row as u32,
                });
            }
        }
    }

    /// Events that no run knows, entries that no event explains.
    fn compare_runs(&self, bunch: &mut Bunch, details: &mut Details) {
        bunch
            .sights
            .sort_unstable_by_key(|sight| (sight.hash, sight.day, sight.spot, sight.row));
        bunch.entries.sort_unstable();
        let mut entries = bunch.entries.iter().peekable();
        let unexplained = |details: &mut Details, (entry, run): (Entry, u64)| {
            if !self.unread.days.contains(&entry.1) {
                add(&mut details.unexplained, run, entry);
            }
        };
        for sight in &bunch.sights {
            let wanted = (sight.hash, sight.day);
            while let Some(extra) = entries.next_if(|(entry, _)| *entry < wanted) {
                unexplained(details, *extra);
            }
            if entries.next_if(|(entry, _)| *entry == wanted).is_none()
                && !self
                    .unread
                    .hashes
                    .iter()
                    .any(|range| range.contains(&sight.hash))
            {
                add(&mut details.unknown, sight.spot, *sight);
            }
        }
        entries.for_each(|extra| unexplained(details, *extra));
    }

    fn compare_seqs(&self, bunch: &mut Bunch, details: &mut Details) {
        bunch.numbers.sort_unstable();
        let mut numbers = bunch.numbers.iter().peekable();
        let wanted = bunch
            .seqs
            .iter()
            .flat_map(|bucket| self.seqs.numbers(*bucket));
        for seq in wanted.filter(|seq| (1..=self.folded).contains(seq)) {
            while numbers.next_if(|(number, _)| *number < seq).is_some() {}
            let Some((_, first)) = numbers.next_if(|(number, _)| *number == seq) else {
                if !self.unread.seqs.iter().any(|range| range.contains(&seq)) {
                    let gone = details.gone.get_or_insert((0, (seq, seq)));
                    (gone.0, gone.1.1) = (gone.0 + 1, seq);
                }
                continue;
            };
            while let Some((_, other)) = numbers.next_if(|(number, _)| *number == seq) {
                add(&mut details.doubled_seqs, (*first, *other), seq);
            }
        }
    }

    fn report(&mut self, details: Details) {
        if let Some((gone, (first, last))) = details.gone {
            let events = count(gone, "event");
            self.found(
                "segment",
                format!("{events} gone, seqs {first} to {last} among them"),
            );
        }
        for ((one, other), (times, seq)) in details.doubled_seqs {
            let seqs = count(times, "seq");
            self.found(
                other.to_string(),
                format!("{seqs} also in {one}, the first is {seq}"),
            );
        }
        for ((one, other), (times, sight)) in details.doubled {
            let (events, which) = (count(times, "event"), self.which(&sight));
            self.found(
                other.to_string(),
                format!("{events} also in {one}, the first is {which}"),
            );
        }
        for (spot, (times, sight)) in details.unknown {
            let (events, which) = (count(times, "event"), self.which(&sight));
            self.found(
                spot.to_string(),
                format!("{events} in no identity run, the first is {which}"),
            );
        }
        for (run, (times, (hash, day))) in details.unexplained {
            let entries = count(times, "entry");
            self.found(
                format!("identity_run {run}"),
                format!("{entries} without an event, the first is hash {hash:016x} of {day}"),
            );
        }
    }

    /// Returns an event in words.
    fn which(&self, sight: &Sight) -> String {
        let row = sight.row as usize;
        let (source, id) = match sight.spot {
            Spot::Segment(organization, day, part) => match self.load(organization, day, part) {
                Some(segment) => (segment.source(row).to_owned(), segment.id(row).to_owned()),
                None => return "unreadable".to_owned(),
            },
            Spot::Journal(seq) => {
                // No bytes are no batch, so a row that is gone is unreadable too.
                let blob = self.rows.journal_blob(seq).unwrap_or_default();
                match Batch::decode(&blob, &self.key) {
                    Ok(batch) => {
                        let content = batch.content(row);
                        (content.source.to_owned(), content.id.to_owned())
                    }
                    Err(_) => return "unreadable".to_owned(),
                }
            }
        };
        format!("{id:?} of source {source:?}")
    }
}

/// Identities that stand more than once.
fn doubled(bunch: &mut Bunch, details: &mut Details) {
    bunch
        .sights
        .sort_unstable_by_key(|sight| (sight.hash, sight.check, sight.spot, sight.row));
    let same = |a: &Sight, b: &Sight| (a.hash, a.check) == (b.hash, b.check);
    for group in bunch.sights.chunk_by(same) {
        for other in &group[1..] {
            add(&mut details.doubled, (group[0].spot, other.spot), *other);
        }
    }
}
