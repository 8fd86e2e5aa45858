//! `[[contract]]`: the prices that an organisation has agreed to.

use std::collections::HashMap;

use exchequer_types::catalog::{Contract, ContractAmendment, Party, WalletOpening};
use exchequer_types::{PutContract, SUBSCRIPTION_TYPES};
use serde::Deserialize;
use toml::Spanned;

use super::fields::{id, name, word};
use super::scalar::{Day, Number};
use super::{line, wallet};
use crate::catalog::items::CatalogItem;
use crate::catalog::position::Source;

const RAMP_USAGES: [&str; 2] = ["free", "billed"];
const AFTER_ENDS: [&str; 2] = ["stop", "month_to_month"];
const DECREASES: [&str; 3] = ["refused", "next_year", "given_back"];
const YEAR_STARTS: [&str; 2] = ["contract", "ramp_end"];
const SHORT_PERIOD_OVERAGES: [&str; 2] = ["full", "by_days"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    number: Spanned<String>,
    organization: Spanned<String>,
    subscription: Spanned<String>,
    currency: String,
    time_zone: Option<String>,
    start: Day,
    end: Option<Day>,
    ramp_start: Option<Day>,
    ramp_end: Option<Day>,
    ramp_usage: Option<Spanned<String>>,
    minimum_monthly: Option<Number>,
    short_period_overage: Option<Spanned<String>>,
    after_end: Option<Spanned<String>>,
    decrease: Option<Spanned<String>>,
    year_start: Option<Spanned<String>>,
    close_after: Option<u32>,
    adjust_within: Option<u32>,
    adjust_minimum: Option<Number>,
    billing_from: Option<Day>,
    paid_through: Option<Day>,
    #[serde(default)]
    opening: Vec<OpeningTable>,
    issuer: Option<PartyTable>,
    bill_to: Option<PartyTable>,
    #[serde(default)]
    line: Vec<line::Table>,
    #[serde(default)]
    wallet: Vec<wallet::Table>,
    #[serde(default)]
    amendment: Vec<AmendmentTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OpeningTable {
    product: String,
    left: Number,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PartyTable {
    name: String,
    number: Option<String>,
    #[serde(default)]
    address: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AmendmentTable {
    effective: Spanned<Day>,
    subscription: Option<Spanned<String>>,
    ramp_start: Option<Day>,
    ramp_end: Option<Day>,
    ramp_usage: Option<Spanned<String>>,
    minimum_monthly: Option<Number>,
    #[serde(default)]
    line: Vec<line::Table>,
    #[serde(default)]
    wallet: Vec<wallet::Table>,
}

pub(super) fn contract(
    source: &Source<'_>,
    table: Spanned<Table>,
) -> anyhow::Result<CatalogItem<PutContract>> {
    let at = source.at(table.span().start);
    let table = table.into_inner();
    Ok(CatalogItem {
        id: name(source, table.number, "a contract needs a number")?,
        at,
        put: PutContract {
            contract: Contract {
                organization: id(source, &table.organization)?,
                subscription: subscription(source, table.subscription)?,
                currency: table.currency,
                time_zone: table.time_zone,
                start: table.start.into(),
                end: table.end.map(Day::into),
                ramp_start: table.ramp_start.map(Day::into),
                ramp_end: table.ramp_end.map(Day::into),
                ramp_usage: ramp_usage(source, table.ramp_usage)?,
                minimum_monthly: table.minimum_monthly.map(Number::into),
                short_period_overage: optional_word(
                    source,
                    "short_period_overage",
                    table.short_period_overage,
                    &SHORT_PERIOD_OVERAGES,
                )?,
                after_end: optional_word(source, "after_end", table.after_end, &AFTER_ENDS)?,
                decrease: optional_word(source, "decrease", table.decrease, &DECREASES)?,
                year_start: optional_word(source, "year_start", table.year_start, &YEAR_STARTS)?,
                close_after: table.close_after,
                adjust_within: table.adjust_within,
                adjust_minimum: table.adjust_minimum.map(Number::into),
                billing_from: table.billing_from.map(Day::into),
                paid_through: table.paid_through.map(Day::into),
                openings: table.opening.into_iter().map(opening).collect(),
                issuer: table.issuer.map(party),
                bill_to: table.bill_to.map(party),
                lines: line::lines(source, table.line)?,
                wallets: wallet::wallets(source, table.wallet)?,
                amendments: amendments(source, table.amendment)?,
            },
            version: None,
        },
    })
}

fn opening(table: OpeningTable) -> WalletOpening {
    WalletOpening {
        product: table.product,
        left: table.left.into(),
    }
}

/// Parses amendments. Two on one day are refused, because nothing says which holds.
fn amendments(
    source: &Source<'_>,
    tables: Vec<AmendmentTable>,
) -> anyhow::Result<Vec<ContractAmendment>> {
    let mut seen = HashMap::new();
    let mut amendments = Vec::with_capacity(tables.len());
    for table in tables {
        let offset = table.effective.span().start;
        let amendment = amendment(source, table)?;
        if let Some(before) = seen.insert(amendment.effective.clone(), offset) {
            let message = format!("an amendment of this day is at {}", source.at(before));
            return Err(source.error(offset, message));
        }
        amendments.push(amendment);
    }
    Ok(amendments)
}

fn amendment(source: &Source<'_>, table: AmendmentTable) -> anyhow::Result<ContractAmendment> {
    let subscription = match table.subscription {
        Some(text) => Some(subscription(source, text)?),
        None => None,
    };
    Ok(ContractAmendment {
        effective: table.effective.into_inner().into(),
        subscription,
        ramp_start: table.ramp_start.map(Day::into),
        ramp_end: table.ramp_end.map(Day::into),
        ramp_usage: ramp_usage(source, table.ramp_usage)?,
        minimum_monthly: table.minimum_monthly.map(Number::into),
        lines: line::lines(source, table.line)?,
        wallets: wallet::wallets(source, table.wallet)?,
    })
}

fn subscription(source: &Source<'_>, text: Spanned<String>) -> anyhow::Result<String> {
    word(source, "subscription", text, &SUBSCRIPTION_TYPES)
}

fn ramp_usage(
    source: &Source<'_>,
    text: Option<Spanned<String>>,
) -> anyhow::Result<Option<String>> {
    optional_word(source, "ramp_usage", text, &RAMP_USAGES)
}

/// Parses one of some words, if there is one.
fn optional_word(
    source: &Source<'_>,
    field: &'static str,
    text: Option<Spanned<String>>,
    words: &[&str],
) -> anyhow::Result<Option<String>> {
    let Some(text) = text else { return Ok(None) };
    word(source, field, text, words).map(Some)
}

fn party(table: PartyTable) -> Party {
    Party {
        name: table.name,
        number: table.number,
        address: table.address,
    }
}
