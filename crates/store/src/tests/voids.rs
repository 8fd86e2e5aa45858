//! Voids on the real database: what they meet, what they do not, and whose events.

use exchequer_core::{ClientId, Instant, TimeRange};
use exchequer_ledger::{NewEvent, RequestBuilder, Verdict};
use exchequer_support::{Database, Place};

use super::world::{ACME, World, now, october, on_each_database};
use crate::store::EventQuery;
use crate::{Admission, audit};

on_each_database!(
    a_void_of_whole_milliseconds_meets_its_millisecond_whichever_came_first,
    a_void_that_meets_nothing_is_counted,
    a_void_of_another_clients_event_is_on_record,
    an_event_whose_time_was_cut_is_a_repeat,
    what_is_only_compared_is_not_kept,
);

const OWN: ClientId = ClientId::from_bytes([7; 16]);
const OTHER: ClientId = ClientId::from_bytes([8; 16]);

/// An event of one day: its id, its microsecond, and what it voids.
type Sent<'a> = (&'a str, i64, &'a str);

fn builder(world: &World, client: ClientId, events: &[Sent<'_>]) -> RequestBuilder {
    let mut builder = RequestBuilder::new(world.store.partitions());
    builder.sent_by(Some(client));
    for (id, micros, voids) in events {
        let event = NewEvent {
            source: "/test",
            id,
            kind: if voids.is_empty() {
                "call.ended"
            } else {
                "taken.back"
            },
            subject: "ada",
            time: Instant::from_micros(october(1).start().micros() + micros),
            data: "",
            voids,
        };
        builder.push(ACME, event);
    }
    builder
}

async fn send(world: &World, client: ClientId, events: &[Sent<'_>]) -> Admission {
    let request = builder(world, client, events).build(&world.store.identity_key());
    world.store.ingest(request, now()).await.unwrap()
}

/// What voids each event of the day, in order of time.
async fn voided(world: &World) -> Vec<(String, Option<String>)> {
    let query = EventQuery {
        range: TimeRange::new(october(1).start(), october(2).start()).unwrap(),
        meter: Some("calls".to_owned()),
        resource: None,
        voided: true,
        from: None,
        limit: 100,
    };
    let page = world
        .store
        .usage_events(ACME, query)
        .await
        .unwrap()
        .unwrap();
    let events = page.events.into_iter();
    events
        .map(|(event, _)| (event.id, event.voided_by))
        .collect()
}

async fn a_void_of_whole_milliseconds_meets_its_millisecond_whichever_came_first(place: Place) {
    let mut world = World::new(place).await;
    // The first of two events is met; the second is in the next millisecond.
    send(
        &world,
        OWN,
        &[("e-1", 1_456, ""), ("e-2", 2_000, ""), ("e-3", 5_999, "")],
    )
    .await;
    let early = send(&world, OWN, &[("v-4", 9_000, "e-4")]).await;
    assert_eq!(early.unmatched, 1);
    for round in 0..3 {
        match round {
            0 => {}
            1 => world.store.fold().await.unwrap(),
            _ => world = world.reopen(),
        }
        // The event comes behind its void in the second round, and in one request with it
        // in the third.
        let (event, void) = (format!("event-{round}"), format!("void-{round}"));
        let at = 100_000 * (round + 1) + 1;
        let both = [
            (event.as_str(), at, ""),
            (void.as_str(), at - 1, event.as_str()),
        ];
        let unmatched = match round {
            0 => {
                send(&world, OWN, &both[..1]).await;
                send(&world, OWN, &both[1..]).await.unmatched
            }
            1 => {
                let early = send(&world, OWN, &both[1..]).await.unmatched;
                assert_eq!(send(&world, OWN, &both[..1]).await.unmatched, 0);
                early - 1
            }
            _ => send(&world, OWN, &[both[1], both[0]]).await.unmatched,
        };
        assert_eq!(unmatched, 0, "round {round}");
    }
    assert_eq!(
        send(&world, OWN, &[("v-1", 1_000, "e-1")]).await.unmatched,
        0
    );
    assert_eq!(
        send(&world, OWN, &[("v-2", 1_000, "e-2")]).await.unmatched,
        1
    );
    assert_eq!(
        send(&world, OWN, &[("v-3", 5_001, "e-3")]).await.unmatched,
        1
    );
    send(&world, OWN, &[("e-4", 9_001, "")]).await;
    for step in 0..4 {
        let seen = voided(&world).await;
        let counting: Vec<&str> = seen
            .iter()
            .filter(|(_, by)| by.is_none())
            .map(|(id, _)| id.as_str())
            .collect();
        assert_eq!(counting, ["e-2", "e-3"], "step {step}: {seen:?}");
        assert_eq!(world.calls(ACME).await.to_string(), "2", "step {step}");
        match step {
            0 => world.store.fold().await.unwrap(),
            1 => world = world.reopen(),
            _ => world.store.tidy().await.unwrap(),
        }
    }
    assert_eq!(world.verify().findings, 0);
}

async fn a_void_that_meets_nothing_is_counted(place: Place) {
    let world = World::new(place).await;
    send(&world, OWN, &[("e-1", 0, ""), ("e-2", 0, "")]).await;
    for folded in [false, true] {
        if folded {
            world.store.fold().await.unwrap();
        }
        let n = i32::from(folded);
        let [a, b, c] = [format!("a-{n}"), format!("b-{n}"), format!("c-{n}")];
        // One meets, one is of another instant, one means an event that nobody has sent.
        let sent = [
            (a.as_str(), 0, "e-1"),
            (b.as_str(), 500, "e-2"),
            (c.as_str(), 0, "none"),
        ];
        let first = send(&world, OWN, &sent).await;
        assert_eq!(first.verdicts, [Verdict::Accepted; 3]);
        assert_eq!(first.unmatched, 2);
        // Whoever asks again is told the same.
        let again = send(&world, OWN, &sent).await;
        assert_eq!(
            (again.verdicts, again.unmatched),
            (vec![Verdict::Duplicate; 3], 2)
        );
    }
}

async fn a_void_of_another_clients_event_is_on_record(place: Place) {
    let world = World::new(place).await;
    send(
        &world,
        OWN,
        &[("e-1", 0, ""), ("e-2", 0, ""), ("e-3", 0, "")],
    )
    .await;
    world.store.fold().await.unwrap();
    send(&world, OWN, &[("v-1", 0, "e-1")]).await;
    send(&world, OTHER, &[("v-2", 0, "e-2"), ("v-3", 0, "e-3")]).await;
    send(&world, OTHER, &[("v-2", 0, "e-2"), ("v-3", 0, "e-3")]).await;
    let trail = world.store.database().read(|db| audit::list(db, ACME, 10));
    let trail = trail.await.unwrap();
    let [entry] = trail.as_slice() else {
        panic!("{trail:?}");
    };
    assert_eq!(
        (entry.client, entry.action.as_str()),
        (OTHER, "events.void")
    );
    assert_eq!(entry.detail, "2 events, the first is e-2 of source /test");
}

async fn an_event_whose_time_was_cut_is_a_repeat(place: Place) {
    let world = World::new(place).await;
    send(
        &world,
        OWN,
        &[("e-1", 1_234_567, ""), ("e-2", 1_000_000, "")],
    )
    .await;
    for folded in [false, true] {
        if folded {
            world.store.fold().await.unwrap();
        }
        let conflict = Verdict::Conflict { client: Some(OWN) };
        for (id, micros, verdict) in [
            ("e-1", 1_234_000, Verdict::Duplicate),
            ("e-1", 1_000_000, Verdict::Duplicate),
            ("e-1", 1_230_000, conflict),
            ("e-1", 1_234_568, conflict),
            ("e-2", 1_999_999, Verdict::Duplicate),
            ("e-2", 2_000_000, conflict),
        ] {
            let answer = send(&world, OTHER, &[(id, micros, "")]).await;
            assert_eq!(answer.verdicts, [verdict], "{id} {micros} {folded}");
        }
    }
    assert_eq!(world.calls(ACME).await.to_string(), "2");
}

async fn what_is_only_compared_is_not_kept(place: Place) {
    let world = World::new(place).await;
    send(&world, OWN, &[("e-1", 0, "")]).await;
    for new in ["n-1", "n-2"] {
        let key = world.store.identity_key();
        let kept = builder(&world, OTHER, &[(new, 0, "")]).build(&key);
        let compared = [
            ("e-1", 0, ""),
            ("e-1", 5_000_000, ""),
            ("e-2", 0, ""),
            (new, 0, ""),
        ];
        let compared = builder(&world, OTHER, &compared).build(&key);
        let request = kept.and_compare(compared);
        let answer = world.store.ingest(request, now()).await.unwrap();
        let client = Some(OWN);
        let expected = [
            Verdict::Accepted,
            Verdict::Duplicate,
            Verdict::Conflict { client },
            Verdict::Unknown,
            Verdict::Duplicate,
        ];
        assert_eq!(answer.verdicts, expected, "{new}");
        world.store.fold().await.unwrap();
    }
    assert_eq!(world.seqs().await, 3);
    assert_eq!(world.calls(ACME).await.to_string(), "3");
    assert_eq!(world.verify().findings, 0);
}
