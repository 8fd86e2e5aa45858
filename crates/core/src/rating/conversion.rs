//! Conversion of units into tokens.

use jiff::civil::Date;

use super::{RatedLine, RatingError, Usage};
use crate::contract::{Conversion, ConversionTarget};
use crate::exact::Exact;

/// The units of a line that are converted into tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Converted {
    /// Where the tokens count, and the rate.
    pub conversion: Conversion,
    /// The units: those beyond what is included and allowed.
    pub units: Exact,
    /// The tokens that they are.
    pub tokens: Exact,
    /// The tokens that the line does not charge itself: all of them, if they are the usage of
    /// another line, else those that the wallet holds.
    pub covered: Exact,
    /// Tokens of earlier periods that the line charges, because they were given back to the
    /// wallet after they were used.
    pub owed: Exact,
}

impl Converted {
    fn of(line: &RatedLine, conversion: &Conversion) -> Self {
        let units = line.beyond(line.usage.clone());
        let tokens = conversion.rate.tokens(units.clone());
        Self {
            conversion: conversion.clone(),
            units,
            covered: match conversion.target {
                ConversionTarget::Line(_) => tokens.clone(),
                ConversionTarget::Wallet(_) => Exact::zero(),
            },
            tokens,
            owed: Exact::zero(),
        }
    }

    /// Returns the units that the line charges itself, of the first units that are converted.
    pub(super) fn charged(&self, units: Exact) -> Exact {
        let rate = self.conversion.rate;
        let beyond = units - rate.units(self.covered.clone());
        beyond.max(Exact::zero()) + rate.units(self.owed.clone())
    }
}

/// Converts the usage of lines: tokens become usage of the line that they count for.
pub(super) fn convert(lines: &mut [RatedLine], usage: &Usage) -> Result<(), RatingError> {
    for at in 0..lines.len() {
        let product = &lines[at].line.product;
        if !lines.iter().any(|line| line.line.converts_into(product)) {
            continue;
        }
        // A part ends where the next one begins, the last one with the period.
        let next = lines[at].parts.iter().skip(1).map(|part| Some(part.from));
        let ends = next.chain([None]);
        let used = ends.map(|end| tokens(lines, at, end, usage));
        let used = used.collect::<Result<Vec<_>, _>>()?;
        for (part, used) in lines[at].parts.iter_mut().zip(used) {
            part.used = used;
        }
        lines[at].usage = tokens(lines, at, None, usage)?;
    }
    for line in lines {
        let conversion = line.line.conversion.as_ref();
        line.converted = conversion.map(|conversion| Converted::of(line, conversion));
    }
    Ok(())
}

/// Returns the tokens that count for a line, from the start of the period to a day, or to its
/// end. Tokens are an amount: those of a level are there on the first day.
fn tokens(
    lines: &[RatedLine],
    at: usize,
    end: Option<Date>,
    usage: &Usage,
) -> Result<Exact, RatingError> {
    let product = &lines[at].line.product;
    let mut sum = Exact::zero();
    for line in lines {
        let conversion = line.line.conversion.as_ref();
        let conversion = conversion.filter(|it| it.line() == Some(product));
        if let Some(conversion) = conversion {
            let used = match end {
                Some(day) => usage.before(day, &line.product)?.into(),
                None => line.usage.clone(),
            };
            sum = sum + conversion.rate.tokens(line.beyond(used));
        }
    }
    Ok(sum)
}
