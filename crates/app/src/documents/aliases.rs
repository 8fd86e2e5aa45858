//! Lists of aliases as documents.

use exchequer_core::AliasList;
use exchequer_types::AliasedResource;

use super::invalid::{DocumentResult, refuse};
use crate::limits::{ALIAS_BYTES, MAX_NAME, MOST_ALIASES};

/// Reads and checks a list of aliases.
///
/// # Errors
/// If a field breaks a rule; the error names both.
pub fn parse(resources: &[AliasedResource]) -> DocumentResult<AliasList> {
    const FIELD: &str = "resources";
    let (mut count, mut bytes) = (0, 0);
    for resource in resources {
        if resource.aliases.is_empty() {
            return refuse(
                FIELD,
                format!("resources: {:?} has no alias", resource.name),
            );
        }
        for name in std::iter::once(&resource.name).chain(&resource.aliases) {
            if !can_be_sent(name) {
                let rule = format!(
                    "resources: a name must be 1 to {MAX_NAME} bytes long, without control characters"
                );
                return refuse(FIELD, rule);
            }
            bytes += name.len();
        }
        count += resource.aliases.len();
    }
    if count > MOST_ALIASES {
        let rule = format!("resources: at most {MOST_ALIASES} aliases, not {count}");
        return refuse(FIELD, rule);
    }
    if bytes > ALIAS_BYTES {
        let rule = format!("resources: at most {ALIAS_BYTES} bytes of names, not {bytes}");
        return refuse(FIELD, rule);
    }
    let pairs = resources.iter().flat_map(|resource| {
        let aliases = resource.aliases.iter();
        aliases.map(|alias| (alias.clone(), resource.name.clone()))
    });
    AliasList::new(pairs).or_else(|error| refuse(FIELD, format!("resources: {error}")))
}

/// Returns true for a name that an event can have as its `subject`.
fn can_be_sent(name: &str) -> bool {
    (1..=MAX_NAME).contains(&name.len()) && !name.bytes().any(|byte| byte < 0x20)
}

/// Returns the list as documents have it.
#[must_use]
pub fn resources(list: &AliasList) -> Vec<AliasedResource> {
    let resources = list.by_resource().into_iter();
    let resources = resources.map(|(name, aliases)| AliasedResource {
        name: name.to_owned(),
        aliases: aliases.into_iter().map(str::to_owned).collect(),
    });
    resources.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(resources: &[(&str, &[&str])]) -> Result<AliasList, String> {
        let resources = resources.iter().map(|(name, aliases)| AliasedResource {
            name: (*name).to_owned(),
            aliases: aliases.iter().map(|&alias| alias.to_owned()).collect(),
        });
        parse(&resources.collect::<Vec<_>>()).map_err(|invalid| invalid.to_string())
    }

    #[test]
    fn a_list_is_read_and_written_as_it_is() {
        let list = of(&[
            ("ben", &["b7", "Ben"]),
            ("ada", &["a"]),
            ("ben", &["b8", "b7"]),
        ])
        .unwrap();
        let shown = resources(&list).into_iter();
        let shown: Vec<_> = shown.map(|it| (it.name, it.aliases.join(","))).collect();
        assert_eq!(
            shown,
            [
                ("ada".to_owned(), "a".to_owned()),
                ("ben".to_owned(), "Ben,b7,b8".to_owned())
            ]
        );
    }

    #[test]
    fn a_list_that_breaks_a_rule_is_refused() {
        let long = "x".repeat(257);
        for (resources, why) in [
            (&[("ada", [].as_slice())][..], "\"ada\" has no alias"),
            (&[("ada", &[""])], "1 to 256 bytes"),
            (&[("a\nb", &["c"])], "without control characters"),
            (&[(long.as_str(), &["c"])], "1 to 256 bytes"),
            (&[("ada", &["ada"])], "an alias of itself"),
            (
                &[("ada", &["a"]), ("ben", &["a"])],
                "an alias of two resources",
            ),
            (
                &[("ada", &["a"]), ("ben", &["ada"])],
                "has an alias, and is one itself",
            ),
        ] {
            let refused = of(resources).unwrap_err();
            assert!(
                refused.starts_with("resources: ") && refused.contains(why),
                "{refused}"
            );
        }
    }

    #[test]
    fn a_list_is_bounded() {
        let aliases = |count: usize, bytes: usize| {
            let aliases = (0..count).map(|number| format!("{number:0bytes$}"));
            let resource = AliasedResource {
                name: "ada".to_owned(),
                aliases: aliases.collect(),
            };
            parse(&[resource]).map_err(|invalid| invalid.to_string())
        };
        assert_eq!(aliases(4_000, 5).unwrap().len(), 4_000);
        assert!(aliases(4_001, 5).unwrap_err().contains("not 4001"));
        assert!(
            aliases(600, 250)
                .unwrap_err()
                .contains("131072 bytes of names")
        );
    }
}
