//! Changes by two nodes at one moment: who waits for whom, and what is refused.
//!
//! In each test one node stops in its transaction while the other one goes on,
//! so each fails if the lock that it is about is taken away.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use exchequer_core::contract::{
    Change, LineChange, Overage, RampChange, Settings, SubscriptionType,
};
use exchequer_core::{
    Aggregation, Calendar, Contract, Instant, OrganizationId, Price, Product, Quantity, TrustDates,
};
use exchequer_ledger::Partitions;
use exchequer_support::Database;
use jiff::civil::date;

use crate::catalog::clients::{self, NewClient};
use crate::catalog::meters::{self, MeterDefinition};
use crate::catalog::trusts::{self, Grant, Parties};
use crate::catalog::{
    Actor, ClientId, Deletion, Expect, Operator, Put, contracts, initialise, organizations,
    products,
};
use crate::postgres::Postgres;
use crate::sql::{Snapshot, Transaction, params};
use crate::test_database::node;
use crate::tokens::{self, TokenKey};
use crate::{StoreError, audit, settings};

const OPERATOR: OrganizationId = OrganizationId::from_bytes([1; 16]);
const ACME: OrganizationId = OrganizationId::from_bytes([2; 16]);
const NORTH: OrganizationId = OrganizationId::from_bytes([3; 16]);
const NOW: Instant = Instant::from_micros(1_790_000_000_000_000);

/// Time in which whoever does not wait may have ended.
const A_MOMENT: Duration = Duration::from_millis(700);
/// Time in which whoever does not wait has ended, also on a busy machine. The
/// database lets a transaction be idle for 3 s.
const A_WHILE: Duration = Duration::from_millis(2500);

fn actor() -> Actor {
    Actor {
        client: ClientId::from_bytes([9; 16]),
        organization: OPERATOR,
        at: NOW,
    }
}

/// Two nodes on a ledger with an operator, two customers in partitions of their
/// own, a client of Acme, and a product.
struct World {
    nodes: [Postgres; 2],
    _database: Database,
}

impl World {
    fn new() -> Option<Self> {
        let database = Database::new()?;
        let nodes = [node(&database).unwrap(), node(&database).unwrap()];
        let partitions = Partitions::new(7);
        assert_ne!(
            partitions.partition_of(ACME),
            partitions.partition_of(NORTH)
        );
        nodes[0]
            .serialized(|tx| {
                settings::fix(tx, [7; 16], partitions)?;
                fill(tx)
            })
            .unwrap();
        Some(Self {
            nodes,
            _database: database,
        })
    }

    /// Runs a change of an organisation on a node.
    fn within<T>(
        &self,
        node: usize,
        organization: OrganizationId,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let partition = self.nodes[node].partitions()?.partition_of(organization);
        self.nodes[node].in_partition(partition, work)
    }

    /// Lets the first node do something and stop before it commits, the second
    /// one begin, and the first go on once the second has ended, or `longest`
    /// is over. Says whether the second has waited, and what both came to.
    fn meet<A: Send, B: Send>(
        &self,
        longest: Duration,
        first: impl FnOnce(&Self, &dyn Fn()) -> A + Send,
        second: impl FnOnce(&Self) -> B + Send,
    ) -> (bool, A, B) {
        let (stopped, has_stopped) = mpsc::channel();
        let (go_on, may_go_on) = mpsc::channel::<()>();
        let (ended, has_ended) = mpsc::channel();
        thread::scope(|scope| {
            let first = scope.spawn(move || {
                first(self, &move || {
                    stopped.send(()).unwrap();
                    may_go_on.recv().unwrap();
                })
            });
            has_stopped.recv().unwrap();
            let second = scope.spawn(move || {
                let done = second(self);
                ended.send(()).unwrap();
                done
            });
            let waited = has_ended.recv_timeout(longest).is_err();
            go_on.send(()).unwrap();
            (waited, first.join().unwrap(), second.join().unwrap())
        })
    }
}

fn fill(tx: &Transaction<'_>) -> Result<(), StoreError> {
    let operator = Operator {
        organization: OPERATOR,
        name: "Platform",
        client: actor().client,
        secret: "the operator's secret, well over 32 characters",
        salt: [7; 16],
        now: NOW,
    };
    initialise(tx, &operator)?;
    for (id, name) in [(ACME, "Acme"), (NORTH, "North")] {
        organizations::put(tx, &actor(), id, name, None, Expect::Any)?;
    }
    let client = NewClient {
        id: ClientId::from_bytes([5; 16]),
        organization: ACME,
        name: "reader".to_owned(),
        permissions: vec!["billing:subscription:view".to_owned()],
        token_seconds: 86_400,
        sources: Vec::new(),
        secret: None,
        first_secret: "generated".to_owned(),
        salt: [3; 16],
        drop_old_secrets: false,
    };
    clients::put(tx, &actor(), &client, Expect::Any)?;
    let rule = MeterDefinition {
        event_type: "login".to_owned(),
        aggregation: Aggregation::Unique,
        quantity: None,
        round_up_each: None,
        peak_minutes: 30,
        family: None,
        shown_as: None,
        unreadable: None,
        excess_decimals: Default::default(),
        resources: Default::default(),
    };
    meters::put(tx, &actor(), "seats", rule, None, false, Expect::Any)?;
    let put = products::put(tx, &actor(), &product("1"), None, None, Expect::Any)?;
    assert!(matches!(put, Put::Created(_)), "{put:?}");
    Ok(())
}

fn product(bundle: &str) -> Product {
    Product {
        sku: "SEAT".to_owned(),
        name: "Seat".to_owned(),
        charge: "Seats".to_owned(),
        meter: Some("seats".to_owned()),
        grouping: "user-license".to_owned(),
        unit: "seat".to_owned(),
        unit_of_measure: "User".to_owned(),
        bundle: Quantity::parse(bundle).unwrap(),
        third_party: false,
        charged_in_ramp: false,
        cancellable: true,
    }
}

/// A contract of 2027, which has not begun.
fn contract(number: &str, organization: OrganizationId) -> Contract {
    let (start, end) = (date(2027, 1, 1), date(2027, 12, 31));
    let line = LineChange {
        product: "SEAT".to_owned(),
        prepay_quantity: Some(Quantity::parse("5").unwrap()),
        prepay_price: Some(Price::ZERO),
        overage: Some(Overage::Flat(Price::ZERO)),
        ..LineChange::default()
    };
    let base = Change {
        effective: start,
        subscription: Some(SubscriptionType::PrepayMonthlyCommitment),
        ramp: RampChange::default(),
        minimum: None,
        lines: vec![line],
        wallets: Vec::new(),
    };
    Contract::new(
        number.to_owned(),
        organization,
        "EUR".parse().unwrap(),
        Calendar::new("UTC", start, Some(end)).unwrap(),
        Settings::default(),
        &base,
        Vec::new(),
    )
    .unwrap()
}

type Outcome = Result<Put<contracts::Stored>, StoreError>;

fn put(tx: &Transaction<'_>, number: &str, organization: OrganizationId) -> Outcome {
    put_body(tx, number, number, organization, Expect::Any)
}

/// Puts a contract that clashes with any other one of its organisation: all are of the
/// same year.
fn put_body(
    tx: &Transaction<'_>,
    number: &str,
    body: &str,
    organization: OrganizationId,
    expect: Expect,
) -> Outcome {
    let contract = contract(number, organization);
    let proposal = contracts::Proposal {
        contract: &contract,
        body,
        decrease: None,
        from: None,
        corrects: false,
    };
    let arrange = |db: &Snapshot<'_>, _: Option<&contracts::Stored>| {
        let mut others = contracts::of_organization(db, organization)?.into_iter();
        let other = others.find(|other| other.number != number);
        Ok(contracts::Arrangement {
            contracts: vec![contract.clone()],
            clash: other.map(|other| format!("contract {} overlaps", other.number)),
            before: None,
        })
    };
    match contracts::put(tx, &actor(), proposal, expect, arrange)? {
        contracts::Outcome::Put(put) => Ok(put),
        contracts::Outcome::BelongsTo(other) => panic!("it is {other}'s"),
    }
}

/// Puts a contract and stops before it is committed.
fn put_and_stop(
    number: &'static str,
    organization: OrganizationId,
) -> impl FnOnce(&World, &dyn Fn()) -> Outcome + Send {
    move |world, stop| {
        world.within(0, organization, |tx| {
            let done = put(tx, number, organization);
            stop();
            done
        })
    }
}

fn refused(outcome: Outcome, why: &str) {
    match outcome.unwrap() {
        Put::Refused(said) => assert!(said.contains(why), "{said}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn contracts_of_one_organisation_that_overlap_are_not_put_at_one_moment() {
    let Some(world) = World::new() else { return };
    let (waited, first, second) = world.meet(A_MOMENT, put_and_stop("C-1", ACME), |world| {
        world.within(1, ACME, |tx| put(tx, "C-2", ACME))
    });
    assert!(waited && matches!(first, Ok(Put::Created(_))));
    refused(second, "contract C-1 overlaps");
}

#[test]
fn the_same_contract_is_put_once() {
    let Some(world) = World::new() else { return };
    let (waited, first, second) = world.meet(A_MOMENT, put_and_stop("C-1", ACME), |world| {
        world.within(1, ACME, |tx| put(tx, "C-1", ACME))
    });
    assert!(waited && matches!(first, Ok(Put::Created(_))));
    assert!(matches!(second, Ok(Put::Unchanged(it)) if it.version == 1));
}

#[test]
fn a_number_is_of_one_organisation() {
    let Some(world) = World::new() else { return };
    let (waited, first, second) = world.meet(A_MOMENT, put_and_stop("C-1", ACME), |world| {
        world.within(1, NORTH, |tx| put(tx, "C-1", NORTH))
    });
    assert!(waited && matches!(first, Ok(Put::Created(_))));
    refused(second, "another organization has just taken");
}

#[test]
fn a_number_that_was_to_be_free_is_not_free() {
    let Some(world) = World::new() else { return };
    let (waited, first, second) = world.meet(A_MOMENT, put_and_stop("C-1", ACME), |world| {
        world.within(1, NORTH, |tx| {
            put_body(tx, "C-1", "", NORTH, Expect::Absent)
        })
    });
    assert!(waited && matches!(first, Ok(Put::Created(_))));
    assert_eq!(second.unwrap(), Put::Stale);
}

#[test]
fn an_organisation_is_not_deleted_under_its_contract() {
    let Some(world) = World::new() else { return };
    let delete = |world: &World| {
        let delete = |tx: &Transaction<'_>| organizations::delete(tx, &actor(), NORTH, Expect::Any);
        world.nodes[1].serialized(delete).unwrap()
    };
    let (waited, first, second) = world.meet(A_MOMENT, put_and_stop("C-1", NORTH), delete);
    assert!(waited && matches!(first, Ok(Put::Created(_))));
    assert_eq!(second, Deletion::InUse("it has contracts"));
}

#[test]
fn no_contract_and_no_trust_is_put_for_an_organisation_that_goes() {
    let Some(world) = World::new() else { return };
    let (waited, first, second) = world.meet(
        A_MOMENT,
        |world, stop| {
            world.nodes[0].serialized(|tx| {
                let done = organizations::delete(tx, &actor(), NORTH, Expect::Any);
                stop();
                done
            })
        },
        |world| {
            let parties = Parties {
                trustee: NORTH,
                trustor: ACME,
            };
            let trust = world.within(1, ACME, |tx| {
                let grant = Grant {
                    enabled: true,
                    dates: TrustDates::unlimited(),
                };
                trusts::put(tx, &actor(), parties, &grant, Expect::Any)
            });
            let contract = world.within(1, NORTH, |tx| put(tx, "C-1", NORTH));
            (trust.unwrap(), contract)
        },
    );
    assert!(waited && matches!(first, Ok(Deletion::Deleted)));
    assert_eq!(second.0, Put::Refused("trustee does not exist".to_owned()));
    refused(second.1, "organization does not exist");
}

#[test]
fn a_product_is_neither_deleted_nor_changed_under_a_contract() {
    let Some(world) = World::new() else { return };
    let change = |world: &World| {
        world.nodes[1].serialized(|tx| {
            let put = products::put(tx, &actor(), &product("10"), None, None, Expect::Any)?;
            Ok((put, products::delete(tx, &actor(), "SEAT", Expect::Any)?))
        })
    };
    let (waited, first, second) = world.meet(A_MOMENT, put_and_stop("C-1", ACME), change);
    assert!(waited && matches!(first, Ok(Put::Created(_))));
    let (put, deletion) = second.unwrap();
    assert!(matches!(put, Put::Refused(_)), "{put:?}");
    assert_eq!(deletion, Deletion::InUse("a contract prices it"));
}

#[test]
fn no_contract_prices_a_product_that_goes() {
    let Some(world) = World::new() else { return };
    let (waited, first, second) = world.meet(
        A_MOMENT,
        |world, stop| {
            world.nodes[0].serialized(|tx| {
                let done = products::delete(tx, &actor(), "SEAT", Expect::Any);
                stop();
                done
            })
        },
        |world| world.within(1, ACME, |tx| put(tx, "C-1", ACME)),
    );
    assert!(waited && matches!(first, Ok(Deletion::Deleted)));
    refused(second, "SEAT");
}

#[test]
fn no_token_outlives_its_client() {
    let Some(world) = World::new() else { return };
    let id = ClientId::from_bytes([5; 16]);
    let login = move |world: &World, secret: u8| {
        let (key, later) = (TokenKey::new(id, &[secret; 32]), NOW.micros() + 1);
        let expires = Instant::from_micros(later);
        let issue = |tx: &Transaction<'_>| tokens::issue(tx, &key, ACME, NOW, expires);
        world.nodes[1].write_one(issue).unwrap()
    };
    assert!(login(&world, 1));
    let (waited, first, second) = world.meet(
        A_MOMENT,
        |world, stop| {
            world.nodes[0].serialized(|tx| {
                let done = clients::delete(tx, &actor(), id, Expect::Any);
                stop();
                done
            })
        },
        |world| login(world, 2),
    );
    assert!(waited && matches!(first, Ok(Deletion::Deleted)));
    assert!(!second);
    let left = world.nodes[0].snapshot(|db| {
        let query = "SELECT count(*) FROM access_token WHERE partition >= 0";
        db.one(query, params![], |row| row.get::<i64>(0))
    });
    assert_eq!(left.unwrap(), 0);
}

/// Whoever waited there while it held other such rows could wait in a circle.
#[test]
fn a_login_does_not_wait_for_whoever_deletes_old_tokens() {
    let Some(world) = World::new() else { return };
    let id = ClientId::from_bytes([5; 16]);
    let login = move |world: &World, secret: u8, now: i64| {
        let key = TokenKey::new(id, &[secret; 32]);
        let [now, expires] = [now, now + 1].map(|it| Instant::from_micros(NOW.micros() + it));
        let issue = |tx: &Transaction<'_>| tokens::issue(tx, &key, ACME, now, expires);
        world.nodes[1].write_one(issue).unwrap()
    };
    assert!(login(&world, 1, 0) && login(&world, 2, 0));
    let (waited, first, second) = world.meet(
        A_WHILE,
        |world, stop| {
            world.nodes[0].change(|tx| {
                let delete = "DELETE FROM access_token WHERE client = $1";
                let deleted = tx.execute(delete, params![id.as_bytes()]);
                stop();
                deleted
            })
        },
        |world| login(world, 3, 10),
    );
    assert!(!waited && second);
    assert_eq!(first.unwrap(), 2);
}

/// A change of one organisation is under way, and one of the shared catalog.
#[test]
fn others_do_not_wait() {
    let Some(world) = World::new() else { return };
    let (waited, first, second) = world.meet(
        A_WHILE,
        |world, stop| {
            world.within(0, ACME, |tx| {
                let done = put(tx, "C-1", ACME);
                // Of the shared catalog, on a connection of its own.
                let changed = world.nodes[0].serialized(|tx| {
                    let put =
                        organizations::put(tx, &actor(), OPERATOR, "Other", None, Expect::Any);
                    stop();
                    put
                });
                changed.unwrap();
                done
            })
        },
        |world| {
            let of_north = world.within(1, NORTH, |tx| put(tx, "C-2", NORTH));
            let key = TokenKey::new(ClientId::from_bytes([5; 16]), &[1; 32]);
            let expires = Instant::from_micros(NOW.micros() + 1);
            let issue = |tx: &Transaction<'_>| tokens::issue(tx, &key, ACME, NOW, expires);
            assert!(world.nodes[1].write_one(issue).unwrap());
            let entry = audit::Entry {
                organization: NORTH,
                action: "report.read",
                object: "usage",
                detail: "",
            };
            let read = |tx: &Transaction<'_>| audit::record(tx, &actor(), &entry);
            world.nodes[1].write_one(read).unwrap();
            of_north
        },
    );
    assert!(!waited);
    assert!(matches!(first, Ok(Put::Created(_))));
    assert!(matches!(second, Ok(Put::Created(_))), "{second:?}");
}
