//! The last quarter of a soak beside the first.

use std::fmt::Write as _;

use crate::record::Figures;

/// Returns a line a figure: its value in the first quarter and in the last,
/// and the ratio of the two.
pub(crate) fn table(first: &Figures, last: &Figures) -> String {
    let mut out = format!(
        "\n{:<34} {:>13} {:>12} {:>6}\n",
        "", "first quarter", "last quarter", "ratio"
    );
    for (name, first) in first {
        if let Some(last) = last.get(name) {
            // Writing into a string cannot fail.
            let _ = writeln!(
                out,
                "{name:<34} {first:>13.2} {last:>12.2} {:>6.2}",
                last / first
            );
        }
    }
    out
}

/// Returns what has grown beyond a limit, with its ratio.
pub(crate) fn grown(first: &Figures, last: &Figures, limit: f64) -> Vec<String> {
    let pairs = first
        .iter()
        .filter_map(|(name, first)| Some((name, last.get(name)? / first)));
    pairs
        .filter(|(_, ratio)| *ratio > limit)
        .map(|(name, ratio)| format!("{name} × {ratio:.2}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_grown_is_named() {
        let figures = |value| Figures::from([("a".to_owned(), 10.0), ("b".to_owned(), value)]);
        assert!(grown(&figures(10.0), &figures(12.0), 1.2).is_empty());
        assert_eq!(grown(&figures(10.0), &figures(13.0), 1.2), ["b × 1.30"]);
    }
}
