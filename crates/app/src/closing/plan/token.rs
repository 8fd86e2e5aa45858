//! Tokens of dry runs.

use std::fmt;
use std::str::FromStr;

use exchequer_ledger::Seq;
use exchequer_store::billing::Chain;

use crate::error::Error;

/// All that a correction rests on: the contract, its entries and its rules as they were, the
/// last event that counts, and what came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::closing) struct Token {
    version: u64,
    last: u64,
    meters: u64,
    aliases: u64,
    seq: u64,
    /// A digest of what was shown.
    shown: u64,
}

impl Token {
    pub(super) fn of(chain: &Chain, seq: Seq, shown: u64) -> Self {
        Self {
            version: chain.version,
            last: chain.last,
            meters: chain.meters,
            aliases: chain.aliases,
            seq: seq.number(),
            shown,
        }
    }

    /// Returns the last event that counts, if nothing else has changed since.
    pub(super) fn seq_in(self, chain: &Chain) -> Result<Seq, Error> {
        let seq = Seq::new(self.seq);
        if Self::of(chain, seq, self.shown) == self {
            return Ok(seq);
        }
        let why = "the contract, its entries or its rules have changed since the dry run";
        Err(Error::Conflict(why.to_owned()))
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            version,
            last,
            meters,
            aliases,
            seq,
            shown,
        } = self;
        write!(f, "{version}-{last}-{meters}-{aliases}-{seq}-{shown}")
    }
}

impl FromStr for Token {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let numbers = text.split('-').map(str::parse);
        let numbers: Result<Vec<u64>, _> = numbers.collect();
        let numbers: [u64; 6] = numbers.map_err(drop)?.try_into().map_err(drop)?;
        let [version, last, meters, aliases, seq, shown] = numbers;
        Ok(Self {
            version,
            last,
            meters,
            aliases,
            seq,
            shown,
        })
    }
}
