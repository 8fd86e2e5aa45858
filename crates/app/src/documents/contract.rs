//! Contracts as documents.

pub(super) mod amounts;
mod line;
mod size;
mod wallet;

use std::error::Error;
use std::str::FromStr;

use exchequer_core::contract::{
    Change, ClosingTerms, Decrease, Opening, RampChange, Settings, UnknownName, YearStart,
    in_succession,
};
use exchequer_core::{Calendar, CalendarError, Contract, OrganizationId};
use exchequer_store::catalog::contracts::Stored;
use exchequer_store::{Cause, StoreError};
use exchequer_types::catalog::{self, ContractAmendment, WalletOpening};

use super::invalid::{DocumentResult, InvalidDocument, refuse};
use super::name;
use crate::limits::{
    LONGEST_NUMBER, LONGEST_PARTY, LONGEST_PARTY_NUMBER, MOST_ADDRESS_LINES, MOST_ADJUST_WITHIN,
    MOST_CLOSE_AFTER,
};
use amounts::{day, optional, quantity};

/// Checks the number of a contract: short, readable, and not a word of the
/// API's own.
///
/// # Errors
/// If the number breaks a rule, which the error names.
pub fn check_number(number: &str) -> Result<(), InvalidDocument> {
    if !name::is_readable(number) || number.len() > LONGEST_NUMBER {
        let rule = format!("id must be 1 to {LONGEST_NUMBER} bytes without control characters");
        return refuse("id", rule);
    }
    // Its place in the contract operations is taken.
    if number == "invoices" {
        return refuse("id", "id must not be \"invoices\"");
    }
    Ok(())
}

/// Returns the document of a stored contract, as it is shown.
///
/// # Errors
/// [`StoreError::Corrupt`] if what is stored is none.
pub fn document(stored: &Stored) -> Result<catalog::Contract, StoreError> {
    let document = serde_json::from_str(&stored.body);
    let document = document.map_err(|error| corrupt(stored, error))?;
    Ok(as_shown(document, stored.decrease))
}

/// Returns a document with the settings that it leaves out, whose meaning depends on the
/// contract or is easily forgotten.
#[must_use]
pub fn as_shown(mut document: catalog::Contract, decrease: Decrease) -> catalog::Contract {
    document.decrease = Some(decrease.to_string());
    let year_start = document.year_start.take();
    document.year_start = year_start.or(Some(YearStart::default().to_string()));
    document
}

/// Returns a document as it is stored, so that what is shown and put back is the same
/// document. `decrease` has a column of its own: what is left out keeps it as it was.
pub(crate) fn to_store(document: &catalog::Contract) -> catalog::Contract {
    let mut document = document.clone();
    document.decrease = None;
    let by_default = YearStart::default().to_string();
    document.year_start.take_if(|said| *said == by_default);
    document
}

/// Returns a stored contract.
///
/// # Errors
/// [`StoreError::Corrupt`] if what is stored is none.
pub fn load(stored: &Stored) -> Result<Contract, StoreError> {
    let read = parse(&stored.number, &document(stored)?);
    let contract = read.map_err(|invalid| corrupt(stored, invalid))?;
    Ok(contract.with_known_ends(stored.known_ends.clone()))
}

/// Returns the stored contracts of one organisation, in succession.
///
/// # Errors
/// [`StoreError::Corrupt`] if one of them is none.
pub fn load_all(stored: &[Stored]) -> Result<Vec<Contract>, StoreError> {
    let contracts = stored.iter().map(load).collect::<Result<_, _>>()?;
    Ok(in_succession(contracts))
}

fn corrupt(stored: &Stored, why: impl Error + Send + Sync + 'static) -> StoreError {
    let what = format!("contract {}, version {}", stored.number, stored.version);
    StoreError::corrupt(what, Cause::from_error(why))
}

/// Reads and checks a contract on its own.
///
/// # Errors
/// If a field breaks a rule; the error names both.
pub fn parse(number: &str, said: &catalog::Contract) -> DocumentResult<Contract> {
    let organization: OrganizationId = match said.organization.parse() {
        Ok(id) => id,
        Err(error) => return refuse("organization", format!("organization {error}")),
    };
    let currency = match said.currency.parse() {
        Ok(currency) => currency,
        Err(error) => return refuse("currency", format!("currency {error}")),
    };
    let start = day("start", &said.start)?;
    let end = optional(said.end.as_ref(), |text| day("end", text))?;
    let zone = said.time_zone.as_deref().unwrap_or("UTC");
    let calendar = Calendar::new(zone, start, end).or_else(|error| {
        let field = match error {
            CalendarError::UnknownZone(_) => "timeZone",
            CalendarError::OutOfRange(field) => field,
            CalendarError::Reversed => "end",
        };
        refuse(field, error)
    })?;
    size::check(said)?;
    check_parties(said)?;
    let base = Change {
        effective: start,
        subscription: Some(subscription(&said.subscription)?),
        ramp: RampChange {
            start: optional(said.ramp_start.as_ref(), |text| day("rampStart", text))?,
            end: optional(said.ramp_end.as_ref(), |text| day("rampEnd", text))?,
            usage: optional(said.ramp_usage.as_ref(), ramp_usage)?,
        },
        minimum: optional(said.minimum_monthly.as_ref(), |text| {
            quantity("minimumMonthly", text)
        })?,
        lines: line::parse_all(&said.lines)?,
        wallets: wallet::parse_all(&said.wallets)?,
    };
    let amendments = said.amendments.iter().map(amendment);
    let amendments = amendments.collect::<DocumentResult<Vec<_>>>()?;
    let opening = opening(said)?;
    Contract::new(
        number.to_owned(),
        organization,
        currency,
        calendar,
        settings(said)?,
        &base,
        amendments,
    )
    .and_then(|contract| contract.with_opening(opening))
    .or_else(|error| refuse("contract", error))
}

/// Returns what a contract brings along.
fn opening(said: &catalog::Contract) -> DocumentResult<Opening> {
    let mut opening = Opening {
        paid_through: optional(said.paid_through.as_ref(), |text| day("paidThrough", text))?,
        ..Opening::default()
    };
    for WalletOpening { product, left } in &said.openings {
        let left = quantity("left", left)
            .map_err(|invalid| invalid.within(format_args!("openings: {product}")))?;
        if opening.wallets.insert(product.clone(), left).is_some() {
            return refuse("openings", format!("openings: {product} stands twice"));
        }
    }
    Ok(opening)
}

/// Returns the settings of a contract. One that is absent is as the documentation says.
fn settings(said: &catalog::Contract) -> DocumentResult<Settings> {
    let mut settings = Settings::default();
    if let Some(text) = &said.short_period_overage {
        settings.short_period_overage = named("shortPeriodOverage", text)?;
    }
    if let Some(text) = &said.after_end {
        settings.after_end = named("afterEnd", text)?;
    }
    if let Some(text) = &said.decrease {
        settings.decrease = named("decrease", text)?;
    }
    if let Some(text) = &said.year_start {
        settings.year_start = named("yearStart", text)?;
    }
    settings.closing = closing(said)?;
    Ok(settings)
}

fn closing(said: &catalog::Contract) -> DocumentResult<ClosingTerms> {
    let limited = |field: &'static str, number: u32, most: u32| match number {
        number if number <= most => Ok(number),
        _ => refuse(field, format!("{field} must be 0 to {most}")),
    };
    let by_default = ClosingTerms::default();
    let hours = said
        .close_after
        .map(|it| limited("closeAfter", it, MOST_CLOSE_AFTER));
    let months = said.adjust_within.unwrap_or(by_default.adjust_within);
    let minimum = optional(said.adjust_minimum.as_ref(), |text| {
        quantity("adjustMinimum", text)
    })?;
    Ok(ClosingTerms {
        close_after: hours.transpose()?,
        adjust_within: limited("adjustWithin", months, MOST_ADJUST_WITHIN)?,
        adjust_minimum: minimum.unwrap_or(by_default.adjust_minimum),
        billing_from: optional(said.billing_from.as_ref(), |text| day("billingFrom", text))?,
    })
}

/// Reads one of the names that a field may have.
fn named<T>(field: &'static str, text: &str) -> DocumentResult<T>
where
    T: FromStr<Err = UnknownName>,
{
    text.parse()
        .or_else(|error| refuse(field, format!("{field} {error}")))
}

/// Checks what must hold of a contract when it is put, and need not for ever: its
/// currency must be money while it runs.
///
/// # Errors
/// If it does not hold; the error says why.
pub fn check_as_new(contract: &Contract) -> DocumentResult<()> {
    contract
        .check_currency()
        .or_else(|error| refuse("currency", error))
}

fn check_parties(said: &catalog::Contract) -> DocumentResult<()> {
    for (field, party) in [("issuer", &said.issuer), ("billTo", &said.bill_to)] {
        let Some(party) = party else { continue };
        let fits = |text: &str, most| text.len() <= most && !text.chars().any(char::is_control);
        let sound = !party.name.trim().is_empty()
            && fits(&party.name, LONGEST_PARTY)
            && party
                .number
                .iter()
                .all(|number| fits(number, LONGEST_PARTY_NUMBER))
            && party.address.len() <= MOST_ADDRESS_LINES
            && party.address.iter().all(|line| fits(line, LONGEST_PARTY));
        if !sound {
            return refuse(
                field,
                format!(
                    "{field} must have a name of 1 to {LONGEST_PARTY} bytes, a number of up to \
                     {LONGEST_PARTY_NUMBER}, and up to {MOST_ADDRESS_LINES} lines of address of up \
                     to {LONGEST_PARTY}, all without control characters"
                ),
            );
        }
    }
    Ok(())
}

fn amendment(said: &ContractAmendment) -> DocumentResult<Change> {
    // Whatever is wrong with an amendment, the message says with which.
    parse_amendment(said)
        .map_err(|invalid| invalid.within(format_args!("amendments: {}", said.effective)))
}

fn parse_amendment(said: &ContractAmendment) -> DocumentResult<Change> {
    Ok(Change {
        effective: day("effective", &said.effective)?,
        subscription: optional(said.subscription.as_ref(), subscription)?,
        ramp: RampChange {
            start: optional(said.ramp_start.as_ref(), |text| day("rampStart", text))?,
            end: optional(said.ramp_end.as_ref(), |text| day("rampEnd", text))?,
            usage: optional(said.ramp_usage.as_ref(), ramp_usage)?,
        },
        minimum: optional(said.minimum_monthly.as_ref(), |text| {
            quantity("minimumMonthly", text)
        })?,
        lines: line::parse_all(&said.lines)?,
        wallets: wallet::parse_all(&said.wallets)?,
    })
}

fn subscription(text: &str) -> DocumentResult<exchequer_core::SubscriptionType> {
    named("subscription", text)
}

fn ramp_usage(text: &str) -> DocumentResult<exchequer_core::contract::RampUsage> {
    named("rampUsage", text)
}

#[cfg(test)]
mod tests;
