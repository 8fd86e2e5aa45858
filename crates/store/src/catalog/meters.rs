//! Meters and their versions.

mod changes;

use std::collections::BTreeMap;

use exchequer_core::{
    Day, ExcessDecimals, Family, Meter, MeterSet, MeterVersion, Quantity, Spelling, Unreadable,
};

use crate::error::{Cause, StoreError};
use crate::sql::{Row, Snapshot, params};

pub use changes::{MeterDefinition, changes, delete, put};

/// Returns all meters, checked and indexed.
///
/// # Errors
/// If the database fails or holds a meter that it should have refused.
pub fn load(db: &Snapshot<'_>) -> Result<MeterSet, StoreError> {
    MeterSet::new(all(db)?).map_err(|error| corrupt(Cause::from_error(error)))
}

/// Returns the name of a meter that a revision had and that was deleted since, if it could
/// have counted something before a day.
pub(crate) fn deleted_since(
    db: &Snapshot<'_>,
    revision: u64,
    before: Day,
) -> Result<Option<String>, StoreError> {
    let query = "SELECT name FROM deleted_meter
         WHERE made <= $1 AND deleted > $1 AND begins < $2 ORDER BY number LIMIT 1";
    db.first(query, params![revision, before.number()], |row| row.get(0))
}

/// Returns all meters, as they are stored.
fn all(db: &Snapshot<'_>) -> Result<Vec<Meter>, StoreError> {
    // Meters first: one that is put in between then has no row here, rather
    // than a row without a version.
    let names = db.all("SELECT number, name FROM meter", params![], |row| {
        Ok((row.get::<u32>(0)?, row.get::<String>(1)?))
    })?;
    let mut versions: BTreeMap<u32, Vec<MeterVersion>> = BTreeMap::new();
    db.all(
        "SELECT meter, version, begins, event_type, aggregation, quantity, round_up_each,
                peak_minutes, family, rank, revision, shown_as, unreadable, excess_decimals,
                resources
         FROM meter_version ORDER BY meter, begins, version",
        params![],
        |row| {
            let meter = versions.entry(row.get(0)?).or_default();
            meter.push(read_version(row)?);
            Ok(())
        },
    )?;
    let with_versions = |(number, name): (u32, String)| {
        let missing = || corrupt(format!("number {number} has no version"));
        Ok(Meter {
            number,
            name,
            versions: versions.remove(&number).ok_or_else(missing)?,
        })
    };
    names.into_iter().map(with_versions).collect()
}

fn read_version(row: &Row<'_>) -> Result<MeterVersion, StoreError> {
    let aggregation: String = row.get(4)?;
    let step: Option<String> = row.get(6)?;
    let family: Option<String> = row.get(8)?;
    let rank: Option<u32> = row.get(9)?;
    let family = match (family, rank) {
        (Some(name), Some(rank)) => Some(Family { name, rank }),
        (None, None) => None,
        (Some(_), None) => return Err(corrupt("a family without a rank")),
        (None, Some(_)) => return Err(corrupt("a rank without a family")),
    };
    Ok(MeterVersion {
        version: row.get(1)?,
        begins: Day::from_number(row.get(2)?),
        event_type: row.get(3)?,
        aggregation: aggregation
            .parse()
            .map_err(|error| corrupt(format!("{error}")))?,
        quantity: row.get(5)?,
        round_up_each: step
            .map(|step| Quantity::parse(&step))
            .transpose()
            .map_err(|error| corrupt(Cause::from_error(error)))?,
        peak_minutes: row.get(7)?,
        family,
        shown_as: row.get(11)?,
        unreadable: word(row, 12, Unreadable::named)?,
        excess_decimals: word(row, 13, ExcessDecimals::named)?,
        resources: word(row, 14, Spelling::named)?,
        revision: row.get(10)?,
    })
}

/// Reads a setting that is one of a few words.
fn word<T>(
    row: &Row<'_>,
    column: usize,
    named: impl Fn(&str) -> Option<T>,
) -> Result<T, StoreError> {
    let word: String = row.get(column)?;
    named(&word).ok_or_else(|| corrupt(format!("a setting is \"{word}\"")))
}

fn corrupt(why: impl Into<Cause>) -> StoreError {
    StoreError::corrupt("meter", why)
}
