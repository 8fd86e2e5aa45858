//! Contracts as documents: from what the wire and the database hold to the
//! domain, checked.

mod amounts;
mod limits;

use exchequer_core::contract::{Change, FairUse, LineChange, Overage, RampChange, Tier, TierMode};
use exchequer_core::{Calendar, CalendarError, Contract, OrganizationId};
use exchequer_store::StoreError;
use exchequer_store::catalog::contracts::Stored;
use exchequer_types::catalog::{self, ContractAmendment, ContractLine, ContractTier};

use crate::error::ApiError;
use amounts::{day, optional, price, quantity};

/// Why a contract cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The field.
    pub(crate) field: &'static str,
    /// The rule; it names the place.
    pub(crate) why: String,
}

type Read<T> = Result<T, Refusal>;

fn refuse<T>(field: &'static str, why: impl std::fmt::Display) -> Read<T> {
    Err(Refusal {
        field,
        why: why.to_string().into(),
    })
}

/// A number of a contract: 1 to 64 bytes without control characters, and not
/// a word of the API's own.
pub(crate) fn check_number(number: &str) -> Result<(), ApiError> {
    let readable = !number.trim().is_empty() && !number.chars().any(char::is_control);
    if !readable || number.len() > 64 {
        let why = "id must be 1 to 64 bytes without control characters";
        return Err(ApiError::constraint("id", why));
    }
    // Its place in the contract operations is taken.
    if number == "invoices" {
        return Err(ApiError::constraint("id", "id must not be \"invoices\""));
    }
    Ok(())
}

/// The document of a stored contract.
pub(crate) fn document(stored: &Stored) -> Result<catalog::Contract, StoreError> {
    serde_json::from_str(&stored.body).map_err(|error| corrupt(stored, error))
}

/// A stored contract.
pub(crate) fn load(stored: &Stored) -> Result<Contract, StoreError> {
    read(&stored.number, &document(stored)?).map_err(|refusal| corrupt(stored, refusal.why))
}

fn corrupt(stored: &Stored, why: impl std::fmt::Display) -> StoreError {
    StoreError::Corrupt {
        what: format!("contract {}, version {}", stored.number, stored.version),
        why: why.to_string().into(),
    }
}

/// Reads and checks a contract on its own; how it gets on with products and
/// other contracts is up to the catalog.
pub(crate) fn read(number: &str, said: &catalog::Contract) -> Read<Contract> {
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
    limits::check(said)?;
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
        lines: lines(&said.lines)?,
    };
    let amendments = said.amendments.iter().map(amendment);
    let amendments = amendments.collect::<Read<Vec<_>>>()?;
    let number = number.to_owned();
    Contract::new(number, organization, currency, calendar, &base, amendments)
        .or_else(|error| refuse("contract", error))
}

fn check_parties(said: &catalog::Contract) -> Read<()> {
    for (field, party) in [("issuer", &said.issuer), ("billTo", &said.bill_to)] {
        let Some(party) = party else { continue };
        let fine = |text: &str, most| text.len() <= most && !text.chars().any(char::is_control);
        let number = party.number.as_deref().unwrap_or_default();
        let sound = !party.name.trim().is_empty()
            && fine(&party.name, 256)
            && fine(number, 64)
            && party.address.len() <= 8
            && party.address.iter().all(|line| fine(line, 256));
        if !sound {
            return refuse(
                field,
                format!(
                    "{field} must have a name of 1 to 256 bytes, a number of up to 64, and up to \
                     8 lines of address of up to 256, all without control characters"
                ),
            );
        }
    }
    Ok(())
}

fn amendment(said: &ContractAmendment) -> Read<Change> {
    // Whatever is wrong with an amendment, the message says with which.
    amendment_of(said).map_err(|refusal| Refusal {
        why: format!("amendments: {}: {}", said.effective, refusal.why),
        ..refusal
    })
}

fn amendment_of(said: &ContractAmendment) -> Read<Change> {
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
        lines: lines(&said.lines)?,
    })
}

fn subscription(text: &str) -> Read<exchequer_core::SubscriptionType> {
    text.parse()
        .or_else(|error| refuse("subscription", format!("subscription {error}")))
}

fn ramp_usage(text: &str) -> Read<exchequer_core::contract::RampUsage> {
    text.parse()
        .or_else(|error| refuse("rampUsage", format!("rampUsage {error}")))
}

fn lines(said: &[ContractLine]) -> Read<Vec<LineChange>> {
    said.iter().map(line).collect()
}

fn line(said: &ContractLine) -> Read<LineChange> {
    // Whatever is wrong with a line, the message says with which.
    line_of(said).map_err(|refusal| Refusal {
        why: format!("lines: {}: {}", said.product, refusal.why),
        ..refusal
    })
}

fn line_of(said: &ContractLine) -> Read<LineChange> {
    let fair_use = said.fair_use.as_ref().map(|said| {
        let each = said.iter().map(|each| {
            Ok(FairUse {
                licence: each.licence.clone(),
                amount: quantity("amount", &each.amount)?,
            })
        });
        each.collect::<Read<Vec<_>>>()
    });
    Ok(LineChange {
        product: said.product.clone(),
        prepay_quantity: optional(said.prepay_quantity.as_ref(), |text| {
            quantity("prepayQuantity", text)
        })?,
        prepay_price: optional(said.prepay_price.as_ref(), |text| {
            price("prepayPrice", text)
        })?,
        overage: overage(said)?,
        allowance: optional(said.allowance.as_ref(), |text| quantity("allowance", text))?,
        fair_use: fair_use.transpose()?,
    })
}

fn overage(said: &ContractLine) -> Read<Option<Overage>> {
    let size = optional(said.size.as_ref(), |text| quantity("size", text))?;
    let mode = match (said.tier_mode.as_deref(), size) {
        (None, None) => None,
        (Some("graduated"), None) => Some(TierMode::Graduated),
        (Some("volume"), None) => Some(TierMode::Volume),
        (Some("package"), Some(size)) => Some(TierMode::Package(size)),
        (Some("package"), None) => return refuse("size", "package tiers need a size"),
        (Some("graduated" | "volume") | None, Some(_)) => {
            return refuse("size", "size is for package tiers");
        }
        (Some(_), _) => {
            return refuse("tierMode", "tierMode must be graduated, volume or package");
        }
    };
    match (&said.overage_price, mode, said.tiers.as_slice()) {
        (None, None, []) => Ok(None),
        (Some(text), None, []) => Ok(Some(Overage::Flat(price("overagePrice", text)?))),
        (None, Some(mode), tiers @ [_, ..]) => {
            let tiers = tiers.iter().map(tier).collect::<Read<_>>()?;
            Ok(Some(Overage::Tiers(mode, tiers)))
        }
        (Some(_), _, _) => refuse("overagePrice", "overagePrice and tiers exclude each other"),
        (None, _, _) => refuse("tiers", "tiers and tierMode go together"),
    }
}

fn tier(said: &ContractTier) -> Read<Tier> {
    Ok(Tier {
        up_to: optional(said.up_to.as_ref(), |text| quantity("upTo", text))?,
        price: price("price", &said.price)?,
        flat: optional(said.flat.as_ref(), |text| price("flat", text))?,
    })
}

#[cfg(test)]
mod tests;
