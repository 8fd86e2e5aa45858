//! Trusts as documents.

use exchequer_core::{TrustDates, TrustDatesError, TrustStretch};
use exchequer_store::catalog::trusts::Grant;
use exchequer_types::{self as types, PutTrust};
use jiff::civil::Date;

use super::contract::amounts::{day, optional};
use super::invalid::{DocumentResult, InvalidDocument, refuse};
use crate::limits::MOST_STRETCHES;

/// Reads and checks what a trust opens.
///
/// # Errors
/// If a field breaks a rule; the error names both.
pub fn parse(said: &PutTrust) -> DocumentResult<Grant> {
    if said.earlier.len() > MOST_STRETCHES {
        let count = said.earlier.len();
        let rule = format!("earlier must be at most {MOST_STRETCHES}, not {count}");
        return refuse("earlier", rule);
    }
    let stretch = |from: &Option<String>, until: Option<&String>| {
        Ok(TrustStretch {
            from: optional(from.as_ref(), |text| year_1_on("from", text))?,
            until: optional(until, |text| year_1_on("until", text))?,
        })
    };
    let earlier = said.earlier.iter();
    let mut stretches = earlier
        .map(|said| {
            let read = stretch(&said.from, Some(&said.until));
            read.map_err(|invalid: InvalidDocument| invalid.within("earlier"))
        })
        .collect::<DocumentResult<Vec<_>>>()?;
    stretches.push(stretch(&said.from, said.until.as_ref())?);
    let dates = TrustDates::new(stretches).or_else(|error| {
        let field = match error {
            TrustDatesError::Reversed => "until",
            _ => "earlier",
        };
        refuse(field, error)
    })?;
    Ok(Grant {
        enabled: said.enabled.unwrap_or(true),
        dates,
    })
}

fn year_1_on(field: &'static str, text: &str) -> DocumentResult<Date> {
    let day = day(field, text)?;
    if day.year() < 1 {
        let rule = format!("{field} must be a day of the years 1 to 9999");
        return refuse(field, rule);
    }
    Ok(day)
}

/// Returns the stretches before the last one, as documents have them.
#[must_use]
pub fn earlier(dates: &TrustDates) -> Vec<types::TrustStretch> {
    let all = dates.stretches().iter();
    // Only the last stretch can be without a last day.
    let earlier = all.take(dates.stretches().len() - 1).map(|stretch| {
        let until = stretch.until.expect("a stretch before another one ends");
        types::TrustStretch {
            from: stretch.from.map(|day| day.to_string()),
            until: until.to_string(),
        }
    });
    earlier.collect()
}
