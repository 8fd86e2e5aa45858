//! Meters of the catalog.

pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod put;
pub(crate) mod rule;

use exchequer_core::Meter;
use exchequer_types::{CatalogMeter, CatalogMeterVersion};

use crate::uri;

const PATH: &str = "/api/v2/billing/catalog/meters";

fn newest(meter: &Meter) -> u64 {
    meter
        .versions
        .iter()
        .map(|version| u64::from(version.version))
        .max()
        .unwrap_or(0)
}

fn show(meter: Meter) -> CatalogMeter {
    let number = newest(&meter);
    let mut versions: Vec<_> = meter
        .versions
        .iter()
        .map(|version| CatalogMeterVersion {
            version: u64::from(version.version),
            effective: version.begins.to_string(),
            rule: rule::show(version),
        })
        .collect();
    versions.sort_by_key(|version| version.version);
    CatalogMeter {
        id: meter.name.clone(),
        version: number,
        rule: versions
            .last()
            .map(|version| version.rule.clone())
            .unwrap_or_default(),
        versions,
        self_uri: Some(format!("{PATH}/{}", uri::escape(&meter.name))),
        name: meter.name,
    }
}
