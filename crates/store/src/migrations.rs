//! The versions of the schema, by engine; a version has one name on all.

use exchequer_core::OrganizationId;

use crate::error::StoreError;
use crate::settings;
use crate::sql::{Each, Snapshot, Transaction, Value, params};

/// Work that statements cannot do.
type Step = fn(&Transaction<'_>) -> Result<(), StoreError>;

/// A step from one version of the schema to the next.
#[derive(Clone, Copy)]
pub(crate) struct Migration {
    pub(crate) name: &'static str,
    pub(crate) sqlite: &'static str,
    pub(crate) postgres: &'static str,
    /// Runs after the statements.
    then: Option<Step>,
}

macro_rules! migration {
    ($name:literal) => {
        migration!($name, None)
    };
    ($name:literal, $then:expr) => {
        Migration {
            name: $name,
            sqlite: include_str!(concat!("../migrations/sqlite/", $name, ".sql")),
            postgres: include_str!(concat!("../migrations/postgres/", $name, ".sql")),
            then: $then,
        }
    };
}

const ALL: [Migration; 20] = [
    migration!("0001_ledger"),
    migration!("0002_catalogue"),
    migration!("0003_contracts"),
    migration!("0004_voids"),
    migration!("0005_heads"),
    migration!("0006_nodes"),
    migration!("0007_names"),
    migration!("0008_homes", Some(fill_homes)),
    migration!("0009_tenants"),
    migration!("0010_sources"),
    migration!("0012_words"),
    migration!("0013_past"),
    migration!("0014_reading"),
    migration!("0015_prepaid"),
    migration!("0016_trust_dates"),
    migration!("0017_aliases"),
    migration!("0018_meterless"),
    migration!("0019_deleted_meters"),
    migration!("0020_closing"),
    migration!("0021_changes"),
];

impl Migration {
    /// Runs its statements, and notes it.
    pub(crate) fn apply(
        &self,
        tx: &Transaction<'_>,
        statements: &'static str,
    ) -> Result<(), StoreError> {
        tx.script(statements)?;
        if let Some(then) = self.then {
            then(tx)?;
        }
        tx.execute(
            "INSERT INTO migration (name) VALUES ($1)",
            params![self.name],
        )?;
        Ok(())
    }
}

/// Notes the partition of each organisation that is to be moved there, also of
/// those that are gone and have left a trail. SQL cannot compute it.
fn fill_homes(tx: &Transaction<'_>) -> Result<(), StoreError> {
    const HOME: Each = Each {
        one: "INSERT INTO home (organization, partition) VALUES ($1, $2)",
        many: "INSERT INTO home (organization, partition)
             SELECT * FROM unnest($1::bytea[], $2::bigint[])",
    };
    let query = "SELECT id FROM organization
         UNION SELECT organization FROM audit WHERE partition = 0
         UNION SELECT organization FROM report_job WHERE partition = 0";
    let ids = tx.all(query, params![], |row| {
        row.get(0).map(OrganizationId::from_bytes)
    })?;
    if ids.is_empty() {
        // It is being made, so it has no partitions yet.
        return Ok(());
    }
    let partitions = settings::partitions(tx)?;
    let rows: Vec<_> = ids
        .iter()
        .map(|id| {
            [
                Value::blob(id.as_bytes()),
                Value::number(partitions.partition_of(*id).number()),
            ]
        })
        .collect();
    tx.execute_each(HOME, &rows)?;
    Ok(())
}

/// Returns the steps that a database has not seen.
///
/// # Errors
/// If the database has seen steps that this program does not know.
pub(crate) fn missing(db: &Snapshot<'_>) -> Result<Vec<Migration>, StoreError> {
    let query = "SELECT name FROM migration ORDER BY name";
    let seen: Vec<String> = db.all(query, params![], |row| row.get(0))?;
    let unknown = |name: &&String| ALL.iter().all(|known| known.name != **name);
    if let Some(newer) = seen.iter().find(unknown) {
        return Err(StoreError::unavailable(format!(
            "the database was migrated by a newer version ({newer})"
        )));
    }
    let missing = |step: &Migration| seen.iter().all(|name| name != step.name);
    Ok(ALL.into_iter().filter(missing).collect())
}

/// Checks that a database that is only read is as new as this program.
///
/// # Errors
/// If the database is older or newer than this program.
pub(crate) fn none_missing(db: &Snapshot<'_>) -> Result<(), StoreError> {
    match missing(db)?.first() {
        None => Ok(()),
        Some(Migration { name, .. }) => Err(StoreError::unavailable(format!(
            "the database is of an older version (without {name}); serve it once, which brings it up to date"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    /// A ledger of before, everything of it folded, goes on where it was.
    #[test]
    fn a_head_is_made_from_the_marks_of_an_older_ledger() {
        let connection = Connection::open_in_memory().unwrap();
        let db = Transaction::sqlite(&connection);
        db.script("CREATE TABLE migration (name TEXT PRIMARY KEY NOT NULL) STRICT")
            .unwrap();
        let (older, newer) = ALL.split_at(4);
        for migration in older {
            migration.apply(&db, migration.sqlite).unwrap();
        }
        db.script(
            "INSERT INTO ledger (partition, folded, next_run) VALUES (0, 7, 1);
             INSERT INTO mark (partition, seq, received) VALUES (0, 3, 50), (0, 7, 60)",
        )
        .unwrap();
        for migration in newer {
            migration.apply(&db, migration.sqlite).unwrap();
        }
        let query = "SELECT last, received, run_changes, rollup_changes
             FROM head JOIN ledger ON ledger.partition = head.partition";
        let row = db.one(query, params![], |row| {
            Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get::<i64>(3)?])
        });
        assert_eq!(row.unwrap(), [7, 60, 0, 0]);
    }

    /// Runs the steps of these names in a new database.
    fn migrated(db: &Transaction<'_>, steps: &[Migration]) {
        for migration in steps {
            migration.apply(db, migration.sqlite).unwrap();
        }
    }

    /// The table of products is made again, and nothing that refers to it is lost.
    #[test]
    fn a_product_need_not_have_a_meter_and_keeps_what_refers_to_it() {
        let connection = Connection::open_in_memory().unwrap();
        let db = Transaction::sqlite(&connection);
        db.script("CREATE TABLE migration (name TEXT PRIMARY KEY NOT NULL) STRICT")
            .unwrap();
        let at = ALL.iter().position(|it| it.name == "0018_meterless");
        let (older, newer) = ALL.split_at(at.unwrap());
        migrated(&db, older);
        let product = "INSERT INTO product (sku, name, charge, meter, grouping, unit,
                 unit_of_measure, bundle, third_party, cancellable, version, changed,
                 charged_in_ramp)
             VALUES ($1, 'Seat', 'Seats', $2, 'user-license', 'seat', 'User', '1', 0, 1, 3, 70, 1)";
        db.script("INSERT INTO meter (number, name) VALUES (1, 'logins')")
            .unwrap();
        db.execute(product, params!["SEAT", "logins"]).unwrap();
        assert!(db.execute(product, params!["TOKEN", None::<&str>]).is_err());
        db.script(
            "INSERT INTO product_words VALUES ('SEAT', 20, 'Chair', 'C', 'g', 'chair', 'Each', 0);
             INSERT INTO contract (partition, number, organization, currency, time_zone, starts,
                 version, changed)
             VALUES (4, 'C-1', X'01', 'USD', 'UTC', 0, 1, 0);
             INSERT INTO contract_product (partition, contract, product, begins)
             VALUES (4, 'C-1', 'SEAT', 50)",
        )
        .unwrap();
        migrated(&db, newer);
        let query = "SELECT count(*) FROM product
             JOIN product_words AS words ON words.sku = product.sku
             JOIN contract_product AS priced ON priced.product = product.sku
             WHERE product.sku = 'SEAT' AND product.name = 'Seat' AND product.charge = 'Seats'
                 AND meter = 'logins' AND product.version = 3 AND changed = 70
                 AND charged_in_ramp = 1 AND product.cancellable = 1
                 AND ends = 20 AND words.name = 'Chair'
                 AND partition = 4 AND contract = 'C-1' AND begins = 50";
        let rows = db.one(query, params![], |row| row.get::<i64>(0));
        assert_eq!(rows.unwrap(), 1);
        db.execute(product, params!["TOKEN", None::<&str>]).unwrap();
        // What is there must be there still; a meter must, too.
        assert!(db.execute(product, params!["OTHER", "nothing"]).is_err());
        let delete = "DELETE FROM product WHERE sku = 'SEAT'";
        assert!(db.execute(delete, params![]).is_err());
        db.script("DELETE FROM contract WHERE partition = 4")
            .unwrap();
        assert_eq!(db.execute(delete, params![]).unwrap(), 1);
        let query = "SELECT count(*) FROM product_words";
        let words = db.one(query, params![], |row| row.get::<i64>(0));
        assert_eq!(words.unwrap(), 0);
        let query = "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'old%'
             OR name IN ('product_meter', 'contract_product_product')";
        let indexes = db.one(query, params![], |row| row.get::<i64>(0));
        assert_eq!(indexes.unwrap(), 2);
    }
}
