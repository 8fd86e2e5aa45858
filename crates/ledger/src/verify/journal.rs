//! The journal and the marks: every acknowledged event beyond the folded
//! ones, gapless.

use std::collections::BTreeSet;
use std::fmt::Display;

use super::check::Check;
use super::details::Sight;
use super::inventory::Inventory;
use crate::batch::Batch;
use crate::tail::Seq;

impl<I: Inventory> Check<'_, I>
where
    I::Error: Display,
{
    /// Returns the identities of the journal, in the order of their hashes.
    pub(super) fn journal(&mut self) -> Vec<Sight> {
        let found = self.rows.journal();
        // A journal that cannot be read is a finding; then no row is compared.
        let rows = self.readable("journal", found).unwrap_or_default();
        let mut sights = Vec::new();
        let mut next = self.folded + 1;
        let mut ends = BTreeSet::new();
        for (seq, promised) in rows {
            let place = format!("journal {}", seq.number());
            if seq.number() != next {
                self.found(&place, format!("seq {next} was to come next"));
            }
            let events = self.batch(&place, seq, promised, &mut sights);
            self.checked.unfolded += events;
            // A row's seq may be anything: 0 is no seq, and the highest has none
            // after it. Either is a finding of the next row or of the head.
            next = seq.number().saturating_add(events).max(1);
            ends.insert(next - 1);
        }
        if next - 1 != self.last {
            let problem = format!("its last seq is {}, the journal's {}", self.last, next - 1);
            self.found("head", problem);
        }
        self.marks(next - 1, &ends);
        sights.sort_unstable_by_key(|sight| (sight.hash, sight.check));
        for pair in sights.windows(2) {
            if pair[0].hash == pair[1].hash {
                self.identities.suspect(pair[0].hash);
            }
        }
        sights
    }

    /// Returns the number of events of a journal row.
    fn batch(&mut self, place: &str, seq: Seq, promised: u32, sights: &mut Vec<Sight>) -> u64 {
        let found = self.rows.journal_blob(seq);
        let batch = self
            .readable(place, found)
            .and_then(|blob| self.readable(place, Batch::decode(&blob, &self.key)));
        let Some(batch) = batch else {
            return u64::from(promised);
        };
        let holds = batch.len();
        if holds != promised as usize || holds == 0 {
            self.found(
                place,
                format!("it holds {holds} events, its row promises {promised}"),
            );
        }
        sights.extend(Sight::of_batch(&self.key, &batch, seq));
        holds as u64
    }

    /// Checks that each commit left a mark at its end; the last one is the last event's.
    fn marks(&mut self, last: u64, ends: &BTreeSet<u64>) {
        let (mut wrong, mut marked, mut received) = (Vec::new(), 0, i64::MIN);
        let folded = self.folded;
        let visited = self.rows.marks(&mut |seq, at| {
            let seq = seq.number();
            if seq > last {
                wrong.push((seq, "there is no such event"));
            } else if seq > folded && !ends.contains(&seq) {
                wrong.push((seq, "no request ends there"));
            }
            if at < received {
                wrong.push((seq, "it was received before the one before it"));
            }
            (marked, received) = (seq, at);
        });
        self.readable("mark", visited);
        for (seq, problem) in wrong {
            self.found(format!("mark {seq}"), problem);
        }
        if marked < last {
            self.found(format!("mark {last}"), "it is missing");
        }
    }
}
