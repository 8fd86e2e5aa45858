//! A ledger that an older program has left: what it charged stays as it was.

use std::time::Duration;

use exchequer_app::billing::{PeriodSelector, rate_period};
use exchequer_app::catalog::contracts;
use exchequer_app::documents::contract;
use exchequer_app::{Ambient, App, Settings};
use exchequer_core::{Instant, OrganizationId, TrustDates};
use exchequer_store::catalog::{Actor, ClientId, Expect, Put};
use exchequer_store::{Location, Store};
use exchequer_types::catalog::Contract;
use exchequer_types::dates;
use serde_json::json;

/// The ledger that the tests of the store open, too.
const DUMP: &str = include_str!("../../../../crates/store/src/tests/before/sqlite.sql");
/// The partner of the dump, which has no contract.
const PARTNER: &str = "11111111-1111-4111-8111-111111111111";
/// Instant of the dump, more or less.
const NOW: Instant = Instant::from_micros(1_795_992_600_000_000);

/// Ten seats, paid for a year in advance; seven from 11 May on.
fn document() -> Contract {
    let document = json!({"organization": PARTNER, "subscription": "PREPAY", "currency": "USD",
        "start": "2026-01-01", "end": "2026-12-31", "lines": [{"product": "GC-170-NV-CX2",
            "prepayQuantity": "10", "prepayPrice": "50", "overagePrice": "60"}],
        "amendments": [{"effective": "2026-05-11",
            "lines": [{"product": "GC-170-NV-CX2", "prepayQuantity": "7"}]}]});
    serde_json::from_value(document).unwrap()
}

struct Ledger {
    _directory: tempfile::TempDir,
    store: Store,
    app: App,
}

impl Ledger {
    /// The ledger of before, with a contract more.
    async fn open() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let connection = rusqlite::Connection::open(directory.path().join("exchequer.db"));
        let connection = connection.unwrap();
        connection.execute_batch(DUMP).unwrap();
        let body = serde_json::to_string(&document()).unwrap();
        let contract = format!(
            "INSERT INTO contract VALUES ('C-900', X'11111111111141118111111111111111', 'USD',
                 'UTC', 1767225600000000, 1798761600000000, 1, 1767225600000000);
             INSERT INTO contract_version VALUES ('C-900', 1, 1767225600000000,
                 X'01a2297f01f678b3b31a10520ede289b', '{body}');
             INSERT INTO contract_product VALUES ('C-900', 'GC-170-NV-CX2', 1767225600000000);"
        );
        connection.execute_batch(&contract).unwrap();
        drop(connection);
        let store = Store::open(Location::from(directory.path())).unwrap();
        let settings = Settings {
            report_wait: Duration::from_secs(60),
            rate_limit: 1_000,
            closing_interval: None,
            ambient: Ambient::with_clock(|| NOW),
        };
        let app = App::open(store.clone(), settings).await.unwrap();
        Self {
            _directory: directory,
            store,
            app,
        }
    }

    /// The charges for May.
    async fn may(&self) -> String {
        let day = Instant::from_micros(dates::parse("2026-05-15").unwrap());
        let whose: OrganizationId = PARTNER.parse().unwrap();
        let selector = PeriodSelector::Containing(day);
        let rated = rate_period(&self.app, whose, selector, TrustDates::unlimited()).await;
        rated.unwrap().bill.total.to_string()
    }

    /// Puts the contract; true if that has changed it.
    async fn put(&self, said: &Contract) -> bool {
        let actor = Actor {
            client: ClientId::from_bytes([9; 16]),
            organization: PARTNER.parse().unwrap(),
            at: NOW,
        };
        let parsed = contract::parse("C-900", said).unwrap();
        let put = contracts::put(&self.app, actor, parsed, said, Expect::Any).await;
        match put.unwrap() {
            Put::Unchanged(_) => false,
            Put::Changed(_) => true,
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_contract_of_before_goes_on_giving_back() {
    let ledger = Ledger::open().await;
    // −3 × (21/31 + 7) × 50.00
    assert_eq!(ledger.may().await, "-1151.61");
    assert!(!ledger.put(&document()).await, "it is the same document");
    let found = contracts::find(&ledger.app, "C-900".to_owned()).await;
    let shown = contract::document(&found.unwrap()).unwrap();
    assert_eq!(shown.decrease.as_deref(), Some("given_back"));
    assert!(!ledger.put(&shown).await, "what is shown can be put back");
    // A change of something else leaves it, too.
    let mut changed = document();
    changed.minimum_monthly = Some("0".to_owned());
    assert!(ledger.put(&changed).await);
    assert_eq!(ledger.may().await, "-1151.61");
    // Until it says otherwise; from then on it stays at that.
    changed.decrease = Some("next_year".to_owned());
    assert!(ledger.put(&changed).await);
    assert_eq!(ledger.may().await, "0.00");
    changed.decrease = None;
    assert!(!ledger.put(&changed).await);
    assert_eq!(ledger.may().await, "0.00");
    ledger.store.close();
}
