use exchequer_core::contract::{
    Change, Conversion, ConversionRate, ConversionTarget, LineChange, Overage, RampChange,
    Settings, WalletChange, WalletTerm,
};
use exchequer_core::{
    Aggregation, Calendar, Contract, Day, Family, Instant, OrganizationId, Price, Product,
    Quantity, SubscriptionType,
};
use exchequer_ledger::Partition;

use super::clients::NewClient;
use super::meters::MeterDefinition;
use super::*;
use crate::audit;
use crate::rate_limit;
use crate::sql::Transaction;
use crate::test_database::on_each;
use crate::tokens::{self, TokenKey};

const OPERATOR: OrganizationId = OrganizationId::from_bytes([1; 16]);
const CUSTOMER: OrganizationId = OrganizationId::from_bytes([2; 16]);
const NOW: Instant = Instant::from_micros(1_800_000_000_000_000);
const FIRST_SECRET: &str = "the operator's secret, well over 32 characters";

fn root() -> ClientId {
    ClientId::from_bytes([9; 16])
}

fn actor() -> Actor {
    Actor {
        client: root(),
        organization: OPERATOR,
        at: NOW,
    }
}

/// Makes the operator and a customer.
fn world(db: &Transaction<'_>) {
    let operator = Operator {
        organization: OPERATOR,
        name: "Platform",
        client: root(),
        secret: FIRST_SECRET,
        salt: [7; 16],
        now: NOW,
    };
    initialise(db, &operator).unwrap();
    assert!(initialise(db, &operator).is_err());
    organizations::put(db, &actor(), CUSTOMER, "Acme", None, Expect::Any).unwrap();
}

/// The partition of the customer.
fn home(db: &Transaction<'_>) -> Partition {
    db.partition_of(CUSTOMER).unwrap()
}

fn client(id: u8, secret: Option<&str>) -> NewClient {
    NewClient {
        id: ClientId::from_bytes([id; 16]),
        organization: CUSTOMER,
        name: "reader".to_owned(),
        permissions: vec!["billing:subscription:view".to_owned()],
        token_seconds: 86_400,
        sources: vec!["/pbx/*".to_owned()],
        secret: secret.map(str::to_owned),
        first_secret: "generated".to_owned(),
        salt: [3; 16],
        drop_old_secrets: false,
    }
}

fn rule(event_type: &str) -> MeterDefinition {
    MeterDefinition {
        event_type: event_type.to_owned(),
        aggregation: Aggregation::Unique,
        quantity: None,
        round_up_each: None,
        peak_minutes: 30,
        family: None,
        shown_as: None,
        unreadable: None,
        excess_decimals: Default::default(),
        resources: Default::default(),
    }
}

#[test]
fn the_first_client_may_do_everything() {
    on_each(|db| {
        world(db);
        let root = clients::authenticate(db, root(), &[FIRST_SECRET])
            .unwrap()
            .unwrap();
        assert!(root.may(CATALOG_EDIT) && root.may("anything"));
        assert_eq!(
            clients::authenticate(db, root.id, &["something else"]).unwrap(),
            None
        );
    });
}

#[test]
fn organisations_change_by_version() {
    on_each(|db| {
        world(db);
        let put =
            |name, expect| organizations::put(db, &actor(), CUSTOMER, name, None, expect).unwrap();
        assert!(matches!(put("Acme", Expect::Version(7)), Put::Unchanged(it) if it.version == 1));
        assert_eq!(put("Acme Ltd", Expect::Version(7)), Put::Stale);
        assert_eq!(put("Acme Ltd", Expect::Absent), Put::Stale);
        assert!(matches!(put("Acme Ltd", Expect::Version(1)), Put::Changed(it) if it.version == 2));
        let page = organizations::list(
            db,
            Window {
                offset: 1,
                limit: 5,
            },
        )
        .unwrap();
        assert_eq!((page.total, page.rows.len()), (2, 1));
        let trail = audit::list(db, CUSTOMER, 10).unwrap();
        assert_eq!(trail.len(), 2);
        assert_eq!(trail[0].detail, "Acme Ltd");
    });
}

#[test]
fn what_is_in_use_stays() {
    on_each(|db| {
        world(db);
        let delete = |id, expect| organizations::delete(db, &actor(), id, expect).unwrap();
        assert!(matches!(delete(OPERATOR, Expect::Any), Deletion::InUse(_)));
        clients::put(db, &actor(), &client(5, None), Expect::Any).unwrap();
        assert_eq!(
            delete(CUSTOMER, Expect::Any),
            Deletion::InUse("it has clients")
        );
        let id = ClientId::from_bytes([5; 16]);
        assert_eq!(
            clients::delete(db, &actor(), id, Expect::Any).unwrap(),
            Deletion::Deleted
        );
        assert_eq!(delete(CUSTOMER, Expect::Version(2)), Deletion::Stale);
        assert_eq!(delete(CUSTOMER, Expect::Any), Deletion::Deleted);
        assert_eq!(delete(CUSTOMER, Expect::Any), Deletion::Absent);
        let last = clients::delete(db, &actor(), root(), Expect::Any).unwrap();
        assert!(matches!(last, Deletion::InUse(_)));
    });
}

#[test]
fn secrets_rotate_without_a_gap() {
    on_each(|db| {
        world(db);
        let id = ClientId::from_bytes([5; 16]);
        let put = |new: NewClient| clients::put(db, &actor(), &new, Expect::Any).unwrap();
        let works = |secret| clients::authenticate(db, id, &[secret]).unwrap().is_some();
        assert!(matches!(put(client(5, None)), Put::Created(it) if it.secrets == 1));
        assert!(works("generated"));
        assert!(matches!(put(client(5, None)), Put::Unchanged(_)));
        assert!(matches!(put(client(5, Some("second"))), Put::Changed(it) if it.secrets == 2));
        assert!(matches!(put(client(5, Some("second"))), Put::Unchanged(_)));
        assert!(works("generated") && works("second"));
        put(client(5, Some("third")));
        assert!(!works("generated") && works("second") && works("third"));
        let done = NewClient {
            drop_old_secrets: true,
            ..client(5, None)
        };
        assert!(matches!(put(done.clone()), Put::Changed(it) if it.secrets == 1));
        assert!(matches!(put(done), Put::Unchanged(_)));
        assert!(!works("second") && works("third"));
    });
}

#[test]
fn a_client_stays_in_an_existing_organisation() {
    on_each(|db| {
        world(db);
        let stray = NewClient {
            organization: OrganizationId::from_bytes([8; 16]),
            ..client(5, None)
        };
        let put = |new: &NewClient| clients::put(db, &actor(), new, Expect::Any).unwrap();
        assert!(matches!(put(&stray), Put::Refused(_)));
        put(&client(5, None));
        let moved = NewClient {
            organization: OPERATOR,
            ..client(5, None)
        };
        assert!(matches!(put(&moved), Put::Refused(_)));
        let powerless = NewClient {
            id: root(),
            organization: OPERATOR,
            name: "operator".to_owned(),
            ..client(5, None)
        };
        assert!(matches!(put(&powerless), Put::Refused(_)));
    });
}

#[test]
fn tokens_expire_and_end_with_their_client() {
    on_each(|db| {
        world(db);
        clients::put(db, &actor(), &client(5, None), Expect::Any).unwrap();
        let id = ClientId::from_bytes([5; 16]);
        let later = Instant::from_micros(NOW.micros() + 1_000_000);
        let key = |n| TokenKey::new(id, &[n; 32]);
        let own = Actor {
            client: id,
            organization: CUSTOMER,
            at: NOW,
        };
        for n in 0..3 {
            assert!(tokens::issue(db, &key(n), CUSTOMER, NOW, later).unwrap());
        }
        let bearer = tokens::find(db, home(db), &key(1), NOW).unwrap().unwrap();
        assert_eq!(bearer.organization.id, CUSTOMER);
        assert!(
            tokens::find(db, home(db), &key(1), later)
                .unwrap()
                .is_none()
        );
        assert!(tokens::find(db, home(db), &key(9), NOW).unwrap().is_none());
        assert!(
            tokens::find(db, home(db), &TokenKey::new(root(), &[1; 32]), NOW)
                .unwrap()
                .is_none()
        );
        assert!(tokens::revoke(db, &own, &key(1)).unwrap());
        assert!(!tokens::revoke(db, &own, &key(1)).unwrap());
        assert!(tokens::find(db, home(db), &key(1), NOW).unwrap().is_none());
        clients::delete(db, &actor(), id, Expect::Any).unwrap();
        assert!(tokens::find(db, home(db), &key(0), NOW).unwrap().is_none());
        // Whoever was just authenticated is gone: no token stays for a successor.
        assert!(!tokens::issue(db, &key(3), CUSTOMER, NOW, later).unwrap());
        clients::put(db, &actor(), &client(5, None), Expect::Any).unwrap();
        assert!(tokens::find(db, home(db), &key(3), NOW).unwrap().is_none());
    });
}

#[test]
fn what_finds_a_token_and_counts_finds_the_same_and_counts_no_other() {
    on_each(|db| {
        if !db.is_shared() {
            return;
        }
        world(db);
        let id = ClientId::from_bytes([5; 16]);
        clients::put(db, &actor(), &client(5, Some("a second one")), Expect::Any).unwrap();
        let later = |seconds: i64| Instant::from_micros(NOW.micros() + seconds * 1_000_000);
        let key = TokenKey::new(id, &[1; 32]);
        assert!(tokens::issue(db, &key, CUSTOMER, NOW, later(60)).unwrap());
        let find = |key: &TokenKey, now| {
            let found = tokens::find(db, home(db), key, now).unwrap();
            let counted =
                tokens::find_and_count(db, home(db), key, now, b"key", later(90)).unwrap();
            let (bearer, window) = counted.map_or((None, None), |(bearer, window)| {
                (Some(bearer), Some((window.requests, window.ends)))
            });
            assert_eq!(format!("{found:?}"), format!("{bearer:?}"));
            window
        };
        assert_eq!(find(&TokenKey::new(id, &[2; 32]), NOW), None);
        assert_eq!(find(&key, later(60)), None);
        let count = |now| rate_limit::find(db, home(db), b"key", now, later(90)).unwrap();
        assert_eq!(count(NOW), None);
        assert_eq!(find(&key, NOW), Some((1, later(90))));
        assert_eq!(find(&key, later(59)), Some((2, later(90))));
        assert_eq!(count(NOW).map(|window| window.requests), Some(2));
        let other = rate_limit::count(db, home(db), b"key", later(59), later(90)).unwrap();
        assert_eq!(other.requests, 3);
    });
}

#[test]
fn a_changed_meter_gets_a_version() {
    on_each(|db| {
        world(db);
        let put = |rule: MeterDefinition, day: Option<Day>| {
            meters::put(db, &actor(), "logins", rule, day, false, Expect::Any).unwrap()
        };
        let first = Day::from_ymd(2000, 1, 1).unwrap();
        assert!(
            matches!(put(rule("login"), None), Put::Created(it) if it.versions[0].begins == first)
        );
        assert!(matches!(put(rule("login"), None), Put::Unchanged(_)));
        assert!(matches!(
            put(rule("login"), Some(NOW.day())),
            Put::Unchanged(_)
        ));
        let Put::Changed(changed) = put(rule("sign-in"), None) else {
            panic!("no new version")
        };
        assert_eq!(changed.versions.len(), 2);
        assert_eq!(changed.versions[1].begins, NOW.day());
        let set = meters::load(db).unwrap();
        assert_eq!(set.revision(), 2);
        assert_eq!(set.listening("login", NOW.day().prev()).count(), 1);
        assert_eq!(set.listening("login", NOW.day()).count(), 0);
        assert_eq!(
            meters::delete(db, &actor(), "logins", Expect::Any).unwrap(),
            Deletion::Deleted
        );
        assert_eq!(meters::load(db).unwrap().meters().len(), 0);
    });
}

#[test]
fn a_rule_that_begins_later_is_no_reason_not_to_begin_today() {
    on_each(|db| {
        world(db);
        let put = |event_type, day| {
            meters::put(
                db,
                &actor(),
                "logins",
                rule(event_type),
                day,
                false,
                Expect::Any,
            )
            .unwrap()
        };
        let (today, later) = (NOW.day(), NOW.day().next());
        put("login", None);
        assert!(matches!(put("sign-in", Some(later)), Put::Changed(_)));
        // What is in force today is unchanged; what begins later is not in force.
        assert!(matches!(put("login", None), Put::Unchanged(_)));
        let Put::Changed(changed) = put("sign-in", None) else {
            panic!("it would begin only tomorrow")
        };
        assert_eq!(changed.at(today).unwrap().event_type, "sign-in");
        assert!(matches!(put("sign-in", None), Put::Unchanged(_)));
        assert!(matches!(put("sign-in", Some(today)), Put::Unchanged(_)));
        // A meter that has not begun is put in force.
        let future =
            |day| meters::put(db, &actor(), "new", rule("new"), day, false, Expect::Any).unwrap();
        assert!(matches!(future(Some(later)), Put::Created(_)));
        assert!(matches!(future(None), Put::Changed(it) if it.at(today).is_some()));
    });
}

#[test]
fn meters_that_contradict_are_refused() {
    on_each(|db| {
        world(db);
        let ranked = |name: &str, rank| {
            let family = Some(Family {
                name: "named-user".to_owned(),
                rank,
            });
            meters::put(
                db,
                &actor(),
                name,
                MeterDefinition {
                    family,
                    ..rule("login")
                },
                None,
                false,
                Expect::Any,
            )
            .unwrap()
        };
        assert!(matches!(ranked("one", 1), Put::Created(_)));
        assert!(matches!(ranked("two", 1), Put::Refused(_)));
        assert!(matches!(ranked("two", 2), Put::Created(_)));
        assert_eq!(meters::load(db).unwrap().meters().len(), 2);
    });
}

#[test]
fn half_a_family_is_damage() {
    on_each(|db| {
        world(db);
        meters::put(
            db,
            &actor(),
            "logins",
            rule("login"),
            None,
            false,
            Expect::Any,
        )
        .unwrap();
        db.execute("UPDATE meter_version SET family = 'named-user'", &[])
            .unwrap();
        let error = meters::load(db).unwrap_err();
        assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
    });
}

fn product(sku: &str, meter: Option<&str>) -> Product {
    Product {
        sku: sku.to_owned(),
        name: sku.to_lowercase(),
        charge: sku.to_owned(),
        meter: meter.map(str::to_owned),
        grouping: "rollup".to_owned(),
        unit: "token".to_owned(),
        unit_of_measure: "Token".to_owned(),
        bundle: Quantity::ONE,
        third_party: false,
        charged_in_ramp: false,
        cancellable: false,
    }
}

/// Seats draw from a wallet of tokens, which no line prices.
fn contract_with_wallet() -> Contract {
    let start = jiff::civil::date(2026, 1, 1);
    let tokens = "TOKEN".to_owned();
    let seats = LineChange {
        product: "SEAT".to_owned(),
        overage: Some(Overage::Flat(Price::ZERO)),
        conversion: Some(Conversion {
            target: ConversionTarget::Wallet(tokens.clone()),
            rate: ConversionRate::TokensPerUnit(Quantity::ONE),
        }),
        ..LineChange::default()
    };
    let wallet = WalletChange {
        product: tokens,
        term: Some(WalletTerm::Year),
        quantity: Some(Quantity::ONE),
        price: Some(Price::ZERO),
    };
    let base = Change {
        effective: start,
        subscription: Some(SubscriptionType::MonthToMonth),
        ramp: RampChange::default(),
        minimum: None,
        lines: vec![seats],
        wallets: vec![wallet],
    };
    let calendar = Calendar::new("UTC", start, None).unwrap();
    let currency = "EUR".parse().unwrap();
    let number = "C-1".to_owned();
    let settings = Settings::default();
    Contract::new(
        number,
        CUSTOMER,
        currency,
        calendar,
        settings,
        &base,
        Vec::new(),
    )
    .unwrap()
}

#[test]
fn the_product_of_a_wallet_is_held_and_comes_with_those_of_lines() {
    on_each(|db| {
        world(db);
        meters::put(
            db,
            &actor(),
            "logins",
            rule("login"),
            None,
            false,
            Expect::Any,
        )
        .unwrap();
        let put = |product: &Product, expect| {
            products::put(db, &actor(), product, None, None, expect).unwrap()
        };
        let (seat, token) = (product("SEAT", Some("logins")), product("TOKEN", None));
        for product in [&seat, &token] {
            assert!(matches!(put(product, Expect::Absent), Put::Created(_)));
        }
        let contract = contract_with_wallet();
        let proposal = contracts::Proposal {
            contract: &contract,
            body: "{}",
            decrease: None,
            from: None,
            corrects: false,
        };
        let arranged = contracts::Arrangement {
            contracts: vec![contract.clone()],
            ..contracts::Arrangement::default()
        };
        let done = contracts::put(db, &actor(), proposal, Expect::Any, |_, _| Ok(arranged));
        assert!(
            matches!(&done, Ok(contracts::Outcome::Put(Put::Created(_)))),
            "{done:?}"
        );
        for day in [None, Some(NOW.day())] {
            let priced = products::priced_for(db, CUSTOMER, day).unwrap();
            let priced: Vec<_> = priced.into_values().collect();
            assert_eq!(priced, [seat.clone(), token.clone()]);
        }
        let deleted = products::delete(db, &actor(), "TOKEN", Expect::Any).unwrap();
        assert!(matches!(deleted, Deletion::InUse(_)));
        let counted = product("TOKEN", Some("logins"));
        assert!(matches!(put(&counted, Expect::Any), Put::Refused(_)));
        assert!(matches!(put(&token, Expect::Any), Put::Unchanged(_)));
    });
}
