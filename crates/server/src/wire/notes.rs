//! Notes on a row of an overview, for what its fields cannot say.

use exchequer_core::contract::{
    Conversion, ConversionRate, ConversionTarget, Line, Overage, RampUsage, Tier, TierMode,
    WalletTerm,
};
use exchequer_core::rating::{Allowance, RatedLine, RatedWallet};
use exchequer_core::{Bill, Price, Product, Quantity, SubscriptionType};

/// Returns the notes of a row.
pub(super) fn row_notes(bill: &Bill, rated: &RatedLine) -> Option<String> {
    let notes = [
        uncharged(bill, rated).map(str::to_owned),
        kept(rated),
        converted(rated),
        tiers(&rated.line.overage).filter(|_| !converts_into_a_line(rated)),
        bundle(&rated.product),
        weighed_commitment(rated),
        other_prices(rated),
    ];
    join(notes.into_iter().flatten().collect())
}

/// Returns the notes of the terms of a line.
pub(super) fn terms_notes(product: &Product, line: &Line) -> Option<String> {
    let notes = [
        tiers(&line.overage),
        bundle(product),
        free_units(line),
        conversion(line),
    ];
    join(notes.into_iter().flatten().collect())
}

/// Says how an allowance comes about.
pub(super) fn allowance_notes(allowance: &Allowance) -> Option<String> {
    let licences = allowance.licences.iter().map(|each| {
        let licences = each.licences.to_decimal();
        format!("{licences} × {} ({})", each.amount, each.licence)
    });
    let fixed = Some(allowance.fixed.to_decimal()).filter(|_| !allowance.fixed.is_zero());
    let parts: Vec<String> = fixed.into_iter().chain(licences).collect();
    join(vec![format!("Allowance: {}.", parts.join(" + "))]).filter(|_| !parts.is_empty())
}

fn join(notes: Vec<String>) -> Option<String> {
    Some(notes.join(" ")).filter(|text| !text.is_empty())
}

/// Notes why the prices of the row do not make a charge.
fn uncharged(bill: &Bill, rated: &RatedLine) -> Option<&'static str> {
    match (bill.subscription, bill.ramp) {
        (SubscriptionType::Inin, _) => Some("Internal: not charged."),
        (SubscriptionType::FreeTrialMonthToMonth, _) => Some("Free trial: not charged."),
        (_, Some(RampUsage::Free)) if !rated.product.charged_in_ramp => {
            Some("In the ramp: not charged.")
        }
        (_, Some(_)) if rated.line.prepay_price.is_none() && converts_into_a_line(rated) => None,
        (_, Some(_)) => Some(in_ramp(&rated.line)),
        _ => None,
    }
}

/// Notes what usage costs in a ramp in which it is charged.
fn in_ramp(line: &Line) -> &'static str {
    match (&line.prepay_price, &line.overage) {
        (Some(price), _) if *price == Price::ZERO => FREE,
        (Some(_), _) => {
            "In the ramp: all usage is charged at the prepay price, the commitment is not."
        }
        (None, Overage::Flat(price)) if *price == Price::ZERO => FREE,
        (None, Overage::Tiers(_, tiers)) if tiers.iter().all(costs_nothing) => FREE,
        (None, _) => "In the ramp: usage is charged at the overage price.",
    }
}

const FREE: &str = "In the ramp: costs nothing.";

fn costs_nothing(tier: &Tier) -> bool {
    tier.price == Price::ZERO && tier.flat.is_none_or(|flat| flat == Price::ZERO)
}

/// Notes that what is paid for stays, though fewer are committed.
fn kept(rated: &RatedLine) -> Option<String> {
    let kept = rated.kept.as_ref()?.to_decimal();
    Some(format!(
        "{kept} are paid for until the end of the contract year."
    ))
}

/// Returns true if what is beyond is usage of another line, which prices it.
pub(super) fn converts_into_a_line(rated: &RatedLine) -> bool {
    let conversion = rated.line.conversion.as_ref();
    conversion.and_then(Conversion::line).is_some()
}

/// Notes the tokens that units are converted into, and who covers them.
fn converted(rated: &RatedLine) -> Option<String> {
    let converted = rated.converted.as_ref()?;
    let rate = match converted.conversion.rate {
        ConversionRate::UnitsPerToken(rate) => format!("units per token: {rate}"),
        ConversionRate::TokensPerUnit(rate) => format!("tokens per unit: {rate}"),
    };
    let tokens = converted.tokens.to_decimal();
    let (product, covered) = match &converted.conversion.target {
        ConversionTarget::Line(product) => (product, "; not charged here".to_owned()),
        ConversionTarget::Wallet(product) => {
            let covered = converted.covered.to_decimal();
            (product, format!("; the wallet covers {covered}"))
        }
    };
    let owed = Some(converted.owed.to_decimal()).filter(|_| !converted.owed.is_zero());
    let owed = owed.map(|owed| {
        format!(" {owed} of earlier periods were given back after they were used, and are overage.")
    });
    Some(format!(
        "Beyond what is included and free: {tokens} tokens of {product} ({rate}){covered}.{}",
        owed.unwrap_or_default()
    ))
}

/// Returns the notes of the row of a wallet: its terms, and what became of its units.
pub(super) fn wallet_notes(bill: &Bill, rated: &RatedWallet) -> Option<String> {
    let uncharged = match (bill.subscription, bill.ramp) {
        (SubscriptionType::Inin, _) => Some("Internal: not charged."),
        (SubscriptionType::FreeTrialMonthToMonth, _) => Some("Free trial: nothing is bought."),
        (_, Some(_)) => Some("In the ramp: nothing is bought."),
        _ => None,
    };
    let overage = Some(rated.overage.to_decimal()).filter(|_| !rated.overage.is_zero());
    let notes = [
        uncharged.map(str::to_owned),
        Some(wallet_terms(bill, rated)),
        Some(statement(rated)),
        overage.map(|overage| format!("{overage} that it did not hold are overage.")),
    ];
    join(notes.into_iter().flatten().collect())
}

/// Notes how many units of a wallet are bought, and their price.
fn wallet_terms(bill: &Bill, rated: &RatedWallet) -> String {
    let price = match bill.subscription.is_developer() {
        true => Price::ZERO,
        false => rated.wallet.price,
    };
    let time = match rated.wallet.term {
        WalletTerm::Year => "contract year",
        WalletTerm::Period => "period",
    };
    format!("Wallet: {} a {time} at {price}.", rated.wallet.quantity)
}

/// Notes what a wallet opened with, what came and went, and what it closes with.
fn statement(rated: &RatedWallet) -> String {
    let moved = [
        (&rated.increase, "bought"),
        (&rated.decrease, "taken back"),
        (&rated.consumption, "drawn"),
        (&rated.lapse, "lapsed"),
    ];
    let moved = moved.into_iter().filter(|(units, _)| !units.is_zero());
    let all = [(&rated.opening, "at the start")].into_iter().chain(moved);
    let all = all.chain([(&rated.closing, "left")]);
    let all = all.map(|(units, what)| format!("{} {what}", units.to_decimal()));
    format!("{}.", all.collect::<Vec<_>>().join(", "))
}

fn tiers(overage: &Overage) -> Option<String> {
    let Overage::Tiers(mode, tiers) = overage else {
        return None;
    };
    let (mode, unit) = match mode {
        TierMode::Graduated => ("graduated".to_owned(), ""),
        TierMode::Volume => ("volume".to_owned(), ""),
        TierMode::Package(size) => (format!("packages of {size}"), " a package"),
    };
    let tiers: Vec<String> = tiers.iter().map(|it| tier(it, unit)).collect();
    Some(format!("Overage in tiers ({mode}): {}.", tiers.join(", ")))
}

fn tier(tier: &Tier, unit: &str) -> String {
    let border = match tier.up_to {
        Some(border) => format!("up to {border}"),
        None => "beyond".to_owned(),
    };
    let flat = tier.flat.map(|flat| format!(" and {flat} flat"));
    format!(
        "{border} at {}{unit}{}",
        tier.price,
        flat.unwrap_or_default()
    )
}

fn bundle(product: &Product) -> Option<String> {
    let bundle = product.bundle;
    product
        .is_bundle()
        .then(|| format!("Prepaid and priced in bundles of {bundle}."))
}

fn free_units(line: &Line) -> Option<String> {
    let fixed = line.allowance.iter().map(Quantity::to_string);
    let licences = line.fair_use.iter();
    let licences = licences.map(|each| format!("{} for each {}", each.amount, each.licence));
    let parts: Vec<String> = fixed.chain(licences).collect();
    (!parts.is_empty()).then(|| format!("Allowance: {}.", parts.join(" + ")))
}

fn conversion(line: &Line) -> Option<String> {
    let Conversion { target, rate } = line.conversion.as_ref()?;
    let (ConversionTarget::Line(product) | ConversionTarget::Wallet(product)) = target;
    Some(match rate {
        ConversionRate::UnitsPerToken(units) => format!("{units} units are one of {product}."),
        ConversionRate::TokensPerUnit(tokens) => format!("A unit is {tokens} of {product}."),
    })
}

/// Notes that the commitment was weighed by days, because it changed within the period
/// or the period is short.
fn weighed_commitment(rated: &RatedLine) -> Option<String> {
    if !rated.weighs_by_days {
        return None;
    }
    Some(match rated.level {
        true => {
            let included = rated.included.to_decimal();
            format!("The commitment weighs by days; usage up to {included} is included.")
        }
        false => "The commitment weighs by days.".to_owned(),
    })
}

/// Notes the days on which the prices of the row change within the period.
fn other_prices(rated: &RatedLine) -> Option<String> {
    let days = rated.parts.iter().skip(1).map(|part| part.from.to_string());
    let days: Vec<String> = days.collect();
    (!days.is_empty()).then(|| format!("Other prices from {} on.", days.join(" and ")))
}
