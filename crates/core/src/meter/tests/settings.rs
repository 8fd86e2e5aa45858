use proptest::prelude::*;

use super::*;
use crate::decimal::ExcessDecimals;

#[test]
fn folded_names_differ_by_neither_case_nor_blanks_around() {
    let same = [
        ("ada@example.com", "  Ada@Example.COM\u{a0}"),
        ("+49 30 1234", "\t+49 30 1234"),
        ("ÄÖÜ", "äöü"),
        ("ẞ", "ß"),
        ("ΟΔΟΣ", "οδος"),
        ("οδοσ", "οδος"),
        ("\u{130}", "i\u{307}"),
        ("", " \u{3000}"),
    ];
    for (a, b) in same {
        assert_eq!(
            Spelling::Folded.key(a),
            Spelling::Folded.key(b),
            "{a:?} {b:?}"
        );
        assert_ne!(Spelling::Exact.key(a), Spelling::Exact.key(b));
    }
    let different = [
        ("STRASSE", "straße"),
        ("a b", "a  b"),
        ("ä", "a\u{308}"),
        ("a", "\u{200b}a"),
    ];
    for (a, b) in different {
        assert_ne!(
            Spelling::Folded.key(a),
            Spelling::Folded.key(b),
            "{a:?} {b:?}"
        );
    }
}

proptest! {
    #[test]
    fn a_folded_name_is_folded_for_good(name: String) {
        let key = Spelling::Folded.key(&name).into_owned();
        prop_assert_eq!(Spelling::Folded.key(&key), key.as_str());
        let padded = format!(" {name}\n");
        prop_assert_eq!(Spelling::Folded.key(&padded), key.as_str());
        prop_assert_eq!(Spelling::Exact.key(&name), name.as_str());
    }

    #[test]
    fn ascii_names_fold_as_ascii_does(name in "[ -~]{0,12}") {
        let key = name.trim().to_ascii_lowercase();
        prop_assert_eq!(Spelling::Folded.key(&name), key.as_str());
    }
}

#[test]
fn how_quantities_are_read_is_for_meters_that_read_some() {
    for aggregation in ALL {
        let refused = |setting| MeterError::NotApplicable {
            setting,
            aggregation,
        };
        let reads = aggregation.reads_quantity();
        for unreadable in [Unreadable::Skip, Unreadable::Zero] {
            let version = MeterVersion {
                unreadable,
                ..version(aggregation)
            };
            assert_eq!(
                version.validate().err(),
                (!reads).then(|| refused("unreadable"))
            );
        }
        for excess_decimals in [ExcessDecimals::Cut, ExcessDecimals::Round] {
            let version = MeterVersion {
                excess_decimals,
                ..version(aggregation)
            };
            assert_eq!(
                version.validate().err(),
                (!reads).then(|| refused("excess_decimals"))
            );
        }
        let resources = Spelling::Folded;
        assert_eq!(
            MeterVersion {
                resources,
                ..version(aggregation)
            }
            .validate(),
            Ok(())
        );
    }
}

#[test]
fn settings_have_names_of_their_own() {
    for it in Unreadable::ALL {
        assert_eq!(Unreadable::named(it.as_str()), Some(it));
    }
    for it in Spelling::ALL {
        assert_eq!(Spelling::named(it.as_str()), Some(it));
    }
    assert_eq!(Unreadable::named("Skip"), None);
    assert_eq!(Spelling::named(""), None);
}
