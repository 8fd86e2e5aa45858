//! What a client may send.

use exchequer_core::ClientId;

use super::refusal::Refusal;

/// The client that sends events, and what it may send.
#[derive(Debug, Clone, Copy)]
pub struct Sender<'a> {
    /// The client; `None` if nobody is to be named as the one who has sent them.
    pub client: Option<ClientId>,
    /// The patterns of the sources under which it may send; `None`: under any.
    pub sources: Option<&'a [String]>,
    /// True if it may send events that void nothing.
    pub may_add: bool,
    /// True if it may send events that void others.
    pub may_void: bool,
}

impl Sender<'_> {
    /// A sender that may send everything.
    pub const UNBOUND: Self = Self {
        client: None,
        sources: None,
        may_add: true,
        may_void: true,
    };

    /// Checks that it may send an event that voids another one, or one that does not.
    pub(super) fn check_kind(&self, voids: bool) -> Result<(), Refusal> {
        match (voids, self.may_add, self.may_void) {
            (false, true, _) | (true, _, true) => Ok(()),
            (false, false, _) => Err(Refusal::missing_permission(
                "type",
                "an event without voids needs the permission billing:usage:add",
            )),
            (true, _, false) => Err(Refusal::missing_permission(
                "voids",
                "voids needs the permission billing:usage:void",
            )),
        }
    }

    /// Checks that it may send events of this source.
    pub(super) fn check_source(&self, source: &str) -> Result<(), Refusal> {
        let Some(patterns) = self.sources else {
            return Ok(());
        };
        if patterns.iter().any(|pattern| matches(pattern, source)) {
            Ok(())
        } else {
            Err(Refusal::foreign_source(source))
        }
    }
}

/// Returns whether a source fits a pattern, in which `*` stands for any run of
/// characters, also for none.
fn matches(pattern: &str, source: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else {
        return pattern == source;
    };
    // All between the first and the last star may stand anywhere, in its order; the
    // first place of each piece leaves most for those behind it.
    let (middle, tail) = rest.rsplit_once('*').unwrap_or(("", rest));
    let inner = source.strip_prefix(head);
    let Some(mut left) = inner.and_then(|left| left.strip_suffix(tail)) else {
        return false;
    };
    for piece in middle.split('*') {
        let Some(at) = left.find(piece) else {
            return false;
        };
        left = &left[at + piece.len()..];
    }
    true
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_pattern_is_exact_but_for_its_stars() {
        for (pattern, fits, fails) in [
            (
                "/pbx/eu-1",
                &["/pbx/eu-1"][..],
                &["/pbx/eu-11", "/pbx/EU-1", ""][..],
            ),
            (
                "/pbx/*",
                &["/pbx/", "/pbx/eu-1", "/pbx/a/b"],
                &["/pbx", "x/pbx/"],
            ),
            ("*/eu", &["/eu", "/a/eu"], &["/eu/", "eu"]),
            (
                "/a*b*c",
                &["/abc", "/a-b-c", "/abbcc"],
                &["/ab", "/acb", "/ac"],
            ),
            ("*", &["", "/", "*"], &[]),
            ("/a*a", &["/aa", "/a-a"], &["/a"]),
            ("a**b", &["ab", "a-b"], &["a", "b"]),
            ("é*", &["é", "éa"], &["e"]),
        ] {
            for source in fits {
                assert!(matches(pattern, source), "{pattern} {source}");
            }
            for source in fails {
                assert!(!matches(pattern, source), "{pattern} {source}");
            }
        }
    }

    /// The rule as it is written down, tried in every way.
    fn slowly(pattern: &[char], source: &[char]) -> bool {
        match pattern.split_first() {
            None => source.is_empty(),
            Some(('*', rest)) => (0..=source.len()).any(|at| slowly(rest, &source[at..])),
            Some((first, rest)) => source
                .split_first()
                .is_some_and(|(one, left)| one == first && slowly(rest, left)),
        }
    }

    proptest! {
        #[test]
        fn patterns_match_as_the_rule_says(pattern in "[ab*é]{0,8}", source in "[ab*é]{0,10}") {
            let (p, s): (Vec<char>, Vec<char>) = (pattern.chars().collect(), source.chars().collect());
            prop_assert_eq!(matches(&pattern, &source), slowly(&p, &s));
        }
    }
}
