//! `[[meter]]`: the events that are counted, and the aggregation.

use exchequer_types::{MeterRule, PutMeter};
use serde::Deserialize;
use toml::Spanned;

use super::fields::{name, word};
use super::scalar::{Day, Number};
use crate::catalog::items::CatalogItem;
use crate::catalog::position::Source;

const AGGREGATIONS: [&str; 6] = ["unique", "sum", "count", "max", "hours", "peak"];

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
    effective: Option<Day>,
}

pub(super) fn meter(
    source: &Source<'_>,
    table: Spanned<Table>,
) -> anyhow::Result<CatalogItem<PutMeter>> {
    let at = source.at(table.span().start);
    let table = table.into_inner();
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
            },
            effective: table.effective.map(Day::into),
            // `apply` sets the version that it has read.
            version: None,
        },
    })
}
