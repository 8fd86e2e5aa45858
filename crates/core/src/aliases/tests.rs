use proptest::prelude::*;

use super::*;

fn list(aliases: &[(&str, &str)]) -> Result<AliasList, AliasError> {
    let owned = |(alias, resource): &(&str, &str)| (str::to_owned(alias), str::to_owned(resource));
    AliasList::new(aliases.iter().map(owned))
}

#[test]
fn a_name_is_one_resource() {
    let refused = |aliases: &[(&str, &str)]| list(aliases).unwrap_err().to_string();
    assert_eq!(refused(&[("a", "a")]), "\"a\" is an alias of itself");
    assert_eq!(
        refused(&[("a", "b"), ("a", "c")]),
        "\"a\" is an alias of two resources"
    );
    assert_eq!(
        refused(&[("a", "b"), ("b", "c")]),
        "\"b\" has an alias, and is one itself"
    );
    assert_eq!(
        list(&[("a", "b"), ("a", "b"), ("c", "b")]).unwrap().len(),
        2
    );
}

#[test]
fn resources_that_share_a_spelling_are_one_for_a_meter_that_folds() {
    let list = list(&[("b7", "Ben"), ("Bob", "b"), ("ben ", "a"), ("x", "y")]).unwrap();
    let shown = |spelling| {
        let resources = list.resources(spelling).into_iter();
        let shown = resources.map(|one| {
            let keys: Vec<String> = one.keys.into_iter().map(Cow::into_owned).collect();
            format!("{}: {}", one.shown, keys.join(","))
        });
        shown
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect::<Vec<_>>()
    };
    assert_eq!(
        shown(Spelling::Exact),
        ["Ben: Ben,b7", "a: a,ben ", "b: Bob,b", "y: x,y"]
    );
    assert_eq!(
        shown(Spelling::Folded),
        ["Ben: a,b7,ben", "b: b,bob", "y: x,y"]
    );
    assert_eq!(list.same_as("BEN", Spelling::Folded).len(), 3);
    assert_eq!(list.same_as("BEN", Spelling::Exact).len(), 1);
    assert_eq!(list.same_as("b7", Spelling::Exact).len(), 2);
}

/// Names that a group of lists gives one key, found by joining pairs until nothing changes.
fn joined(pairs: &[(String, String)], spelling: Spelling) -> BTreeSet<BTreeSet<String>> {
    let key = |name: &str| spelling.key(name).into_owned();
    let pairs = pairs.iter().map(|(a, b)| BTreeSet::from([key(a), key(b)]));
    let mut groups: Vec<BTreeSet<String>> = pairs.collect();
    while let Some((one, other)) = (0..groups.len())
        .flat_map(|one| (one + 1..groups.len()).map(move |other| (one, other)))
        .find(|(one, other)| !groups[*one].is_disjoint(&groups[*other]))
    {
        let other = groups.remove(other);
        groups[one].extend(other);
    }
    groups.into_iter().collect()
}

proptest! {
    #[test]
    fn resources_are_joined_pair_by_pair(pairs in prop::collection::vec(("[a-dA-D]", "[a-dA-D]"), 0..8)) {
        let Ok(list) = AliasList::new(pairs.clone()) else { return Ok(()) };
        for spelling in Spelling::ALL {
            let resources = list.resources(spelling);
            let keys = resources.iter().map(|one| one.keys.iter().map(ToString::to_string).collect());
            prop_assert_eq!(keys.collect::<BTreeSet<BTreeSet<String>>>(), joined(&pairs, spelling));
            for one in &resources {
                let named = pairs.iter().map(|(_, resource)| resource);
                let named = named.filter(|it| one.keys.contains(&spelling.key(it)));
                prop_assert_eq!(Some(one.shown), named.min().map(String::as_str));
            }
        }
    }

    #[test]
    fn each_day_has_the_list_that_was_put_last_of_it(
        puts in prop::collection::vec((0i32..8, prop::collection::btree_map("[a-d]", "[w-z]", 0..4)), 0..6),
    ) {
        let mut days = vec![AliasList::default(); 10];
        let mut changes: Vec<AliasChange> = Vec::new();
        for (version, (begins, list)) in (1..).zip(puts) {
            let list = AliasList::new(list).unwrap();
            let before = Aliases::new(version - 1, changes.clone());
            let made = before.changes_to(&list, Day::from_number(begins));
            days[begins as usize..].fill(list.clone());
            changes.extend(made);
            let aliases = Aliases::new(version, changes.clone());
            prop_assert_eq!(aliases.changes_to(&list, Day::from_number(begins)), vec![]);
            for (number, list) in (0..).zip(&days) {
                let day = Day::from_number(number);
                prop_assert_eq!(&aliases.on(day), list);
                // Lists that have held since the same day are the same.
                if let Some(since) = aliases.since(day) {
                    prop_assert_eq!(&aliases.on(since), list);
                }
            }
        }
    }
}
