//! How large a contract may be. What it takes to rate one grows with the
//! product of its lines and amendments.

use exchequer_types::catalog::{Contract, ContractLine};

use super::{Read, refuse};

const MOST_LINES: usize = 200;
const MOST_AMENDMENTS: usize = 200;
const MOST_TIERS: usize = 50;
const MOST_LICENCES: usize = 50;

pub(super) fn check(said: &Contract) -> Read<()> {
    bounded("amendments", said.amendments.len(), MOST_AMENDMENTS)?;
    check_lines(&said.lines)?;
    for amendment in &said.amendments {
        check_lines(&amendment.lines)?;
    }
    Ok(())
}

fn check_lines(lines: &[ContractLine]) -> Read<()> {
    bounded("lines", lines.len(), MOST_LINES)?;
    for line in lines {
        bounded("tiers", line.tiers.len(), MOST_TIERS)?;
        let licences = line.fair_use.as_ref().map_or(0, Vec::len);
        bounded("fairUse", licences, MOST_LICENCES)?;
    }
    Ok(())
}

fn bounded(field: &'static str, count: usize, most: usize) -> Read<()> {
    if count <= most {
        return Ok(());
    }
    refuse(
        field,
        format!("{field} must be at most {most}, not {count}"),
    )
}
