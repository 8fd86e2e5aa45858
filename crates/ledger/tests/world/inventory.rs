//! The rows in memory as a comparison reads them.

use std::collections::BTreeSet;

use exchequer_core::{Day, MeterSet, OrganizationId};
use exchequer_ledger::{
    Checked, Finding, IdentityKey, Inventory, Observer, PartColumns, Seq, verify as compare,
};

use crate::memory::Memory;

/// Everything that is wrong, as "place: problem".
pub(crate) fn verify(
    key: IdentityKey,
    meters: &MeterSet,
    memory: &Memory,
) -> (Checked, Vec<String>) {
    struct Findings(Vec<String>);
    impl Observer for Findings {
        fn found(&mut self, finding: Finding) {
            self.0
                .push(format!("{}: {}", finding.place, finding.problem));
        }

        fn progress(&mut self, done: u64, of: u64) {
            assert!(done <= of);
        }
    }
    let mut findings = Findings(Vec::new());
    let checked = compare(key, meters, memory, &mut findings).unwrap();
    assert_eq!(checked.findings, findings.0.len() as u64);
    (checked, findings.0)
}

impl Inventory for Memory {
    fn state(&self) -> Result<(Seq, Seq, u64), String> {
        Ok((self.folded, self.last, self.next_run))
    }

    fn organizations(&self) -> Result<Vec<OrganizationId>, String> {
        let segments = self
            .segments
            .keys()
            .map(|(organization, _, _)| *organization);
        let rollups = self.rollups.keys().map(|(organization, _)| *organization);
        let subjects = self.subjects.keys().map(|(organization, _)| *organization);
        let voids = self.voids.keys().map(|(organization, _)| *organization);
        let all: BTreeSet<_> = segments
            .chain(rollups)
            .chain(subjects)
            .chain(voids)
            .collect();
        Ok(all.into_iter().collect())
    }

    fn days(&self, organization: OrganizationId) -> Result<Vec<Day>, String> {
        let segments = self.segments.keys().map(|(of, day, _)| (*of, *day));
        let all = segments
            .chain(self.rollups.keys().copied())
            .chain(self.voids.keys().copied());
        let days: BTreeSet<Day> = all
            .filter(|(of, _)| *of == organization)
            .map(|(_, day)| day)
            .collect();
        Ok(days.into_iter().collect())
    }

    fn part_columns(
        &self,
        organization: OrganizationId,
        day: Day,
    ) -> Result<Vec<PartColumns>, String> {
        let places = (organization, day, 0)..=(organization, day, u32::MAX);
        let parts = self.segments.range(places);
        let columns = parts.map(|((_, _, part), stored)| PartColumns {
            part: *part,
            events: stored.events,
            times: stored.times,
            seqs: stored.seqs,
        });
        Ok(columns.collect())
    }

    fn blocks(&self, organization: OrganizationId) -> Result<Vec<(u32, u32)>, String> {
        let blocks = self
            .subjects
            .range((organization, 0)..=(organization, u32::MAX));
        Ok(blocks
            .map(|((_, block), (subjects, _))| (*block, *subjects))
            .collect())
    }

    fn block(&self, organization: OrganizationId, block: u32) -> Result<Vec<u8>, String> {
        let block = self.subjects.get(&(organization, block));
        Self::found("subject", block.map(|(_, blob)| blob.clone()))
    }

    fn runs(&self) -> Result<Vec<(u64, u64, bool)>, String> {
        let runs = self.runs.iter();
        Ok(runs
            .map(|(run, (entries, live))| (*run, *entries, *live))
            .collect())
    }

    fn pages(&self, run: u64) -> Result<Vec<(u32, u64)>, String> {
        let pages = self.pages.range((run, 0)..=(run, u32::MAX));
        Ok(pages
            .map(|((_, page), (lowest, _))| (*page, *lowest))
            .collect())
    }

    fn runs_with_pages(&self) -> Result<Vec<u64>, String> {
        let pages = self.pages.keys().map(|(run, _)| *run);
        let chunks = self.filters.keys().map(|(run, _)| *run);
        let runs: BTreeSet<u64> = pages.chain(chunks).collect();
        Ok(runs.into_iter().collect())
    }

    fn chunks(&self, run: u64) -> Result<Vec<u32>, String> {
        let chunks = self.filters.range((run, 0)..=(run, u32::MAX));
        Ok(chunks.map(|((_, chunk), _)| *chunk).collect())
    }

    fn journal(&self) -> Result<Vec<(Seq, u32)>, String> {
        Ok(self
            .journal
            .iter()
            .map(|(seq, (events, _))| (*seq, *events))
            .collect())
    }

    fn journal_blob(&self, seq: Seq) -> Result<Vec<u8>, String> {
        let row = self.journal.get(&seq);
        Self::found("journal", row.map(|(_, blob)| blob.clone()))
    }

    fn marks(&self, visit: &mut dyn FnMut(Seq, i64)) -> Result<(), String> {
        // When a commit was received is not kept here: they come in order.
        for (at, seq) in (0..).zip(&self.marks) {
            visit(*seq, at);
        }
        Ok(())
    }
}
