//! The tables beside the ledger: copied row by row.

use exchequer_core::OrganizationId;

use super::marks::CopiedMarks;
use crate::error::StoreError;
use crate::sql::{Row, Snapshot, Transaction, Value, params};

/// A column's type.
#[derive(Clone, Copy)]
enum Type {
    Number,
    Text,
    Bytes,
    /// The seq of an event, which is another one in the copy.
    Mark,
}
use Type::{Bytes, Mark, Number, Text};

/// A value that is held.
enum Held {
    Number(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

impl Held {
    fn read(row: &Row<'_>, column: usize, of: Type) -> Result<Self, StoreError> {
        Ok(match of {
            Number | Mark => Self::Number(row.get(column)?),
            Text => Self::Text(row.get(column)?),
            Bytes => Self::Bytes(row.get(column)?),
        })
    }

    fn value(&self) -> Value<'_> {
        match self {
            Self::Number(number) => Value::Integer(*number),
            Self::Text(text) => Value::Text(text.as_deref()),
            Self::Bytes(bytes) => Value::Blob(bytes.as_deref()),
        }
    }
}

struct Table {
    select: &'static str,
    clear: &'static str,
    insert: &'static str,
    columns: &'static [Type],
    /// The first column is an organisation, whose partition the new
    /// ledger keeps the row in.
    has_home: bool,
}

macro_rules! table {
    ($name:literal, $columns:literal, $values:literal, $types:expr) => {
        Table {
            select: concat!("SELECT ", $columns, " FROM ", $name),
            clear: concat!("DELETE FROM ", $name),
            insert: concat!(
                "INSERT INTO ",
                $name,
                " (",
                $columns,
                ") VALUES (",
                $values,
                ")"
            ),
            columns: &$types,
            has_home: false,
        }
    };
}

/// A table whose rows are in the partition of an organisation, which is the
/// first column that `$from` tells of a row.
macro_rules! tenants {
    ($name:literal, $columns:literal, $values:literal, $from:literal, $types:expr) => {
        Table {
            select: concat!("SELECT ", $from),
            has_home: true,
            ..table!($name, $columns, $values, $types)
        }
    };
}

/// In an order in which each row finds what it refers to. Reports that were
/// kept are not among them: they are made again.
const TABLES: [Table; 20] = [
    table!(
        "organization",
        "id, name, operator, version, changed",
        "$1, $2, $3, $4, $5",
        [Bytes, Text, Number, Number, Number]
    ),
    table!(
        "organization_name",
        "organization, ends, name",
        "$1, $2, $3",
        [Bytes, Number, Text]
    ),
    tenants!(
        "alias_list",
        "partition, organization, version, begins, made",
        "$1, $2, $3, $4, $5",
        "organization, organization, version, begins, made FROM alias_list WHERE partition = 0",
        [Bytes, Bytes, Number, Number, Number]
    ),
    tenants!(
        "alias",
        "partition, organization, version, name, resource",
        "$1, $2, $3, $4, $5",
        "organization, organization, version, name, resource FROM alias WHERE partition = 0",
        [Bytes, Bytes, Number, Text, Text]
    ),
    table!(
        "client",
        "id, organization, name, permissions, token_seconds, version, changed, sources",
        "$1, $2, $3, $4, $5, $6, $7, $8",
        [Bytes, Bytes, Text, Text, Number, Number, Number, Text]
    ),
    table!(
        "client_secret",
        "client, number, salt, hash",
        "$1, $2, $3, $4",
        [Bytes, Number, Bytes, Bytes]
    ),
    tenants!(
        "access_token",
        "partition, client, hash, expires",
        "$1, $2, $3, $4",
        "client.organization, client, hash, expires
         FROM access_token JOIN client ON client.id = access_token.client
         WHERE access_token.partition = 0",
        [Bytes, Bytes, Bytes, Number]
    ),
    table!("meter", "number, name", "$1, $2", [Number, Text]),
    table!(
        "meter_version",
        "meter, version, begins, event_type, aggregation, quantity, round_up_each, peak_minutes, family, rank, revision, shown_as, unreadable, excess_decimals, resources",
        "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15",
        [
            Number, Number, Number, Text, Text, Text, Text, Number, Text, Number, Number, Text,
            Text, Text, Text
        ]
    ),
    table!(
        "deleted_meter",
        "number, name, begins, made, deleted",
        "$1, $2, $3, $4, $5",
        [Number, Text, Number, Number, Number]
    ),
    tenants!(
        "trust",
        "partition, trustor, trustee, enabled, created, version, changed, dates",
        "$1, $2, $3, $4, $5, $6, $7, $8",
        "trustor, trustor, trustee, enabled, created, version, changed, dates
         FROM trust WHERE partition = 0",
        [Bytes, Bytes, Bytes, Number, Number, Number, Number, Text]
    ),
    table!(
        "product",
        "sku, name, charge, meter, grouping, unit, unit_of_measure, bundle, third_party, cancellable, version, changed, charged_in_ramp",
        "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13",
        [
            Text, Text, Text, Text, Text, Text, Text, Text, Number, Number, Number, Number, Number
        ]
    ),
    table!(
        "product_words",
        "sku, ends, name, charge, grouping, unit, unit_of_measure, cancellable",
        "$1, $2, $3, $4, $5, $6, $7, $8",
        [Text, Number, Text, Text, Text, Text, Text, Number]
    ),
    tenants!(
        "contract_index",
        "partition, number, organization",
        "$1, $2, $3",
        "organization, number, organization FROM contract_index",
        [Bytes, Text, Bytes]
    ),
    tenants!(
        "contract",
        "partition, number, organization, currency, time_zone, starts, ends, version, changed, known_ends",
        "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10",
        "organization, number, organization, currency, time_zone, starts, ends, version, changed,
             known_ends
         FROM contract WHERE partition = 0",
        [
            Bytes, Text, Bytes, Text, Text, Number, Number, Number, Number, Text
        ]
    ),
    tenants!(
        "contract_version",
        "partition, contract, version, changed, client, body, decrease",
        "$1, $2, $3, $4, $5, $6, $7",
        "organization, contract, contract_version.version, contract_version.changed, client, body,
             decrease
         FROM contract JOIN contract_version ON contract_version.partition = contract.partition
             AND contract = number
         WHERE contract.partition = 0",
        [Bytes, Text, Number, Number, Bytes, Text, Text]
    ),
    tenants!(
        "contract_product",
        "partition, contract, product, begins",
        "$1, $2, $3, $4",
        "organization, contract, product, begins
         FROM contract JOIN contract_product ON contract_product.partition = contract.partition
             AND contract = number
         WHERE contract.partition = 0",
        [Bytes, Text, Text, Number]
    ),
    tenants!(
        "closing_due",
        "partition, contract, organization, due, failures, error",
        "$1, $2, $3, $4, $5, $6",
        "organization, contract, organization, due, failures, error
         FROM closing_due WHERE partition = 0",
        [Bytes, Text, Bytes, Number, Number, Text]
    ),
    table!(
        "closing_terms",
        "id, billing_from, close_after, version",
        "$1, $2, $3, $4",
        [Number, Number, Number, Number]
    ),
    tenants!(
        "audit",
        "partition, organization, number, at, client, action, object, detail",
        "$1, $2, $3, $4, $5, $6, $7, $8",
        "organization, organization, number, at, client, action, object, detail
         FROM audit WHERE partition = 0",
        [Bytes, Bytes, Number, Number, Bytes, Text, Text, Text]
    ),
];

/// Tables with marks, which are known in the copy once all events are in it.
const MARKED: [Table; 2] = [
    tenants!(
        "closed_period",
        "partition, contract, number, seller, organization, begins, ends, closed, mark, meters, state",
        "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11",
        "organization, contract, number, seller, organization, begins, ends, closed, mark, meters,
             state
         FROM closed_period WHERE partition = 0",
        [
            Bytes, Text, Number, Bytes, Bytes, Number, Number, Number, Mark, Number, Text
        ]
    ),
    tenants!(
        "billing_entry",
        "partition, contract, entry, number, kind, made, mark, body, digest",
        "$1, $2, $3, $4, $5, $6, $7, $8, $9",
        "organization, billing_entry.contract, entry, billing_entry.number, kind, made, mark,
             billing_entry.body, digest
         FROM contract JOIN billing_entry ON billing_entry.partition = contract.partition
             AND billing_entry.contract = contract.number
         WHERE contract.partition = 0",
        [
            Bytes, Text, Number, Number, Text, Number, Mark, Bytes, Bytes
        ]
    ),
];

/// Copies everything but the ledger and what has marks, in place of what an earlier attempt
/// may have copied.
pub(super) fn copy(from: &Snapshot<'_>, to: &Transaction<'_>) -> Result<(), StoreError> {
    for table in TABLES.iter().rev() {
        to.execute(table.clear, params![])?;
    }
    for table in &TABLES {
        copy_table(from, to, table, |_, mark| Ok(mark))?;
    }
    let counters = from.all("SELECT name, value FROM counter", params![], |row| {
        Ok((row.get::<String>(0)?, row.get::<i64>(1)?))
    })?;
    for (name, value) in counters {
        to.execute(
            "UPDATE counter SET value = $1 WHERE name = $2",
            params![value, name],
        )?;
    }
    Ok(())
}

/// Copies what has marks.
pub(super) fn copy_marked(
    from: &Snapshot<'_>,
    to: &Transaction<'_>,
    marks: &CopiedMarks,
) -> Result<(), StoreError> {
    for table in &MARKED {
        copy_table(from, to, table, |organization, mark| {
            marks.of(organization, mark)
        })?;
    }
    Ok(())
}

/// Copies a table, with its marks of an organisation as `in_copy` says.
fn copy_table(
    from: &Snapshot<'_>,
    to: &Transaction<'_>,
    table: &Table,
    in_copy: impl Fn(OrganizationId, u64) -> Result<u64, StoreError>,
) -> Result<(), StoreError> {
    from.each(table.select, params![], |row| {
        let mut held = Vec::with_capacity(table.columns.len());
        for (column, of) in table.columns.iter().enumerate() {
            held.push(match of {
                Mark => {
                    let home = OrganizationId::from_bytes(row.get(0)?);
                    let mark = in_copy(home, row.get(column)?)?;
                    Held::Number(Some(i64::try_from(mark).expect("a seq fits a column")))
                }
                of => Held::read(row, column, *of)?,
            });
        }
        let mut values: Vec<Value<'_>> = held.iter().map(Held::value).collect();
        if table.has_home
            && let Some(home) = values.first_mut()
        {
            let id = OrganizationId::from_bytes(row.get(0)?);
            *home = Value::number(to.partition_of(id)?.number());
        }
        to.execute(table.insert, &values)?;
        Ok(true)
    })
}
