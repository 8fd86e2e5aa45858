//! What the writer of a partition knows: the next seq, the tail by identity,
//! the runs. It is rebuilt from the stored rows at start and whenever the
//! outcome of a commit is unknown; nothing is learnt before it is durable.

use std::sync::Arc;

use exchequer_core::{Day, OrganizationId};

use crate::admission::{Days, Generation, Index, Look, Suspect, Verdict, maybe};
use crate::batch::Batch;
use crate::directory::Directories;
use crate::fold::FoldJob;
use crate::frame::Damage;
use crate::identity::IdentityKey;
use crate::rows::Rows;
use crate::run::{RunMeta, runs_to_merge};
use crate::tail::{Seq, TailBatch};

/// Memory for filters of runs, and for identities of old days.
const FILTER_BUDGET: usize = 64 << 20;
const DAYS_BUDGET: usize = 32 << 20;

/// The writer's view of a partition.
pub struct Live {
    key: IdentityKey,
    next: Seq,
    next_run: u64,
    /// The batches of a fold under way, then those since.
    generations: Vec<Generation>,
    runs: Vec<RunMeta>,
    days: Days,
}

/// A ledger as it was found: the writer's view, and the tail for readers.
pub struct Loaded {
    /// The writer's view.
    pub live: Live,
    /// Every batch that is not folded.
    pub tail: Vec<Arc<TailBatch>>,
}

/// Identity runs to merge into one.
pub struct MergeJob {
    /// Numbers and pages of the runs.
    pub old: Vec<(u64, u32)>,
    /// Number of the merged run.
    pub run: u64,
    /// Entries of all of them.
    pub entries: u64,
}

/// A group of batches, decided on but not yet durable.
pub struct Commit {
    /// What to insert into the journal, in this order.
    pub rows: Vec<JournalRow>,
    /// Per batch, one verdict an event, in push order.
    pub verdicts: Vec<Vec<Verdict>>,
    /// The batches as the tail will hold them.
    pub batches: Vec<Arc<TailBatch>>,
}

/// A journal row to insert.
pub struct JournalRow {
    /// Seq of its first event.
    pub seq: Seq,
    /// How many events it holds.
    pub events: u32,
    /// The encoded batch.
    pub blob: Vec<u8>,
}

impl Live {
    /// The state after the stored rows: the folded seq, the live runs, and
    /// the journal beyond.
    ///
    /// # Errors
    /// The seq of the journal row that is damaged, and why.
    pub fn load(
        key: IdentityKey,
        folded: Seq,
        next_run: u64,
        runs: Vec<RunMeta>,
        journal: impl IntoIterator<Item = (Seq, Vec<u8>)>,
    ) -> Result<Loaded, (Seq, Damage)> {
        let mut live = Self {
            key,
            next: folded.plus(1),
            next_run,
            generations: vec![Generation::default()],
            runs,
            days: Days::new(DAYS_BUDGET),
        };
        for (first, blob) in journal {
            let batch = Batch::decode(&blob, &key).map_err(|damage| (first, damage))?;
            if first != live.next {
                return Err((first, Damage::new("the journal has a gap")));
            }
            live.learn(Arc::new(TailBatch { first, batch }));
        }
        let tail = live.generations[0].batches.clone();
        Ok(Loaded { live, tail })
    }

    fn learn(&mut self, batch: Arc<TailBatch>) {
        self.next = batch.last().plus(1);
        if let Some(current) = self.generations.last_mut() {
            current.push(batch);
        }
    }

    /// The seq that the next event gets.
    #[must_use]
    pub fn next_seq(&self) -> Seq {
        self.next
    }

    /// Events that are not folded.
    #[must_use]
    pub fn unfolded(&self) -> u64 {
        self.generations
            .iter()
            .map(|generation| generation.events)
            .sum()
    }

    /// Events that no fold has taken yet.
    #[must_use]
    pub fn untaken(&self) -> u64 {
        self.generations
            .last()
            .map_or(0, |generation| generation.events)
    }

    /// Decides on batches with their encoded form, in order, without
    /// remembering them: that is for [`Live::committed`].
    ///
    /// # Errors
    /// Stored rows cannot be read or are damaged.
    pub fn admit<R: Rows>(
        &mut self,
        batches: Vec<(Batch, Vec<u8>)>,
        directories: &Directories,
        rows: &R,
    ) -> Result<Commit, R::Error> {
        let stored = self.against_stored(&batches, directories, rows)?;
        let decided = decide(&batches, stored);
        let mut commit = Commit {
            rows: Vec::with_capacity(batches.len()),
            verdicts: Vec::with_capacity(batches.len()),
            batches: Vec::with_capacity(batches.len()),
        };
        let mut next = self.next;
        for ((mut batch, mut blob), verdicts) in batches.into_iter().zip(decided) {
            commit.verdicts.push(batch.in_push_order(&verdicts));
            let accepted = |row: usize| verdicts[row] == Verdict::Accepted;
            let kept = (0..batch.len()).filter(|row| accepted(*row)).count();
            if kept == 0 {
                continue;
            }
            if kept < batch.len() {
                batch = batch.retain(accepted);
                blob = batch.encode();
            }
            batch.settle();
            let row = JournalRow {
                seq: next,
                events: kept as u32,
                blob,
            };
            commit.rows.push(row);
            commit
                .batches
                .push(Arc::new(TailBatch { first: next, batch }));
            next = next.plus(kept as u64);
        }
        Ok(commit)
    }

    /// What is known of each event from the tail and the folded days.
    fn against_stored<R: Rows>(
        &mut self,
        batches: &[(Batch, Vec<u8>)],
        directories: &Directories,
        rows: &R,
    ) -> Result<Vec<Vec<Option<Verdict>>>, R::Error> {
        self.load_filters(batches, rows)?;
        let mut verdicts = Vec::with_capacity(batches.len());
        let mut suspects = Vec::new();
        let mut events = 0;
        for (at, (batch, _)) in batches.iter().enumerate() {
            let mut known = vec![None; batch.len()];
            for (organization, range) in batch.organizations() {
                for row in range {
                    let hash = batch.hashes[row];
                    let content = batch.content(row);
                    known[row] = self
                        .generations
                        .iter()
                        .find_map(|tail| tail.verdict(hash, organization, &content));
                    if known[row].is_none() && self.runs.iter().any(|run| maybe(run, hash)) {
                        suspects.push((
                            at,
                            row,
                            Suspect {
                                organization,
                                hash,
                                content,
                            },
                        ));
                    }
                }
            }
            events += batch.len();
            verdicts.push(known);
        }
        // Few hits are the filters' errors; many are a replay of old events.
        let replaying = suspects.len() * 8 > events;
        let look = Look {
            key: &self.key,
            directories,
            rows,
        };
        for (at, row, suspect) in suspects {
            verdicts[at][row] = look.settle(&suspect, replaying, &mut self.days, &self.runs)?;
        }
        Ok(verdicts)
    }

    /// Loads the filter chunks that the batches need and memory allows.
    fn load_filters<R: Rows>(
        &mut self,
        batches: &[(Batch, Vec<u8>)],
        rows: &R,
    ) -> Result<(), R::Error> {
        let size = |run: &RunMeta| run.chunks.iter().flatten().map(Vec::len).sum::<usize>();
        let mut loaded: usize = self.runs.iter().map(size).sum();
        for run in &mut self.runs {
            if run.chunks.iter().all(Option::is_some) {
                continue;
            }
            for hash in batches.iter().flat_map(|(batch, _)| &batch.hashes) {
                let chunk = run.shape.place(*hash).chunk;
                if run.chunks[chunk as usize].is_some() || loaded >= FILTER_BUDGET {
                    continue;
                }
                let blob = rows.filter_chunk(run.run, chunk)?;
                let bits = run.shape.decode(chunk, &blob).map_err(|damage| {
                    rows.damaged(format!("identity_filter {}/{chunk}", run.run), damage)
                })?;
                loaded += bits.len();
                run.chunks[chunk as usize] = Some(bits);
            }
        }
        Ok(())
    }

    /// Remembers what is durable now.
    pub fn committed(&mut self, batches: &[Arc<TailBatch>]) {
        for batch in batches {
            self.learn(Arc::clone(batch));
        }
    }

    /// Takes everything unfolded for a fold; `None` if one is under way or
    /// there is nothing to fold.
    pub fn begin_fold(&mut self) -> Option<FoldJob> {
        if self.generations.len() > 1 {
            return None;
        }
        let batches = self.generations[0].batches.clone();
        let upto = batches.last()?.last();
        self.generations.push(Generation::default());
        self.next_run += 1;
        Some(FoldJob {
            batches,
            upto,
            run: self.next_run - 1,
        })
    }

    /// Forgets what a fold has made durable, and knows its run instead.
    pub fn folded(
        &mut self,
        run: Option<RunMeta>,
        touched: impl IntoIterator<Item = (OrganizationId, Day)>,
    ) {
        self.generations.remove(0);
        self.runs.extend(run);
        for (organization, day) in touched {
            self.days.forget(organization, day);
        }
    }

    /// Gives the batches of a fold that failed back to the tail.
    pub fn unfold(&mut self) {
        let newer = self.generations.split_off(1);
        for batch in newer.into_iter().flat_map(|generation| generation.batches) {
            self.generations[0].push(batch);
        }
    }

    /// Runs to merge, if enough of one size have come together.
    pub fn begin_merge(&mut self) -> Option<MergeJob> {
        let sizes: Vec<(u64, u64)> = self.runs.iter().map(|run| (run.run, run.entries)).collect();
        let chosen = runs_to_merge(&sizes)?;
        let runs = self.runs.iter().filter(|run| chosen.contains(&run.run));
        let entries = runs.clone().map(|run| run.entries).sum();
        let old = runs.map(|run| (run.run, run.pages())).collect();
        self.next_run += 1;
        Some(MergeJob {
            old,
            run: self.next_run - 1,
            entries,
        })
    }

    /// Knows a merged run in place of those it was merged from.
    pub fn merged(&mut self, old: &[(u64, u32)], new: RunMeta) {
        self.runs
            .retain(|run| old.iter().all(|(gone, _)| *gone != run.run));
        self.runs.push(new);
    }

    /// The number that the next run gets; it is stored with every new run.
    #[must_use]
    pub fn next_run(&self) -> u64 {
        self.next_run
    }
}

/// Adds what the batches say of one another: the first of an identity stands.
fn decide(batches: &[(Batch, Vec<u8>)], stored: Vec<Vec<Option<Verdict>>>) -> Vec<Vec<Verdict>> {
    let mut index = Index::default();
    let mut decided = Vec::with_capacity(batches.len());
    for (at, ((batch, _), known)) in batches.iter().zip(stored).enumerate() {
        let mut verdicts = vec![Verdict::Accepted; batch.len()];
        for (organization, range) in batch.organizations() {
            for row in range {
                let hash = batch.hashes[row];
                let earlier = known[row].or_else(|| {
                    let batch_at = |at: u32| &batches[at as usize].0;
                    index.verdict(hash, organization, &batch.content(row), batch_at)
                });
                match earlier {
                    Some(verdict) => verdicts[row] = verdict,
                    None => index.insert(hash, at as u32, row as u32),
                }
            }
        }
        decided.push(verdicts);
    }
    decided
}
