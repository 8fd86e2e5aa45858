//! Aligned plain text.

use std::fmt;

/// A table; the first column is aligned to the left, all others to the right.
pub(crate) struct Table {
    title: String,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(title: &str, header: &[&str]) -> Self {
        Self {
            title: title.to_owned(),
            rows: vec![header.iter().map(|text| (*text).to_owned()).collect()],
        }
    }

    pub(crate) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// Whether there is nothing below the header.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.len() < 2
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        writeln!(f, "{}", self.title)?;
        for (number, row) in self.rows.iter().enumerate() {
            let mut line = String::from(" ");
            for (column, cell) in row.iter().enumerate() {
                let width = widths[column];
                line.push_str(&match column {
                    0 => format!(" {cell:<width$}"),
                    _ => format!("  {cell:>width$}"),
                });
            }
            writeln!(f, "{}", line.trim_end())?;
            if number == 0 {
                let whole = widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1);
                writeln!(f, "  {}", "-".repeat(whole))?;
            }
        }
        Ok(())
    }
}

/// A figure with as many digits as it deserves: `512,300`, `35.2`, `0.061`.
pub(crate) fn number(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude >= 1_000.0 {
        let digits = format!("{value:.0}");
        let mut out = String::new();
        for (place, digit) in digits.chars().enumerate() {
            let left = digits.len() - place;
            if place > 0 && left.is_multiple_of(3) && !out.ends_with('-') {
                out.push(',');
            }
            out.push(digit);
        }
        return out;
    }
    match magnitude {
        _ if magnitude >= 100.0 => format!("{value:.0}"),
        _ if magnitude >= 10.0 => format!("{value:.1}"),
        _ if magnitude >= 1.0 => format!("{value:.2}"),
        _ if magnitude == 0.0 => "0".to_owned(),
        _ => format!("{value:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_digits_they_deserve() {
        let numbers = [
            512_345.6,
            1_234_567.0,
            999.4,
            35.25,
            2.5,
            0.0613,
            0.0,
            -1_000.0,
        ];
        let texts: Vec<String> = numbers.into_iter().map(number).collect();
        assert_eq!(
            texts,
            [
                "512,346",
                "1,234,567",
                "999",
                "35.2",
                "2.50",
                "0.061",
                "0",
                "-1,000"
            ]
        );
    }

    #[test]
    fn columns_are_aligned() {
        let mut table = Table::new("title", &["what", "n"]);
        assert!(table.is_empty());
        table.row(vec!["a".into(), "1,000".into()]);
        assert_eq!(
            table.to_string(),
            "title\n  what      n\n  -----------\n  a     1,000\n"
        );
    }
}
