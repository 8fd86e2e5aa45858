use std::path::Path;

use proptest::prelude::*;

use super::*;

mod contracts;

const GOOD: &str = r#"
[[organization]]
id = "11111111-1111-4111-8111-111111111111"
name = "Northwind Partners"

[[aliases]]
organization = "AAAAAAAA-1111-4111-8111-111111111111"
effective = 2026-10-15
resources = { "ben" = ["b7", "Ben", "b7"], "ada" = ["Ada"] }

[[client]]
id = "AAAAAAAA-0000-4000-8000-000000000001"
organization = "11111111-1111-4111-8111-111111111111"
name = "partner reader"
secret_env = "PARTNER_SECRET"
permissions = ["b", "a", "b"]
sources = ["/pbx/*", "/app", "/app"]

[[meter]]
name = "voice-minutes"
event_type = "call.ended"
aggregation = "sum"
quantity = "minutes"
round_up_each = "0.1"
unreadable = "zero"
excess_decimals = "round"
resources = "folded"
effective = 2026-10-01
"#;

fn read(text: &str, environment: Environment<'_>) -> Result<Catalog, String> {
    let source = Source::new(Path::new("c.toml"), text);
    let mut catalog = Catalog::default();
    match document::parse(&source, environment, &mut catalog) {
        Ok(()) => Ok(catalog),
        Err(error) => Err(error.to_string()),
    }
}

fn error(text: &str) -> String {
    match read(text, &|_| None) {
        Ok(_) => panic!("accepted: {text}"),
        Err(message) => message,
    }
}

#[test]
fn a_good_file_becomes_bodies() {
    let secret = "0123456789abcdef0123456789abcdef";
    let set = |name: &str| (name == "PARTNER_SECRET").then(|| secret.to_owned());
    let catalog = read(GOOD, &set).unwrap();
    assert_eq!(catalog.organizations[0].put.name, "Northwind Partners");
    assert_eq!(catalog.organizations[0].at, "c.toml:2");
    let aliases = &catalog.aliases[0];
    assert_eq!(aliases.id, "aaaaaaaa-1111-4111-8111-111111111111");
    let resources = aliases.put.resources.iter();
    let resources: Vec<_> = resources
        .map(|it| (it.name.as_str(), it.aliases.join(",")))
        .collect();
    assert_eq!(
        resources,
        [("ada", "Ada".to_owned()), ("ben", "Ben,b7".to_owned())]
    );
    assert_eq!(aliases.put.effective.as_deref(), Some("2026-10-15"));
    let client = &catalog.clients[0];
    assert_eq!(client.id, "aaaaaaaa-0000-4000-8000-000000000001");
    assert_eq!(client.put.permissions, ["a", "b"]);
    assert_eq!(client.put.sources, ["/app", "/pbx/*"]);
    assert_eq!(client.put.secret.as_deref(), Some(secret));
    let meter = &catalog.meters[0];
    assert_eq!(meter.id, "voice-minutes");
    assert_eq!(meter.put.effective.as_deref(), Some("2026-10-01"));
    let rule = &meter.put.rule;
    assert_eq!(rule.round_up_each.as_deref(), Some("0.1"));
    assert_eq!(rule.unreadable.as_deref(), Some("zero"));
    assert_eq!(rule.excess_decimals.as_deref(), Some("round"));
    assert_eq!(rule.resources.as_deref(), Some("folded"));
}

#[test]
fn terms_of_closing_say_one_thing_or_both() {
    let read = |text: &str| read(&format!("[closing]\n{text}"), &|_| None);
    let both = read("billing_from = 2026-01-01\nclose_after = 24\n").unwrap();
    let closing = &both.closing[0];
    assert_eq!(
        (closing.id.as_str(), closing.at.as_str()),
        ("ledger", "c.toml:1")
    );
    assert_eq!(closing.put.billing_from.as_deref(), Some("2026-01-01"));
    assert_eq!(closing.put.close_after, Some(24));
    let one = read("close_after = 0\n").unwrap();
    assert_eq!(one.closing[0].put.billing_from, None);
    for (text, expected) in [
        (
            "billing_from = 2026-01-01T00:00:00Z\n",
            "c.toml:2: expected a day",
        ),
        ("close_after = -1\n", "c.toml:2: "),
        (
            "close_before = 1\n",
            "c.toml:2: unknown field `close_before`",
        ),
    ] {
        let message = read(text).err().unwrap();
        assert!(message.starts_with(expected), "{message}");
    }
}

#[test]
fn an_unset_or_empty_secret_is_none_and_a_short_one_is_refused() {
    assert!(
        read(GOOD, &|_| None).unwrap().clients[0]
            .put
            .secret
            .is_none()
    );
    let empty = read(GOOD, &|_| Some(String::new())).unwrap();
    assert!(empty.clients[0].put.secret.is_none());
    let short = read(GOOD, &|_| Some("short".to_owned()));
    let message = short.err().unwrap();
    assert!(message.starts_with("c.toml:15: "), "{message}");
    assert!(!message.contains("short\""), "{message}");
}

#[test]
fn errors_point_at_their_line() {
    for (text, expected) in [
        (
            "\n[[organization]]\nid = 'x'\nname = 'n'\n",
            "c.toml:3: not an id",
        ),
        (
            "[[organization]]\nname = 'n'\n",
            "c.toml:1: missing field `id`",
        ),
        (
            "[[meter]]\nname = 'm'\nevent_type = 'e'\naggregation = 'avg'\n",
            "c.toml:4: aggregation",
        ),
        (
            "[[meter]]\nname = 'm'\ncolour = 'red'\n",
            "c.toml:3: unknown field `colour`",
        ),
        (
            "# sales\n\n[[contract]]\nnumber = 'C-1'\n",
            "c.toml:3: missing field `organization`",
        ),
        (
            "[[tariff]]\nnumber = 'C-1'\n",
            "c.toml:1: unknown field `tariff`",
        ),
        ("a = \n", "c.toml:1: "),
    ] {
        let message = error(text);
        assert!(message.starts_with(expected), "{message}");
    }
}

#[test]
fn the_same_thing_twice_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("twice.toml");
    for (text, start, kind) in [
        (GOOD, "[[organization]]", "organization 1111"),
        (GOOD, "[[aliases]]", "aliases aaaaaaaa-1111"),
        (GOOD, "[[meter]]", "meter voice-minutes"),
        (
            "[closing]\nclose_after = 1\n",
            "[closing]",
            "closing ledger",
        ),
        (contracts::GOOD, "[[trust]]", "trust aaaaaaaa-"),
        (contracts::GOOD, "[[product]]", "product GC-170"),
        (contracts::GOOD, "[[contract]]", "contract C-1001"),
    ] {
        // From the table on: whatever comes before it would repeat first.
        fs::write(&file, &text[text.find(start).unwrap()..]).unwrap();
        let twice = load(&[file.clone(), file.clone()], &|_| None);
        let message = twice.err().unwrap().to_string();
        let expected = format!("twice.toml:1: {kind}");
        assert!(message.contains(&expected), "{message}");
        assert!(message.contains("is defined already at"), "{message}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "\\PC*") {
        let _ = read(&text, &|_| None);
    }

    #[test]
    fn no_damaged_file_makes_it_panic(at in any::<prop::sample::Index>(), with in any::<u8>()) {
        let mut bytes = [GOOD, contracts::GOOD].concat().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = with;
        let _ = read(&String::from_utf8_lossy(&bytes), &|_| None);
    }
}
