//! Lines of contracts as documents.

use exchequer_core::contract::{
    Conversion, ConversionRate, ConversionTarget, FairUse, LineChange, Overage, Tier, TierMode,
};
use exchequer_types::catalog::{ContractConversion, ContractLine, ContractTier};

use super::amounts::{optional, price, quantity};
use crate::documents::invalid::{DocumentResult, refuse};

pub(super) fn parse_all(said: &[ContractLine]) -> DocumentResult<Vec<LineChange>> {
    said.iter().map(parse).collect()
}

fn parse(said: &ContractLine) -> DocumentResult<LineChange> {
    // Whatever is wrong with a line, the message says with which.
    parse_line(said).map_err(|invalid| invalid.within(format_args!("lines: {}", said.product)))
}

fn parse_line(said: &ContractLine) -> DocumentResult<LineChange> {
    let fair_use = said.fair_use.as_ref().map(|said| {
        let each = said.iter().map(|each| {
            Ok(FairUse {
                licence: each.licence.clone(),
                amount: quantity("amount", &each.amount)?,
            })
        });
        each.collect::<DocumentResult<Vec<_>>>()
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
        conversion: said.conversion.as_ref().map(conversion).transpose()?,
    })
}

fn conversion(said: &ContractConversion) -> DocumentResult<Conversion> {
    let target = match (&said.line, &said.wallet) {
        (Some(product), None) => ConversionTarget::Line(product.clone()),
        (None, Some(product)) => ConversionTarget::Wallet(product.clone()),
        (None, None) | (Some(_), Some(_)) => {
            return refuse("conversion", "conversion needs either line or wallet");
        }
    };
    let rate = match (&said.units_per_token, &said.tokens_per_unit) {
        (Some(text), None) => ConversionRate::UnitsPerToken(quantity("unitsPerToken", text)?),
        (None, Some(text)) => ConversionRate::TokensPerUnit(quantity("tokensPerUnit", text)?),
        (None, None) | (Some(_), Some(_)) => {
            let rule = "conversion needs either unitsPerToken or tokensPerUnit";
            return refuse("conversion", rule);
        }
    };
    Ok(Conversion { target, rate })
}

fn overage(said: &ContractLine) -> DocumentResult<Option<Overage>> {
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
            let tiers = tiers.iter().map(tier).collect::<DocumentResult<_>>()?;
            Ok(Some(Overage::Tiers(mode, tiers)))
        }
        (Some(_), _, _) => refuse("overagePrice", "overagePrice and tiers exclude each other"),
        (None, _, _) => refuse("tiers", "tiers and tierMode go together"),
    }
}

fn tier(said: &ContractTier) -> DocumentResult<Tier> {
    Ok(Tier {
        up_to: optional(said.up_to.as_ref(), |text| quantity("upTo", text))?,
        price: price("price", &said.price)?,
        flat: optional(said.flat.as_ref(), |text| price("flat", text))?,
    })
}
