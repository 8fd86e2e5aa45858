//! `[[meter]]`: the events that are counted, and the aggregation.

use exchequer_types::{MeterRule, PutMeter};
use serde::Deserialize;
use toml::Spanned;

use super::fields::{name, word};
use super::scalar::{Day, Number};
use crate::catalog::items::CatalogItem;
use crate::catalog::position::Source;

const AGGREGATIONS: [&str; 6] = ["unique", "sum", "count", "max", "hours", "peak"];
const UNREADABLE: [&str; 3] = ["reject", "skip", "zero"];
const EXCESS: [&str; 3] = ["reject", "cut", "round"];
const RESOURCES: [&str; 2] = ["exact", "folded"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    name: Spanned<String>,
    event_type: String,
    aggregation: Spanned<String>,
    quantity: Option<String>,
    round_up_each: Option<Number>,
    peak_minutes: Option<u32>,
    family: Option<String>,
    rank: Option<u32>,
    shown_as: Option<String>,
    unreadable: Option<Spanned<String>>,
    excess_decimals: Option<Spanned<String>>,
    resources: Option<Spanned<String>>,
    effective: Option<Day>,
}

pub(super) fn meter(
    source: &Source<'_>,
    table: Spanned<Table>,
) -> anyhow::Result<CatalogItem<PutMeter>> {
    let at = source.at(table.span().start);
    let table = table.into_inner();
    let one_of = |field, value: Option<Spanned<String>>, allowed: &[&str]| {
        let read = value.map(|value| word(source, field, value, allowed));
        read.transpose()
    };
    Ok(CatalogItem {
        id: name(source, table.name, "a meter needs a name")?,
        at,
        put: PutMeter {
            rule: MeterRule {
                event_type: table.event_type,
                aggregation: word(source, "aggregation", table.aggregation, &AGGREGATIONS)?,
                quantity: table.quantity,
                round_up_each: table.round_up_each.map(Number::into),
                peak_minutes: table.peak_minutes,
                family: table.family,
                rank: table.rank,
                shown_as: table.shown_as,
                unreadable: one_of("unreadable", table.unreadable, &UNREADABLE)?,
                excess_decimals: one_of("excess_decimals", table.excess_decimals, &EXCESS)?,
                resources: one_of("resources", table.resources, &RESOURCES)?,
            },
            effective: table.effective.map(Day::into),
            // `apply` sets the version that it has read.
            version: None,
        },
    })
}
