//! Changes to meters: a changed rule is a new version, never an overwrite.

use exchequer_core::{
    Aggregation, Day, ExcessDecimals, Family, Meter, MeterSet, MeterVersion, Quantity, Spelling,
    Unreadable,
};

use super::all;
use crate::StoreError;
use crate::audit;
use crate::catalog::history::FIRST_DAY;
use crate::catalog::{Actor, Deletion, Expect, Put, count_up, must_hit};
use crate::changes as feed;
use crate::settings;
use crate::sql::{Snapshot, Transaction, params};

/// The definition that a meter is given: the events that it counts, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeterDefinition {
    /// The type of the events it listens to.
    pub event_type: String,
    /// The way its total is made.
    pub aggregation: Aggregation,
    /// The field of `data` that holds the quantity.
    pub quantity: Option<String>,
    /// The step to which each quantity is rounded up.
    pub round_up_each: Option<Quantity>,
    /// Minutes that a level must last.
    pub peak_minutes: u32,
    /// Its family and rank.
    pub family: Option<Family>,
    /// Its name in reports, if it is another.
    pub shown_as: Option<String>,
    /// The meaning of an event without a readable quantity; `None` leaves it to the catalog.
    pub unreadable: Option<Unreadable>,
    /// The treatment of decimals that a quantity cannot hold.
    pub excess_decimals: ExcessDecimals,
    /// The names that are one resource.
    pub resources: Spelling,
}

impl MeterDefinition {
    fn matches(&self, version: &MeterVersion) -> bool {
        self.event_type == version.event_type
            && self.aggregation == version.aggregation
            && self.quantity == version.quantity
            && self.round_up_each == version.round_up_each
            && self.peak_minutes == version.peak_minutes
            && self.family == version.family
            && self.shown_as == version.shown_as
            // Unless it says otherwise, it goes on as it is.
            && self.unreadable.is_none_or(|it| it == version.unreadable)
            && self.excess_decimals == version.excess_decimals
            && self.resources == version.resources
    }

    /// Returns the version of a meter that counts so, and rejects what it cannot read
    /// unless the definition says otherwise.
    #[must_use]
    pub fn version(self, version: u32, begins: Day, revision: u64) -> MeterVersion {
        MeterVersion {
            version,
            begins,
            event_type: self.event_type,
            aggregation: self.aggregation,
            quantity: self.quantity,
            round_up_each: self.round_up_each,
            peak_minutes: self.peak_minutes,
            family: self.family,
            shown_as: self.shown_as,
            unreadable: self.unreadable.unwrap_or_default(),
            excess_decimals: self.excess_decimals,
            resources: self.resources,
            revision,
        }
    }
}

/// Returns whether [`put`] would make a version.
///
/// # Errors
/// If the database fails.
pub fn changes(
    db: &Snapshot<'_>,
    name: &str,
    definition: &MeterDefinition,
    effective: Option<Day>,
    today: Day,
) -> Result<bool, StoreError> {
    let meters = all(db)?;
    let current = meters.iter().find(|meter| meter.name == name);
    let begins = first_day(current, effective, today);
    Ok(!current.is_some_and(|meter| holds_already(meter, definition, begins)))
}

/// Creates the meter, or gives it a new version that begins on `effective`
/// (a new meter: 2000-01-01, otherwise today, if not said).
///
/// `in_use` says that events of its type are kept.
///
/// # Errors
/// If the database fails.
pub fn put(
    tx: &Transaction<'_>,
    actor: &Actor,
    name: &str,
    mut definition: MeterDefinition,
    effective: Option<Day>,
    in_use: bool,
    expect: Expect,
) -> Result<Put<Meter>, StoreError> {
    let mut meters = all(tx)?;
    let place = meters.iter().position(|meter| meter.name == name);
    let current = place.map(|place| &meters[place]);
    let begins = first_day(current, effective, actor.at.day());
    if let Some(meter) = current.filter(|meter| holds_already(meter, &definition, begins)) {
        return Ok(Put::Unchanged(meter.clone()));
    }
    let newest = current.map(newest_version);
    if !expect.holds(newest.map(u64::from)) {
        return Ok(Put::Stale);
    }
    let number = match current {
        Some(meter) => meter.number,
        None => u32::try_from(count_up(tx, "meter")?)
            .map_err(|_| StoreError::range("too many meters"))?,
    };
    if definition.aggregation.reads_quantity() && definition.unreadable.is_none() {
        let used = in_use || is_listened_to(&meters, name, &definition.event_type, begins);
        definition.unreadable = Some(unless_said(current, used, begins));
    }
    let revision = u64::try_from(count_up(tx, "meter_revision")?)
        .map_err(|_| StoreError::range("revision of the meters".to_owned()))?;
    let version = definition.version(newest.map_or(1, |newest| newest + 1), begins, revision);
    match place {
        Some(place) => meters[place].versions.push(version.clone()),
        None => meters.push(Meter {
            number,
            name: name.to_owned(),
            versions: vec![version.clone()],
        }),
    }
    let set = match MeterSet::new(meters) {
        Ok(set) => set,
        // The counters have moved on, which harms nobody.
        Err(error) => return Ok(Put::Refused(error.to_string())),
    };
    write(tx, number, name, &version)?;
    record(tx, actor, name, "meter.put", version.version)?;
    let meter = set.by_name(name).cloned().ok_or(StoreError::NotFound)?;
    Ok(Put::made(newest.is_some(), meter))
}

/// Returns the day from which a version of a meter holds.
fn first_day(current: Option<&Meter>, effective: Option<Day>, today: Day) -> Day {
    effective.unwrap_or(if current.is_some() { today } else { FIRST_DAY })
}

/// Returns what an event without a readable quantity means if a definition does not say:
/// what it meant before. A meter that is new then refuses nothing that was taken so far.
fn unless_said(current: Option<&Meter>, used: bool, begins: Day) -> Unreadable {
    let before = current.and_then(|meter| meter.at(begins));
    match before {
        Some(version) => version.unreadable,
        None if used => Unreadable::Skip,
        None => Unreadable::Reject,
    }
}

/// Returns whether another meter listens to a type on a day or after it.
fn is_listened_to(meters: &[Meter], name: &str, event_type: &str, begins: Day) -> bool {
    let mut others = meters.iter().filter(|meter| meter.name != name);
    others.any(|meter| {
        let mut listening = meter.versions.iter();
        listening.any(|version| {
            // It holds on its first day or, if it began before, on the day itself, unless
            // another one does.
            let holds = meter.at(version.begins.max(begins));
            version.event_type == event_type && holds == Some(version)
        })
    })
}

/// Returns whether the meter counts so already on the day from which it would. A version
/// that begins later has no part in that: until then, usage would be counted otherwise.
fn holds_already(meter: &Meter, definition: &MeterDefinition, begins: Day) -> bool {
    let version = meter.at(begins);
    version.is_some_and(|version| definition.matches(version))
}

fn newest_version(meter: &Meter) -> u32 {
    meter
        .versions
        .iter()
        .map(|version| version.version)
        .max()
        .unwrap_or(0)
}

fn write(
    tx: &Transaction<'_>,
    number: u32,
    name: &str,
    version: &MeterVersion,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO meter (number, name) VALUES ($1, $2) ON CONFLICT (number) DO NOTHING",
        params![number, name],
    )?;
    tx.execute(
        "INSERT INTO meter_version (meter, version, begins, event_type, aggregation, quantity,
             round_up_each, peak_minutes, family, rank, revision, shown_as, unreadable,
             excess_decimals, resources)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        params![
            number,
            version.version,
            version.begins.number(),
            version.event_type,
            version.aggregation.to_string(),
            version.quantity,
            version.round_up_each.map(|step| step.to_string()),
            version.peak_minutes,
            version.family.as_ref().map(|family| family.name.as_str()),
            version.family.as_ref().map(|family| family.rank),
            version.revision,
            version.shown_as,
            version.unreadable.as_str(),
            version.excess_decimals.as_str(),
            version.resources.as_str(),
        ],
    )?;
    Ok(())
}

/// Deletes a meter under which nothing can have been counted: figures of the
/// past must not lose a line.
///
/// # Errors
/// If the database fails.
pub fn delete(
    tx: &Transaction<'_>,
    actor: &Actor,
    name: &str,
    expect: Expect,
) -> Result<Deletion, StoreError> {
    let meters = all(tx)?;
    let Some(meter) = meters.iter().find(|meter| meter.name == name) else {
        return Ok(Deletion::Absent);
    };
    if !expect.holds(Some(u64::from(newest_version(meter)))) {
        return Ok(Deletion::Stale);
    }
    let begins = meter.versions.iter().map(|version| version.begins).min();
    for partition in settings::partitions(tx)?.all() {
        let usage = tx.first(
            "SELECT 1 WHERE EXISTS (SELECT 1 FROM journal WHERE partition = $1)
                 OR EXISTS (SELECT 1 FROM segment WHERE partition = $1 AND day >= $2)",
            params![partition.number(), begins.unwrap_or(FIRST_DAY).number()],
            |_| Ok(()),
        )?;
        if usage.is_some() {
            return Ok(Deletion::InUse("there is usage since it began"));
        }
    }
    let product = tx.first(
        "SELECT 1 FROM product WHERE meter = $1 LIMIT 1",
        params![name],
        |_| Ok(()),
    )?;
    if product.is_some() {
        return Ok(Deletion::InUse("it counts a product"));
    }
    // Who holds the meters in memory sees by this that they have changed.
    let revision = count_up(tx, "meter_revision")?;
    note_deletion(tx, meter, revision)?;
    let deleted = tx.execute("DELETE FROM meter WHERE number = $1", params![meter.number])?;
    must_hit(deleted, "meter", name)?;
    record(tx, actor, name, "meter.delete", 0)?;
    Ok(Deletion::Deleted)
}

/// Notes which revisions of the meters had a meter that is being deleted: they cannot be
/// read back without it.
fn note_deletion(tx: &Transaction<'_>, meter: &Meter, revision: i64) -> Result<(), StoreError> {
    let versions = || meter.versions.iter();
    let begins = versions().map(|version| version.begins).min();
    let made = versions().map(|version| version.revision).min();
    tx.execute(
        "INSERT INTO deleted_meter (number, name, begins, made, deleted)
         VALUES ($1, $2, $3, $4, $5)",
        params![
            meter.number,
            meter.name,
            begins.unwrap_or(FIRST_DAY).number(),
            // Without a version no revision has had it.
            made.unwrap_or(revision.unsigned_abs()),
            revision
        ],
    )?;
    Ok(())
}

fn record(
    tx: &Transaction<'_>,
    actor: &Actor,
    name: &str,
    action: &str,
    version: u32,
) -> Result<(), StoreError> {
    let detail = match version {
        0 => String::new(),
        _ => format!("version {version}"),
    };
    // Meters belong to the platform: their trail is the operator's.
    let entry = audit::Entry {
        organization: actor.organization,
        action,
        object: name,
        detail: &detail,
    };
    feed::record(tx, actor, &entry, version.into())
}
