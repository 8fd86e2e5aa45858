//! The size of a contract is bounded, as is what it takes to rate one.

use exchequer_types::catalog::{Contract, ContractLine, ContractWallet};

use crate::documents::invalid::{DocumentResult, refuse};
use crate::limits::{MOST_AMENDMENTS, MOST_LICENCES, MOST_LINES, MOST_TIERS, MOST_WALLETS};

pub(super) fn check(said: &Contract) -> DocumentResult<()> {
    bounded("amendments", said.amendments.len(), MOST_AMENDMENTS)?;
    check_lines(&said.lines)?;
    check_wallets(&said.wallets)?;
    bounded("openings", said.openings.len(), MOST_WALLETS)?;
    for amendment in &said.amendments {
        check_lines(&amendment.lines)?;
        check_wallets(&amendment.wallets)?;
    }
    Ok(())
}

fn check_lines(lines: &[ContractLine]) -> DocumentResult<()> {
    bounded("lines", lines.len(), MOST_LINES)?;
    for line in lines {
        bounded("tiers", line.tiers.len(), MOST_TIERS)?;
        let licences = line.fair_use.as_ref().map_or(0, Vec::len);
        bounded("fairUse", licences, MOST_LICENCES)?;
    }
    Ok(())
}

fn check_wallets(wallets: &[ContractWallet]) -> DocumentResult<()> {
    bounded("wallets", wallets.len(), MOST_WALLETS)
}

fn bounded(field: &'static str, count: usize, most: usize) -> DocumentResult<()> {
    if count <= most {
        return Ok(());
    }
    refuse(
        field,
        format!("{field} must be at most {most}, not {count}"),
    )
}
