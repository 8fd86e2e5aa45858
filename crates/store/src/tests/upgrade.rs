//! A ledger that the version before this one has left is opened, and holds what
//! it held, in the partitions where it belongs now.

use exchequer_core::contract::Decrease;
use exchequer_core::{
    ExcessDecimals, Instant, OrganizationId, Product, Spelling, TimeRange, TrustDates, Unreadable,
};
use exchequer_support::{Database, Place};
use sqlx::{Connection as _, PgConnection};

use crate::catalog::trusts::{Grant, Parties, Side};
use crate::catalog::{Actor, ClientId, Expect, Put, Window, contracts, meters, products, trusts};
use crate::report_jobs::{self, ReportJob, ReportScope};
use crate::sql::params;
use crate::tokens::TokenKey;
use crate::{Location, PostgresConfig, Snapshot, Store, audit};

/// Instant of the dump, more or less: its tokens are valid, its contract has begun.
const NOW: Instant = Instant::from_micros(1_795_992_600_000_000);
const PARTNER: OrganizationId = OrganizationId::from_bytes(
    *b"\x11\x11\x11\x11\x11\x11\x41\x11\x81\x11\x11\x11\x11\x11\x11\x11",
);
const ACME: OrganizationId = OrganizationId::from_bytes(
    *b"\x22\x22\x22\x22\x22\x22\x42\x22\x82\x22\x22\x22\x22\x22\x22\x22",
);
const BOREALIS: OrganizationId = OrganizationId::from_bytes(
    *b"\x33\x33\x33\x33\x33\x33\x43\x33\x83\x33\x33\x33\x33\x33\x33\x33",
);

/// An organisation that was deleted.
const GONE: OrganizationId = OrganizationId::from_bytes([0x99; 16]);

/// What it has left: its trail, a report that was begun too late, a token.
fn rests_of_gone(id: &str) -> String {
    format!(
        "INSERT INTO audit (partition, organization, number, at, client, action, object, detail)
             VALUES (0, {id}, 1, 5, {id}, 'organization.delete', 'gone', 'Gone Ltd');
         INSERT INTO report_job (partition, organization, range_start, range_end, state, changed)
             VALUES (0, {id}, 5, 6, 2, 7);
         INSERT INTO access_token (partition, client, hash, expires) VALUES (0, {id}, {id}, 5);"
    )
}

/// Tokens that were given out: the client, and the secret half.
const SQLITE_TOKENS: [&str; 4] = [
    "aaaaaaaa0000400080000000000000015741314f589c12130bb35d75a32664ba0379baaf97261798d145d5dca517017d",
    "aaaaaaaa000040008000000000000002dbed0f8c4478e83bae34cc367b325555c94aa5cda63caab94050b6d11f973c88",
    "aaaaaaaa0000400080000000000000035c42a2cdc612f7a87d0d898446506ed79ad4d92b7299af6d59165bbec6adffa3",
    "01a2297f01f678b3b31a10520ede289b9b57a2dcf6ccd6a5045dd8672c57904c72ad5332023834d9d5ce7bf050997330",
];

const POSTGRES_TOKENS: [&str; 4] = [
    "aaaaaaaa0000400080000000000000015620d908eac689bf2c6aa8f680625e2226cc74c7454d856fab3eac84d971562d",
    "aaaaaaaa00004000800000000000000245ab2a9a914f0fd712a4c4c6de9da8e9d4ff8230ed6a3cf049ec62d960c49c60",
    "aaaaaaaa000040008000000000000003508d80750daa443c6ac4523af62cec70d9b41ee54dee5a5b662b438e9c47e273",
    "01a2297f60c779688b9b33903d16f9233b5fe693cb97b090f1d87146cd96ccecb2c29550116893267c3023058c7cfaae",
];

fn token(hex: &str) -> TokenKey {
    let digits = |at: usize| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap();
    let client = ClientId::from_bytes(std::array::from_fn(digits));
    TokenKey::new(client, &std::array::from_fn(|at| digits(16 + at)))
}

fn old_directory() -> (Place, Location) {
    let directory = tempfile::tempdir().unwrap();
    let connection = rusqlite::Connection::open(directory.path().join("exchequer.db")).unwrap();
    let dump = include_str!("before/sqlite.sql");
    connection.execute_batch(dump).unwrap();
    let rests = rests_of_gone(&format!("X'{}'", "99".repeat(16)));
    connection.execute_batch(&rests).unwrap();
    let location = Location::from(directory.path());
    (Place::Directory(directory), location)
}

async fn old_database() -> Option<(Place, Location)> {
    let database = Database::new()?;
    let mut connection = PgConnection::connect(&database.url()).await.unwrap();
    let dump = include_str!("before/postgres.sql");
    let rests = rests_of_gone(&format!("'\\x{}'::bytea", "99".repeat(16)));
    for statements in [dump, rests.as_str()] {
        let done = sqlx::raw_sql(statements).execute(&mut connection).await;
        done.unwrap();
    }
    connection.close().await.unwrap();
    let location = PostgresConfig::new(database.url()).into();
    Some((Place::Database(database), location))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_of_before_holds_what_it_held() {
    let (_place, location) = old_directory();
    holds_everything(&location, &SQLITE_TOKENS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_before_holds_what_it_held() {
    if let Some((_place, location)) = old_database().await {
        holds_everything(&location, &POSTGRES_TOKENS).await;
    }
}

async fn holds_everything(location: &Location, tokens: &[&str; 4]) {
    let store = Store::open(location).unwrap();
    let owners = [Some(PARTNER), Some(ACME), Some(BOREALIS), None];
    for (hex, owner) in tokens.iter().zip(owners) {
        let bearer = store.find_bearer(token(hex), NOW).await.unwrap();
        let bearer = bearer.expect("an old token works");
        assert!(owner.is_none_or(|owner| bearer.organization.id == owner));
        assert_eq!(bearer.organization.operator, owner.is_none());
        assert_eq!(
            bearer.client.sources, [""; 0],
            "it sends nothing until it has some"
        );
    }
    store.database().read(holds_contracts).await.unwrap();
    store.database().read(holds_the_rest).await.unwrap();
    store.database().read(holds_meters).await.unwrap();
    store.database().read(everything_is_at_home).await.unwrap();
    goes_on(&store).await;
    store.close();
}

fn all() -> Window {
    Window {
        offset: 0,
        limit: 100,
    }
}

fn holds_contracts(db: &Snapshot<'_>) -> Result<(), crate::StoreError> {
    let listed = contracts::list(db, None, all())?;
    assert_eq!((listed.total, listed.rows.len()), (3, 3));
    for contract in &listed.rows {
        assert_eq!(
            contracts::find(db, &contract.number)?.as_ref(),
            Some(contract)
        );
        assert_eq!(
            contracts::of_organization(db, contract.organization)?,
            std::slice::from_ref(contract)
        );
    }
    let gives_back = |contract: &contracts::Stored| contract.decrease == Decrease::GivenBack;
    assert!(listed.rows.iter().all(gives_back), "as it always has");
    for product in products::list(db, all())?.rows {
        let product = product.product;
        assert_eq!(
            product.charged_in_ramp, product.third_party,
            "{}",
            product.sku
        );
    }
    let query = "SELECT contract, count(*) FROM contract_product WHERE partition >= 0
         GROUP BY contract ORDER BY contract";
    let priced = db.all(query, params![], |row| {
        Ok((row.get::<String>(0)?, row.get::<i64>(1)?))
    })?;
    let expected = [("C-1001", 5), ("C-1002", 2), ("C-1003", 3)];
    assert_eq!(
        priced,
        expected.map(|(name, count)| (name.to_owned(), count))
    );
    let of_acme = &contracts::of_organization(db, ACME)?[0];
    assert_eq!((of_acme.number.as_str(), of_acme.version), ("C-1001", 2));
    assert!(of_acme.body.contains("950.00"), "{}", of_acme.body);
    let query = "SELECT count(*) FROM contract_version WHERE partition = $1 AND contract = $2";
    let home = db.partition_of(ACME)?.number();
    let versions: i64 = db.one(query, params![home, "C-1001"], |row| row.get(0))?;
    assert_eq!(versions, 2);
    Ok(())
}

fn holds_the_rest(db: &Snapshot<'_>) -> Result<(), crate::StoreError> {
    let trustors = trusts::of_organization(db, PARTNER, Side::Trustors, all())?;
    assert_eq!((trustors.total, trustors.rows.len()), (3, 3));
    for (trust, _) in trustors.rows {
        // Whoever had a trust saw everything, and still does.
        assert_eq!(trust.grant, grant("..", true), "{:?}", trust.parties);
    }
    assert_eq!(
        trusts::of_organization(db, ACME, Side::Trustees, all())?.total,
        1
    );
    let trail = audit::list(db, ACME, 100)?;
    let actions: Vec<&str> = trail.iter().rev().map(|it| it.action.as_str()).collect();
    assert_eq!(
        actions,
        [
            "organization.put",
            "client.put",
            "contract.put",
            "trust.put",
            "contract.put",
        ]
    );
    let of_gone = audit::list(db, GONE, 100)?;
    assert_eq!((of_gone.len(), of_gone[0].at.micros()), (1, 5));
    let begin = |month| {
        exchequer_core::Day::from_ymd(2026, month, 1)
            .unwrap()
            .start()
    };
    for organization in [ACME, BOREALIS] {
        let range = TimeRange::new(begin(10), begin(11)).unwrap();
        let scope = ReportScope {
            organization,
            range,
        };
        let job = report_jobs::find(db, &scope)?;
        let complete = matches!(
            job,
            Some(ReportJob::Complete {
                delivered: false,
                // The older program did not know.
                as_of: None,
                ..
            })
        );
        assert!(complete, "{job:?}");
    }
    Ok(())
}

/// Meters count as they did.
fn holds_meters(db: &Snapshot<'_>) -> Result<(), crate::StoreError> {
    let set = meters::load(db)?;
    assert!(set.meters().len() > 3);
    for version in set.meters().iter().flat_map(|meter| &meter.versions) {
        assert_eq!(version.unreadable, Unreadable::Reject);
        assert_eq!(version.excess_decimals, ExcessDecimals::Reject);
        assert_eq!(version.resources, Spelling::Exact);
    }
    Ok(())
}

/// No row is in a partition other than that of its organisation.
fn everything_is_at_home(db: &Snapshot<'_>) -> Result<(), crate::StoreError> {
    let queries = [
        "SELECT organization, partition FROM audit WHERE partition >= 0",
        "SELECT organization, partition FROM report_job WHERE partition >= 0",
        "SELECT organization, partition FROM contract WHERE partition >= 0",
        "SELECT organization, partition FROM contract_index",
        "SELECT trustor, partition FROM trust WHERE partition >= 0",
        "SELECT organization, partition FROM access_token JOIN client ON id = client
         WHERE partition >= 0",
    ];
    for query in queries {
        let rows = db.all(query, params![], |row| {
            Ok((OrganizationId::from_bytes(row.get(0)?), row.get::<u32>(1)?))
        })?;
        assert!(rows.len() > 1, "{query}");
        for (organization, partition) in rows {
            assert_eq!(
                db.partition_of(organization)?.number(),
                partition,
                "{query}"
            );
        }
    }
    Ok(())
}

fn grant(dates: &str, enabled: bool) -> Grant {
    let dates: TrustDates = dates.parse().unwrap();
    Grant { enabled, dates }
}

/// Changes go on where they were.
async fn goes_on(store: &Store) {
    let parties = Parties {
        trustee: PARTNER,
        trustor: ACME,
    };
    let actor = Actor {
        client: ClientId::from_bytes([9; 16]),
        organization: PARTNER,
        at: NOW,
    };
    let changed = store.database().write_in(ACME, move |tx| {
        let grant = grant("..2026-09-30", true);
        let same = trusts::put(tx, &actor, parties, &self::grant("..", true), Expect::Any)?;
        assert!(matches!(same, Put::Unchanged(it) if it.version == 1));
        let put = trusts::put(tx, &actor, parties, &grant, Expect::Version(1))?;
        assert_eq!(trusts::find(tx, parties)?.map(|it| it.grant), Some(grant));
        Ok((put, audit::list(tx, ACME, 100)?.len()))
    });
    let meterless = store.database().write(move |tx| {
        let seat = products::find(tx, "GC-170-NV-CX3")?
            .expect("it was there")
            .product;
        let token = Product {
            sku: "TOKEN".to_owned(),
            meter: None,
            ..seat
        };
        let put = products::put(tx, &actor, &token, None, None, Expect::Absent)?;
        assert!(matches!(put, Put::Created(_)), "{put:?}");
        products::find(tx, "TOKEN")
    });
    let found = meterless.await.unwrap().expect("it was just put");
    assert_eq!(found.product.meter, None);
    let (put, entries) = changed.await.unwrap();
    assert!(matches!(put, Put::Changed(it) if it.version == 2));
    assert_eq!(entries, 6);
}
