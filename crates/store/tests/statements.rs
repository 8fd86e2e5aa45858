//! What every statement of the store must keep to.
//!
//! SQLite numbers `$n` parameters by where they first stand in a statement,
//! PostgreSQL by their number. Statements are for both, so the two must agree.
//!
//! Rows of tenants lie by partition, so that a database may be spread over many
//! machines: a statement that does not say which partition would ask them all.

use std::fs;
use std::path::{Path, PathBuf};

fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            // Tests of the whole store look into tables as they like.
            if !path.ends_with("src/tests") {
                sources(&path, found);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The numbers of the parameters of a text, in the order of first appearance.
fn parameters(statement: &str) -> Vec<u32> {
    let mut numbers = Vec::new();
    for piece in statement.split('$').skip(1) {
        let digits: String = piece.chars().take_while(char::is_ascii_digit).collect();
        if let Ok(number) = digits.parse()
            && !numbers.contains(&number)
        {
            numbers.push(number);
        }
    }
    numbers
}

/// The string literals of all sources, with the file that each is in.
fn literals() -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    sources(&directory, &mut files);
    let mut literals = Vec::new();
    for file in files {
        let source = fs::read_to_string(&file).expect("a source file");
        // They are what stands between every other pair of quotes.
        for literal in source.split('"').skip(1).step_by(2) {
            literals.push((file.clone(), literal.to_owned()));
        }
    }
    literals
}

#[test]
fn parameters_stand_in_the_order_of_their_numbers() {
    let mut statements = 0;
    for (file, literal) in literals() {
        let numbers = parameters(&literal);
        if !numbers.is_empty() {
            statements += 1;
            let expected: Vec<u32> = (1..=numbers.len() as u32).collect();
            assert_eq!(numbers, expected, "{}: {literal}", file.display());
        }
    }
    assert!(statements > 40, "only {statements} statements found");
}

/// Tables whose rows belong to tenants: those with a partition. Those that a
/// migration has renamed count by their new name.
fn tenant_tables(migrations: &str) -> Vec<String> {
    let tables = migrations.split(" TABLE ").skip(1);
    let tables = tables.filter_map(|table| table.split_once(" ("));
    let with = tables.filter(|(_, columns)| columns.trim_start().starts_with("partition "));
    let mut names: Vec<String> = with.map(|(name, _)| name.to_owned()).collect();
    let renamed = migrations.split("ALTER TABLE ").skip(1);
    for (old, new) in renamed.filter_map(|it| it.split(';').next()?.split_once(" RENAME TO ")) {
        // A table that is put aside as `old_…` is created again.
        if !new.starts_with("old_") {
            names
                .iter_mut()
                .filter(|name| *name == old)
                .for_each(|it| new.clone_into(it));
        }
    }
    names
}

/// The migrations of an engine, one after the other.
fn migrations(engine: &str) -> String {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let entries = fs::read_dir(directory.join(engine)).expect("migrations");
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    let texts = files
        .iter()
        .map(|file| fs::read_to_string(file).expect("a file"));
    texts.collect()
}

/// The files that may ask all partitions at once, for what is rarely asked:
/// whether anybody prices a product, who trusts a partner, what cannot be closed.
const OF_ALL_PARTITIONS: [&str; 5] = [
    "aliases.rs",
    "due.rs",
    "organizations.rs",
    "products.rs",
    "trusts.rs",
];

/// How often a statement names one of the tables to read or to change.
fn mentions(statement: &str, tables: &[String]) -> usize {
    count(statement, tables, &["FROM", "JOIN", "INTO", "UPDATE"])
}

fn count(statement: &str, tables: &[String], verbs: &[&str]) -> usize {
    let words: Vec<&str> = statement.split_whitespace().collect();
    let pairs = words.windows(2).filter(|pair| verbs.contains(&pair[0]));
    pairs
        .filter(|pair| tables.iter().any(|table| table == pair[1]))
        .count()
}

/// Whether a statement says for each table in which partition its rows are. Of
/// two tables it need not: they have one row a partition.
fn names_partitions(statement: &str, tables: &[String]) -> bool {
    let of_tenants = |it: &&String| !["ledger", "head"].contains(&it.as_str());
    let of_tenants: Vec<_> = tables.iter().filter(of_tenants).cloned().collect();
    let found = count(statement, &of_tenants, &["FROM", "JOIN", "UPDATE"]);
    let of_one = statement.matches("partition = ").count();
    found <= of_one + statement.matches("partition >= ").count()
}

/// Whether a statement locks no rows, or those of one partition.
fn may_lock(statement: &str) -> bool {
    let locks = ["UPDATE", "SHARE"].iter().any(|kind| {
        let kinds = [format!(" FOR {kind}"), format!(" KEY {kind}")];
        kinds.iter().any(|kind| statement.contains(kind.as_str()))
    });
    let one = ["partition = $1", "partition = {number}"];
    !locks || one.iter().any(|one| statement.contains(one))
}

#[test]
fn statements_on_rows_of_tenants_name_their_partition() {
    let mut statements = 0;
    for engine in ["sqlite", "postgres"] {
        let migrations = migrations(engine);
        let tables = tenant_tables(&migrations);
        assert!(tables.len() >= 19, "{tables:?}");
        for tenants in [
            "access_token",
            "audit",
            "billing_entry",
            "change",
            "change_head",
            "closed_period",
            "closing_due",
            "closing_lease",
            "contract",
            "contract_product",
            "contract_version",
            "report_job",
            "tenant_lock",
            "trust",
        ] {
            assert!(
                tables.iter().any(|table| table == tenants),
                "{engine}: {tenants}"
            );
        }
        let counts_requests = tables.iter().any(|table| table == "rate_limit");
        assert_eq!(counts_requests, engine == "postgres");
        for (file, literal) in literals() {
            let named = mentions(&literal, &tables);
            statements += named;
            let partitions = literal.matches("partition").count();
            assert!(named <= partitions, "{}: {literal}", file.display());
            let told = names_partitions(&literal, &tables);
            assert!(told, "{}: {literal}", file.display());
            let reads = count(&literal, &tables, &["FROM", "JOIN"]);
            let locked = reads == 0 || may_lock(&literal);
            assert!(locked, "{}: {literal}", file.display());
            let asks_all = named > 0 && literal.contains("partition >= ");
            let may_ask = OF_ALL_PARTITIONS.iter().any(|name| file.ends_with(name));
            let is_test = file.ends_with("tests.rs");
            assert!(
                !asks_all || may_ask || is_test,
                "{}: {literal}",
                file.display()
            );
        }
        for table in tables.iter().filter(|table| *table != "rate_limit") {
            let start = format!("CREATE TABLE {table} (");
            let (_, columns) = migrations.rsplit_once(&start).expect("the table");
            let key = columns.split("PRIMARY KEY").nth(1).unwrap_or_default();
            let of_partitions = [
                "change_head",
                "closing_lease",
                "ledger",
                "head",
                "tenant_lock",
            ];
            let of_partitions = of_partitions.contains(&table.as_str());
            let alone = columns.trim_start().starts_with("partition") && of_partitions;
            assert!(
                alone || key.starts_with(" (partition, "),
                "{engine}: {table}"
            );
        }
    }
    assert!(statements > 80, "only {statements} mentions found");
}

#[test]
fn a_wrong_order_is_noticed() {
    assert_eq!(
        parameters("UPDATE t SET a = $2, b = $3 WHERE c = $1 AND d = $2"),
        [2, 3, 1]
    );
}

#[test]
fn a_missing_partition_is_noticed() {
    let tables =
        tenant_tables("CREATE TABLE audit (\n    partition BIGINT, CREATE TABLE meter (\n number");
    assert_eq!(tables, ["audit"]);
    assert_eq!(mentions("DELETE FROM audit WHERE at < $1", &tables), 1);
    assert_eq!(mentions("SELECT name FROM meter", &tables), 0);
    let all = "SELECT partition FROM audit WHERE at < $1";
    assert!(!names_partitions(all, &tables));
    assert!(may_lock(
        "SELECT at FROM audit WHERE partition = $1 FOR UPDATE"
    ));
    assert!(!may_lock(
        "SELECT at FROM audit WHERE partition = ANY($1) FOR UPDATE"
    ));
}

/// The tables of which statements of a file read all that a partition has, on purpose.
const WHOLE_PARTITIONS: [(&str, &[&str]); 9] = [
    ("billing/due.rs", &["closing_due"]),
    ("billing/entries.rs", &["billing_entry"]),
    ("billing/periods.rs", &["closed_period"]),
    ("catalog/meters/changes.rs", &["journal", "segment"]),
    ("catalog/trusts.rs", &["trust"]),
    ("report_jobs.rs", &["report_job"]),
    ("rows/progress.rs", &["ledger", "rollup"]),
    ("rows/runs.rs", &["identity_run"]),
    (
        "verify.rs",
        &[
            "identity_filter",
            "identity_page",
            "identity_run",
            "journal",
            "mark",
            "rollup",
            "segment",
            "subject",
            "void",
        ],
    ),
];

/// SQLite knows no sizes of tables, and takes the rows of a partition for few. Whatever is
/// asked for one organisation must not look at those of all.
#[test]
fn statements_do_not_read_whole_partitions() {
    let migrations = migrations("sqlite");
    let tables = tenant_tables(&migrations);
    let database = rusqlite::Connection::open_in_memory().expect("a database");
    database.execute_batch(&migrations).expect("the schema");
    let mut planned = 0;
    // A migration and a copy read everything.
    let once = |file: &Path| file.to_string_lossy().contains("/migrat");
    let literals = literals().into_iter().filter(|(file, _)| !once(file));
    for (file, literal) in literals {
        // What a macro completes begins with its tables.
        let statement = match literal.trim_start().starts_with("FROM ") {
            true => format!("SELECT 1 {literal}"),
            false => literal,
        };
        let Ok(mut plan) = database.prepare(&format!("EXPLAIN QUERY PLAN {statement}")) else {
            continue;
        };
        let nothing = vec![rusqlite::types::Value::Null; plan.parameter_count()];
        let nothing = rusqlite::params_from_iter(nothing);
        let steps = plan.query_map(nothing, |row| row.get::<_, String>(3));
        planned += 1;
        for step in steps.expect("a plan") {
            let step = step.expect("a step");
            let whole = step.starts_with("SCAN ") || step.ends_with("(partition=?)");
            let table = step.split(' ').nth(1).unwrap_or_default();
            let mut allowed = WHOLE_PARTITIONS.iter();
            let allowed = allowed.any(|(of, tables)| file.ends_with(of) && tables.contains(&table));
            let is_tenants = tables.iter().any(|it| it == table);
            let why = format!("{}: {step}: {statement}", file.display());
            assert!(!whole || !is_tenants || allowed, "{why}");
        }
    }
    assert!(planned > 120, "only {planned} statements were planned");
}
